#!/usr/bin/env python3
"""What findings.py takes for an expectation, and what it does not."""
import sys
import unittest

sys.dont_write_bytecode = True  # the sources stay clean
import findings

CODES = [("C001", "link-down"), ("D001", "no-dhcp-server")]
LINK, DHCP, BOTH, NONE = {"link-down"}, {"no-dhcp-server"}, {"link-down", "no-dhcp-server"}, set()
CASES = [
    ("expect:\n  first: link-down\n", LINK),
    ("expect: {first: link-down, exit: 1}\n", LINK),
    ("# first: link-down\n", NONE),
    ("  findings: [] # link-down\n", NONE),
    ("about: A link-down that nobody expects.\n", NONE),
    ("  excludes: [link-down]\n", NONE),
    ("  excludes:\n    - link-down\n", NONE),
    ("  - {client: a, excludes: [link-down], includes: [no-dhcp-server]}\n", DHCP),
    ("  probe: {excludes: [link-down], first: no-dhcp-server}\n", DHCP),
    ("  first: link-down|no-dhcp-server\n", NONE),
    ("  findings:\n    - link-down\n    - no-dhcp-server\n  exit: 1\n", BOTH),
    ("matrix:\n  finding: [link-down, no-dhcp-server]\n", BOTH),
    ("  - when: {what: a}\n    set: {first: link-down, story: no-dhcp-server}\n", LINK),
    ("  - {when: {fault: no-dhcp-server}, set: {finding: link-down}}\n", LINK),
    ("    stdout: {has: ['C001 link-down'], lacks: ['D001 no-dhcp-server']}\n", LINK),
    ("    stdout:\n      has:\n        - '^ FAIL C001 link-down$'\n      lacks: [x]\n", LINK),
    ("    stdout:\n      lacks:\n        - 'C001 link-down'\n", NONE),
    ("    has: ['link-down']\n", NONE),
    ("    run: $PXEKIT explain\n    has: ['C001 link-down']\n", NONE),
]


class Expected(unittest.TestCase):
    def test_cases(self):
        for text, want in CASES:
            with self.subTest(text=text):
                self.assertEqual(findings.expected(text, CODES), want)

    def test_rows(self):
        table = '    .source = "field D34, D35; UEFI 2.10 24.7.3")\n    .source = "RFC 2131 4.3.1; "\n        "field H01")\n    .confirm = "field L01")'
        self.assertEqual(findings.rows_named(table), {"D34", "D35", "H01"})


if __name__ == "__main__":
    unittest.main()
