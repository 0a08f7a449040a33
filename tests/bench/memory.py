#!/usr/bin/python3
"""How large each process becomes while one mail passes.

    memory.py --psirtd PID --port PORT --store FILE --name WORDS MAIL

Looks every few milliseconds at all that psirtd has started, gpg too: memory of
its own and of files, without memory files (the message itself lies there, once)
that are counted apart.  First, idle, what all processes take together, shared
pages shared (PSS).
"""
import argparse
import pathlib
import re
import sqlite3
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).parent),
                str(pathlib.Path(__file__).parent.parent / "lib")]

import lmtp  # noqa: E402
import measure  # noqa: E402


def field(text, name):
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.M)
    return int(found.group(1)) if found else 0


def name_of(pid):
    """Roles by their names; what they start by its program."""
    role = measure.role_of(pid)
    if role:
        return role
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


class Watch(threading.Thread):
    def __init__(self, supervisor):
        super().__init__(daemon=True)
        self.supervisor, self.over = supervisor, False
        self.largest, self.shared = {}, 0

    def run(self):
        while not self.over:
            for pid in measure.descendants(self.supervisor):
                try:
                    status = pathlib.Path(f"/proc/{pid}/status").read_text()
                    name = name_of(pid)
                except OSError:
                    continue  # it has just ended
                own = field(status, "RssAnon") + field(status, "RssFile")
                self.largest[name] = max(self.largest.get(name, 0), own)
                self.shared = max(self.shared, field(status, "RssShmem"))
            time.sleep(0.002)


def together(supervisor):
    found = 0
    for pid in measure.descendants(supervisor):
        try:
            found += field(pathlib.Path(
                f"/proc/{pid}/smaps_rollup").read_text(), "Pss")
        except OSError:
            pass  # it has just ended
    return found


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--psirtd", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("mail", type=pathlib.Path)
    a = parser.parse_args()
    store = sqlite3.connect(f"file:{a.store}?mode=ro", uri=True)

    def handed():
        return store.execute("SELECT count(*) FROM letters "
                             "WHERE state = 'handed'").fetchone()[0]

    wanted = handed() + measure.LETTERS
    idle = together(a.psirtd)
    watch = Watch(a.psirtd)
    watch.start()
    with lmtp.Session(port=a.port, timeout=120) as s:
        s.hello()
        replies = s.transaction(measure.SENDER, [measure.SERVICE],
                                a.mail.read_bytes())
    if replies[0][1].code != 250:
        sys.exit(f"memory.py: refused: {replies[0][1].text}")
    end = time.monotonic() + 120
    while handed() < wanted and time.monotonic() < end:
        time.sleep(0.01)
    watch.over = True
    watch.join()
    if handed() < wanted:
        sys.exit("memory.py: letters are missing")
    sizes = ", ".join(f"{name} {kb / 1024:.1f}" for name, kb in
                      sorted(watch.largest.items(), key=lambda x: -x[1]))
    print(f"{a.name}: MB of the largest process: {sizes}; mapped of memory "
          f"files {watch.shared / 1024:.1f}; all together, before, "
          f"{idle / 1024:.1f}")


if __name__ == "__main__":
    main()
