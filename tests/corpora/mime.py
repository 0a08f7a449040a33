#!/usr/bin/python3
"""Hold what `psirtctl inspect --json` says of foreign MIME mails against the
truth that came with them.

    mime.py copy CORPUS DIRECTORY
    mime.py compare CORPUS DIRECTORY INSPECTED.json ARGUED

`copy` writes the mails to DIRECTORY, each as often as there is a truth for it,
and prints their paths.  `compare` prints TAP without numbers: a line for each
mail, and one for each line of ARGUED.  ARGUED lists what differs, for good
reasons; it is exact in both directions.  A line of it is

    NAME WHERE FIELD OURS | THEIRS | why it stays

WHERE is the place in the tree, from 0, the root, to 0.1.2; FIELD is type,
name, encoding, size, parts (how many there are below) or text (of parts that
are shown: without blanks it must stand in the mail's text).
"""
import email.header
import email.parser
import email.policy
import json
import pathlib
import re
import sys
import xml.etree.ElementTree

FIELDS = ("type", "name", "encoding", "size")
TEXT_ENCODINGS = ("quoted-printable", "base64", "uuencode")


class Part:
    """A node of a tree; None is what the truth does not say."""

    def __init__(self, type_, name, encoding, size, parts, text=None):
        self.type = type_
        self.name = name
        self.encoding = encoding
        self.size = size
        self.parts = parts
        self.text = text  # or, of ours, whether it is shown as text


def encoding_of(word):
    word = (word or "").strip().lower()
    if word in ("x-uuencode", "x-uue"):
        word = "uuencode"
    return word if word in TEXT_ENCODINGS else "identity"


def base_name(name):
    """A directory in a name is nothing that psirtd keeps."""
    return name.replace("\\", "/").split("/")[-1] if name else None


# ---- stalwart: .json of the mail with LF, .crlf.json of it with CRLF

def stalwart_header(part, name):
    for header in part["headers"]:
        if header["name"] == name:
            return header["value"]
    return None


def attribute(value, name):
    if not isinstance(value, dict) or "ContentType" not in value:
        return None
    for one in value["ContentType"].get("attributes") or []:
        if one["name"] == name:
            return one["value"]
    return None


def stalwart_size(body, charset):
    (kind, value), = body.items()
    if kind in ("Binary", "InlineBinary"):
        return len(value)
    if kind not in ("Text", "Html"):
        return None
    if value.isascii() and not (charset or "").lower().startswith("utf-"):
        return len(value)
    if (charset or "").lower() in ("utf-8", "utf8") and "\ufffd" not in value:
        return len(value.encode())
    return None  # the truth is the text, and not its bytes


def stalwart_tree(message, index=0, digest=False):
    part = message["parts"][index]
    type_ = "message/rfc822" if digest else "text/plain"
    said = stalwart_header(part, "content_type")
    if said is not None and said != "Empty":
        said_type = said["ContentType"]
        type_ = f"{said_type['c_type']}/{said_type['c_subtype']}".lower()
    disposition = stalwart_header(part, "content_disposition")
    name = attribute(disposition, "filename") or attribute(said, "name")
    encoding = stalwart_header(part, "content_transfer_encoding")
    encoding = encoding.get("Text") if isinstance(encoding, dict) else None
    body = part["body"]
    parts = []
    if "Multipart" in body:
        parts = [stalwart_tree(message, i, type_ == "multipart/digest")
                 for i in body["Multipart"]]
    elif "Message" in body:
        parts = [stalwart_tree(body["Message"])]
    size = stalwart_size(body, attribute(said, "charset"))
    return Part(type_, base_name(name), encoding_of(encoding), size, parts,
                body.get("Text"))


# ---- mime4j: _decoded.xml, its bodies in files of their own

def decoded(name):
    """Encoded words in a name, as Python reads them."""
    text = ""
    for word, charset in email.header.decode_header(name):
        if isinstance(word, bytes):
            word = word.decode((charset or "ascii").split("*")[0], "replace")
        text += word
    return text


