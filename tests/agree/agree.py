#!/usr/bin/env python3
"""Our decoding against tshark's: agree.py AGREE FIELDS CAPTURE...

Every field of DHCP, PXE, DHCPv6 and TFTP that both know, in every frame of every capture, must have the same values in
the same order. FIELDS (fields.tsv) says what tshark calls each field and how the two are made comparable; a field that
is not in it is a failure, and so is a frame that only one of the two takes for one of these protocols.
"""
import concurrent.futures
import html
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

# Not what ICMP errors quote.
FILTER = ("(dhcp || dhcpv6 || (tftp && !(tftp.opcode == 3) && !(tftp.opcode == 4)) || "
          "(tftp && (tftp.block < 40 || tftp.block > 65500))) && !icmp && !icmpv6")
# What the filter above leaves out: blocks of long transfers say the same again.
BLOCKS = set(range(40)) | set(range(65501, 65536))
DIFFERENCES_TOLD = 40

FIELD = re.compile(r'\s*<field name="([^"]*)"(.*?)(/?)>$')
HEX = re.compile(r"[0-9a-f]*$")  # there are words where a length is wrong
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


class Node:
    """A field of tshark: its name, what it shows, its bytes in hex, and the fields below it."""

    def __init__(self, name, show="", value=""):
        self.name, self.show, self.value, self.below = name, show, value, []

    def walk(self):
        for node in self.below:
            yield node
            yield from node.walk()

    def named(self, name):
        return [n for n in self.walk() if n.name == name]


