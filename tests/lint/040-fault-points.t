#!/usr/bin/python3
"""The places where a test may stop the program: each has a name of its own,
and the tests that go through all of them find all of them."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

t = lint.Tap()

places = {}
failures = set()
odd = []
for path in lint.sources("src"):
    if path.stem == "fault":
        continue
    # These may stand in several places: one thing fails in all of them.
    failures.update(re.findall(r'fault_fails\("([a-z-]+)"\)',
                               path.read_text()))
    for arguments in lint.calls(path.read_text(), "fault_point"):
        name = re.fullmatch(r'"([^"]*)"', arguments[0])
        if name is None:
            odd.append(f"{path}: fault_point({arguments[0]})")
        else:
            places.setdefault(name.group(1), []).append(str(path))

t.ok(len(places) >= 10, "there are fault points",
     f"{len(places)}: {' '.join(sorted(places))}")
t.none(odd, "each is named by a literal, so that a grep finds it")
t.none([f"{name}: {' '.join(where)}" for name, where in sorted(places.items())
        if len(where) > 1], "each name stands once")

size = re.search(r"char name\[(\d+)\];",
                 pathlib.Path("src/base/fault.h").read_text())
t.none([name for name in places
        if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name) or
        len(name) >= int(size.group(1))],
       "names are words with hyphens, and fit into struct fault_file")

listing = re.search(r"grep -rhoE '(fault_point[^']*)' src",
                    pathlib.Path("tests/lib/crash.sh").read_text())
if t.ok(listing, "tests/lib/crash.sh lists them by a grep"):
    done = lint.run("grep", "-rhoE", listing.group(1), "src")
    t.same(set(re.findall(r'"([^"]*)"', done.stdout)), set(places),
           "the grep finds all of them, and no others",
           ("the grep's", "the sources"))
else:
    t.ok(False, "the grep finds all of them, and no others")

named = {}
for path in sorted(pathlib.Path("tests").rglob("*")):
    if path.suffix not in (".t", ".sh", ".py", ".c") or not path.is_file():
        continue
    text = path.read_text(errors="replace")
    for name in re.findall(r"fault(?: |\.)arm\(? ?\"\$FAULT\",? ([a-z-]+)\b",
                           text):
        named.setdefault(name, []).append(str(path))
t.none([f"{name}: {' '.join(where)}" for name, where in sorted(named.items())
        if name not in places and name not in failures],
       "tests arm only fault points that there are")
t.end()
