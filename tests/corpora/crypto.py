#!/usr/bin/python3
"""Hold what `psirtctl inspect --json` says of foreign sealed mails against the
truths that came with them, and against crypto.verdicts.

    crypto.py copy CORPUS DIRECTORY
    crypto.py compare CORPUS INSPECTED.json VERDICTS

`copy` writes KDE's mails and those of protected-headers to DIRECTORY, as they
come by SMTP, and prints their paths.  `compare` prints TAP without numbers:

.tree   as many encrypted and signed parts and enclosed mails as KDE's parser
        finds; but for what VERDICTS says
.inner  subject, sender and text are those of the cleartext

VERDICTS has a line for each mail, and for each number in which ours differs
from a .tree; it is exact in both directions:

    NAME encrypted opened|closed|- problem|- signatures
    NAME encrypted|signed|enclosed OURS | THEIRS | why it stays

A signature is PROTOCOL/STATUS/COVERS/END-OF-FINGERPRINT; blanks in a status or
problem are written as hyphens.
"""
import email
import email.policy
import json
import pathlib
import re
import sys

ENCRYPTED = {"pgp-encrypted", "pgp-inline", "pgp-file", "smime-enveloped"}
SIGNED = {"pgp-signed", "pgp-clearsigned", "smime-signed", "smime-detached"}
TREE = {"encrypted": "EncryptedMessagePart", "signed": "SignedMessagePart",
        "enclosed": "EncapsulatedRfc822MessagePart"}


def mails(corpus):
    for path in sorted((corpus / "kde").glob("*.mbox")):
        yield path.name.removesuffix(".mbox"), path
    for path in sorted((corpus / "protected-headers").glob("*.eml")):
        yield path.stem, path


def copy(corpus, directory):
    for name, path in mails(corpus):
        data = path.read_bytes()
        if data.startswith(b"From "):
            data = data.partition(b"\n")[2]
        target = directory / f"{name}.eml"
        target.write_bytes(re.sub(b"\r?\n", b"\r\n", data))
        print(target)


def nodes(part):
    yield part
    for child in part["parts"]:
        yield from nodes(child)


def verdict(said):
    signatures = [
        "/".join((s["protocol"], s["status"].replace(" ", "-"), s["covers"],
                  s["fingerprint"][-8:])) for s in said["signatures"]]
    opened = "-"
    if said["encrypted"] != "none":
        opened = "opened" if said["opened"] else "closed"
    problem = (said["problem"] or "-").replace(" ", "-")
    return " ".join([said["encrypted"], opened, problem] + signatures)


def numbers(said):
    kinds = [s["kind"] for s in said["sealed"]]
    signed = [k for k in kinds if k in SIGNED]
    # Signatures that came out of decryption: one part, as KDE counts them.
    combined = len(said["signatures"]) > len(signed)
    return {
        "encrypted": len([k for k in kinds if k in ENCRYPTED]),
        "signed": len(signed) + combined,
        "enclosed": len([p for p in nodes(said["structure"])
                         if p["type"] == "message/rfc822"]),
    }


def squeezed(text):
    return "".join(text.split())


def innermost(message):
    """The payload, and its text that is no legacy display."""
    while message.get_content_type() in ("multipart/signed",
                                         "message/rfc822"):
        message = message.get_payload(0)
    texts = [p for p in message.walk() if p.get_content_type() == "text/plain"
             and not (p is not message and p.get_param("protected-headers"))]
    return message, texts[0].get_content()


def inner_differences(path, said):
    policy = email.policy.default
    payload, text = innermost(
        email.message_from_bytes(path.read_bytes(), policy=policy))
    if said["subject"] != payload["Subject"]:
        yield f"subject: {said['subject']!r}, not {payload['Subject']!r}"
    senders = [a.addr_spec for a in payload["From"].addresses]
    if said["from"] != senders:
        yield f"from: {said['from']}, not {senders}"
    if not said["protected"]:
        yield "its header is not taken for a protected one"
    if squeezed(said["new_text"] + said["quoted_text"]) != squeezed(text):
        yield f"text: {said['new_text']!r}, not {text!r}"


def found(name, path, said):
    """What VERDICTS has to say of it."""
    yield f"{name} {verdict(said)}"
    tree = path.with_name(path.name + ".tree")
    if not tree.exists():
        return
    tree = tree.read_text()
    ours = numbers(said)
    for what, part in TREE.items():
        theirs = tree.count("::" + part)
        if ours[what] != theirs:
            yield f"{name} {what} {ours[what]} | {theirs}"


def listed(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            if line.count(" | ") == 2:
                line, _, why = line.rpartition(" | ")
                if not why.strip():
                    raise SystemExit(f"crypto.verdicts: no reason: {line}")
            yield line


def compare(corpus, inspected, verdicts):
    said = {}
    for line in inspected.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        said[pathlib.Path(one["file"]).stem] = one
    expected, met = set(listed(verdicts)), set()
    for name, path in mails(corpus):
        if name not in said or said[name]["structure"] is None:
            print(f"not ok {name}: was not read")
            continue
        lines = list(found(name, path, said[name]))
        met.update(lines)
        wrong = [line for line in lines if line not in expected]
        inner = path.with_suffix(".inner")
        # Of an S/MIME mail with two layers .inner is the middle.
        if inner.with_suffix(".inner.inner").exists():
            inner = inner.with_suffix(".inner.inner")
        if inner.exists():
            wrong += inner_differences(inner, said[name])
        print(f"{'not ' if wrong else ''}ok {name}: {verdict(said[name])}")
        for line in wrong:
            print(f"# {line}")
    for line in sorted(expected - met):
        print(f"not ok listed, but not so: {line}")


def main():
    verb, *rest = sys.argv[1:]
    {"copy": copy, "compare": compare}[verb](*map(pathlib.Path, rest))


if __name__ == "__main__":
    main()
