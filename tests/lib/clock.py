#!/usr/bin/python3
"""Move the test clock: psirtd's, and that of GnuPG homes, to one instant.

    clock.py make FILE                     a clock that shows real time
    clock.py move FILE +14d [HOME...]      further on from where it is
    clock.py set FILE 2027-03-15T12:00:00Z [HOME...]
    clock.py set FILE real [HOME...]       back to real time
    clock.py jump FILE +2h                 somebody sets the clock
    clock.py show FILE                     the instant that it shows now

FILE holds two native int64, microseconds that are added to the real clock and
to the time since boot: after move and set time has passed, after jump only the
clock shows another one.  It is mapped by every process of a test build (PSIRTD_TEST_CLOCK), so it is
written in place.  Spans are +90s, +30m, +2h, +14d, +1w, also negative.

In each HOME `faked-system-time` is rewritten in gpg.conf (YYYYMMDDThhmmss!)
and gpgsm.conf (epoch seconds, the only form that gpgsm takes with no harm).
GnuPG then stands still at that instant until the clock is moved again.  The
homes are written first: nobody meets a key that is younger than its clock.
set and move print the instant.
"""
import argparse
import datetime
import os
import pathlib
import re
import struct
import sys
import time

SECOND = 1_000_000
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
KEYWORD = "faked-system-time"
FORMAT = "=qq"  # int64_t of this machine


class ClockError(Exception):
    """Something that the caller should read."""


def make(path):
    pathlib.Path(path).write_bytes(struct.pack(FORMAT, 0, 0))
    os.chmod(path, 0o644)


def offsets(path):
    data = pathlib.Path(path).read_bytes()
    if len(data) != struct.calcsize(FORMAT):
        raise ClockError(f"{path}: {len(data)} bytes, not a test clock")
    return struct.unpack(FORMAT, data)


def offset(path):
    return offsets(path)[0]


def write_offset(path, value, passed):
    """One write in place: the file is mapped, a rename would leave it."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, struct.pack(FORMAT, value, passed), 0)
    finally:
        os.close(descriptor)


def now(path):
    """Microseconds since the epoch, as the clock shows them."""
    return time.time_ns() // 1000 + offset(path)


def iso(instant):
    return datetime.datetime.fromtimestamp(
        instant // SECOND, datetime.timezone.utc).strftime(
            "%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text):
    try:
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError as error:
        raise ClockError(f"{text!r}: not like 2027-03-15T12:00:00Z") from error
    return int(moment.replace(
        tzinfo=datetime.timezone.utc).timestamp()) * SECOND


def parse_span(text):
    form = re.fullmatch(r"([+-]\d+)([smhdw])", text)
    if form is None:
        raise ClockError(f"{text!r}: not like +14d, +90s, -2h")
    return int(form.group(1)) * UNITS[form.group(2)] * SECOND


def set_home(home, instant):
    """Fake the time of HOME; None takes the fake away."""
    home = pathlib.Path(home)
    if not home.is_dir():
        raise ClockError(f"{home}: no such GnuPG home")
    moment = None if instant is None else instant // SECOND
    for name, form in (("gpg.conf", lambda t: time.strftime(
            "%Y%m%dT%H%M%S!", time.gmtime(t))), ("gpgsm.conf", str)):
        path = home / name
        old = path.read_text().splitlines() if path.exists() else []
        lines = [line for line in old if line.split()[:1] != [KEYWORD]]
        if moment is not None:
            lines.append(f"{KEYWORD} {form(moment)}")
        _replace(path, "".join(line + "\n" for line in lines))


def _replace(path, text):
    """By rename, with mode and owner of the old one; homes may be 0500."""
    state = path.stat() if path.exists() else path.parent.stat()
    mode = path.parent.stat().st_mode & 0o7777
    temporary = path.with_name(path.name + ".new")
    os.chmod(path.parent, mode | 0o200)
    try:
        temporary.write_text(text)
        os.chmod(temporary, state.st_mode & 0o666)
        if os.geteuid() == 0:
            os.chown(temporary, state.st_uid, state.st_gid)
        os.rename(temporary, path)
    finally:
        os.chmod(path.parent, mode)


def set_to(path, instant, homes=()):
    """Let the clock show INSTANT (None: real time), and GnuPG with it."""
    for home in homes:
        set_home(home, instant)
    real = time.time_ns() // 1000
    wall, passed = offsets(path)
    new = 0 if instant is None else instant - real
    write_offset(path, new, passed + new - wall)
    return now(path)


def jump(path, span):
    wall, passed = offsets(path)
    write_offset(path, wall + span, passed)


def arguments():
    parser = argparse.ArgumentParser(
        prog="clock.py", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, value in (("make", None), ("show", None), ("set", "INSTANT"),
                        ("move", "SPAN"), ("jump", "SPAN")):
        sub = verbs.add_parser(verb)
        sub.add_argument("file", metavar="FILE")
        if value:
            sub.add_argument("value", metavar=value)
            sub.add_argument("home", metavar="HOME", nargs="*")
    return parser.parse_args(_shielded(sys.argv[1:]))


def _shielded(words):
    """A negative span is not an option."""
    if words[:1] in (["move"], ["jump"]) and re.match(r"-\d", "".join(words[2:3])):
        words.insert(1, "--")
    return words


def main():
    a = arguments()
    if a.verb == "make":
        make(a.file)
        return
    if a.verb == "set":
        set_to(a.file, None if a.value == "real" else parse_instant(a.value),
               a.home)
    elif a.verb == "move":
        set_to(a.file, now(a.file) + parse_span(a.value), a.home)
    elif a.verb == "jump":
        jump(a.file, parse_span(a.value))
    print(iso(now(a.file)))


if __name__ == "__main__":
    try:
        main()
    except (ClockError, OSError) as error:
        sys.exit(f"clock.py: {error}")
