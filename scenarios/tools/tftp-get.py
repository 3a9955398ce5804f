#!/usr/bin/env python3
"""A TFTP client that does as it is told: tftp-get.py SERVER FILE [blksize=N] [windowsize=N] [tsize=0] [tries=N] [stop-after=BLOCK].
The name is sent as it is written, backslashes and all. Ends with 0 if the file came, else with 1 and a word about it."""
import socket
import struct
import sys
import time

RRQ, DATA, ACK, ERROR, OACK = 1, 3, 4, 5, 6


def options_of(words):
    return dict(word.split("=", 1) for word in words)


def request(name, options):
    packet = struct.pack("!H", RRQ) + name.encode() + b"\0octet\0"
    for key in ("tsize", "blksize", "windowsize", "msftwindow"):
        if key in options:
            packet += key.encode() + b"\0" + options[key].encode() + b"\0"
    return packet


def granted(packet):
    words = packet[2:].split(b"\0")
    return {words[i].decode().lower(): int(words[i + 1]) for i in range(0, len(words) - 1, 2)}


class Transfer:
    def __init__(self, server, name, options):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(1)
        self.server, self.peer = server, None
        self.first = request(name, options)
        self.tries, self.stop = int(options.get("tries", 4)), int(options.get("stop-after", 0))
        self.blksize, self.window, self.next, self.in_window, self.done = 512, 1, 1, 0, False

    def say(self):
        if self.peer:
            self.socket.sendto(struct.pack("!HH", ACK, (self.next - 1) & 0xFFFF), self.peer)
            self.in_window = 0
        else:
            self.socket.sendto(self.first, (self.server, 69))

    def data(self, packet):
        if struct.unpack("!H", packet[2:4])[0] != self.next & 0xFFFF:
            return
        self.next += 1
        self.in_window += 1
        self.done = len(packet) - 4 < self.blksize
        if self.done or self.in_window >= self.window:
            self.say()

    def take(self, packet, sender):
        kind = struct.unpack("!H", packet[:2])[0]
        if kind == ERROR:
            return "error %d: %s" % (struct.unpack("!H", packet[2:4])[0], packet[4:].rstrip(b"\0").decode(errors="replace"))
        self.peer = self.peer or sender
        if kind == OACK:
            agreed = granted(packet)
            self.blksize, self.window = agreed.get("blksize", 512), agreed.get("windowsize", 1)
            self.say()
        elif kind == DATA:
            self.data(packet)
        return None

    def run(self):
        quiet = 0
        self.say()
        while not self.done:
            if self.stop and self.next > self.stop:
                return "stopped after block %d" % (self.next - 1)
            try:
                packet, sender = self.socket.recvfrom(70000)
            except socket.timeout:
                quiet += 1
                if quiet >= self.tries:
                    return "no answer"
                self.say()
                continue
            quiet = 0
            wrong = self.take(packet, sender)
            if wrong:
                return wrong
        return None


def main(server, name, *words):
    transfer = Transfer(server, name, options_of(words))
    wrong = transfer.run()
    if wrong and transfer.stop:
        time.sleep(5)  # deaf, but there: no ICMP from a closed port
    print(wrong or "%d blocks" % (transfer.next - 1))
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
