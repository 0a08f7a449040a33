#!/usr/bin/python3
"""Read psirtd's letters as a person's mail program does.

    readmail.py --keys DIR/keys --who alice FILE...          one JSON a line
    readmail.py --keys DIR/keys --who bob --text FILE...     as shown

Nothing here is psirtd's: Python's email package reads headers and leaves,
gpg opens OpenPGP, `openssl cms` opens S/MIME.  WHO is an identity of the
fixtures; the public keys of all others are known.

One object a letter:
  file, who, size
  outer               {Name: [values]}, decoded
  protocol            openpgp, smime or null
  encrypted           there was ciphertext; encrypted_all: and nothing beside
  decrypted           all of it was opened; error says why not
  encrypted_to        names of the cast (or key IDs, serial numbers)
  signatures          [{protocol, status, fingerprint, signer, covers,
                      digest, made}]; status and covers in the words of
                      src/crypto/verdict.c
  headers_protected, headers    protected headers, or null
  hp, hp_outer, legacy_display  RFC 9788
  text                decoded, legacy display removed, newline line ends
  attachments         [{name, type, size, sha256}]
  keys                [{type, fingerprints, addresses}] that came along
  structure           tree of types as text, "(" and ")" around children
  case_id             the first; tokens: {ref, case, reply_to}; token: one
  flags               outer_subject_leaks, eight_bit, bare_line_ends,
                      longest_line, secrets_outside (words of --secret found
                      outside the ciphertext, also behind base64 and QP)
"""
import argparse
import base64
import datetime
import email
import email.policy
import email.utils
import hashlib
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "fixtures")]

import home  # noqa: E402
import identities  # noqa: E402

CRLF = b"\r\n"
CANONICAL = {"message-id": "Message-ID", "mime-version": "MIME-Version",
             "list-id": "List-ID", "hp-outer": "HP-Outer"}
DIGESTS = {"1": "MD5", "2": "SHA1", "8": "SHA256", "9": "SHA384",
           "10": "SHA512", "11": "SHA224"}
SIGNATURE_STATUS = {"GOODSIG": "good", "EXPSIG": "expired",
                    "EXPKEYSIG": "key expired", "REVKEYSIG": "key revoked",
                    "BADSIG": "bad", "ERRSIG": "error"}
NO_PUBLIC_KEY = "9"  # the reason in ERRSIG
KEY_TYPES = ("application/pgp-keys", "application/pkix-cert")
SMIME_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
# What may stand outside the encryption: a case ID and a word or two.
NEUTRAL_SUBJECT = (r"(Re: )?(\[[\w-]+\] ?)?"
                   r"([a-z]+( [a-z]+)?|\.\.\.|\[\.\.\.\])?")
INLINE = re.compile(rb"-----BEGIN PGP (MESSAGE|SIGNED MESSAGE)-----.*?"
                    rb"-----END PGP (?:MESSAGE|SIGNATURE)-----", re.S)


# ---- MIME, with the raw bytes that signatures are about

def headers_of(raw):
    """(parsed header, body bytes)"""
    if raw.startswith(CRLF):
        head, body = b"", raw[2:]
    else:
        head, _, body = raw.partition(CRLF + CRLF)
    parsed = email.message_from_bytes(head + CRLF + CRLF,
                                      policy=email.policy.default)
    return parsed, body


def parts_of(body, boundary):
    """Raw parts of a multipart, without the line end before a delimiter."""
    mark = b"--" + boundary.encode()
    pieces = re.split(b"(?:^|\r\n)" + re.escape(mark) + b"(?=--|[ \t]*\r\n)",
                      body)
    parts = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        parts.append(piece.partition(CRLF)[2])
    return parts


def as_dict(parsed):
    found = {}
    for name in dict.fromkeys(n.lower() for n in parsed.keys()):
        shown = CANONICAL.get(name) or name.title()
        try:
            found[shown] = [str(v) for v in parsed.get_all(name)]
        except Exception:  # hostile values; any error, RecursionError too
            found[shown] = [str(v) for n, v in parsed.raw_items()
                            if n.lower() == name]
    return found


