#!/usr/bin/env python3
"""A client made of steps, for firmware that pxekit does not play: firmware.py IFACE STEP...

Settings: mac=MAC uuid=HEX|none arch=N|none vendor=TEXT|none user=TEXT|none id=HEX|none flags=N vlan=N
Steps:    discover=N:GAP    N DISCOVERs, GAP seconds apart; ends early when an offer came, unless it is to be ignored:
          ignore=N:GAP      the same, whatever comes
          request           REQUEST for the last offer, and wait for the ACK
          decline           DECLINE of the offered address
          arp=IP            who has it? answered or not
          get=NAME[:SERVER] TFTP read request without options, and the whole file
          ask=NAME[:SERVER] the request alone, three times
          wait=S            seconds of silence
          new               another transaction: a new xid
          say=STP|LACP:N:GAP  what a switch says, N times
          who=IP:N          ARP questions of the server's kind: from 10.77.0.1
"""
import random
import select
import socket
import struct
import sys
import time

BROADCAST = b"\xff" * 6
MAGIC = bytes([99, 130, 83, 99])
STP = bytes.fromhex("0180c2000000" "0200000000fe" "0026" "424203" "0000000000" "8000020000000001" "00000000" "8000020000000001"
                    "8001" "0000" "1400" "0200" "0f00").ljust(60, b"\0")
# To the nearest customer bridge (802.1AX 6.2.11.2): the lab's own bridges pass this address on, and the usual one not.
LACP = bytes.fromhex("0180c2000000" "0200000000fe" "8809" "0101" "0114").ljust(124, b"\0")


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_bytes(text):
    return socket.inet_aton(text)


