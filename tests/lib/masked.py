#!/usr/bin/python3
"""Letters of psirtd without what differs from one to the next, to compare.

    masked.py FILE...      writes FILE.masked for each

Case IDs, tokens, Message-IDs, dates, boundaries and signatures become words,
quoted-printable is decoded where it stands; all else stays byte for byte.
Received fields, which psirtd does not write, go.
"""
import pathlib
import quopri
import re
import sys

# What is in base64, where "=" means something else than in quoted-printable.
SEALS = [
    (rb"(?s)-----BEGIN PGP SIGNATURE-----.*?-----END PGP SIGNATURE-----",
     b"SIGNATURE"),
    (rb"(?s)-----BEGIN PGP MESSAGE-----.*?-----END PGP MESSAGE-----",
     b"CIPHERTEXT"),
    (rb"(Content-Type: application/pkcs7-signature\b(?:.+\n)+\n)"
     rb"[A-Za-z0-9+/=\n]+", rb"\1SIGNATURE\n"),
]
MASKS = [
    (rb"(?m)^Received: .*\n(?:[ \t].*\n)*", b""),
    (rb"EX-\d{4}-\d{4,}", b"CASE"),
    (rb"(?m)^(In-Reply-To|References): (?:<[^>]*>\s+)+", rb"\1: IDS\n"),
    (rb"\b[a-z2-7]{24}\b", b"TOKEN"),
    (rb"=_[0-9a-z]+", b"BOUNDARY"),
    (rb"\w+day \d+ \w+ \d{4}, \d\d:\d\d UTC", b"INSTANT"),
    (rb"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", b"DATE"),
]


def masked(raw):
    raw = raw.replace(b"\r\n", b"\n")
    for pattern, word in SEALS:
        raw = re.sub(pattern, word, raw)
    if b"quoted-printable" in raw:
        raw = quopri.decodestring(raw)
    for pattern, word in MASKS:
        raw = re.sub(pattern, word, raw)
    return raw


for name in sys.argv[1:]:
    path = pathlib.Path(name)
    pathlib.Path(name + ".masked").write_bytes(masked(path.read_bytes()))
