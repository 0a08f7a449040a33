#!/usr/bin/python3
"""What was built: the release has no test clock and no fault points, the test
build has both; every program is hardened."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

LINKED = ("psirtd", "psirtctl", "psirtd-reader", "psirtd-cms")
PROGRAMS = (*LINKED, "psirtd-confine")
VARIABLES = (b"PSIRTD_TEST_CLOCK", b"PSIRTD_TEST_FAULT")

t = lint.Tap()


def content(build, program):
    path = build / program
    return path.read_bytes() if path.exists() else b""


names = [name.encode() for path in lint.sources("src")
         if path.stem != "fault"
         for name in re.findall(r'fault_point\("([^"]*)"\)',
                                path.read_text())]

for build, what in ((lint.RELEASE, "make"), (lint.BUILD, "make VARIANT=test")):
    t.none([f"{build}/{p}" for p in PROGRAMS if not content(build, p)],
           f"{build} was made ({what})")

for program in PROGRAMS[:2]:
    release = content(lint.RELEASE, program)
    test = content(lint.BUILD, program)
    t.none([v.decode() for v in VARIABLES if v in release],
           f"the release's {program} knows no variable of tests")
    t.none([n.decode() for n in names if b"\0" + n + b"\0" in release],
           f"the release's {program} has no name of a fault point")
    t.none([v.decode() for v in VARIABLES if v not in test],
           f"the test build's {program} knows the variables")
    # psirtctl plays no role, and so passes few of them.
    if program == "psirtd":
        t.none([n.decode() for n in names if n + b"\0" not in test],
               f"the test build's {program} has the fault points")
    done = lint.run("nm", str(lint.RELEASE / program))
    t.ok(done.returncode == 0 and " fault_point" not in done.stdout,
         f"the release's {program} has no fault_point()", done.stderr)
t.none([v.decode() for v in VARIABLES
        if v in content(lint.RELEASE, "psirtd-confine")],
       "the release's psirtd-confine knows no variable of tests")


def weaknesses(path, code):
    """What readelf says is missing; CODE is what was compiled of ours."""
    done = lint.run("readelf", "-hldW", str(path))
    if done.returncode != 0:
        return [f"{path}: {done.stderr.strip()}"]
    out, found = done.stdout, []
    stack = re.search(r"GNU_STACK\s.*\s([RWE ]+)\s+0x", out)
    writable = re.findall(r"LOAD\s.*\s([RWE ]{3})\s+0x", out)
    symbols = lint.run("nm", str(code)).stdout
    if not re.search(r"Type:\s+DYN ", out) or not re.search(
            r"\(FLAGS_1\).*\bPIE\b", out):
        found.append("is no position-independent executable")
    if "GNU_RELRO" not in out:
        found.append("has no RELRO")
    if not re.search(r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b|\(BIND_NOW\)",
                     out):
        found.append("has partial RELRO only (link with -z now)")
    if stack is None or "E" in stack.group(1):
        found.append("has an executable stack")
    if any("W" in flags and "E" in flags for flags in writable):
        found.append("has a segment to write and to execute")
    if re.search(r"\((RPATH|RUNPATH|TEXTREL)\)", out):
        found.append("has RPATH, RUNPATH or TEXTREL")
    if "__stack_chk_fail" not in symbols:
        found.append("has no stack protector")
    return [f"{path} {line}" for line in found]


for build in (lint.RELEASE, lint.BUILD):
    for program in PROGRAMS:
        static = program == "psirtd-confine"
        t.none(weaknesses(build / program, build / (
            "obj/confine.o" if static else program)),
               f"{build}/{program} is hardened")
for program in LINKED:
    done = lint.run("nm", "-D", str(lint.RELEASE / program))
    t.ok(re.search(r"\bU __\w+_chk\b", done.stdout.replace(
        "__stack_chk_fail", "")), f"the release's {program} is fortified")
t.end()
