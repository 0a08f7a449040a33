#!/usr/bin/python3
"""The manual pages: clean, and true in their examples: configurations and rules
load, command lines use verbs, options and commands that there are."""
import pathlib
import re
import shlex
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

PAGES = ("psirtctl.1", "psirtd-rules.5", "psirtd-templates.5", "psirtd.8",
         "psirtd.conf.5")
WIDTH = 80

t = lint.Tap()
pages = sorted(pathlib.Path("man").iterdir())
t.ok({p.name for p in pages} >= set(PAGES), "the pages are there",
     *(p for p in PAGES if not pathlib.Path("man", p).exists()))
for page in pages:
    done = lint.run("mandoc", "-Tlint", "-W", "style", str(page))
    # A page that is not installed, ours or another's, is no fault of this one.
    t.none([line for line in done.stdout.splitlines() + (
        [done.stderr] if done.returncode == 127 else [])
        if "referenced manual not found" not in line],
        f"{page.name}: mandoc has nothing to say")
    manual = lint.Manual(str(page))
    name, _, section = page.name.rpartition(".")
    t.ok(f".Dt {name.upper()} {section}" in manual.lines,
         f"{page.name}: its title is its name")
    t.none([line for line in manual.lines
            if (m := re.match(r"\.Xr (psirt\S*) (\d)", line))
            and not pathlib.Path("man", f"{m[1]}.{m[2]}").exists()],
           f"{page.name}: refers to pages that there are")
    t.none([line for line in manual.rendered().splitlines()
            if len(line.expandtabs()) > WIDTH],
           f"{page.name}: no line is wider than {WIDTH} columns")

# ---- configurations and rules

PATHS = "\n[paths]\nrules = {rules}\ntemplates = {templates}\n"
psirtd = str(lint.BUILD / "psirtd")


def load(work, text, rules="rules"):
    conf = work / "psirtd.conf"
    conf.write_text(text + PATHS.format(
        rules=pathlib.Path(rules).resolve(),
        templates=pathlib.Path("templates").resolve()))
    return lint.run(psirtd, "-n", "-c", str(conf))


examples = [text for text in lint.displays("man/psirtd.conf.5")
            if text.startswith("[") and "[service]" in text]
t.ok(len(examples) >= 2, "psirtd.conf.5 has configurations")
minimal = examples[0] if examples else ""
with tempfile.TemporaryDirectory(prefix="lint.") as directory:
    work = pathlib.Path(directory)
    for number, text in enumerate(examples, 1):
        done = load(work, text)
        t.ok(done.returncode == 0, f"configuration {number} is accepted",
             done.stderr)
    t.ok(load(work, minimal + "nonsense = 1\n").returncode == 78,
         "and one with a mistake is not")
    rules = [text for text in lint.displays("man/psirtd-rules.5")
             if re.search(r"^rule ", text, re.M)]
    t.ok(rules, "psirtd-rules.5 has a rule")
    (work / "rules").mkdir()
    shutil.copy("rules/00-pieces.rules", work / "rules")
    for text in rules:
        (work / "rules/50-example.rules").write_text(text)
        done = load(work, minimal, str(work / "rules"))
        t.ok(done.returncode == 0, "the rule loads", done.stderr)
    (work / "rules/50-example.rules").write_text("rule x\n\tkind cve\n")
    t.ok(load(work, minimal, str(work / "rules")).returncode == 78,
         "and one with a mistake does not")

# ---- command lines

help_text = lint.run(str(lint.BUILD / "psirtctl"), "--help").stdout
usages = re.findall(r"^  psirtctl (\S.*(?:\n {10}.*)*)", help_text,
                    re.M)
options = {}  # by verb
forms = {}  # the words that may follow a verb
for usage in usages:
    verb = usage.split()[0]
    options.setdefault(verb, {"--help"}).update(
        re.findall(r"--[a-z][a-z-]*", usage))
    forms.setdefault(verb, set()).update(
        re.findall(r"(?<![A-Za-z-])[a-z]+(?![A-Za-z-])", usage))
vocabulary = {word for path in pathlib.Path("src/cases").glob("vocabulary*.c")
              for word in lint.rows(path, "rows")}
t.ok(len(options) >= 9 and len(vocabulary) >= 10,
     "verbs and commands are known", *options, *vocabulary)


def command_lines(text):
    """The psirtctl lines of TEXT, as lists of words."""
    text = text.replace("\\\n", " ")
    found, pending = [], ""
    for line in text.splitlines():
        pending = f"{pending}\n{line}" if pending else line
        if not re.match(r"\s*psirtctl\b", pending):
            pending = ""
            continue
        try:
            found.append(shlex.split(re.sub(r"\s>\S+$", "", pending)))
        except ValueError:  # a quotation mark that is open still
            continue
        pending = ""
    if pending:
        found.append(["psirtctl", pending])
    return found


def mistakes(words):
    """What is wrong with a command line."""
    words = words[1:]
    if words[:1] == ["-c"]:
        words = words[2:]
    if not words:
        return []
    verb = words[0]
    if verb not in options:
        return [f"there is no verb {verb}"]
    found = [f"{verb} has no option {word}" for word in words[1:]
             if word.startswith("--") and word not in options[verb]]
    plain = [word for word in words[1:] if re.fullmatch("[a-z]+", word)]
    if verb == "case":
        found += [f"case has no word {word}" for word in plain[:1]
                  if word not in forms[verb]]
    elif verb in ("rules", "audit") and (
            len(words) < 2 or words[1] not in forms[verb]):
        found.append(f"{verb} needs one of {forms[verb]}")
    if "do" in words:
        block = words[-1].splitlines()
        commands = [line.split()[0][1:] for line in block
                    if line.startswith("/")]
        if not commands and "COMMAND" not in words[-1]:
            found.append(f"no command in {words[-1]!r}")
        found += [f"there is no command /{c}" for c in commands
                  if c.lower() not in vocabulary and c != "COMMAND"]
    return found


checked = 0
for page in [*pages, *sorted(pathlib.Path("templates").rglob("*.txt"))]:
    texts = lint.displays(str(page)) if page.parent.name == "man" else [
        re.sub(r"\{\{.*?\}\}", "X", page.read_text())]
    lines = [words for text in texts for words in command_lines(text)]
    if page.parent.name == "man":
        lines += [shlex.split(m) for m in re.findall(
            r"^\.Ql (psirtctl .*?)(?: \.| ,| ;)?$", page.read_text(), re.M)]
    checked += len(lines)
    if lines:
        t.none([f"{' '.join(words)}: {what}" for words in lines
                for what in mistakes(words)],
               f"{page.name}: its command lines are right")
t.ok(checked >= 15, "there were command lines", f"{checked}")

said = {}
for path in lint.sources("src"):
    for text in lint.strings(path.read_text()):
        for line in re.findall(r"`(psirtctl [^`]*)`", text):
            said.setdefault(line, path)
t.none([f"{path}: `{line}`: {what}" for line, path in said.items()
        for what in mistakes(line.split())],
       "so are those in messages of the programs")
t.end()
