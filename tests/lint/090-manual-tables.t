#!/usr/bin/python3
"""The manuals against tables of the sources: lines of the log, processes, words
of JSON.  What only the running programs tell is in 080-manual-programs.t."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

t = lint.Tap()
daemon = lint.Manual("man/psirtd.8")
ctl = lint.Manual("man/psirtctl.1")

# ---- the log

ERROR = ["outcome", "status", "error"]
logged, odd = {}, []
for path in lint.sources("src"):
    if path.stem == "log":
        continue
    for arguments in lint.calls(path.read_text(), "log_event"):
        names = re.findall(r'"([^"]+)"', arguments[1])
        fields = []
        for field in arguments[2:]:
            m = re.match(r'LOG_(?:TEXT|NUMBER)\(\s*"([^"]+)"', field)
            fields += [m[1]] if m else ERROR if field.startswith(
                "LOG_ERR(") else [f"?{field}"]
        if not names:
            odd.append(f"{path}: {arguments[1]}")
        for name in names:
            logged.setdefault(name, set()).update(fields)
t.ok(len(logged) > 30, "events of the log are found", f"{len(logged)}")
t.none(odd, "each is named by a literal")
documented = {}
for title in daemon.titles(".Ss", "LOG"):
    for _, words, _ in lint.items(daemon.part(".Ss", title)):
        documented[words[1]] = set(words[3:])
where = ("src", "psirtd.8")
t.same(set(logged), set(documented), "psirtd.8 has every event", where)
t.none([f"{name}: in src {' '.join(sorted(logged[name]))}; "
        f"in psirtd.8 {' '.join(sorted(documented[name]))}"
        for name in sorted(set(logged) & set(documented))
        if logged[name] != documented[name]],
       "with all fields of each")

# ---- processes and options

processes = {words[1] for _, words, _ in
             lint.items(daemon.part(".Sh", "PROCESSES"))
             if words[:1] == ["Cm"]}
# The reader is a program of its own.
roles = set(lint.rows("src/daemon/roles.c", "roles")) | {"reader"}
t.same(roles | {"supervisor"}, processes, "psirtd.8 has every process", where)
letters = re.search(r'getopt\(argc, argv, "([a-zA-Z:]+)"\)',
                    pathlib.Path("src/psirtd.c").read_text())
t.same(set(letters[1].replace(":", "")) if letters else set(),
       {words[1] for _, words, _ in
        lint.items(daemon.part(".Sh", "DESCRIPTION"))
        if words[:1] == ["Fl"]},
       "and every option", ("psirtd.c", "psirtd.8"))

# ---- words of JSON

WORDS = {  # part of psirtctl.1, item: the words it can be
    ("inspect --json", "encoding"): lint.table(
        "src/mail/reading.c", "encoding_names"),
    ("inspect --json", "role"): lint.table(
        "src/mail/reading.c", "role_names"),
    ("inspect --json", "encrypted"): lint.table(
        "src/crypto/verdict.c", "extents"),
    ("inspect --json", "problem"): [
        name for name in lint.rows("src/crypto/verdict.c", "problems") if name],
    ("inspect --json", "protocol"): lint.table(
        "src/crypto/verdict.c", "protocols"),
    ("inspect --json", "status"): lint.table(
        "src/crypto/verdict.c", "statuses"),
    ("inspect --json", "covers"): lint.table(
        "src/crypto/verdict.c", "covers_names"),
    ("inspect --json", "repairs"): lint.table(
        "src/mail/read.c", "names"),
    ("inspect --json", "where"): lint.table(
        "src/rules/hint.c", "where_names"),
    ("inspect --json", "limits"): lint.table(
        "src/mail/limit.c", "limit_names"),
    ("case list --json", "state"): lint.rows(
        "src/cases/states.c", "states"),
    ("case log --json", "kind"): lint.rows("src/cases/event.c", "kinds"),
    ("case show --json", "role"): lint.table("src/cases/case.c", "roles"),
}
for (part, item), words in WORDS.items():
    found = [lines for _, title, lines in lint.items(ctl.part(".Ss", part))
             if title[:2] == ["Va", item]]
    t.same(set(words), set(lint.marked(found[0], ".Cm")) if found else set(),
           f"psirtctl.1, {part}: {item} is one of these",
           ("src", "psirtctl.1"))

# Several items are called the same: by what they stand in.
for part, inside, item, words in (
        ("inspect --json", "hints", "kind",
         lint.table("src/rules/hint.c", "kind_names")),
        ("inspect --json", "sealed", "kind",
         lint.table("src/mail/reading.c", "kind_names")),
        ("inspect --json", "sealed", "state",
         lint.table("src/mail/reading.c", "state_names")),
        ("case show --json", "messages", "kind",
         lint.table("src/cases/case.c", "posted_kinds")),
        ("case show --json", "letters", "kind",
         lint.table("src/cases/plan.c", "letter_kinds")),
        ("case show --json", "letters", "state",
         lint.table("src/store/letters.c", "states"))):
    outer = [lines for _, title, lines in
             lint.items(ctl.part(".Ss", part))
             if title[:2] == ["Va", inside]]
    found = [lines for _, title, lines in
             lint.items(outer[0] if outer else [])
             if title[:2] == ["Va", item]]
    t.same(set(words), set(lint.marked(found[0], ".Cm")) if found else set(),
           f"psirtctl.1, {part}: {inside}.{item} is one of these",
           ("src", "psirtctl.1"))

found = [lines for _, title, lines in
         lint.items(ctl.part(".Ss", "inspect --json"))
         if title[:2] == ["Va", "robot_reason"]]
robot = re.sub(r"(roles|marks)\[\] = \{.*?\};", "",
               pathlib.Path("src/mail/robot.c").read_text(), flags=re.S)
reasons = set(re.findall(
    r'(?:return|\?|reason\(head,|"[a-z/-]+", "[a-z-]+",|\{"[a-z-]+",)\s*'
    r'"([a-z-]+)"', robot)) | set(re.findall(r'\?\s*"([a-z-]+)"\s*:', robot))
t.same(reasons, set(lint.marked(found[0], ".Cm")) if found else set(),
       "psirtctl.1: robot_reason is one of these",
       ("robot.c", "psirtctl.1"))

# ---- the states of a report

ways = {}
for m in re.finditer(r'\{"(\w+)",[^}]*?"([^"]*)"\s*\}',
                     pathlib.Path("src/cases/states.c").read_text(), re.S):
    ways[m[1]] = m[2]
table = {line.split()[1]: line.partition(" Ta to ")[2]
         for line in lint.Manual("man/psirtd-commands.7").part(
             ".Sh", "COMMANDS")
         if line.startswith(".It ") and " Ta to " in line}
t.same({f"{k}: {v}" for k, v in ways.items() if v != "nothing"},
       {f"{k}: {v}" for k, v in table.items()},
       "psirtd-commands.7 has the ways between states",
       ("states.c", "psirtd-commands.7"))
t.end()
