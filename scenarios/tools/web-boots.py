#!/usr/bin/env python3
"""One boot over HTTP that fails, both ends of it, as frames: web-boots.py IFACE FINDING. The frames are those of UEFI HTTP boot
(EDK2) or of iPXE, of a DHCP server, a name server and a web server; what the finding is about is what one of them does wrong."""
import socket
import struct
import sys
import time

CLIENT_MAC, SERVER_MAC = bytes.fromhex("525400770001"), bytes.fromhex("525400770101")
CLIENT, SERVER = bytes([10, 77, 0, 180]), bytes([10, 77, 0, 9])
FIN, SYN, RST, ACK = 1, 2, 4, 16
FIRMWARE, IPXE = "UefiHttpBoot/1.0", "iPXE/1.21.1"
URL = "http://10.77.0.9/shimx64.efi"


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Wire:
    def __init__(self, iface):
        self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.s.bind((iface, 0))
        self.port = 1600

    def frame(self, up, ethertype, payload, to=None):
        macs = (to or (SERVER_MAC if up else CLIENT_MAC)) + (CLIENT_MAC if up else SERVER_MAC)
        self.s.send(macs + struct.pack("!H", ethertype) + payload)
        time.sleep(0.002)

    def ip(self, up, proto, body, src=None, dst=None, to=None):
        src = src or (CLIENT if up else SERVER)
        dst = dst or (SERVER if up else CLIENT)
        if proto != 1:  # the sum over the pseudo header, where UDP and TCP have it
            at = 6 if proto == 17 else 16
            sum16 = checksum(src + dst + struct.pack("!HH", proto, len(body)) + body)
            body = body[:at] + struct.pack("!H", sum16) + body[at + 2:]
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, proto, 0, src, dst)
        self.frame(up, 0x800, head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body, to)

    def udp(self, up, sport, dport, data, **more):
        self.ip(up, 17, struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data, **more)

    # ---- DHCP and ARP

    def dhcp(self, kind, up, url, ipxe, dns, xid=0x12345678):
        opts = [(53, bytes([kind]))]
        if not url:
            opts += [(50, CLIENT), (54, SERVER)] if kind in (3, 5) else [(54, SERVER)] if not up else []
            opts += [] if up else [(51, struct.pack("!I", 3600))]
        elif up:
            arch = 7 if ipxe else 16
            opts += [(60, b"PXEClient:Arch:00007:UNDI:003001" if ipxe else b"HTTPClient:Arch:00016:UNDI:003000"),
                     (93, struct.pack("!H", arch)), (94, bytes([1, 3, 0])), (57, struct.pack("!H", 1472)), (55, bytes([1, 3, 6, 60, 67]))]
            opts += [(77, b"iPXE"), (175, bytes([0xB0, 1, 1]))] if ipxe else []
            opts += [(50, CLIENT), (54, SERVER)] if kind == 3 else []
        else:
            opts += [(54, SERVER), (51, struct.pack("!I", 3600)), (1, bytes([255, 255, 255, 0])), (3, SERVER), (67, url.encode())]
            opts += [(6, dns)] if dns else []
            opts += [] if ipxe else [(60, b"HTTPClient")]
        tail = bytes([99, 130, 83, 99]) + b"".join(bytes([c, len(v)]) + v for c, v in opts) + b"\xff"
        yiaddr = bytes(4) if up else CLIENT
        m = struct.pack("!BBBBIHH", 1 if up else 2, 1, 6, 0, xid, 0, 0x8000) + bytes(4) + yiaddr + (bytes(4) if up else SERVER)
        m += bytes(4) + CLIENT_MAC.ljust(16, b"\0") + bytes(192) + tail
        src = bytes(4) if up else SERVER
        self.udp(up, 68 if up else 67, 67 if up else 68, m, src=src, dst=b"\xff" * 4, to=b"\xff" * 6)

    def lease(self, url=URL, ipxe=False, dns=None):
        for kind, up in ((1, True), (2, False), (3, True), (5, False)):
            self.dhcp(kind, up, url, ipxe, dns)
        ask = struct.pack("!HHBBH6s4s6s4s", 1, 0x800, 6, 4, 1, CLIENT_MAC, CLIENT, bytes(6), SERVER)
        self.frame(True, 0x806, ask, b"\xff" * 6)
        self.frame(False, 0x806, struct.pack("!HHBBH6s4s6s4s", 1, 0x800, 6, 4, 2, SERVER_MAC, SERVER, CLIENT_MAC, CLIENT))

    def again(self):
        """The firmware's next boot entry, which nobody answers."""
        self.dhcp(1, True, URL, False, None, 0x12345679)

    def system(self):
        """The kernel that was booted asks for an address, as any host does."""
        for kind, up in ((1, True), (2, False), (3, True), (5, False)):
            self.dhcp(kind, up, "", False, None, 0x1234567A)

    # ---- names

    def name(self, rcode=None, name="boot.test"):
        question = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0" + struct.pack("!HH", 1, 1)
        self.udp(True, 3000, 53, struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + question)
        if rcode is not None:
            self.udp(False, 53, 3000, struct.pack("!HHHHHH", 7, 0x8180 | rcode, 1, 0, 0, 0) + question)


