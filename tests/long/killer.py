#!/usr/bin/python3
"""Kill processes of psirtd at random: killer.py SEED PID SECONDS.

PID is the supervisor.  About every SECONDS one of the processes below it gets
SIGKILL, gpg-agent and readers in work too; says whom.  Ends with psirtd.
"""
import os
import pathlib
import random
import signal
import sys
import time


def below(pid):
    """(PID, role) of everything that runs below PID."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            words = pathlib.Path(f"/proc/{child}/cmdline").read_bytes() \
                .decode().split("\0")
            role = [w[7:] for w in words if w.startswith("--role=")]
            if words[0]:  # else it has ended
                found.append((int(child), (role or words)[0]))
                found += below(child)
    return found


def main():
    seed, supervisor, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    choice = random.Random(seed)
    while True:
        time.sleep(choice.uniform(0.2, 1.8) * seconds)
        try:
            victims = below(supervisor)
        except OSError:
            if not os.path.exists(f"/proc/{supervisor}"):
                return
            continue  # somebody ended while we looked
        # By role first: readers and workers are many.
        roles = sorted({role for _, role in victims})
        if not roles:
            return
        role = choice.choice(roles)
        victim = choice.choice([pid for pid, r in victims if r == role])
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
        print(f"killed {role} {victim}", flush=True)


if __name__ == "__main__":
    main()
