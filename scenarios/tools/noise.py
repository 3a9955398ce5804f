#!/usr/bin/env python3
"""Frames of every wrong kind, without end: noise.py IFACE SEED. About 1000 a second; the same seed gives the same frames."""
import random
import socket
import struct
import sys
import time

MAGIC = bytes([99, 130, 83, 99])
SERVER = bytes([10, 77, 0, 1])
BROADCAST = b"\xff" * 6


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def bootp(op, xid, mac, tail, yiaddr=bytes(4), siaddr=bytes(4), file=b""):
    head = struct.pack("!BBBBIHH", op, 1, 6, 0, xid, 0, 0x8000) + bytes(4) + yiaddr + siaddr + bytes(4)
    return head + mac.ljust(16, b"\0") + bytes(64) + file.ljust(128, b"\0") + tail


def frame(src_mac, src_ip, ports, payload):
    udp = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, src_ip, b"\xff" * 4)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return BROADCAST + src_mac + b"\x08\0" + head + udp


def link(iface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((iface, 0))
    return s, s.getsockname()[4]


def random_options(r):
    """Options as a broken or hostile server might write them: lengths that overrun, doubled, overloaded, without end."""
    out = b""
    for _ in range(r.randrange(12)):
        code = r.choice([1, 3, 12, 43, 52, 53, 54, 60, 66, 67, 82, 97, 175, r.randrange(256)])
        out += bytes([code, r.randrange(256)]) + r.randbytes(r.randrange(40))
    return MAGIC + out


def dhcp_reply(r, mac):
    whom = r.choice([r.randbytes(6), BROADCAST, b"\x02" + r.randbytes(5)])
    message = bootp(2, r.getrandbits(32), whom, random_options(r), r.randbytes(4), r.randbytes(4), r.randbytes(20))
    return frame(mac, r.choice([SERVER, r.randbytes(4)]), r.choice([(67, 68), (68, 67), (4011, 68)]), message[:r.randrange(len(message))])


def tftp(r, mac):
    ports = (r.choice([69, r.randrange(1024, 65536)]), r.randrange(65536))
    return frame(mac, SERVER, ports, struct.pack("!HH", r.randrange(9), r.randrange(65536)) + r.randbytes(r.randrange(600)))


def fragment(r, mac):
    """A piece of an IP packet whose other pieces never come, overlap, or reach beyond 65535."""
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + 400, r.randrange(4), r.getrandbits(16) & 0x3FFF, 64, 17, 0, SERVER, b"\xff" * 4)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return BROADCAST + mac + b"\x08\0" + head + r.randbytes(400)


def icmp(r, mac):
    quoted = r.randbytes(r.randrange(60))
    body = struct.pack("!BBHI", r.choice([0, 3, 5, 11]), r.randrange(16), 0, 0) + quoted
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0, SERVER, b"\xff" * 4)
    return BROADCAST + mac + b"\x08\0" + head + body


def arp(r, mac):
    return BROADCAST + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, r.choice([6, 0, 255]), 4, r.randrange(4)) + r.randbytes(r.randrange(40))


def raw(r, mac):
    return BROADCAST + mac + r.choice([b"\x08\0", b"\x08\x06", b"\x81\0", b"\x86\xdd", r.randbytes(2)]) + r.randbytes(r.randrange(1, 1400))


def damage(r, data):
    data = bytearray(data)
    for _ in range(r.choice([0, 0, 1, 3])):
        data[r.randrange(14, len(data))] = r.randrange(256)
    return bytes(data[:r.choice([len(data), len(data), r.randrange(15, len(data) + 1)])])


def main(iface, seed):
    r = random.Random(seed)
    s, mac = link(iface)
    print("ready", flush=True)
    while True:
        for _ in range(20):
            kind = r.choice([dhcp_reply, dhcp_reply, tftp, fragment, icmp, arp, raw])
            s.send(damage(r, kind(r, mac)))
        time.sleep(0.02)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]))
