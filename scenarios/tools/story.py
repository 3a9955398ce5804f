#!/usr/bin/env python3
"""The packets of one machine's boot, both sides of it: story.py IFACE ROOT WORD...

For what emulated clients do not do, to see what a watcher makes of it. The machine is 52:54:00:77:00:01, its server 10.77.0.9, a
second one 10.77.0.8; nobody else need be there. Words, in the order of the story:

  bios, uefi, ipxe       who asks from now on (option 93; iPXE's user class and option 175)
  dhcp:FILE[@NEXT]       four packets of DHCP; NEXT: next-server, 0 for none
  proxy:FILE             the same, with the boot file from a proxy on 10.77.0.8, and none from the DHCP server
  system, unheard        DHCP of an installed or installing system; the same, three times, and nobody answers
  tftp:FILE=KIND[/WHO]   a whole download; KIND: pe, pe-signed, nbp, kernel, gzip, gzip-cut, wim, a number of bytes, or text (of ROOT/FILE);
                         WHO asks: edk2, ipxe, shim, grub, pxelinux; from 10.77.0.8 with a trailing !
  refuse:FILE[//WHO]     the server says "file not found"
  elsewhere:FILE         the server's answer comes from 10.77.0.8, three times, and the machine does not take it
  get:PATH=STATUS, post:PATH=STATUS   HTTP; its body is ROOT/PATH if there is one
  closed, blocked        a connection to port 80 is refused, or tried three times in vain
  nfs                    a connection to a file server is opened
  next                   the firmware goes on to IPv6
  six:PROGRAM=ANSWER     DHCPv6 of pxe or http, asked for until it ends; ANSWER: silent (a router says M), plain (an address), params (and a URL,
                         and an option 60 that is none), full (no address left), class (a URL without HTTPClient), or a URL
"""
import os
import socket
import struct
import sys
import time

MAC, NAT, NAT2 = (bytes.fromhex(x) for x in ("525400770001", "020000000009", "020000000008"))
IP, SERVER, PROXY, NONE = (socket.inet_aton(x) for x in ("10.77.0.180", "10.77.0.9", "10.77.0.8", "0.0.0.0"))
ASKS = {"edk2": [("blksize", 1468), ("windowsize", 4)], "ipxe": [("blksize", 1432), ("tsize", 0)],
        "shim": [("blksize", 512), ("windowsize", 4)], "grub": [("blksize", 1024), ("tsize", 0)],
        "pxelinux": [("tsize", 0), ("blksize", 1408)]}


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(src, dst, protocol, payload):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, src, dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def pe(signed):
    """PE/COFF: a header of a 64-bit EFI program, one section, and a signature that is none (16 bytes) behind it."""
    head = bytearray(1024)
    head[0:2], head[0x3C:0x40] = b"MZ", struct.pack("<I", 0x80)
    head[0x80:0x98] = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22)
    head[0x98:0x9A], head[0x98 + 60:0x98 + 64] = struct.pack("<H", 0x20B), struct.pack("<I", 512)
    head[0x98 + 68:0x98 + 70], head[0x98 + 108:0x98 + 112] = struct.pack("<H", 10), struct.pack("<I", 16)
    if signed:
        head[0x98 + 112 + 32:0x98 + 112 + 40] = struct.pack("<II", 3000, 16)
    head[0x188:0x1B0] = b".text\0\0\0" + struct.pack("<IIII", 2000, 4096, 2000, 1000) + bytes(16)
    return bytes(head) + bytes(2000)


def kernel():
    head = bytearray(pe(False)[:1024] + bytes(1024))
    head[0x1F1], head[0x1F4:0x1F8], head[0x1FE:0x200] = 3, struct.pack("<I", 2000), b"\x55\xaa"
    head[0x202:0x208] = b"HdrS\x0d\x02"
    return bytes(head) + bytes(32000)


