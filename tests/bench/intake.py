#!/usr/bin/python3
"""How fast mail is taken, as ratios of interleaved pairs.

    intake.py --psirtd PID --port PORT --dovecot PORT|0 --postfix PORT
              --queue DIR --scratch DIR

Postfix's smtp-source sends; the workers are stopped, so that only taking is
measured.  At ten sessions: psirtd, Dovecot's LMTP into Maildir (0: not there),
and the floor: as many bytes written to one log, an fdatasync after each ten.
By strace: fsyncs for each mail, at one session and at 32.  And through Postfix:
until its queue is empty, to psirtd and to smtp-sink.
"""
import argparse
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import measure  # noqa: E402

ROUNDS, MAILS, QUEUED, BYTES = 7, 1500, 500, 4096
SESSIONS = 10


def source(port, mails, sessions=SESSIONS, to="security@example.test",
           lmtp=True):
    """Seconds for that many mails, all answered 250."""
    begun = time.monotonic()
    subprocess.run(["smtp-source", "-d", *(["-L"] if lmtp else []), "-s",
                    str(sessions), "-m", str(mails), "-l", str(BYTES), "-f",
                    "faye@finder.test", "-t", to, f"127.0.0.1:{port}"],
                   check=True)
    return time.monotonic() - begun


def floor(directory):
    with tempfile.NamedTemporaryFile(dir=directory, buffering=0) as log:
        data = os.urandom(BYTES + 300)
        begun = time.monotonic()
        for number in range(1, MAILS + 1):
            log.write(data)
            if number % SESSIONS == 0:
                os.fdatasync(log.fileno())
        return time.monotonic() - begun


def through_postfix(a, to):
    """Seconds until nothing is queued; taken in first, then let go."""
    begun = time.monotonic()
    source(a.postfix, QUEUED, to=to, lmtp=False)
    folders = [pathlib.Path(a.queue, name)
               for name in ("maildrop", "incoming", "active", "deferred")]
    while any(path.is_file() for folder in folders
              for path in folder.rglob("*")):
        time.sleep(0.005)
    return time.monotonic() - begun


def rounds(sides):
    """For each side a list of seconds; who begins alternates."""
    took = {name: [] for name in sides}
    for number in range(ROUNDS):
        for name in sorted(sides, reverse=number % 2):
            took[name].append(sides[name]())
    return took


def ratio(took, of, to):
    """How many times as fast OF is: median and quartiles of the pairs."""
    low, middle, high = statistics.quantiles(
        [b / a for a, b in zip(took[of], took[to])], n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def syncs(pid, mails, sessions, port):
    with tempfile.NamedTemporaryFile("r") as trace:
        with subprocess.Popen(["strace", "-f", "-qq", "-e",
                               "trace=fsync,fdatasync", "-o", trace.name,
                               "-p", str(pid)]) as strace:
            while "TracerPid:\t0\n" in pathlib.Path(
                    f"/proc/{pid}/status").read_text():
                time.sleep(0.01)
            source(port, mails, sessions)
            strace.terminate()
        return len(re.findall(r"\bf(?:data)?sync\(", trace.read())) / mails


def measured(a, lmtp):
    sides = {"psirtd": lambda: source(a.port, MAILS),
             "floor": lambda: floor(a.scratch)}
    if a.dovecot:
        sides["Dovecot"] = lambda: source(a.dovecot, MAILS)
    for side in sides.values():  # warm
        side()
    took = rounds(sides)
    print(f"Mails taken a second, {SESSIONS} sessions, {BYTES} bytes, durable "
          "before 250\n")
    for name, seconds in took.items():
        print(f"  {name:10} {MAILS / statistics.median(seconds):10.0f}")
    print(f"\n  psirtd to the floor     {ratio(took, 'psirtd', 'floor')}")
    print("  psirtd to Dovecot       " + (
        ratio(took, "psirtd", "Dovecot") if a.dovecot else
        "not measured: install it (contrib/deps bench)"))
    for sessions in (1, 32):
        print(f"  fsyncs a mail, {sessions:2} sessions "
              f"{syncs(lmtp, 640, sessions, a.port):7.2f}")
    took = rounds({
        "psirtd": lambda: through_postfix(a, "security@example.test"),
        "smtp-sink": lambda: through_postfix(a, "someone@elsewhere.test")})
    print("  through Postfix, psirtd to smtp-sink "
          f"{ratio(took, 'psirtd', 'smtp-sink')}\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("psirtd", "port", "dovecot", "postfix"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("queue", "scratch"):
        parser.add_argument(f"--{name}", required=True)
    a = parser.parse_args()
    roles = {pid: measure.role_of(pid) for pid in
             measure.descendants(a.psirtd)}
    workers = [pid for pid, role in roles.items() if role == "worker"]
    lmtp = next(pid for pid, role in roles.items() if role == "lmtp")
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        measured(a, lmtp)
    finally:
        for pid in workers:  # what was taken is nobody's report
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
