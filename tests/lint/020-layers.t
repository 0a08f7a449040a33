#!/usr/bin/python3
"""Folders of src/ are layers: what each file includes is its own layer or one
below; each third-party library has one file; SQL stands in store/ only."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

# Where each third-party header may stand, and must.
THIRD = {
    "iniparser/": {"base/ini.c"},
    "gcrypt.h": {"base/hash.c", "crypto/agent.c"},
    "assuan.h": {"crypto/agent.c"},
    # Two: written, and read.
    "jansson.h": {"base/output.c", "base/json.c"},
    "libetpan/": {"mail/decode.c"},
    "libxml/": {"mail/html.c"},
    # Two: base64 as a stream, and a look at armor.
    "gpg-error.h": {"mail/transfer.c", "crypto/sniff.c"},
    "gpgme.h": {"crypto/gnupg.h"},
    "openssl/": {"crypto/cms.c", "crypto/cms_parts.h", "crypto/cms_bio.c",
                 "crypto/cms_certificate.c", "crypto/cms_key.c",
                 "crypto/cms_open.c", "crypto/cms_container.c"},
    "pcre2.h": {"rules/pattern.c"},
    "sqlite3.h": {"store/sql.c"},
    "libesmtp.h": {"daemon/mta.c"},
    "libmilter/": {"daemon/milter_api.c"},
    # Threads, because libmilter has them.
    "pthread.h": {"daemon/milterd.c"},
    "idn2.h": {"daemon/domain.c"},
    "seccomp.h": {"daemon/sandbox.c"},
    "linux/filter.h": {"daemon/sandbox.c"},
    "linux/landlock.h": {"daemon/sandbox.c"},
    "linux/seccomp.h": {"daemon/sandbox.c"},
    "iconv.h": {"mail/charset.c"},
}
# The C library's and the kernel's.
SYSTEM = set("""
    alloca.h ctype.h dirent.h errno.h fcntl.h ftw.h grp.h inttypes.h limits.h
    malloc.h netdb.h poll.h pwd.h sched.h signal.h stdarg.h stdatomic.h stdbool.h stddef.h
    stdint.h stdio.h stdlib.h string.h strings.h sysexits.h termios.h time.h
    unistd.h""".split())
SYSTEM_FOLDERS = ("sys/", "netinet/", "arpa/")
# Headers that a third-party one is seen through, and who may see it.
THROUGH = {"crypto/gnupg.h": r"crypto/(gnupg\w*|engine)\.c",
           "crypto/cms_parts.h": r"crypto/cms\w*\.c"}
# What their functions are called, and the objects that may call them.
FUNCTIONS = {
    r"(iniparser|dictionary)_": r"base/ini",
    r"gcry_": r"base/hash|crypto/agent",
    r"assuan_": r"crypto/agent",
    r"json_": r"base/(output|json)",
    r"(mailimf|mailmime|mmap_string|charconv)_?": r"mail/decode",
    r"(xml|html)[A-Z]": r"mail/html",
    r"(gpgrt|gpg)_": r"mail/transfer|crypto/(sniff|agent|gnupg\w*)",
    r"gpgme_": r"crypto/gnupg\w*",
    r"(CMS|X509|BIO|PEM|EVP|ERR|ASN1|OBJ|OPENSSL|OSSL|SSL|BN|RSA|EC|PKCS12)_": r"crypto/cms\w*",
    r"pcre2_": r"rules/pattern",
    r"sqlite3_": r"store/sql",
    r"smtp_": r"daemon/mta",
    r"smfi_": r"daemon/milter_api",
    r"idn2_": r"daemon/domain",
    r"seccomp_": r"daemon/sandbox",
    r"iconv": r"mail/charset",
}

t = lint.Tap()
order = {layer: i for i, layer in enumerate(lint.LAYERS)}

made = re.search(r"^LAYERS = (.*)$", pathlib.Path("Makefile").read_text(),
                 re.M)
t.ok(made is not None and made.group(1).split() == lint.LAYERS,
     "the Makefile has the layers in this order",
     f"wanted: {' '.join(lint.LAYERS)}")
t.ok(re.search(r"^\t%s$" % " ".join(lint.LAYERS),
               pathlib.Path("HACKING").read_text(), re.M),
     "so has HACKING")
t.same({p.name for p in pathlib.Path("src").iterdir() if p.is_dir()},
       set(lint.LAYERS), "each folder of src is a layer", ("src", "the list"))

upward, missing, strangers, not_own = [], [], [], []
seen = {name: set() for name in THIRD}
for path in lint.sources("src"):
    name = str(path.relative_to("src"))
    layer = name.split("/")[0] if "/" in name else None
    text = lint.without_comments(path.read_text())
    included = re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', text, re.M)
    for mark, header in included:
        where = f"{path}: {header}"
        if mark == '"':
            if not pathlib.Path("src", header).exists():
                missing.append(where)
            elif layer and order.get(header.split("/")[0], 99) > order[layer]:
                upward.append(where)
            if header in THROUGH and not re.fullmatch(THROUGH[header], name):
                strangers.append(where)
            continue
        third = [n for n in THIRD if header.startswith(n)]
        for n in third:
            seen[n].add(name)
        if not third and header not in SYSTEM and not header.startswith(
                SYSTEM_FOLDERS):
            strangers.append(f"{where} (a new library? say where it may be)")
    own = path.with_suffix(".h")
    if path.suffix == ".c" and own.exists() and (
            not included or included[0][1] != str(own.relative_to("src"))):
        not_own.append(str(path))

t.none(upward, "nothing includes a layer above its own")
t.none(missing, "what is included in quotation marks lies in src/")
t.none(not_own, "each .c includes its own header first")
t.none(strangers, "every other header is the C library's or a known one")
for name in sorted(THIRD):
    t.same(seen[name], THIRD[name], f"<{name}> where it belongs",
           ("src", "the list"))

archives = [str(lint.BUILD / f"lib/lib{layer}.a") for layer in lint.LAYERS]
done = lint.run("nm", "-A", *archives)
t.ok(done.returncode == 0, f"the archives of {lint.BUILD} can be read",
     done.stderr.strip())
# The archive names a member without its folder, which is the archive's name.
callers = re.findall(r"lib(\w+)\.a:(\w+)\.o:\s+U (\S+)", done.stdout)
own = set(re.findall(r"[ ][TDBRVWC] (\S+)$", done.stdout, re.M))
strangers, unseen = [], []
for function, allowed in FUNCTIONS.items():
    here = {(f"{layer}/{member}", name) for layer, member, name in callers
            if re.match(function, name) and name not in own}
    strangers += sorted(f"{where}.c calls {name}" for where, name in here
                        if not re.fullmatch(allowed, where))
    if not here:
        unseen.append(f"nobody calls {function}*")
t.none(strangers, "each library is called by the files that may")
t.none(unseen, "and each library of the list is called at all")

SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s.*INTO|UPDATE\s\w+\sSET|"
                 r"DELETE\s+FROM|BEGIN IMMEDIATE|PRAGMA\s\w+)\b", re.S)
offenders = [f"{path}: {text[:50]}" for path in lint.sources("src")
             if path.parts[1] != "store"
             for text in lint.strings(path.read_text()) if SQL.search(text)]
t.none(offenders, "SQL stands in src/store only")
t.end()