def content(root, file, kind):
    made = {"pe": lambda: pe(False), "pe-signed": lambda: pe(True), "nbp": lambda: b"\xfa\xfc\x31\xc9\xea" + bytes(3000),
            "kernel": kernel, "gzip": lambda: b"\x1f\x8b\x08" + bytes(30001), "wim": lambda: b"MSWIM\0\0\0" + bytes(3001),
            "gzip-cut": lambda: b"\x1f\x8b\x08" + b"\x55" * 99997}
    if kind == "text":
        with open(os.path.join(root, file.lstrip("/")), "rb") as f:
            return f.read()
    return made[kind]() if kind in made else bytes(int(kind))


class Story:
    def __init__(self, iface, root):
        self.link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.link.bind((iface, 0))
        self.root, self.who, self.xid, self.port = root, "bios", 100, 30000

    def frame(self, out, packet, src=SERVER, kind=b"\x08\0"):
        mac = NAT2 if src == PROXY else NAT
        self.link.send((mac + MAC if out else MAC + mac) + kind + packet)

    def udp(self, out, ports, payload, server=SERVER, ip=IP):
        data = struct.pack("!HHHH", *(ports if out else ports[::-1]), 8 + len(payload), 0) + payload
        self.frame(out, ip_packet(*((ip, server) if out else (server, ip)), 17, data), server)

    def bootp(self, out, kind, options, server=SERVER, yiaddr=NONE, siaddr=NONE, file=b""):
        head = struct.pack("!BBBBIHH", 1 if out else 2, 1, 6, 0, self.xid, 0, 0x8000) + NONE + yiaddr + siaddr + NONE
        body = head + MAC.ljust(16, b"\0") + bytes(64) + file.ljust(128, b"\0") + bytes([99, 130, 83, 99, 53, 1, kind]) + options + b"\xff"
        ends = (NONE, b"\xff" * 4) if out else (server, b"\xff" * 4)
        data = struct.pack("!HHHH", *((68, 67) if out else (67, 68)), 8 + len(body), 0) + body
        mac = MAC if out else NAT2 if server == PROXY else NAT
        self.link.send(b"\xff" * 6 + mac + b"\x08\0" + ip_packet(*ends, 17, data))

    def dhcp(self, file, next_server, proxy=False, pxe=True):
        self.xid += 1
        mine = b""
        if pxe:
            arch = {"bios": 0, "uefi": 7, "ipxe": self.arch if hasattr(self, "arch") else 0}[self.who]
            self.arch, name = arch, b"PXEClient:Arch:%05d:UNDI:003000" % arch
            mine = bytes([93, 2, 0, arch, 94, 3, 1, 3, 16, 60, len(name)]) + name
            if self.who == "ipxe":
                mine += b"\x4d\x04iPXE\xaf\x03\x21\x01\x01"
        lease = bytes([54, 4]) + SERVER + bytes([51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 3, 4]) + SERVER
        given = b"" if proxy else file.encode()
        self.bootp(True, 1, mine)
        self.bootp(False, 2, lease, SERVER, IP, next_server, given)
        if proxy:
            self.bootp(False, 2, bytes([54, 4]) + PROXY + b"\x3c\x09PXEClient", PROXY, NONE, PROXY, file.encode())
        self.bootp(True, 3, mine + bytes([54, 4]) + SERVER + bytes([50, 4]) + IP)
        self.bootp(False, 5, lease, SERVER, IP, next_server, given)

    def tftp(self, file, who, data, server):
        self.port += 1
        name = file.encode().decode("unicode_escape").encode("latin-1")
        ask = b"".join(b"%s\0%d\0" % (k.encode(), v) for k, v in ASKS[who])
        self.udp(True, (self.port, 69), b"\0\x01" + name + b"\0octet\0" + ask, server)
        if data is None:
            self.udp(False, (self.port, 40000), b"\0\x05\0\x01File not found\0", server)
            return
        told = [(k, len(data) if k == "tsize" else v) for k, v in ASKS[who]]
        size = dict(ASKS[who])["blksize"]
        self.udp(False, (self.port, 40000), b"\0\x06" + b"".join(b"%s\0%d\0" % (k.encode(), v) for k, v in told), server)
        self.udp(True, (self.port, 40000), b"\0\x04\0\0", server)
        for i in range(len(data) // size + 1):
            number = struct.pack("!H", (i + 1) & 0xFFFF)
            self.udp(False, (self.port, 40000), b"\0\x03" + number + data[i * size:(i + 1) * size], server)
            self.udp(True, (self.port, 40000), b"\0\x04" + number, server)
            time.sleep(0.0005)  # a capture's buffer is small

    def elsewhere(self, file):
        self.port += 1
        for _ in range(3):
            self.udp(True, (self.port, 69), b"\0\x01" + file.encode() + b"\0octet\0blksize\x001408\0")
            self.udp(False, (self.port, 40000), b"\0\x06blksize\x001408\0", PROXY)
            time.sleep(0.5)

    def tcp(self, out, ports, flags, numbers, payload=b""):
        data = struct.pack("!HHIIBBHHH", *(ports if out else ports[::-1]), *numbers, 0x50, flags, 8000, 0, 0) + payload
        self.frame(out, ip_packet(*((IP, SERVER) if out else (SERVER, IP)), 6, data))

    def http(self, method, path, status):
        self.port += 1
        place = os.path.join(self.root, path.split("?")[0].lstrip("/"))
        body = open(place, "rb").read() if os.path.isfile(place) else b"x" * 20
        agent = b"iPXE/1.0" if self.who == "ipxe" else b"Wget"
        ask = b"%s %s HTTP/1.1\r\nHost: 10.77.0.9\r\nUser-Agent: %s\r\n\r\n" % (method.encode(), path.encode(), agent)
        answer = b"HTTP/1.1 %s X\r\nContent-Length: %d\r\n\r\n" % (status.encode(), len(body)) + body
        ports, mine, its = (self.port, 80), 1000, 5000
        self.tcp(True, ports, 0x02, (mine, 0))
        self.tcp(False, ports, 0x12, (its, mine + 1))
        self.tcp(True, ports, 0x10, (mine + 1, its + 1))
        self.tcp(True, ports, 0x18, (mine + 1, its + 1), ask)
        self.tcp(False, ports, 0x18, (its + 1, mine + 1 + len(ask)), answer)
        self.tcp(True, ports, 0x11, (mine + 1 + len(ask), its + 1 + len(answer)))
        self.tcp(False, ports, 0x11, (its + 1 + len(answer), mine + 2 + len(ask)))
        self.tcp(True, ports, 0x10, (mine + 2 + len(ask), its + 2 + len(answer)))

    def ip6(self, out, protocol, make, group):
        """make(pseudo) gives the payload with the checksum over that."""
        me, its, all_of = (socket.inet_pton(socket.AF_INET6, x) for x in ("fe80::5054:ff:fe77:1", "fe80::9", group))
        ends = (me, all_of) if out else (its, all_of if protocol == 58 else me)
        payload = make(b"".join(ends))
        packet = struct.pack("!IHBB", 0x60000000, len(payload), protocol, 255) + b"".join(ends) + payload
        to = b"\x33\x33" + all_of[-4:] if out or protocol == 58 else MAC
        self.link.send(to + (MAC if out else NAT) + b"\x86\xdd" + packet)

    def dhcp6(self, out, message):
        ports = (546, 547) if out else (547, 546)

        def make(ends):
            udp = struct.pack("!HHHH", *ports, 8 + len(message), 0)
            total = checksum(ends + struct.pack("!II", 8 + len(message), 17) + udp + message)
            return udp[:6] + struct.pack("!H", total) + message
        self.ip6(out, 17, make, "ff02::1:2")

    def advertise_router(self):
        ra = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0x80, 1800, 0, 0)
        self.ip6(False, 58, lambda ends: ra[:2] + struct.pack("!H", checksum(ends + struct.pack("!II", len(ra), 58) + ra)) + ra[4:], "ff02::1")

    def six(self, program, answer):
        option = lambda code, value: struct.pack("!HH", code, len(value)) + value
        name = b"%s:Arch:%05d:UNDI:003000" % ((b"HTTPClient", 16) if program == "http" else (b"PXEClient", 7))
        klass = lambda text: option(16, struct.pack("!IH", 343, len(text)) + text)
        mine = option(1, b"\0\3\0\1" + MAC)
        asks = mine + option(3, struct.pack("!III", 7, 0, 0)) + option(6, struct.pack("!4H", 59, 60, 23, 16)) + klass(name)
        asks += option(61, struct.pack("!H", 16 if program == "http" else 7))
        at = socket.inet_pton(socket.AF_INET6, "fd77::180")
        lease = option(3, struct.pack("!III", 7, 100, 200) + option(5, at + struct.pack("!II", 3600, 7200)))
        head, url = mine + option(2, b"\0\3\0\1" + NAT), option(59, b"tftp://[fd77::9]/my.efi")
        given = {"plain": lease, "full": option(3, struct.pack("!III", 7, 0, 0) + option(13, b"\0\2none left")),
                 "params": lease + url + option(60, b"\\Boot\\x64\\BCD"), "class": lease + option(59, b"http://[fd77::9]/my.efi")}
        good = answer not in given and answer != "silent"
        said = head + (lease + option(59, answer.encode()) + klass(name.split(b":")[0]) if good else given.get(answer, b""))
        if answer == "silent":
            self.advertise_router()
        for _ in range(1 if good else 4):
            self.xid += 1
            self.dhcp6(True, b"\1" + self.xid.to_bytes(3, "big") + asks)
            if answer != "silent":
                self.dhcp6(False, b"\2" + self.xid.to_bytes(3, "big") + said)
        if good:
            self.dhcp6(True, b"\3" + self.xid.to_bytes(3, "big") + asks)
            self.dhcp6(False, b"\7" + self.xid.to_bytes(3, "big") + said)

    def tell(self, word):
        verb, _, rest = word.partition(":")
        if verb in ("bios", "uefi", "ipxe"):
            self.who = verb
        elif verb in ("dhcp", "proxy"):
            file, _, at = rest.partition("@")
            self.dhcp(file, NONE if at == "0" else socket.inet_aton(at) if at else SERVER, verb == "proxy")
        elif verb == "unheard":
            self.xid += 1
            for _ in range(3):
                self.bootp(True, 1, b"")
                time.sleep(0.5)
        elif verb == "elsewhere":
            self.elsewhere(rest)
        elif verb == "system":
            self.dhcp("", NONE, pxe=False)
        elif verb in ("tftp", "refuse"):
            what, _, kind = rest.rpartition("=") if verb == "tftp" else (rest, "", "")
            kind, _, who = kind.partition("/") if verb == "tftp" else ("", "", "")
            if verb == "refuse" and "//" in what:
                what, _, who = what.partition("//")
            server = PROXY if who.endswith("!") else SERVER
            data = content(self.root, what, kind) if verb == "tftp" else None
            self.tftp(what, who.rstrip("!") or "edk2", data, server)
        elif verb in ("get", "post"):
            path, _, status = rest.rpartition("=")
            self.http(verb.upper(), path, status)
        elif verb in ("closed", "blocked"):
            self.port += 1
            for _ in range(1 if verb == "closed" else 3):
                self.tcp(True, (self.port, 80), 0x02, (1000, 0))
            if verb == "closed":
                self.tcp(False, (self.port, 80), 0x14, (0, 1001))
        elif verb == "nfs":
            self.tcp(True, (700, 2049), 0x02, (1000, 0))
        elif verb == "next":
            self.dhcp6(True, b"\x01\x12\x34\x56")
        elif verb == "six":
            self.six(*rest.split("=", 1))
        else:
            sys.exit(f"story.py: {word}?")


if len(sys.argv) < 4:
    sys.exit(__doc__)
story = Story(sys.argv[1], sys.argv[2])
for step in sys.argv[3:]:
    story.tell(step)
