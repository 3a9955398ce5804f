#!/usr/bin/env python3
"""Did two runs see the same? same-events.py [--exact] A.json B.json: results of `pxekit run --json`, case by case.

Compared are event, client and text, without what is measured: times, and with them rates. In real time clients go on beside each other,
so each client's own sequence is compared; --exact compares all of them as they are, for virtual time. Exit status 1: they differ."""
import json
import re
import sys

MEASURED = re.compile(r"(?:,? (?:after|in)|,) \d+(?:\.\d+)? (?:us|ms|s|min|h|[kM]?B/s)\b")


def sequences(events, exact):
    if exact:
        return {"": [(e["t"], e["client"], e["event"], e["text"]) for e in events]}
    out = {}
    for e in events:
        out.setdefault(e["client"], []).append((e["event"], MEASURED.sub("", e["text"])))
    return out


def main(exact, first, second):
    runs = [json.load(open(path))["results"] for path in (first, second)]
    if [r["id"] for r in runs[0]] != [r["id"] for r in runs[1]]:
        sys.exit("the runs have different cases")
    for a, b in zip(*runs):
        one, other = sequences(a["events"], exact), sequences(b["events"], exact)
        for client in sorted(one.keys() | other.keys()):
            x, y = one.get(client, []), other.get(client, [])
            for i in range(max(len(x), len(y))):
                if x[i:i + 1] != y[i:i + 1]:
                    sys.exit(f"{a['id']} {client}: event {i + 1} is {x[i:i + 1]} and {y[i:i + 1]}")
        print(f"{a['id']}: the same {len(a['events'])} events")


if __name__ == "__main__":
    args = [a for a in sys.argv[1:] if a != "--exact"]
    if len(args) != 2:
        sys.exit(__doc__)
    main("--exact" in sys.argv[1:], *args)
