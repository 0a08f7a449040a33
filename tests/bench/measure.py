#!/usr/bin/python3
"""Measure a running psirtd beside the bare floor; prints JSON.

    measure.py cost|rate|past --psirtd PID --store FILE --port PORT
               --plain FILE --encrypted FILE -- FLOOR ARGUMENT...

cost    rounds of plain and encrypted reports, one worker; in each round the
        floor does as many operations of the same kinds right before or
        after, so that noise meets both.
          cpu            of a batch, until every letter is sealed: all
                         processes of psirtd, its agent and what they started;
                         but for those that hand letters over, postman and
                         courier, whose work comes after
          wall           of a batch, likewise, from the first byte by LMTP
          acknowledged   one by one, from the 250 until the acknowledgement
                         is committed; beside it only the operations that it
                         needs
rate    reports a second with as many workers as the configuration has, until
        all letters are handed over, beside as many floors; and the memory of
        each role.
past    the same reports to this service and to one with a past (--past-...):
        pairs of batches, until every letter is sealed.

What psirtd does for a report, and so the floor: open it or seal it for the
store; sign the acknowledgement, which is in clear; sign and encrypt to one
analyst; sign by S/MIME for the other one (psirtd encrypts that by libcrypto,
which the floor does not).  With strace at hand the programs that psirtd starts
for one report are counted.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))

import lmtp  # noqa: E402

LETTERS_SEALED = "sign encrypt-sign smime-sign"
OPERATIONS = {"plain": ["encrypt", *LETTERS_SEALED.split()],
              "encrypted": ["decrypt", *LETTERS_SEALED.split()]}
# What the first of them, the acknowledgement, has to wait for.
ACKNOWLEDGED = {kind: operations[:2] for kind, operations in
                OPERATIONS.items()}
HANDING_OVER = ("postman", "courier")
LETTERS = 3  # of one report
ROUNDS, BATCH, RATE_BATCH, LATENCIES = 14, 8, 60, 120
ONE_BY_ONE = 3  # of each kind in a round
PAST_ROUNDS = 16
WAIT_MAX = 60  # seconds, a bound
TICK = 1 / os.sysconf("SC_CLK_TCK")
VERBS = re.compile(r'"--(decrypt|encrypt|sign|verify|list-keys|import|version|'
                   r'server)"')
SERVICE = "security@example.test"
STATES = {"sealed": "'sealed', 'handed'", "handed": "'handed'"}


# ---- processes

def stat_of(pid):
    """The fields of /proc/PID/stat behind the name."""
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return text.rpartition(") ")[2].split()


def descendants(pid):
    """PID and everything below it."""
    found = [pid]
    try:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += descendants(int(child))
    except OSError:
        pass  # it has just ended
    return found


def cpu_of(pids):
    """Seconds of processor time, with those of children that have ended."""
    return sum(sum(map(int, stat_of(pid)[11:15])) for pid in pids) * TICK


def role_of(pid):
    """None: it comes and goes, as gpg does."""
    try:
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    words = command.decode().split("\0")
    for word in words:
        if word.startswith("--role="):
            return word[7:]
    return {"gpg-agent": "gpg-agent",
            "psirtd": "supervisor"}.get(os.path.basename(words[0]))


def memory(pids):
    """Resident and anonymous KB of each role, of its largest process."""
    found = {}
    for pid in pids:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        rss, anonymous = (
            int(re.search(rf"{name}:\s+(\d+)", status).group(1))
            for name in ("VmRSS", "RssAnon"))
        entry = found.setdefault(role_of(pid), {"processes": 0, "rss_kb": 0,
                                                "anonymous_kb": 0})
        entry["processes"] += 1
        entry["rss_kb"] = max(entry["rss_kb"], rss)
        entry["anonymous_kb"] = max(entry["anonymous_kb"], anonymous)
    return found


# ---- the two sides

class Floor:
    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self, times, operations):
        print(times, *operations, file=self.process.stdin, flush=True)

    def end(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("measure.py: the floor has ended")
        return [int(word) / 1e6 for word in line.split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Daemon:
    def __init__(self, psirtd, store, port, mails):
        self.pids = [pid for pid in descendants(psirtd) if role_of(pid)]
        self.accepting = [pid for pid in self.pids
                          if role_of(pid) not in HANDING_OVER]
        self.store = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
        # Those of the past are not counted each time.
        self.before = self.store.execute(
            "SELECT coalesce(max(id), 0) FROM letters").fetchone()[0]
        self.session = lmtp.Session(port=port)
        self.session.hello()
        self.mails = mails
        self.sent = 0

    def letters(self, state, kind="%"):
        return self.store.execute(
            "SELECT count(*) FROM letters WHERE id > ? AND kind LIKE ? AND "
            f"state IN ({STATES[state]})", (self.before, kind)).fetchone()[0]

    def send(self, kind):
        self.sent += 1
        # Another Message-ID is another mail.
        mail = re.sub(rb"(?mi)^Message-ID:.*<",
                      b"Message-ID: <%d.%d." % (os.getpid(), self.sent),
                      self.mails[kind], count=1)
        # Another domain, too: acknowledgements to one are limited.
        sender = f"faye@d{self.sent}.p{os.getpid()}.finder.test"
        replies = self.session.transaction(sender, [SERVICE], mail)
        if replies[0][1].code != 250:
            sys.exit(f"measure.py: refused: {replies[0][1].text}")

    def wait(self, state, wanted, kind="%"):
        begun = time.monotonic()
        while self.letters(state, kind) < wanted:
            if time.monotonic() > begun + WAIT_MAX:
                sys.exit(f"measure.py: {wanted} letters are not {state}")
            time.sleep(0.001)

    def reports(self, kind, count, state="handed"):
        """Send COUNT, wait for all letters; seconds of accepting and all."""
        begun = time.monotonic()
        for _ in range(count):
            self.send(kind)
        accepted = time.monotonic()
        self.wait(state, LETTERS * self.sent)
        return accepted - begun, time.monotonic() - begun

    def batch(self, kind):
        """Wall and processor time until all is sealed; then quiet again."""
        before = cpu_of(self.accepting)
        wall = self.reports(kind, BATCH, "sealed")[1]
        cpu = cpu_of(self.accepting) - before
        self.wait("handed", LETTERS * self.sent)
        return {"wall": wall, "cpu": cpu}

    def acknowledged(self, kind):
        """Seconds from 250 to the committed acknowledgement, of some."""
        took = 0
        for _ in range(ONE_BY_ONE):
            self.send(kind)
            begun = time.monotonic()
            self.wait("sealed", self.sent, "acknowledgement")
            took += time.monotonic() - begun
            self.wait("handed", LETTERS * self.sent)
        return took


def count_programs(daemon, kind):
    """What is started for one report, by strace; None: it cannot look."""
    if os.geteuid() != 0 or not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile("r") as trace:
        pids = [word for pid in daemon.pids for word in ("-p", str(pid))]
        with subprocess.Popen(["strace", "-f", "-qq", "-s", "64", "-e",
                               "trace=execve", "-o", trace.name,
                               *pids]) as strace:
            while any("TracerPid:\t0\n" in
                      pathlib.Path(f"/proc/{pid}/status").read_text()
                      for pid in daemon.pids):
                time.sleep(0.01)
            daemon.reports(kind, 1)
            strace.terminate()
        found = collections.Counter()
        for line in trace:
            program = re.search(r'execve\("/usr/bin/(gpg|gpgsm)"', line)
            if program:
                verbs = VERBS.findall(line)
                found[" ".join([program.group(1), *verbs])] += 1
    return dict(found)


# ---- the verbs

class Bare:
    """The floor, and the agent that it shares with psirtd."""

    def __init__(self, a, daemon):
        self.floor = Floor(a.floor)
        self.agent = [pid for pid in daemon.pids
                      if role_of(pid) == "gpg-agent"]

    def run(self, times, operations):
        """Wall and processor time, and the wall time of each operation."""
        # gpgsm stays, as a child.
        before = cpu_of(self.pids())
        self.floor.begin(times, operations)
        took = self.floor.end()
        return {"wall": sum(took), "cpu": cpu_of(self.pids()) - before,
                "steps": dict(zip(operations, took))}

    def pids(self):
        return descendants(self.floor.process.pid) + self.agent


def daemon_of(a, psirtd, store, port):
    return Daemon(psirtd, store, port, {"plain": a.plain.read_bytes(),
                                        "encrypted": a.encrypted.read_bytes()})


def pair(number, one, other):
    """Both, one after the other; who begins alternates."""
    if number % 2:
        second = other()
        return one(), second
    return one(), other()


def cost(a):
    daemon = daemon_of(a, a.psirtd, a.store, a.port)
    bare = Bare(a, daemon)
    result = {"batch": BATCH, "rounds": [], "operations": OPERATIONS,
              "acknowledged": ACKNOWLEDGED, "one_by_one": ONE_BY_ONE,
              "memory": memory(daemon.pids)}
    for kind in OPERATIONS:  # warm: contexts, keys, templates
        daemon.batch(kind)
        bare.run(1, OPERATIONS[kind])
    for number in range(ROUNDS):
        result["rounds"].append({})
        for kind in OPERATIONS:
            psirtd, floor = pair(
                number, lambda: daemon.batch(kind),
                lambda: bare.run(BATCH, OPERATIONS[kind]))
            first, needed = pair(
                number, lambda: daemon.acknowledged(kind),
                lambda: bare.run(ONE_BY_ONE, ACKNOWLEDGED[kind])["wall"])
            psirtd["acknowledged"], floor["acknowledged"] = first, needed
            result["rounds"][-1][kind] = {
                "psirtd": psirtd, "floor": floor, "steps": floor.pop("steps")}
    bare.floor.close()
    result["programs"] = {kind: count_programs(daemon, kind)
                          for kind in OPERATIONS}
    return result


def past(a):
    """Pairs of batches to a service without a past and to one with."""
    new = daemon_of(a, a.psirtd, a.store, a.port)
    old = daemon_of(a, a.past_psirtd, a.past_store, a.past_port)
    result = {"batch": BATCH, "messages": old.store.execute(
        "SELECT count(*) FROM messages").fetchone()[0], "rounds": []}
    for kind in OPERATIONS:  # warm
        new.batch(kind)
        old.batch(kind)
    for number in range(PAST_ROUNDS):
        result["rounds"].append({
            kind: dict(zip(("new", "old"), pair(
                number, lambda: new.batch(kind), lambda: old.batch(kind))))
            for kind in OPERATIONS})
    return result


def one_by_one(daemon, kind):
    """Seconds of each of some reports, from sending it to its last letter."""
    return [daemon.reports(kind, 1)[1] for _ in range(LATENCIES)]


def rate(a):
    daemon = daemon_of(a, a.psirtd, a.store, a.port)
    workers = sum(role_of(pid) == "worker" for pid in daemon.pids)
    result = {"workers": workers, "batch": RATE_BATCH,
              "idle": memory(daemon.pids), "kinds": {}}
    floors = [Floor(a.floor) for _ in range(workers)]
    for kind in OPERATIONS:
        daemon.reports(kind, workers)
        accepted, done = daemon.reports(kind, RATE_BATCH)
        begun = time.monotonic()
        for floor in floors:
            floor.begin(RATE_BATCH // workers, OPERATIONS[kind])
        for floor in floors:
            floor.end()
        bare = time.monotonic() - begun
        result["kinds"][kind] = {
            "latencies": one_by_one(daemon, kind),
            "accepted": RATE_BATCH / accepted, "done": RATE_BATCH / done,
            "floor": RATE_BATCH // workers * workers / bare}
    result["busy"] = memory(daemon.pids)
    for floor in floors:
        floor.close()
    return result


WORK = {"cost": cost, "rate": rate, "past": past}


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=sorted(WORK))
    parser.add_argument("--psirtd", type=int, required=True)
    parser.add_argument("--store", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--plain", type=pathlib.Path, required=True)
    parser.add_argument("--encrypted", type=pathlib.Path, required=True)
    parser.add_argument("--past-psirtd", type=int)
    parser.add_argument("--past-store")
    parser.add_argument("--past-port", type=int)
    words, floor = sys.argv[1:], []
    if "--" in words:
        words, floor = words[:words.index("--")], words[words.index("--") + 1:]
    return parser.parse_args(words, argparse.Namespace(floor=floor))


if __name__ == "__main__":
    options = arguments()
    json.dump(WORK[options.verb](options), sys.stdout)
