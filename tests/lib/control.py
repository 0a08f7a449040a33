#!/usr/bin/python3
"""Ask psirtd at its control socket, as psirtctl does (daemon/service.h).

    control.py SOCKET [--nonce TEXT] WORD...

Prints what psirtctl would print, on both streams; ends with the same status.
A nonce that comes again is a retry.

As a module: ask(socket, words, nonce) returns (status, out, err, again).
"""
import secrets
import socket
import struct
import sys

WORDS, NONCE = 1, 2            # service_request
TEXT = 1                       # service_word
OUT, ERR, STATUS, AGAIN = 1, 2, 3, 4  # service_reply


def field(tag, data):
    """A field of base/record.h."""
    return struct.pack("<HI", tag, len(data)) + data


def fields(record):
    at, found = 0, {}
    while at < len(record):
        tag, size = struct.unpack_from("<HI", record, at)
        found[tag] = int.from_bytes(record[at + 6:at + 6 + size], "little")
        at += 6 + size
    return found


def request(words, nonce):
    return b"".join(field(WORDS, field(TEXT, w.encode())) for w in words) \
        + field(NONCE, nonce.encode())


def receive(stream, size):
    data = stream.read(size)
    if len(data) != size:
        raise ConnectionError("the daemon hung up")
    return data


def ask(path, words, nonce=None):
    asked = request(words, nonce or secrets.token_hex(16))
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(path)
        s.sendall(struct.pack("=I", len(asked)) + asked)
        with s.makefile("rb") as stream:
            size, = struct.unpack("=I", receive(stream, 4))
            head = fields(receive(stream, size))
            out = receive(stream, head.get(OUT, 0))
            err = receive(stream, head.get(ERR, 0))
    return head.get(STATUS, 0), out, err, bool(head.get(AGAIN))


def main():
    words, nonce = sys.argv[2:], None
    if words[:1] == ["--nonce"]:
        nonce, words = words[1], words[2:]
    status, out, err, _ = ask(sys.argv[1], words, nonce)
    sys.stdout.buffer.write(out)
    sys.stderr.buffer.write(err)
    return status


if __name__ == "__main__":
    sys.exit(main())