def frames_of_tshark(capture):
    """{frame number: {protocol: root node}}"""
    run = subprocess.run(["tshark", "-n", "-r", capture, "-Y", FILTER, "-T", "pdml", "-J", "dhcp dhcpv6 tftp"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace", check=False)
    frames, number, stack = {}, 0, []
    for line in run.stdout.splitlines():
        if line.startswith('    <field name="num"'):
            number = int(re.search(r'show="(\d+)"', line).group(1))
            continue
        proto = re.match(r'\s*<proto name="(dhcp|dhcpv6|tftp)"', line)
        if proto:
            root = Node(proto.group(1))
            if stack:  # a message in a message: relays
                stack[-1].below.append(root)
            else:
                frames.setdefault(number, {})[root.name] = root
            stack.append(root)
        elif stack and (line.strip() in ("</proto>", "</field>")):
            stack.pop()
        elif stack:
            field = FIELD.match(line)
            if field:
                at = dict(ATTRIBUTE.findall(field.group(2)))
                value = at.get("value", "")
                node = Node(field.group(1), html.unescape(at.get("show", "")), value if HEX.match(value) else "")
                if at.get("size") != "0" or at.get("value"):  # else tshark tells what another frame said
                    stack[-1].below.append(node)
                if not field.group(3):
                    stack.append(node)
    if run.returncode and not frames:
        sys.exit(f"{capture}: tshark ended with {run.returncode}")
    return frames


def frames_of_ours(agree, capture):
    """{frame number: {field: [values]}}"""
    frames = defaultdict(lambda: defaultdict(list))
    run = subprocess.run([agree, capture], stdout=subprocess.PIPE, text=True, check=True)
    for line in run.stdout.splitlines():
        number, field, value = line.split("\t")
        frames[int(number)][field].append(value)
    return frames


# ---- what both say, made comparable: each takes our values, or tshark's nodes, to a list ----

def quoted(value):
    data = bytes.fromhex(value).split(b"\0")[0]
    return "".join(chr(c) if 32 <= c < 127 and c != 92 else f"\\x{c:02x}" for c in data)


def number(text):
    return int(text, 16) if text.lower().startswith("0x") else int(text)


def listed(values):
    return [re.sub(r" \(.*\)$", "", v) for text in values for v in text.split(", ")]


def user_class(nodes):
    """RFC 3004: lengths and texts; or the bare text that iPXE sends. None: tshark makes nothing of it."""
    bare = [n.value for n in nodes if n.name.endswith(".text") and n.value]
    data = [n.value for n in nodes if n.name.endswith(".data") and n.value]
    return ["".join(f"{len(d) // 2:02x}{d}" for d in data)] if data else bare or None


HOW = {
    "num": (lambda v: [int(x) for x in v], lambda t: [number(n.show) for n in t]),
    "bytes-num": (lambda v: [int(x) for x in v], lambda t: [int(n.value, 16) for n in t]),
    "first-num": (lambda v: [int(x) for x in v][:1], lambda t: [number(n.show) for n in t][:1]),
    "nums": (lambda v: [int(x) for x in listed(v)], lambda t: [number(n.show) for n in t]),
    "ip": (lambda v: v, lambda t: [n.show for n in t]),
    "ips": (listed, lambda t: [n.show for n in t]),
    "hex": (lambda v: v, lambda t: [n.value for n in t]),
    "first-hex": (lambda v: v[:1], lambda t: [n.value for n in t][:1]),
    "text": (lambda v: v, lambda t: [quoted(n.value) for n in t]),
    "texts": (listed, lambda t: [n.show for n in t]),
    "shown": (lambda v: v, lambda t: [n.show for n in t]),
    "bool": (lambda v: [{"yes": 1, "no": 0, "set": 1}[x] for x in v], lambda t: [min(int(n.value, 16), 1) for n in t]),
    "uuid": (lambda v: [x.split(" ")[-1].replace("-", "") for x in v], lambda t: [n.value for n in t]),
    "name": (lambda v: [x.lower() for x in v], lambda t: [n.show.lower() for n in t]),
    "colons": (lambda v: [x.replace(":", "") for x in v], lambda t: [n.value for n in t]),
    "domains": (listed, lambda t: [n.show.rstrip(".") for n in t]),
    "numbers": (lambda v: [int(x) for x in v], lambda t: [int(n.show) for n in t if n.show.isdecimal()]),
    "ndi": (lambda v: [int(x, 16) for x in v[0].split(":")[1:]], lambda t: [number(n.show) for n in t]),
    "suboption": (lambda v: v, lambda t: [n.value[4:] for n in t]),
    "user-class": (lambda v: [x.replace(":", "") for x in v], user_class),
}

# In place of tshark's name of a field: it has none; we keep its bytes, which are compared, and take nothing apart; its
# parts are fields of their own.
UNKNOWN, BYTES, PARTS = "-", ".", "="


def options_of_dhcp(root):
    """{code: [nodes]} in the order of first instances; pads and ends left out."""
    found = defaultdict(list)
    for node in root.named("dhcp.option.type"):
        code = int(node.value[:2] or "0", 16)
        if 0 < code < 255:
            found[code].append(node)
    return found


def options_of_dhcpv6(root):
    """{code: [nodes]} of the innermost message."""
    found, message = defaultdict(list), root
    for node in [root, *root.walk()]:
        if any(n.name == "dhcpv6.msgtype" for n in node.below):
            message = node
    for node in message.below:
        if node.name == "dhcpv6.option.type_str":
            found[int(node.value[:4], 16)].append(node)
    return found


def nodes_of(field, name, root, options):
    """tshark's nodes of a field of ours; @name may be several joined by '+', and begin with the option that they are in."""
    scope = [root]
    if "/" in name:
        code, name = name.split("/")
        scope = options.get(int(code), [])
    if ".option." in field:
        scope = options.get(int(field.rsplit(".", 1)[1]), [])
    names = name.split("+")
    nodes = [n for s in scope for n in s.walk() if n.name in names]
    if ".relay." in field:
        nodes = [n for n in nodes if n.value and int(n.value[:2], 16) == int(field.rsplit(".", 1)[1])]
    return nodes


class Comparison:
    def __init__(self, rows):
        self.rows = rows
        self.compared = Counter()  # of fields: values that were compared
        self.frames = 0
        self.tftp_alone = 0  # frames of TFTP that tshark takes for something else, for their ports
        self.different = []
        self.unlisted = set()

    def differ(self, where, field, ours, theirs):
        self.different.append(f"{where}: {field}: ours {ours}, tshark {theirs}")

    def bytes(self, where, field, ours, nodes, header):
        theirs = ["".join(n.value[header:] for n in nodes)] if header == 4 else [n.value[header:] for n in nodes]
        self.compared[field.rsplit(".", 1)[0]] += len(ours)
        if ours != theirs:
            self.differ(where, field, ours, theirs)

    def field(self, where, field, ours, root, options):
        row = self.rows.get(field)
        if not row:
            self.unlisted.add(field)
            return
        name, how = row
        if name in (UNKNOWN, BYTES, PARTS):
            return
        nodes = nodes_of(field, name, root, options)
        to_ours, to_theirs = HOW[how]
        a, b = to_ours(ours), to_theirs(nodes)
        if b is None:
            return
        self.compared[field] += len(ours)
        if a != b:
            self.differ(where, f"{field} ({name})", a, b)

    def missing(self, where, field, root, options, told):
        """Does tshark have a field that we do not tell?"""
        name, how = self.rows[field]
        if name in (UNKNOWN, BYTES, PARTS) or field in told or how.startswith("first"):
            return
        theirs = HOW[how][1](nodes_of(field, name, root, options))
        if theirs:
            self.differ(where, f"{field} ({name})", [], theirs)

    def frame(self, where, told, protocol, root):
        self.frames += 1
        options = options_of_dhcp(root) if protocol == "dhcp" else options_of_dhcpv6(root) if protocol == "dhcpv6" else {}
        for field, values in told.items():
            code = int(field.rsplit(".", 1)[1]) if ".bytes." in field else 0
            if code:
                self.bytes(where, field, values, options[code], 4 if protocol == "dhcp" else 8)
            elif field == "dhcp4.order":
                self.compared[field] += len(values)
                if [int(v) for v in values] != list(options) and not any(n.name == "dhcp.option.option_overload" for n in root.walk()):
                    self.differ(where, field, values, list(options))
            else:
                self.field(where, field, values, root, options)
        prefixes = {"dhcp": ("dhcp4.", "pxe."), "dhcpv6": ("dhcp6.",), "tftp": ("tftp.",)}[protocol]
        for field in self.rows:
            if field.startswith(prefixes):
                self.missing(where, field, root, options, told)


def protocol_of(told):
    field = next(iter(told))
    return {"dhcp4": "dhcp", "pxe": "dhcp", "dhcp6": "dhcpv6"}.get(field.split(".")[0], "tftp")


def is_long(told):
    return protocol_of(told) == "tftp" and told["tftp.opcode"][0] in "34" and int(told["tftp.block"][0]) not in BLOCKS


def compare(agree, rows, capture):
    result = Comparison(rows)
    theirs, ours = frames_of_tshark(capture), frames_of_ours(agree, capture)
    name = os.path.basename(capture)
    for number_, told in ours.items():
        protocol = protocol_of(told)
        if number_ in theirs and protocol in theirs[number_]:
            result.frame(f"{name} frame {number_}", told, protocol, theirs[number_][protocol])
        elif protocol != "tftp":
            result.differ(f"{name} frame {number_}", protocol, "decoded", "not decoded")
        else:
            result.tftp_alone += not is_long(told)
    for number_, protocols in theirs.items():
        if number_ not in ours:
            result.differ(f"{name} frame {number_}", " ".join(protocols), "not decoded", "decoded")
    return result


def rows_read(path):
    rows = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                ours, name, how = (line.split("#")[0].split() + [""])[:3]
                if ours in rows or (how not in HOW and name not in (UNKNOWN, BYTES, PARTS)):
                    sys.exit(f"{path}: {line.strip()}: there already, or no such way to compare")
                rows[ours] = (name, how)
    return rows


def main():
    agree, table, *captures = sys.argv[1:]
    rows = rows_read(table)
    told = subprocess.run([agree, "--fields"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[1::2]
    failures = [f"{f} is in our tables but not in {table}" for f in told if f not in rows]
    with tempfile.TemporaryDirectory() as folder:
        made = os.path.join(folder, "made.pcap")
        subprocess.run([agree, "--make", made], check=True)
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            results = list(pool.map(lambda c: compare(agree, rows, c), [made, *captures]))
    compared = sum((r.compared for r in results), Counter())
    failures += [d for r in results for d in r.different]
    failures += [f"{f} is not in {table}" for f in sorted(set().union(*(r.unlisted for r in results)))]
    failures += [f"{f} was never compared" for f, (name, _) in rows.items()
                 if name not in (UNKNOWN, BYTES, PARTS) and not compared[f]]
    for line in failures[:DIFFERENCES_TOLD]:
        print(line)
    unknown = sum(name == UNKNOWN for name, _ in rows.values())
    print(f"{len(compared)} fields, {sum(compared.values())} values compared in {sum(r.frames for r in results)} frames of "
          f"{len(results)} captures, {len(failures)} differ; tshark has no field for {unknown} more, whose bytes are compared, "
          f"and does not see TFTP in {sum(r.tftp_alone for r in results)} frames")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
