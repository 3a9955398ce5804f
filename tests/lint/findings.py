#!/usr/bin/env python3
"""No finding without a scenario that provokes it, and no row of the field catalogue without a finding:

    findings.py FINDINGS.def UNSEEN.def SCENARIOS...   SCENARIOS: folders, searched for *.yaml

A scenario provokes a finding if it expects it by name: as the value of one of the keys EXPECT below, or as what a command's
output has ("C001 link-down"). A choice ("this|that") shows neither. The catalogue's rows are a fact of their own: how many there
are under each letter stands below, and each is named by a finding's `source` or is a row of UNSEEN.def: what no packet and no
file shows."""
import pathlib
import re
import sys

CATALOGUE = {"L": 16, "D": 40, "V": 6, "T": 19, "H": 10, "B": 13, "S": 7, "I": 13}
EXPECT = ["first", "finding", "findings", "found", "includes", "probe"]
STRING = r'"(?:[^"\\]|\\.)*"'


def findings(text):
    """Code and name of every finding."""
    return re.findall(r'^FINDING\((\w+), *\w+, *"([^"]+)"', text, re.M)


def rows_named(text):
    """The catalogue's rows that a finding's source names: "field D34, D35; UEFI 2.10 24.7.3"."""
    sources = (eval_strings(s) for s in re.findall(rf"\.source\s*=\s*((?:{STRING}\s*)+)", text))
    return {row for s in sources for part in s.split(";") if "field " in part for row in re.findall(r"\b[A-Z]\d\d\b", part)}


def eval_strings(text):
    return "".join(s[1:-1] for s in re.findall(STRING, text))


def without_comments(text):
    return "\n".join(re.sub(r"(^|\s)#.*", "", line) for line in text.splitlines())


def one_value(rest):
    """The value at the start of what is left of a line: in a flow mapping other keys may follow."""
    for form in (r"\[[^\]]*\]?", STRING, r"'[^']*'", r"\{[^}]*\}?", r"[^,}]*"):
        if m := re.match(form, rest.strip()):
            return m[0]
    return ""


def values(text, key):
    """What stands behind each "key:", however many there are in a line; or the entries of a list below it."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        for m in re.finditer(rf"(?:^|[\s{{,-]){key}:(?=\s|$)", line):
            if line[m.end():].strip():
                yield one_value(line[m.end():])
                continue
            indent = len(line) - len(line.lstrip(" -"))
            for below in lines[i + 1:]:
                if not below.lstrip().startswith("- ") or len(below) - len(below.lstrip()) < indent:
                    break
                yield below.lstrip()[2:]


def expected(text, codes):
    """Names of findings that this scenario expects. @codes: pairs of code and name."""
    text, found, names = without_comments(text), set(), {name for _, name in codes}
    for key in EXPECT:
        for value in values(text, key):
            value = re.sub(r"\b(excludes|lacks): *(\[[^\]]*\]|[^,}]*)", "", value)
            if "|" not in value:
                found |= {w for w in re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", value) if w in names}
    if " explain" not in text:  # which tells of findings that nobody has
        told = " ".join(values(text, "has"))
        found |= {name for code, name in codes if re.search(rf"\b{code} +{name}(?![\w-])", told)}
    return found


def main(findings_def, unseen_def, *folders):
    table = pathlib.Path(findings_def).read_text()
    codes = findings(table)
    shown, files = set(), 0
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*.yaml")):
            shown |= expected(path.read_text(), codes)
            files += 1
    wrong = [f"{code} {name}: no scenario expects it" for code, name in codes if name not in shown]

    unseen = re.findall(r'^UNSEEN\("([A-Z]\d\d)"', pathlib.Path(unseen_def).read_text(), re.M)
    rows = [f"{letter}{i:02}" for letter, n in CATALOGUE.items() for i in range(1, n + 1)]
    named = rows_named(table)
    wrong += [f"row {row} of the catalogue: no finding's source names it, and it is not in {pathlib.Path(unseen_def).name}"
              for row in rows if row not in named and row not in unseen]
    wrong += [f"row {row} is named by a finding and said to be unseen" for row in unseen if row in named]
    wrong += [f"row {row} is none of the catalogue's" for row in sorted(named | set(unseen)) if row not in rows]
    wrong += [] if codes and files else ["nothing read: wrong arguments?"]
    for line in wrong:
        print(line)
    if not wrong:
        print(f"{len(codes)} findings, each expected by one of {files} scenarios; {len(rows)} rows of the catalogue, "
              f"{len(unseen)} of them unseen")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