def decoded(head, body):
    """The bytes of a leaf."""
    how = str(head.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    carrier = email.message_from_bytes(
        b"Content-Transfer-Encoding: " + how.encode() + CRLF * 2 + body)
    return carrier.get_payload(decode=True) or b""


def bare_address(value):
    return email.utils.parseaddr(str(value))[1]


def _text_of(head, data):
    charset = head.get_content_charset() or "us-ascii"
    try:
        text = data.decode(charset)
    except (LookupError, UnicodeDecodeError):
        text = data.decode("utf-8", errors="replace")
    text = text.replace("\r\n", "\n")
    if head.get_content_type() == "text/html":
        text = re.sub(r"(?is)<(script|style).*?</\1>", "", text)
        text = re.sub(r"(?i)<(br|/p|/div)[^>]*>", "\n", text)
        text = html.unescape(re.sub(r"(?s)<[^>]*>", "", text))
    return text


class Reader:
    """Reads letters as WHO; a context manager, because of its gpg home.

    PLACE is a home with WHO's secret key and the public keys; without it one
    is made, and ended with its agent.
    """

    def __init__(self, keys, who, place=None, prefix="PSIRT", secrets=()):
        self.keys = identities.Keys(keys)
        if who not in identities.CAST:
            raise home.HomeError(f"nobody is called {who!r}; there are: "
                                 + " ".join(identities.CAST))
        self.who, self.prefix = who, prefix
        self.secrets = [s.encode() for s in secrets]
        self._own, self._place, self._names = place is None, place, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._own and self._place is not None:
            home.kill(self._place)
            self._place = None

    @property
    def place(self):
        if self._place is None:
            self._place = home.make()
            home.load(self._place, self.keys.directory, secret=[self.who],
                      public=["all"])
        return self._place

    def read(self, raw):
        """The object described above, for one letter's bytes."""
        if CRLF not in raw:
            raw = raw.replace(b"\n", CRLF)
        letter = _Letter(self, raw)
        letter.open(raw, root=True)
        return letter.result()

    def name_of(self, key):
        """Who has this key ID, fingerprint or serial number."""
        if self._names is None:
            self._names = self._list_names()
        return self._names.get(key, key)

    def fingerprint_of(self, key):
        """The whole fingerprint for a key ID: all that a bad signature says."""
        name = self.name_of(key)
        if len(key) == 16 and name in identities.CAST:
            return self.keys.fingerprint(name)
        return key

    def _list_names(self):
        names, owner = {}, None
        listing = home.run_gpg(self.place, "--with-colons", "--list-keys",
                               "--fingerprint", "--fingerprint").stdout
        by_primary = {self.keys.fingerprint(i.name): i.name
                      for i in identities.CAST.values() if i.openpgp}
        for row in (r.split(":") for r in listing.decode().splitlines()):
            if row[0] == "pub":
                owner = None
            elif row[0] == "fpr":
                owner = owner or by_primary.get(row[9], row[9])
                names[row[9]] = names[row[9][-16:]] = owner
        serial = 0
        for person in identities.CAST.values():
            if person.smime:
                serial += 1
                names[self.keys.fingerprint(person.name, "smime")] = \
                    names[f"serial {serial}"] = person.name
        return names


class _Letter:
    def __init__(self, reader, raw):
        self.reader, self.raw = reader, raw
        self.outer = self.headers = None
        self.protocol = self.error = self.hp = None
        self.encrypted = self.beside = self.legacy = False
        self.failed = False
        self.encrypted_to, self.signatures, self.attachments = [], [], []
        self.keys, self.texts, self.hp_outer = [], [], []
        self.structure = []
        self.clear = [raw]  # what anybody on the way could read

    # ---- the layers

    def open(self, raw, root=False, envelope=True, show=True,
             sealed=False):
        """ENVELOPE: RAW is the whole payload so far; SEALED: from within."""
        head, body = headers_of(raw)
        if root:
            self.outer = as_dict(head)
        kind = head.get_content_type()
        self.structure.append(kind)
        where = {"envelope": envelope, "show": show, "sealed": sealed}
        if kind == "multipart/encrypted":
            self._open_pgp(head, body, where)
        elif kind == "multipart/signed":
            self._open_signed(head, body, where)
        elif kind in SMIME_TYPES:
            self._open_smime(decoded(head, body), where)
        else:
            if envelope:
                self._payload(head, outermost=root)
            if head.get_content_maintype() == "multipart":
                self._open_multipart(head, body, kind, show, sealed)
            else:
                self._leaf(head, body, kind, show, sealed)

    def _payload(self, head, outermost):
        """The root of what is protected: its header counts (RFC 9788)."""
        content_type = head.get("Content-Type")
        params = getattr(content_type, "params", {})
        self.hp = params.get("hp")
        old = params.get("protected-headers")
        if not outermost and (self.hp or old):
            self.headers = as_dict(head)
            self.hp_outer = self.headers.pop("HP-Outer", [])

    def _open_multipart(self, head, body, kind, show, sealed):
        self.structure.append("(")
        parts = parts_of(body, head.get_boundary() or "")
        chosen = None
        if kind == "multipart/alternative":
            kinds = [headers_of(p)[0].get_content_type() for p in parts]
            chosen = kinds.index("text/plain") if "text/plain" in kinds else 0
        for i, part in enumerate(parts):
            self.open(part, envelope=False, sealed=sealed,
                      show=show and chosen in (None, i))
        self.structure.append(")")

    def _open_pgp(self, head, body, where):
        self._begin_sealed("openpgp", where)
        parts = parts_of(body, head.get_boundary() or "")
        if len(parts) != 2:
            self._fail("multipart/encrypted without its two parts")
            return
        opened = self._gpg(["--decrypt"], decoded(*headers_of(parts[1])),
                           "all" if where["envelope"] else "part")
        self._go_on(opened, where)

    def _open_signed(self, head, body, where):
        parts = parts_of(body, head.get_boundary() or "")
        if len(parts) != 2:
            self._fail("multipart/signed without its two parts")
            return
        covers = "all" if where["envelope"] else "part"
        signature = decoded(*headers_of(parts[1]))
        if "pgp" in str(head.get_param("protocol", "")):
            self.protocol = self.protocol or "openpgp"
            with tempfile.NamedTemporaryFile(prefix="sig.") as file:
                file.write(signature)
                file.flush()
                self._gpg(["--verify", file.name, "-"], parts[0], covers,
                          decrypt=False)
        else:
            self.protocol = self.protocol or "smime"
            self._cms_verify(signature, covers, content=parts[0])
        self.structure.append("(")
        self.open(parts[0], **where)
        self.structure.append(")")

    def _open_smime(self, der, where):
        # The OID of the content type stands at the front, in the clear.
        if bytes.fromhex("2a864886f70d010702") in der[:30]:  # signedData
            self.protocol = self.protocol or "smime"
            opened = self._cms_verify(
                der, "all" if where["envelope"] else "part")
        else:
            self._begin_sealed("smime", where)
            opened = self._cms_decrypt(der)
        self._go_on(opened, where)

    def _begin_sealed(self, protocol, where):
        self.protocol = self.protocol or protocol
        self.encrypted = True
        if not where["envelope"]:
            self.beside = True

    def _go_on(self, opened, where):
        if opened is None:
            return
        self.structure.append("(")
        self.open(opened, envelope=where["envelope"], show=where["show"],
                  sealed=self.encrypted)
        self.structure.append(")")

    def _fail(self, error):
        self.failed = True
        self.error = self.error or error.strip()

    # ---- the leaves

    def _leaf(self, head, body, kind, show, sealed):
        data = decoded(head, body)
        if not sealed:
            self.clear.append(data)
        name = head.get_filename()
        if kind in KEY_TYPES:
            self._key(kind, data)
        elif (head.get_content_maintype() == "text"
              and head.get_content_disposition() != "attachment"):
            if show:
                self._text(head, data, sealed)
        elif kind == "message/rfc822" or name or kind != "text/plain":
            data = body if kind == "message/rfc822" else data
            self.attachments.append({
                "name": name or "", "type": kind, "size": len(data),
                "sha256": hashlib.sha256(data).hexdigest()})

    def _text(self, head, data, sealed):
        def inline(match):
            block = match.group(0)
            if match.group(1) == b"MESSAGE":
                self.encrypted = True
                self.protocol = self.protocol or "openpgp"
                if not sealed and data.strip() != block:
                    self.beside = True
            opened = self._gpg(["--decrypt"], block + b"\n", "part",
                               decrypt=match.group(1) == b"MESSAGE")
            return block if opened is None else opened

        text = _text_of(head, INLINE.sub(inline, data))
        params = getattr(head.get("Content-Type"), "params", {})
        if params.get("hp-legacy-display") == "1":
            self.legacy = True
            text = text.partition("\n\n")[2]
        self.texts.append(text)

    def _key(self, kind, data):
        entry = {"type": kind, "fingerprints": [], "addresses": []}
        if kind == "application/pgp-keys":
            shown = home.run_gpg(self.reader.place, "--with-colons",
                                 "--show-keys", data=data, check=False)
            primary = False
            for row in (r.split(":")
                        for r in shown.stdout.decode().splitlines()):
                if row[0] == "fpr" and primary:
                    entry["fingerprints"].append(row[9])
                if row[0] == "uid":
                    entry["addresses"].append(bare_address(row[9]))
                primary = row[0] == "pub"
        else:
            der = data
            if b"-----BEGIN" in data:
                der = base64.b64decode(data.split(b"-----")[2])
            entry["fingerprints"].append(
                hashlib.sha1(der).hexdigest().upper())
        self.keys.append(entry)

    # ---- OpenPGP

    def _gpg(self, args, data, covers, decrypt=True):
        done = home.run_gpg(self.reader.place, "--status-fd", "2", *args,
                            data=data, check=False)
        lines = [line.split() for line in
                 done.stderr.decode(errors="replace").splitlines()
                 if line.startswith("[GNUPG:] ")]
        words = {line[1] for line in lines}
        self._pgp_signatures(lines, covers)
        if not decrypt:
            return done.stdout
        self.encrypted_to += [self.reader.name_of(line[2])
                              for line in lines if line[1] == "ENC_TO"]
        if "DECRYPTION_OKAY" not in words or "DECRYPTION_FAILED" in words:
            self._fail(done.stderr.decode(errors="replace"))
            return None
        return done.stdout

    def _pgp_signatures(self, lines, covers):
        for line in lines:
            word = line[1]
            if word in SIGNATURE_STATUS:
                status = SIGNATURE_STATUS[word]
                if word == "ERRSIG" and line[7] == NO_PUBLIC_KEY:
                    status = "no key"
                self._add_signature("openpgp", status, line[2], covers)
            elif word == "VALIDSIG" and self.signatures:
                self.signatures[-1].update(
                    fingerprint=line[-1], digest=DIGESTS.get(line[9]),
                    signer=self.reader.name_of(line[-1]),
                    made=datetime.datetime.fromtimestamp(
                        int(line[4]), datetime.timezone.utc).isoformat())

    def _add_signature(self, protocol, status, fingerprint, covers):
        self.signatures.append({
            "protocol": protocol, "status": status, "covers": covers,
            "fingerprint": self.reader.fingerprint_of(fingerprint),
            "digest": None,
            "signer": self.reader.name_of(fingerprint), "made": None})

    # ---- S/MIME

    def _openssl(self, args, der, content=None):
        """(status, output, what it said, signer's certificate or b"")."""
        with tempfile.TemporaryDirectory(prefix="cms.") as place:
            files = pathlib.Path(place)
            (files / "in").write_bytes(der)
            command = ["openssl", "cms", *args, "-inform", "DER", "-binary",
                       "-in", files / "in", "-out", files / "out"]
            if content is not None:
                (files / "content").write_bytes(content)
                command += ["-content", files / "content"]
            if args[0] == "-verify":
                command += ["-signer", files / "signer"]
            done = subprocess.run(command, capture_output=True, check=False,
                                  timeout=home.TIMEOUT,
                                  stdin=subprocess.DEVNULL)

            def get(name):
                path = files / name
                return path.read_bytes() if path.exists() else b""

            return (done.returncode, get("out"),
                    done.stderr.decode(errors="replace"), get("signer"))

    def _cms_decrypt(self, der):
        keys, who = self.reader.keys, self.reader.who
        shown = self._openssl(["-cmsout", "-print"], der)[1].decode(
            errors="replace")
        self.encrypted_to += [
            self.reader.name_of(f"serial {s}")
            for s in re.findall(r"serialNumber: (\w+)", shown)]
        if not identities.CAST[who].smime:
            self._fail(f"{who} has no certificate")
            return None
        status, out, said, _ = self._openssl(
            ["-decrypt", "-inkey", keys.file(who, "key"), "-recip",
             keys.file(who, "crt")], der)
        if status != 0:
            self._fail(said)
            return None
        return out

    def _cms_verify(self, der, covers, content=None):
        authority = self.reader.keys.file("ca", "crt")
        status, out, said, signer = self._openssl(
            ["-verify", "-CAfile", authority], der, content)
        word = "good"
        if status != 0:
            status, out, said, signer = self._openssl(
                ["-verify", "-noverify"], der, content)
            word = "no key" if status == 0 else "bad"
        self._add_signature("smime", word,
                            self._signer_of(der, signer), covers)
        if content is None and status != 0:
            self._fail(said)
            return None
        return out

    def _signer_of(self, der, signer):
        """Fingerprint; a bad signature's is of a certificate that it brought
        and that is in the cast."""
        if not signer:
            signer = subprocess.run(
                ["openssl", "pkcs7", "-inform", "DER", "-print_certs"],
                input=der, capture_output=True, check=False,
                timeout=home.TIMEOUT).stdout
        bodies = re.findall(
            b"-----BEGIN CERTIFICATE-----(.*?)-----END", signer, re.S)
        found = [hashlib.sha1(base64.b64decode(b)).hexdigest().upper()
                 for b in bodies]
        known = [f for f in found if self.reader.name_of(f) != f]
        return (known or found or [""])[0]

    # ---- the result

    def result(self):
        counts = self.headers or self.outer
        subject = (counts.get("Subject") or [""])[0]
        text = "\n".join(self.texts)
        tokens = self._tokens(counts, text)
        case = re.search(rf"\b{self.reader.prefix}-\d{{4}}-\w{{4,}}",
                         f"{subject}\n{self.outer.get('Subject')}\n{text}")
        return {
            "who": self.reader.who, "size": len(self.raw),
            "outer": self.outer, "protocol": self.protocol,
            "encrypted": self.encrypted,
            "encrypted_all": self.encrypted and not self.beside,
            "decrypted": self.encrypted and not self.failed,
            "error": self.error, "encrypted_to": self.encrypted_to,
            "signatures": self.signatures,
            "headers_protected": self.headers is not None,
            "headers": self.headers, "hp": self.hp,
            "hp_outer": self.hp_outer, "legacy_display": self.legacy,
            "subject": subject, "text": text,
            "attachments": self.attachments, "keys": self.keys,
            "structure": " ".join(self.structure),
            "case_id": case.group(0) if case else None, "tokens": tokens,
            "token": tokens["case"] or tokens["ref"] or tokens["reply_to"],
            "flags": self._flags(subject)}

    @staticmethod
    def _tokens(counts, text):
        ref = re.search(r"(?m)^[> ]*Ref: *([A-Za-z0-9]+)", text)
        case = re.search(r"(?m)^[> ]*/case +\S+ +(\S+)", text)
        reply = bare_address((counts.get("Reply-To") or [""])[0])
        reply = reply.partition("@")[0].partition("+")[2]
        return {"ref": ref and ref.group(1), "case": case and case.group(1),
                "reply_to": reply or None}

    def _flags(self, subject):
        shown = (self.outer.get("Subject") or [""])[0]
        raw = self.raw
        outside = b"\n".join(self.clear)
        leaks = None
        if self.encrypted:
            leaks = not re.fullmatch(NEUTRAL_SUBJECT, shown)
        return {
            "outer_subject_leaks": leaks,
            "subject_differs": shown != subject,
            "eight_bit": any(octet > 127 for octet in raw),
            "bare_line_ends": raw.count(b"\n") != raw.count(CRLF)
            or raw.count(b"\r") != raw.count(CRLF),
            "longest_line": max(map(len, raw.split(CRLF))),
            "secrets_outside": [
                s.decode() for s in self.reader.secrets
                if s in outside or s.decode() in str(self.outer)]}


# ---- the command

def as_shown(got):
    """What a person sees on the screen."""
    heads = got["headers"] or got["outer"]
    lines = [f"{name}: {value}" for name in ("From", "To", "Cc", "Date",
             "Subject") for value in heads.get(name, [])]
    if got["encrypted"]:
        lines.append("[encrypted%s]" % (
            "" if got["decrypted"] else ", AND NOT OPENED: " + got["error"]))
    lines += [f"[signature: {s['status']}, {s['signer']}, covers "
              f"{s['covers']}]" for s in got["signatures"]]
    lines += ["", got["text"].rstrip("\n"), ""]
    lines += [f"[attachment: {a['name']}, {a['type']}, {a['size']} bytes]"
              for a in got["attachments"]]
    lines += [f"[key: {' '.join(k['fingerprints'])} "
              f"{' '.join(k['addresses'])}]" for k in got["keys"]]
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(
        prog="readmail.py", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", required=True, metavar="DIR",
                        help="keys/ of the generated fixtures")
    parser.add_argument("--who", required=True, help="the reader")
    parser.add_argument("--home", metavar="PATH", help="a GnuPG home with "
                        "the reader's secret key (see home); kept")
    parser.add_argument("--text", action="store_true",
                        help="show it as a mail program would")
    parser.add_argument("--pretty", action="store_true",
                        help="indent the JSON")
    parser.add_argument("--prefix", default="PSIRT",
                        help="of case IDs (default: PSIRT)")
    parser.add_argument("--secret", action="append", default=[],
                        metavar="WORD", help="must not stand outside the "
                        "ciphertext: see flags.secrets_outside")
    parser.add_argument("file", nargs="+")
    return parser.parse_args()


def main():
    a = arguments()
    with Reader(a.keys, a.who, a.home, a.prefix, a.secret) as reader:
        for path in a.file:
            raw = pathlib.Path(path).read_bytes()
            got = {"file": path, **reader.read(raw)}
            if a.text:
                print(as_shown(got), end="\n\n")
            else:
                print(json.dumps(got, ensure_ascii=False,
                                 indent=1 if a.pretty else None), flush=True)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(1)
    except (home.HomeError, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"readmail.py: {error}")