def mime4j_tree(entity, directory, default="text/plain"):
    fields = "".join(
        "".join(f.itertext()).lstrip("\r\n").rstrip("\r\n") + "\n"
        for f in entity.find("header").iter("field"))
    header = email.parser.HeaderParser(policy=email.policy.compat32)
    header = header.parsestr(fields + "\n")
    type_ = default
    if "content-type" in header:
        type_ = header.get_content_type()
    name = header.get_filename()
    if name is not None:
        name = decoded(name)
    parts, size = [], None
    for child in entity:
        if child.tag == "message":
            parts = [mime4j_tree(child, directory)]
        elif child.tag == "multipart":
            inner = ("message/rfc822" if type_ == "multipart/digest"
                     else "text/plain")
            parts = [mime4j_tree(c, directory, inner)
                     for c in child.findall("body-part")]
        elif child.tag.endswith("-body"):
            size = (directory / child.get("name")).stat().st_size
    return Part(type_, base_name(name),
                encoding_of(header.get("content-transfer-encoding")),
                size, parts)


# ---- ours

def our_tree(said):
    return Part(said["type"], said["name"], said["encoding"], said["size"],
                [our_tree(p) for p in said["parts"]], said["role"] == "text")


def squeezed(text):
    return "".join(text.split())


def visible(text):
    return "".join(c if c.isprintable() else f"<{ord(c):x}>" for c in text)


def differences(ours, theirs, text, where="0"):
    for field in FIELDS:
        our, their = getattr(ours, field), getattr(theirs, field)
        container = ours.parts or theirs.parts
        if field in ("encoding", "size") and container:
            continue
        if their is None and field != "name":
            continue
        if our != their:
            yield f"{where} {field} {our} | {their}"
    if len(ours.parts) != len(theirs.parts):
        yield f"{where} parts {len(ours.parts)} | {len(theirs.parts)}"
    if ours.text and theirs.text and squeezed(theirs.text) not in text:
        yield f"{where} text other | {visible(squeezed(theirs.text)[:40])}"
    for i, pair in enumerate(zip(ours.parts, theirs.parts), 1):
        yield from differences(*pair, text, f"{where}.{i}")


# ---- the mails

def mails(corpus):
    """(name, source, line end or None, how to read the truth)"""
    for path in sorted((corpus / "mime4j").glob("*/*.msg")):
        truth = path.with_name(path.stem + "_decoded.xml")
        yield (f"{path.parent.name}/{path.stem}", path, None,
               lambda t=truth: mime4j_tree(
                   xml.etree.ElementTree.parse(t).getroot(), t.parent))
    for path in sorted((corpus / "stalwart").glob("*/*.eml")):
        for suffix, end in ((".json", b"\n"), (".crlf.json", b"\r\n")):
            truth = path.with_suffix(suffix)
            yield (f"{path.parent.name}/{path.stem}{suffix[:-5]}", path, end,
                   lambda t=truth: stalwart_tree(json.loads(t.read_text())))


def copy(corpus, directory):
    for name, path, end, _ in mails(corpus):
        data = path.read_bytes()
        if end is not None:
            data = re.sub(b"\r?\n", end, data)
        if end == b"\n":
            data = data.replace(b"\r", b"")
        target = directory / (name.replace("/", "-") + ".eml")
        target.write_bytes(data)
        print(target)


def argued(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            difference, _, why = line.rpartition(" | ")
            yield difference, why


def compare(corpus, directory, inspected, listed):
    said = {}
    for line in inspected.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        said[pathlib.Path(one["file"]).stem] = one
    listed = dict(argued(listed))
    met = set()
    for name, _, _, truth in mails(corpus):
        one = said.get(name.replace("/", "-"))
        if one is None or one["structure"] is None:
            print(f"not ok {name}: was not read")
            continue
        text = squeezed(one["new_text"] + one["quoted_text"])
        found = [f"{name} {d}"
                 for d in differences(our_tree(one["structure"]), truth(),
                                      text)]
        met.update(found)
        wrong = [d for d in found if d not in listed]
        if one["limits"]:
            wrong.append(f"limits: {one['limits']}")
        print(f"{'not ' if wrong else ''}ok {name}")
        for line in wrong:
            print(f"# {line}")
    for difference, why in listed.items():
        ok = difference in met and why
        print(f"{'' if ok else 'not '}ok listed: {difference}: {why}")


def main():
    verb, *rest = sys.argv[1:]
    {"copy": copy, "compare": compare}[verb](*map(pathlib.Path, rest))


if __name__ == "__main__":
    main()
