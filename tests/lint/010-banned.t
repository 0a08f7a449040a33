#!/usr/bin/python3
"""Calls that are unbounded, bound to the locale, racing, or have a shell behind
them: not in the sources, and not in what was built of them."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

BANNED = ("strcpy strcat sprintf vsprintf strtok gets localtime localtime_r "
          "mktime atoi atol system popen signal alloca").split()
# What the C library makes of them.
BUILT = set(BANNED) | {f"__{name}_chk" for name in BANNED} | {
    "__sysv_signal", "bsd_signal", "ssignal", "__strcpy_chk", "stpcpy",
    "__stpcpy_chk", "_IO_gets"}
HEADER = "src/base/banned.h"

t = lint.Tap()

poisoned = set()
for line in pathlib.Path(HEADER).read_text().splitlines():
    if line.startswith("#pragma GCC poison "):
        poisoned |= set(line.split()[3:])
t.same(set(BANNED), poisoned, f"{HEADER} poisons what is banned",
       ("the list", HEADER))
t.ok(f"-include {HEADER}" in pathlib.Path("Makefile").read_text(),
     "the Makefile puts it in front of every file")

offenders = []
for path in lint.sources("src"):
    if str(path) == HEADER:
        continue
    for number, line in enumerate(
            lint.code_only(path.read_text()).splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        for name in re.findall(r"\b(%s)\b" % "|".join(BANNED), line):
            offenders.append(f"{path}:{number}: {name}")
t.none(offenders, "no banned call stands in src")

archives = [lint.BUILD / f"lib/lib{layer}.a" for layer in lint.LAYERS]
mains = [lint.BUILD / f"obj/{name}.o" for name in ("psirtd", "psirtctl", "psirtd-reader",
                                                 "psirtd-cms")]
offenders = []
for path in archives + mains:
    done = lint.run("nm", "--undefined-only", str(path))
    if done.returncode != 0:
        offenders.append(f"{path}: {done.stderr.strip()}")
    for name in re.findall(r"\bU (\S+)", done.stdout):
        if name.partition("@")[0] in BUILT:
            offenders.append(f"{path}: {name}")
t.none(offenders, f"none is called from the archives of {lint.BUILD}")

# What is linked into it statically calls whatever the C library calls.
offenders = []
for build in (lint.BUILD, lint.RELEASE):
    done = lint.run("nm", "--undefined-only", str(build / "obj/confine.o"))
    names = re.findall(r"\bU (\S+)", done.stdout)
    if not names:
        offenders.append(f"{build}/obj/confine.o: {done.stderr.strip()}")
    offenders += [f"{build}/obj/confine.o: {name}" for name in names
                  if name.partition("@")[0] in BUILT]
t.none(offenders, "nor from psirtd-confine")
t.end()