class Tcp:
    def __init__(self, wire, port=80, answer=SYN | ACK, tries=1):
        self.w, self.port = wire, port
        wire.port += 1
        self.local, self.seq = wire.port, {True: 1000, False: 5000}
        for _ in range(tries):
            self.put(True, SYN, b"", 0)
        self.seq[True] += 1
        if answer is None:
            return
        self.put(False, answer)
        self.seq[False] += 1
        if not answer & RST:
            self.put(True, ACK)

    def put(self, up, flags, data=b"", skip=None):
        sport, dport = (self.local, self.port) if up else (self.port, self.local)
        ack = self.seq[not up] if flags & ACK else 0
        self.w.ip(up, 6, struct.pack("!HHIIBBHHH", sport, dport, self.seq[up], ack, 0x50, flags, 0xFFFF, 0, 0) + data)
        if skip is None:
            self.seq[up] += len(data) + (1 if flags & FIN else 0)

    def say(self, up, data):
        for i in range(0, len(data), 1400):
            self.put(up, ACK, data[i:i + 1400])
            self.put(not up, ACK)

    def ask(self, path, method="GET", agent=FIRMWARE, more=""):
        self.say(True, f"{method} {path} HTTP/1.1\r\nHost: 10.77.0.9\r\nUser-Agent: {agent}\r\n{more}\r\n".encode())

    def tell(self, status, body=b"", length=None, version="1.1", kind="application/efi", more=""):
        length = len(body) if length is None else length
        told = f"Content-Length: {length}\r\n" if length >= 0 else ""
        self.say(False, f"HTTP/{version} {status} x\r\nServer: test\r\nContent-Type: {kind}\r\n{told}{more}\r\n".encode() + body)

    def fetch(self, path, agent=FIRMWARE, size=3000):
        self.ask(path, agent=agent)
        self.tell(200, bytes(size))


def tls_hello(client, version=0x0303):
    body = struct.pack("!H", version) + bytes(32) + b"\0" + (struct.pack("!HHH", 2, 0x2F, 0x100) if client else struct.pack("!HB", 0x2F, 0))
    hello = bytes([1 if client else 2]) + struct.pack("!I", len(body))[1:] + body
    return bytes([22, 3, 3]) + struct.pack("!H", len(hello)) + hello


def http_closes_after_head(w):
    w.lease()
    c = Tcp(w)
    c.ask("/shimx64.efi", "HEAD")
    c.tell(200, length=3000, version="1.0")
    c.put(False, FIN | ACK)
    c.ask("/shimx64.efi")
    c.put(False, RST)


def http_cut_short(w):
    w.lease()
    c = Tcp(w)
    c.ask("/shimx64.efi")
    c.tell(200, bytes(5000), 9000)
    c.put(False, FIN | ACK)


def http_stalls(w):
    w.lease()
    c = Tcp(w)
    c.ask("/shimx64.efi")
    c.tell(200, bytes(5000), 9000)


