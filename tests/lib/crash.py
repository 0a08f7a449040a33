#!/usr/bin/python3
"""Merge what a sink received by Message-ID: crash.py SINKDIR OUTDIR.

OUTDIR gets one RECIPIENT.NUMBER.eml for each letter, in the order of recipient and
Message-ID, and `list`: recipient, envelope sender's form and outer subject.
Copies of one letter must be equal, byte for byte.
"""
import email
import email.policy
import json
import pathlib
import sys


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    target.mkdir(parents=True, exist_ok=True)
    letters = {}
    for record in sorted(source.glob("*.json")):
        data = record.with_suffix(".eml").read_bytes()
        envelope = json.loads(record.read_text())
        head = email.message_from_bytes(data, policy=email.policy.default)
        key = (envelope["recipients"][0]["address"], head["Message-ID"])
        # Who received it: Received fields of an MTA would differ, ours not.
        if key in letters and letters[key][0] != data:
            sys.exit(f"two letters {key} that are not equal")
        letters[key] = (data, envelope["from"], head["Subject"])
    lines = []
    for number, (key, letter) in enumerate(sorted(letters.items()), 1):
        (target / f"{key[0]}.{number:03}.eml").write_bytes(letter[0])
        sender = "null" if not letter[1] else "token"
        lines.append(f"{key[0]} {sender} {letter[2]}\n")
    (target / "list").write_text("".join(lines))


if __name__ == "__main__":
    main()
