#!/usr/bin/python3
"""No statement looks at every row of a table, whose size is that of the whole
past; but for those that are named here, none of which is on the way of a mail.
SQLite is asked for its plan of each statement in src/store."""
import ast
import re
import sqlite3
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

# The beginning of a statement, and when it runs.
SCANS = {
    "SELECT seq, case_id, kind, at, commitment, link": "psirtctl audit",
    "SELECT id, public_id, state, opened, changed, answer_by": "psirtctl audit",
    "SELECT count(*) FROM cases WHERE robots": "psirtctl case list",
    "SELECT c.id, c.public_id, c.state": "psirtctl case list",
    "SELECT letters.id, letters.case_id, kind, person": "psirtctl letters",
    "WITH named AS": "psirtctl trace",
    "UPDATE spool SET until = until + ?": "the clock was set",
    "UPDATE timers SET until = until + ?": "the clock was set",
    "UPDATE letters SET until = until + ?": "the clock was set",
    "UPDATE timers SET owner = '', until = 0": "a role has died",
    "UPDATE letters SET owner = '', until = 0": "a role has died",
    "SELECT protocol, fingerprint, data FROM keys": "a ring is built",
    "SELECT protocol, state, fingerprint, first_seen": "psirtctl key list",
    "SELECT count(*) FROM messages WHERE form <> 'received'": "psirtctl key",
    "UPDATE persons SET address = NULL, name = ''": "a case is purged",
    "DELETE FROM message_ids WHERE case_id": "a case is purged",
    "DELETE FROM tokens WHERE case_id": "a case is purged",
    "SELECT id FROM cases WHERE merged_into": "a case is purged",
}
# In the order of an index, and no further than one row.
FIRST = r"SELECT [^?]* FROM \w+ ORDER BY [^?]* LIMIT 1$"
STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = rf"{STRING}(?:\s*{STRING})*"
STATEMENT = r"(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b"


def joined(literals):
    return "".join(ast.literal_eval(one)
                   for one in re.findall(STRING, literals))


def preprocessed(path):
    done = lint.run("gcc", "-E", "-P", "-D_GNU_SOURCE", "-Isrc", str(path))
    if done.returncode != 0:
        lint.bail(f"{path}: {done.stderr.strip()}")
    return done.stdout


def schema():
    """A store of this version, empty."""
    store = sqlite3.connect(":memory:")
    text = preprocessed("src/store/schema.c")
    upgrades = re.search(r"upgrades\[\] = \{(.*?)\};\n", text, re.S).group(1)
    for step in re.findall(STRINGS, upgrades):
        store.executescript(joined(step))
    return store


def statements():
    for path in lint.sources("src/store"):
        if path.suffix != ".c" or path.name == "schema.c":
            continue
        for found in re.findall(STRINGS, preprocessed(path)):
            text = joined(found)
            if re.match(STATEMENT, text):
                yield path, text


t = lint.Tap()
store, seen, offenders, checked = schema(), set(), [], 0
for path, text in statements():
    numbered = [int(n) for n in re.findall(r"\?(\d+)", text)]
    values = [None] * (max(numbered) if numbered else text.count("?"))
    plan = store.execute("EXPLAIN QUERY PLAN " + text, values).fetchall()
    # What a subquery gave is as short as that.
    scans = [row[3] for row in plan
             if re.match(r"SCAN (?!\()", row[3])]
    if re.match(FIRST, text) and " WHERE " not in text:
        scans = [row[3] for row in plan if row[3].startswith("USE TEMP")]
    known = [begin for begin in SCANS if text.startswith(begin)]
    checked += 1
    if scans:
        seen.update(known)
    if scans and not known:
        offenders.append(f"{path}: {text}: {'; '.join(scans)}")
t.ok(checked > 50, f"the statements are found: {checked}")
t.none(offenders, "no statement on the way of a mail looks at all rows")
t.none(sorted(set(SCANS) - seen), "each that may still does")
t.end()