def http_redirect_not_followed(w):
    w.lease()
    c = Tcp(w)
    c.ask("/shimx64.efi", "HEAD")
    c.tell(301, more="Location: https://10.77.0.9/shimx64.efi\r\n")
    c.put(True, RST)


def second(w, **answer):
    w.lease()
    c = Tcp(w)
    c.fetch("/shimx64.efi")
    c.ask("/grubx64.efi")
    c.tell(200, **answer)
    c.put(True, RST)


def http_no_length(w):
    second(w, body=b"3\r\nabc\r\n0\r\n\r\n", length=-1, more="Transfer-Encoding: chunked\r\n")


def http_empty_header(w):
    second(w, body=bytes(1000), more="X-Cache:\r\n")


def http_range_ignored(w):
    w.lease("http://10.77.0.9/boot.ipxe", ipxe=True)
    c = Tcp(w)
    c.fetch("/boot.ipxe", IPXE)
    c.ask("/disk.img", agent=IPXE, more="Range: bytes=4096-8191\r\n")
    c.tell(200, bytes(3000), 90000)
    c.put(True, RST)


def http_type_unknown(w):
    w.lease("http://10.77.0.9/boot?arch=x64")
    c = Tcp(w)
    c.ask("/boot?arch=x64", "HEAD")
    c.tell(200, length=3000, kind="application/efi; charset=binary")
    c.put(True, RST)


def http_page_instead_of_file(w):
    w.lease("http://10.77.0.9/boot.ipxe", ipxe=True)
    c = Tcp(w)
    c.fetch("/boot.ipxe", IPXE)
    c.ask("/vmlinuz", agent=IPXE)
    c.tell(200, b"<html>Welcome</html>", kind="text/html")


def http_no_response(w):
    w.lease()
    c = Tcp(w)
    c.ask("/shimx64.efi", "HEAD")


def http_slow(w):
    w.lease("http://10.77.0.9/boot.ipxe", ipxe=True)
    c = Tcp(w)
    c.fetch("/boot.ipxe", IPXE)
    c.ask("/vmlinuz", agent=IPXE)
    time.sleep(5.1)
    c.tell(200, bytes(3000))
    c.fetch("/initrd.img", IPXE)
    w.system()


def kernel_missing(w):
    w.lease("http://10.77.0.9/boot.ipxe", ipxe=True)
    c = Tcp(w)
    c.fetch("/boot.ipxe", IPXE)
    c.ask("/vmlinuz", agent=IPXE)
    c.tell(403, b"no", kind="text/plain")


def http_boot_file_missing(w):
    w.lease()
    c = Tcp(w)
    c.ask("/shimx64.efi", "HEAD")
    c.tell(404)


def tls(w):
    w.lease("https://10.77.0.9/shimx64.efi")
    c = Tcp(w, 443)
    c.say(True, tls_hello(True))
    return c


def tls_rejected(w):
    c = tls(w)
    c.say(False, tls_hello(False))
    c.say(True, bytes([21, 3, 3, 0, 2, 2, 48]))
    c.put(True, RST)


def tls_unfinished(w):
    c = tls(w)
    c.say(False, b"HTTP/1.1 400 Bad Request\r\n\r\n")
    c.put(False, FIN | ACK)


def untried(w, url):
    w.lease(url)
    w.again()


def named(w, ask, **more):
    w.lease("http://boot.test/shimx64.efi", **more)
    ask()


BOOTS = {
    "http-refused": lambda w: (w.lease(), Tcp(w, answer=RST | ACK)),
    "http-no-answer": lambda w: (w.lease(), Tcp(w, answer=None, tries=4)),
    "https-url-not-tried": lambda w: untried(w, "https://10.77.0.9/shimx64.efi"),
    "http-url-not-tried": lambda w: untried(w, URL),
    "name-server-silent": lambda w: named(w, lambda: [w.name() for _ in range(4)], dns=SERVER),
    "name-unknown": lambda w: named(w, lambda: w.name(rcode=3), dns=SERVER),
    "name-never-asked": lambda w: named(w, w.again),
}


def main(iface, finding):
    boot = BOOTS.get(finding) or globals().get(finding.replace("-", "_"))
    boot(Wire(iface))
    print("played")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
