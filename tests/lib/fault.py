#!/usr/bin/python3
"""Stop psirtd at a named place: the fault file of src/base/fault.h.

    fault.py make FILE              a file that does nothing yet
    fault.py arm FILE NAME [COUNT]  the COUNT-th pass (default: first) of
                                    fault_point(NAME) kills its process; also
                                    forgets how often it fired
    fault.py off FILE
    fault.py show FILE              countdown=N fired=N name=NAME
    fault.py wait FILE [SECONDS]    until it has fired (default: 30); ends
                                    with 1 if it does not

FILE is mapped by every process of a test build (PSIRTD_TEST_FAULT), so it is
written in place, the countdown last.
"""
import argparse
import collections
import os
import pathlib
import struct
import sys
import time

FORMAT = "=iI56s"  # struct fault_file
COUNTDOWN = "=i"
NAME_MAX = 55

Fault = collections.namedtuple("Fault", "countdown fired name")


class FaultError(Exception):
    """Something that the caller should read."""


def make(path):
    pathlib.Path(path).write_bytes(struct.pack(FORMAT, 0, 0, b""))
    os.chmod(path, 0o666)  # the service under test has another user


def show(path):
    data = pathlib.Path(path).read_bytes()
    if len(data) != struct.calcsize(FORMAT):
        raise FaultError(f"{path}: {len(data)} bytes, not a fault file")
    countdown, fired, name = struct.unpack(FORMAT, data)
    return Fault(countdown, fired, name.rstrip(b"\0").decode())


def arm(path, name, count=1):
    show(path)  # is it one?
    if not 0 < len(name.encode()) <= NAME_MAX:
        raise FaultError(f"{name!r}: 1 to {NAME_MAX} bytes are a name")
    descriptor = os.open(path, os.O_WRONLY)
    try:
        # Off first: nobody may count while the name changes.
        os.pwrite(descriptor, struct.pack(COUNTDOWN, 0), 0)
        os.pwrite(descriptor, struct.pack(FORMAT, 0, 0, name.encode()), 0)
        os.pwrite(descriptor, struct.pack(COUNTDOWN, count), 0)
    finally:
        os.close(descriptor)


def off(path):
    show(path)
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, struct.pack(COUNTDOWN, 0), 0)
    finally:
        os.close(descriptor)


def wait(path, seconds):
    """True as soon as it has fired."""
    end = time.monotonic() + seconds
    while show(path).fired == 0:
        if time.monotonic() >= end:
            return False
        time.sleep(0.01)
    return True


def arguments():
    parser = argparse.ArgumentParser(
        prog="fault.py", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in ("make", "arm", "off", "show", "wait"):
        sub = verbs.add_parser(verb)
        sub.add_argument("file", metavar="FILE")
        if verb == "arm":
            sub.add_argument("name", metavar="NAME")
            sub.add_argument("count", metavar="COUNT", type=int, nargs="?",
                             default=1)
        elif verb == "wait":
            sub.add_argument("seconds", metavar="SECONDS", type=float,
                             nargs="?", default=30)
    return parser.parse_args()


def main():
    a = arguments()
    if a.verb == "make":
        make(a.file)
    elif a.verb == "arm":
        arm(a.file, a.name, a.count)
    elif a.verb == "off":
        off(a.file)
    elif a.verb == "wait":
        if not wait(a.file, a.seconds):
            raise FaultError(f"{show(a.file).name!r} was not passed within "
                             f"{a.seconds:g} s")
    else:
        print("countdown=%d fired=%d name=%s" % show(a.file))


if __name__ == "__main__":
    try:
        main()
    except (FaultError, OSError) as error:
        sys.exit(f"fault.py: {error}")
