#!/usr/bin/python3
"""The letters' templates: the same in all languages, loadable, and with no
name that no letter gives."""
import pathlib
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

CONF = """\
[service]
organisation = Example
address = security@example.com
openpgp = 781724B560800BAF3774B410A7D5545724F96330
languages = {languages}
[paths]
rules = {rules}
templates = {templates}
[analyst alice]
address = alice@example.com
key_file = alice.asc
openpgp = 5C647854C08938FAB8C1D329FE8D39DAD4C87033
"""
TAG = re.compile(r"\{\{\s*([#^/!]?)\s*(.*?)\s*\}\}", re.S)

t = lint.Tap()
root = pathlib.Path("templates")
languages = sorted(p.name for p in root.iterdir() if p.is_dir())
t.ok(languages == ["en", "zh-CN"], "English and Chinese are there",
     *languages)
kinds = set(lint.table("src/cases/plan.c", "letter_kinds"))
# Of an answer there is one for each class that may have one.
classes = set(lint.table("src/rules/classify.c", "names")) - {
    "reply", "spam", "robot"}
forms = (kinds - {"answer"}) | {f"answer-{c}" for c in classes}
files = {}
for language in languages:
    files[language] = {p.name: p.read_text()
                       for p in (root / language).iterdir()}
    t.same({f"{k}.txt" for k in forms}, set(files[language]),
           f"{language} has a template for each kind of letter",
           ("src/cases/plan.c", f"templates/{language}"))


def tags(text):
    return {(kind, name) for kind, name in TAG.findall(text) if kind != "!"}


for language in languages[1:]:
    for name in sorted(files[languages[0]]):
        t.same({f"{k}{n}" for k, n in tags(files[languages[0]][name])},
               {f"{k}{n}" for k, n in
                tags(files[language].get(name, ""))},
               f"{name} has the same tags in {languages[0]} and {language}",
               (languages[0], language))

# ---- names

letter = pathlib.Path("src/letters/letter.c").read_text()
transcript = pathlib.Path("src/letters/transcript.c").read_text()
given, lists, inside = (set(lint.table("src/letters/letter.c", name))
                        for name in ("texts", "lists", "inside"))
used = {name for texts in files.values() for text in texts.values()
        for _, name in tags(text)}
t.none(sorted(used - given - lists - inside),
       "templates name only what letters give")
t.same(given | lists | inside,
       set(re.findall(r'(?:values_text|values_list|number|date|size)\('
                      r'\s*(?:in, )?(?:v|item|values_item\(v, "\w+"\)),'
                      r'\s*"(\w+)"', letter + transcript)) | set(
                          lint.strings(re.search(
                              r"names\[\] = \{(.*?)\}", transcript,
                              re.S)[1])) | {name for pair in re.findall(
                              r'list_facts\(f, "(\w+)", "(\w+)"', transcript)
                              for name in pair} | set(
                          lint.strings(re.search(
                              r"fact_values\(.*?\{\n.*?names\[\] = \{(.*?)\}",
                              letter, re.S).group(1))),
       "letter_sample_values() has exactly the names that letters give",
       ("the samples", "the letters"))

manual = lint.Manual("man/psirtd-templates.5")
sections = [manual.part(".Ss", title) for title in manual.titles(
    ".Ss", "VALUES")]
documented, documented_inside, documented_lists = set(), set(), set()
for section in sections:
    for depth, words, _ in lint.items(section):
        name = words[1]
        if depth > 1:
            documented_inside.add(name)
        elif words[2:] == ["Pq", "list"]:
            documented_lists.add(name)
        else:
            documented.add(name)
where = ("letter.c", "psirtd-templates.5")
t.same(given, documented, "the manual has every name", where)
t.same(lists, documented_lists, "and every list", where)
t.same(inside, documented_inside, "and every name in a list", where)
t.same(kinds, {words[1] for _, words, _ in
               lint.items(manual.part(".Sh", "LETTERS"))},
       "and every letter", ("plan.c", "psirtd-templates.5"))

of_mail = {words[1] for _, words, _ in
           lint.items(manual.part(".Ss", "Values of a mail"))}
t.none([f"{language}/acknowledgement.txt: {name}"
        for language in languages for _, name in
        sorted(tags(files[language].get("acknowledgement.txt", "")))
        if name in of_mail],
       "an acknowledgement says nothing of the mail")

# ---- loading

with tempfile.TemporaryDirectory(prefix="lint.") as directory:
    work = pathlib.Path(directory)

    def load(templates, wanted=tuple(languages)):
        (work / "psirtd.conf").write_text(CONF.format(
            languages=" ".join(wanted), rules=pathlib.Path("rules").resolve(),
            templates=templates))
        return lint.run(str(lint.BUILD / "psirtd"), "-n", "-c",
                        str(work / "psirtd.conf"))

    done = load(root.resolve())
    t.ok(done.returncode == 0, "all of them load (psirtd -n)", done.stderr)
    for example in lint.displays("man/psirtd-templates.5"):
        if not example.startswith("Subject:"):
            continue
        shutil.copytree(root, work / "copy", dirs_exist_ok=True)
        (work / "copy/en/overdue.txt").write_text(example)
        done = load(work / "copy")
        t.ok(done.returncode == 0, "the manual's example loads", done.stderr)
        t.none(sorted({n for _, n in tags(example)} - given),
               "and names only what letters give")
    shutil.copytree(root, work / "copy", dirs_exist_ok=True)
    (work / "copy/en/overdue.txt").write_text("Subject: x\n\n{{#id}}\n")
    done = load(work / "copy")
    t.ok(done.returncode == 78 and "overdue.txt:3" in done.stderr,
         "one with a mistake does not load", done.stderr)
    (work / "copy/en/overdue.txt").unlink()
    t.ok(load(work / "copy").returncode == 78, "nor without one of them")
t.end()
