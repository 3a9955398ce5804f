#!/usr/bin/env python3
"""The two ends of DHCP that no honest program offers, for end-to-end tests.

  dhcp.py take IFACE [COUNT]   a client that takes COUNT leases for as many made-up machines and keeps them; prints each
  dhcp.py nak IFACE            a server that offers to everyone and then refuses every REQUEST (RFC 2131 4.3.2)
"""
import os
import socket
import struct
import sys
import time

MAGIC = bytes([99, 130, 83, 99])
DISCOVER, OFFER, REQUEST, ACK, NAK = 1, 2, 3, 5, 6
SERVER = bytes([10, 77, 0, 1])
OFFERED = bytes([10, 77, 0, 190])
BROADCAST = b"\xff" * 6


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def options(*pairs):
    return MAGIC + b"".join(bytes([code, len(value)]) + value for code, value in pairs) + b"\xff"


def bootp(op, xid, mac, tail, yiaddr=bytes(4), siaddr=bytes(4), file=b""):
    head = struct.pack("!BBBBIHH", op, 1, 6, 0, xid, 0, 0x8000) + bytes(4) + yiaddr + siaddr + bytes(4)
    return head + mac.ljust(16, b"\0") + bytes(64) + file.ljust(128, b"\0") + tail


def frame(src_mac, src_ip, ports, payload):
    udp = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, src_ip, b"\xff" * 4)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return BROADCAST + src_mac + b"\x08\0" + head + udp


def parse(raw, port):
    """The DHCP message in a frame to that UDP port: (type, xid, chaddr, yiaddr, options), or None."""
    if len(raw) < 42 + 240 or raw[12:14] != b"\x08\0" or raw[23] != 17:
        return None
    at = 14 + (raw[14] & 15) * 4
    if struct.unpack("!H", raw[at + 2:at + 4])[0] != port:
        return None
    msg, found = raw[at + 8:], {}
    i = 240
    while i + 1 < len(msg) and msg[i] != 255:
        if msg[i] == 0:
            i += 1
            continue
        found[msg[i]] = msg[i + 2:i + 2 + msg[i + 1]]
        i += 2 + msg[i + 1]
    if msg[236:240] != MAGIC or not found.get(53):
        return None
    return found[53][0], struct.unpack("!I", msg[4:8])[0], msg[28:34], msg[16:20], found


def link(iface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((iface, 0))
    return s, s.getsockname()[4]


def exchange(s, mac, kind, *more):
    """Sends one message until something answers it; the answer, or exit."""
    xid = int.from_bytes(os.urandom(4), "big")
    message = bootp(1, xid, mac, options((53, bytes([kind])), *more))
    for wait in (0.3, 1, 2, 4):
        s.send(frame(mac, bytes(4), (68, 67), message))
        end = time.monotonic() + wait
        while (left := end - time.monotonic()) > 0:
            s.settimeout(left)
            try:
                got = parse(s.recv(65535), 68)
            except TimeoutError:
                break
            if got and got[1] == xid and got[2] == mac:
                return got
    sys.exit(f"dhcp.py: no answer to message type {kind}")


def take(iface, count):
    s, _ = link(iface)
    for _ in range(count):
        mac = b"\x02" + os.urandom(5)
        _, _, _, address, opts = exchange(s, mac, DISCOVER)
        kind, *_ = exchange(s, mac, REQUEST, (50, address), (54, opts[54]))
        if kind != ACK:
            sys.exit(f"dhcp.py: no ACK for {socket.inet_ntoa(address)}")
        print(socket.inet_ntoa(address), "from", socket.inet_ntoa(opts[54]), flush=True)


def nak(iface):
    s, mac = link(iface)
    print("ready", flush=True)
    while True:
        got = parse(s.recv(65535), 67)
        if not got:
            continue
        kind, xid, client, _, _ = got
        me = (54, SERVER)
        if kind == DISCOVER:
            lease = options((53, bytes([OFFER])), me, (51, struct.pack("!I", 3600)), (1, b"\xff\xff\xff\0"))
            answer = bootp(2, xid, client, lease, OFFERED, SERVER, b"pxelinux.0")
        elif kind == REQUEST:
            answer = bootp(2, xid, client, options((53, bytes([NAK])), me, (56, b"not for you")))
        else:
            continue
        s.send(frame(mac, SERVER, (67, 68), answer))
        print("OFFER" if kind == DISCOVER else "NAK", "to", client.hex(":"), flush=True)


if __name__ == "__main__":
    if len(sys.argv) >= 3 and sys.argv[1] == "take":
        take(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    elif len(sys.argv) == 3 and sys.argv[1] == "nak":
        nak(sys.argv[2])
    else:
        sys.exit(__doc__)