class Client:
    def __init__(self, iface):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.bind((iface, 0))
        self.mac, self.uuid = bytes.fromhex("525400770a01"), bytes(range(1, 17))
        self.arch, self.vendor, self.user, self.id, self.flags, self.vlan = 0, b"PXEClient:Arch:00000:UNDI:002001", None, None, 0, 0
        self.ip, self.server, self.next, self.file, self.peer = bytes(4), None, None, "", {}
        self.random = random.Random(7)
        self.new()

    def new(self):
        self.xid, self.began = self.random.getrandbits(32), time.monotonic()
        self.offer = self.ack = None

    # ---- frames ----

    def send(self, dst, kind, payload):
        tag = struct.pack("!HH", 0x8100, self.vlan) if self.vlan else b""
        self.sock.send((dst + self.mac + tag + struct.pack("!H", kind) + payload).ljust(60, b"\0"))

    def udp(self, dst_mac, src, dst, ports, payload):
        body = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
        pseudo = src + dst + struct.pack("!BBH", 0, 17, len(body))
        body = body[:6] + struct.pack("!H", checksum(pseudo + body) or 0xFFFF) + body[8:]
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), self.random.getrandbits(16), 0, 64, 17, 0, src, dst)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        self.send(dst_mac, 0x800, head + body)

    def receive(self, until, want):
        """The first frame that want() makes something of; None when the time is over."""
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.sock], [], [], left)[0]:
                return None
            frame = self.sock.recv(2048)
            if frame[6:12] == self.mac or frame[:6] not in (self.mac, BROADCAST):
                continue
            frame = frame[:12] + frame[16:] if frame[12:14] == b"\x81\0" else frame
            if (got := want(frame[12:14], frame[14:])) is not None:
                return got
        return None

    # ---- DHCP ----

    def options(self, kind):
        out = [(53, bytes([kind]))]
        out += [(54, self.server), (50, self.ip)] if kind in (3, 4) else []
        out += [(55, bytes([1, 3, 6, 43, 60, 66, 67, 97]))] if kind != 4 else []
        for code, value in ((93, None if self.arch is None else struct.pack("!H", self.arch)), (94, b"\x01\x02\x01"),
                            (97, self.uuid and b"\0" + self.uuid), (60, self.vendor), (77, self.user), (61, self.id)):
            out += [(code, value)] if value else []
        return b"".join(bytes([code, len(value)]) + value for code, value in out) + b"\xff"

    def dhcp(self, kind):
        secs = min(int(time.monotonic() - self.began), 65535)
        head = struct.pack("!BBBBIHH", 1, 1, 6, 0, self.xid, secs, self.flags) + bytes(16) + self.mac.ljust(16, b"\0") + bytes(192)
        payload = (head + MAGIC + self.options(kind)).ljust(300, b"\0")
        self.udp(BROADCAST, bytes(4), b"\xff" * 4, (68, 67), payload)

    def answer(self, kind):
        def want(ether, data):
            if ether != b"\x08\0" or data[9] != 17 or data[22:24] != b"\0D":
                return None
            message = data[28:]
            if message[0] != 2 or message[4:8] != struct.pack("!I", self.xid):
                return None
            options, at = {}, 240
            while at + 1 < len(message) and message[at] != 255:
                size = message[at + 1] if message[at] else -1
                options[message[at]] = message[at + 2:at + 2 + max(size, 0)]
                at += 2 + size
            return (message, options) if options.get(53) == bytes([kind]) and any(message[16:20]) else None
        return want

    def ignore(self, count, gap):
        for _ in range(int(count)):
            self.dhcp(1)
            until = time.monotonic() + float(gap)
            while got := self.receive(until, self.answer(2)):
                self.take(*got)

    def discover(self, count, gap):
        for _ in range(int(count)):
            self.dhcp(1)
            if got := self.receive(time.monotonic() + float(gap), self.answer(2)):
                self.take(*got)
                return

    def take(self, message, options):
        self.ip, self.server = message[16:20], options.get(54, message[20:24])
        self.next = message[20:24] if any(message[20:24]) else self.server
        self.file = (options.get(67) or message[108:236]).split(b"\0")[0].decode()

    def request(self):
        for _ in range(4):
            self.dhcp(3)
            if self.receive(time.monotonic() + 1, self.answer(5)):
                return
        sys.exit("no ACK")

    # ---- ARP, TFTP ----

    def resolve(self, ip):
        def want(ether, data):
            return data[8:14] if ether == b"\x08\x06" and data[7] == 2 and data[14:18] == ip else None
        for _ in range(3):
            self.send(BROADCAST, 0x806, struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + self.mac + self.ip + bytes(6) + ip)
            if got := self.receive(time.monotonic() + 0.5, want):
                return got
        return None

    def who(self, ip, count, src="10.77.0.1"):
        mine, self.mac = self.mac, bytes.fromhex("0200000000fd")
        for _ in range(int(count)):
            self.send(BROADCAST, 0x806, struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + self.mac + ip_bytes(src) + bytes(6) + ip_bytes(ip))
            time.sleep(0.3)
        self.mac = mine

    def rrq(self, name, server, port):
        mac = self.resolve(server)
        if not mac:
            return None
        payload = b"\0\1" + name.encode("latin-1") + b"\0octet\0"
        self.udp(mac, self.ip, server, (port, 69), payload)
        return mac

    def get(self, name, server=None, tries=3):
        server, port = ip_bytes(server) if server else self.next, self.random.randrange(2000, 4000)

        def want(ether, data):
            mine = ether == b"\x08\0" and data[9] == 17 and struct.unpack("!H", data[22:24])[0] == port
            return (struct.unpack("!H", data[20:22])[0], data[28:28 + struct.unpack("!H", data[24:26])[0] - 8]) if mine else None
        mac, size = self.rrq(name, server, port), 0
        while mac and (got := self.receive(time.monotonic() + 2, want)):
            if got[1][:2] != b"\0\3":
                return None
            self.udp(mac, self.ip, server, (port, got[0]), b"\0\4" + got[1][2:4])
            size += len(got[1]) - 4
            if len(got[1]) < 516:
                return size
        return None

    def ask(self, name, server=None):
        for _ in range(3):
            self.rrq(name, ip_bytes(server) if server else self.next, 2070)
            time.sleep(0.5)

    def say(self, what, count, gap):
        for _ in range(int(count)):
            self.sock.send(STP if what == "STP" else LACP)
            time.sleep(float(gap))


def setting(c, key, value):
    none = value == "none"
    if key == "mac":
        c.mac = bytes.fromhex(value.replace(":", ""))
    elif key in ("uuid", "id"):
        setattr(c, key, None if none else bytes.fromhex(value.replace("-", "")))
    elif key in ("vendor", "user"):
        setattr(c, key, None if none else value.encode("latin-1"))
    elif key in ("arch", "flags", "vlan"):
        setattr(c, key, None if none else int(value, 0))
    else:
        return False
    return True


def main(iface, steps):
    c = Client(iface)
    for step in steps:
        key, _, value = step.partition("=")
        if setting(c, key, value):
            continue
        parts = value.split(":") if value else []
        if key == "wait":
            time.sleep(float(value))
        elif key == "decline":
            c.dhcp(4)
        elif key == "arp":
            c.resolve(ip_bytes(value))
        elif key in ("discover", "ignore", "request", "get", "ask", "new", "say", "who"):
            getattr(c, key)(*parts)
        else:
            sys.exit(f"{step}: no such step\n{__doc__}")
    print("done", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
