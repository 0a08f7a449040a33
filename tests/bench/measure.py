#!/usr/bin/python3
"""Measure a running psirtd beside the bare floor; prints JSON.

    measure.py cost|rate --psirtd PID --store FILE --port PORT
               --plain FILE --encrypted FILE -- FLOOR ARGUMENT...

cost    rounds of plain and encrypted reports, one worker; in each round the
        floor does as many operations of the same kinds right before or
        after, so that noise meets both.  Wall time is from the first byte by
        LMTP until every letter is handed over; processor time is that of all
        processes of psirtd, its agent and what they started.
rate    reports a second with as many workers as the configuration has,
        beside as many floors; and the memory of each role.

What psirtd does for a report, and so the floor: open it or seal it for the
store; sign the acknowledgement, which is in clear; sign and encrypt to one
analyst; sign by S/MIME for the other one (psirtd encrypts that by libcrypto);
and one durable write.  With strace at hand the programs that psirtd starts
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

OPERATIONS = {
    "plain": "encrypt sign encrypt-sign smime-sign commit".split(),
    "encrypted": "decrypt sign encrypt-sign smime-sign commit".split()}
LETTERS = 3  # of one report
ROUNDS, BATCH, RATE_BATCH, LATENCIES = 14, 8, 60, 120
TICK = 1 / os.sysconf("SC_CLK_TCK")
VERBS = re.compile(r'"--(decrypt|encrypt|sign|verify|list-keys|import|version|'
                   r'server)"')
SENDER, SERVICE = "faye@finder.test", "security@example.test"


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
    def __init__(self, a):
        self.pids = [pid for pid in descendants(a.psirtd) if role_of(pid)]
        self.store = sqlite3.connect(f"file:{a.store}?mode=ro", uri=True)
        self.session = lmtp.Session(port=a.port)
        self.session.hello()
        self.mails = {"plain": a.plain.read_bytes(),
                      "encrypted": a.encrypted.read_bytes()}
        self.sent = 0

    def handed(self):
        return self.store.execute("SELECT count(*) FROM letters "
                                  "WHERE state = 'handed'").fetchone()[0]

    def reports(self, kind, count):
        """Send COUNT, wait until all is done; seconds of accepting and all."""
        wanted = self.handed() + LETTERS * count
        begun = time.monotonic()
        for _ in range(count):
            self.sent += 1
            # Another Message-ID is another mail.
            mail = re.sub(rb"(?mi)^Message-ID:.*<",
                          b"Message-ID: <%d.%d." % (os.getpid(), self.sent),
                          self.mails[kind], count=1)
            replies = self.session.transaction(SENDER, [SERVICE], mail)
            if replies[0][1].code != 250:
                sys.exit(f"measure.py: refused: {replies[0][1].text}")
        accepted = time.monotonic()
        while self.handed() < wanted:
            if time.monotonic() > begun + 20:
                sys.exit(f"measure.py: {wanted - self.handed()} letters of "
                         f"{count} reports are missing")
            time.sleep(0.003)
        return accepted - begun, time.monotonic() - begun


def measured(pids, work):
    before = cpu_of(pids)
    wall = work()
    return {"wall": wall, "cpu": cpu_of(pids) - before}


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

def cost(a):
    daemon, floor = Daemon(a), Floor(a.floor)
    agent = [pid for pid in daemon.pids if role_of(pid) == "gpg-agent"]
    result = {"batch": BATCH, "rounds": [], "operations": OPERATIONS,
              "memory": memory(daemon.pids)}
    for kind in OPERATIONS:  # warm: contexts, keys, templates
        daemon.reports(kind, 1)
        floor.begin(1, OPERATIONS[kind])
        floor.end()

    def bare(kind):
        floor.begin(BATCH, OPERATIONS[kind])
        took = floor.end()
        steps[kind] = dict(zip(OPERATIONS[kind], took))
        return sum(took)

    for number in range(ROUNDS):
        result["rounds"].append({})
        for kind in OPERATIONS:
            steps = {}
            sides = {
                "psirtd": lambda: measured(
                    daemon.pids, lambda: daemon.reports(kind, BATCH)[1]),
                "floor": lambda: measured(
                    [floor.process.pid, *agent], lambda: bare(kind))}
            # Who begins alternates.
            for side in sorted(sides, reverse=number % 2):
                sides[side] = sides[side]()
            result["rounds"][-1][kind] = {**sides, "steps": steps[kind]}
    floor.close()
    result["programs"] = {kind: count_programs(daemon, kind)
                          for kind in OPERATIONS}
    return result


def one_by_one(daemon, kind):
    """Seconds of each of some reports, from sending it to its last letter."""
    return [daemon.reports(kind, 1)[1] for _ in range(LATENCIES)]


def rate(a):
    daemon = Daemon(a)
    workers = sum(role_of(pid) == "worker" for pid in daemon.pids)
    result = {"workers": workers, "batch": RATE_BATCH,
              "idle": memory(daemon.pids), "kinds": {}}
    floors = [Floor(a.floor[:-1] + [a.floor[-1] + str(n)])
              for n in range(workers)]
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
            "latencies": one_by_one(daemon, kind), "accepted": RATE_BATCH / accepted, "done": RATE_BATCH / done,
            "floor": RATE_BATCH // workers * workers / bare}
    result["busy"] = memory(daemon.pids)
    for floor in floors:
        floor.close()
    return result


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("cost", "rate"))
    parser.add_argument("--psirtd", type=int, required=True)
    parser.add_argument("--store", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--plain", type=pathlib.Path, required=True)
    parser.add_argument("--encrypted", type=pathlib.Path, required=True)
    parser.add_argument("floor", nargs="+")
    return parser.parse_args()


if __name__ == "__main__":
    options = arguments()
    json.dump({"cost": cost, "rate": rate}[options.verb](options), sys.stdout)
