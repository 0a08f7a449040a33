#!/usr/bin/python3
"""A day's mail to security@, from a seed: day.py SEED COUNT MAILDIR OUTDIR.

OUTDIR gets NNN.eml, and `list` with a line for each: number, envelope sender,
how many different mails there are by then.  New reports of all kinds, further
mails that answer earlier ones, mails of robots, and a few that come twice.
"""
import pathlib
import random
import re
import sys

REPORTS = {
    "faye@finder.test": ["pgp-attached-key-inside", "pgp-encrypted-signed",
                         "inline-encrypted", "report-english", "plain",
                         "pgp-damaged", "attachments", "html-only"],
    "sam@finder.test": ["smime-signed-enveloped", "plain"],
    "psirt@vendor.test": ["report-english", "report-chinese"]}
ANSWER = """\
From: <{sender}>
To: <security@example.test>
Subject: Re: a report
Date: Sat, 21 Nov 2026 10:00:00 +0000
Message-ID: {own}
In-Reply-To: {parent}
References: {parent}
{more}
Further to my mail: it is {number} bytes off.
"""


def renamed(raw, own):
    """The mail with OWN for its outer Message-ID."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    head, found = re.subn(rb"(?mi)^Message-ID:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*",
                          b"Message-ID: " + own.encode(), head)
    if not found:
        head = b"Message-ID: " + own.encode() + b"\r\n" + head
    return head + gap + body


def main():
    seed, count = sys.argv[1], int(sys.argv[2])
    source, target = map(pathlib.Path, sys.argv[3:5])
    target.mkdir(parents=True)
    choice = random.Random(seed)
    sent, lines, different = [], [], 0
    for number in range(1, count + 1):
        own = f"<day.{number}@{choice.randrange(1 << 40):x}.test>"
        what = choice.random()
        if what < 0.05 and sent:
            sender, _, mail = choice.choice(sent)
        elif what < 0.5 and sent:
            sender, parent, _ = choice.choice(sent)
            more = "Precedence: bulk\n" if choice.random() < 0.1 else ""
            mail = ANSWER.format(
                sender=sender, own=own, parent=parent, number=number,
                more=more).replace("\n", "\r\n").encode()
        else:
            sender = choice.choice(sorted(REPORTS))
            name = choice.choice(REPORTS[sender])
            mail = renamed((source / f"{name}.eml").read_bytes(), own)
        if (sender, mail) not in [(s, m) for s, _, m in sent]:
            different += 1
            sent.append((sender, own, mail))
        (target / f"{number:03}.eml").write_bytes(mail)
        lines.append(f"{number:03} {sender} {different}\n")
    (target / "list").write_text("".join(lines))


if __name__ == "__main__":
    main()
