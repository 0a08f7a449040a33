#!/usr/bin/python3
"""A storm of mail, and what came of it.

    storm.py send SEED COUNT RATE MAILDIR PORT SENT
    storm.py letters SINK HANDED

send: RATE mails a second over eight sessions, each until it is answered 250, as
Postfix does; every tenth is hostile, every twentieth comes twice at the same
time.  SENT gets a line for each mail that was taken: SHA-256.
letters: those in SINK that have one Message-ID are equal, and those of HANDED,
a Message-ID a line, are there, and no others.
"""
import collections
import hashlib
import json
import pathlib
import random
import re
import sys
import threading
import time

sys.path[:0] = ["tests/lib", "tests/long"]

import day  # noqa: E402
import lmtp  # noqa: E402

SESSIONS = 8
PATIENCE = 300  # seconds until a mail must have been taken
# Acknowledgements are limited: 10 an address, 50 a domain, an hour.
ADDRESSES_A_DOMAIN = 30
HOSTILE = ["pgp-damaged", "pgp-truncated", "pgp-bomb", "pgp-many-keys",
           "smime-truncated", "libetpan-killer", "deep-nesting",
           "deep-messages", "many-parts", "huge-header", "many-addresses",
           "deep-comments", "nul-bytes", "injected-header", "no-boundary",
           "unclosed-multipart", "empty-body", "pgp-sandwich"]
# Of the others: how many of a hundred.
SHARES = [(3, ["pgp-encrypted-signed", "pgp-attached-key-inside",
               "inline-encrypted", "smime-signed-enveloped"]),
          (42, ["plain", "report-english", "report-chinese", "html-only",
                "plain-flowed", "quoted-reply", "attachments"]),
          (55, ["robot-bounce", "robot-auto-reply", "robot-list",
                "robot-mdn"])]


def kinds(choice, number):
    if number % 10 == 0:
        return HOSTILE
    return choice.choices([names for _, names in SHARES],
                          [share for share, _ in SHARES])[0]


def written_by(raw, address):
    """The mail with ADDRESS for that of its writer, in the outer header."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    return re.sub(rb"(faye|sam)@finder\.test", address.encode(), head) \
        + gap + body


def as_by_postfix(raw):
    """Whole lines, and no other line ends."""
    text = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def mails(seed, count, source):
    """(envelope sender, bytes) of each."""
    choice = random.Random(seed)
    read = {}
    for number in range(count):
        name = choice.choice(kinds(choice, number))
        sender = f"f{number}@d{number // ADDRESSES_A_DOMAIN}.test"
        if name not in read:
            read[name] = as_by_postfix(
                (source / f"{name}.eml").read_bytes())
        own = f"<storm.{number}.{choice.randrange(1 << 40):x}@finder.test>"
        mail = day.renamed(written_by(read[name], sender), own)
        if name in ("robot-bounce", "robot-mdn"):
            sender = ""
        yield sender, mail
        if number % 20 == 0:
            yield sender, mail


def deliver(sender, message, port, session):
    """The session that took it."""
    end = time.monotonic() + PATIENCE
    said = "nothing"
    while time.monotonic() < end:
        try:
            if session is None:
                session = lmtp.Session(port=port)
                session.hello()
            reply = session.transaction(
                sender, ["security@example.test"], message)[0][1]
            if reply.code == 250:
                return session
            said = reply.lines[-1]
            if reply.code >= 500:
                break
        except lmtp.LmtpError as error:
            said = error
            session = None  # it hung up, and does so without a word
        time.sleep(0.05)
    raise RuntimeError(f"a mail is not taken: {said}")


class Storm:
    def __init__(self, todo, rate, port, sent):
        self.todo = collections.deque(enumerate(todo))
        self.rate, self.port, self.sent = rate, port, sent
        self.begun = time.monotonic()
        self.failed = []

    def work(self):
        session = None
        try:
            while not self.failed:
                number, (sender, message) = self.todo.popleft()
                time.sleep(max(0, self.begun + number / self.rate -
                               time.monotonic()))
                session = deliver(sender, message, self.port, session)
                self.sent.write(hashlib.sha256(message).hexdigest() + "\n")
        except IndexError:
            pass  # all are taken
        except Exception as error:  # to be told by the main thread
            self.failed.append(error)

    def run(self):
        threads = [threading.Thread(target=self.work)
                   for _ in range(SESSIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failed:
            sys.exit(f"storm.py: {self.failed[0]}")


def send(seed, count, rate, source, port, sent):
    with open(sent, "w", encoding="ascii") as file:
        Storm(mails(seed, int(count), pathlib.Path(source)), float(rate),
              int(port), file).run()


def letters(sink, handed):
    seen, copies = {}, 0
    for path in pathlib.Path(sink).glob("*.json"):
        head = path.with_suffix(".eml").read_bytes().partition(b"\r\n\r\n")[0]
        own, = re.findall(rb"(?mi)^Message-ID: *<(.*)>\r?$", head)
        digest = json.loads(path.read_text())["sha256"]
        copies += own in seen
        if seen.setdefault(own, digest) != digest:
            sys.exit(f"storm.py: two different letters are {own.decode()}")
    wanted = set(pathlib.Path(handed).read_bytes().split())
    if wanted != seen.keys():
        sys.exit(f"storm.py: never came: {wanted - seen.keys()}; "
                 f"nobody knows: {seen.keys() - wanted}")
    print(f"{len(seen)} letters, {copies} of them twice")


if __name__ == "__main__":
    {"send": send, "letters": letters}[sys.argv[1]](*sys.argv[2:])
