#!/usr/bin/python3
"""Shell completion against the program's verbs and the table of commands; and
that bash, when it is asked, offers them."""
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

t = lint.Tap()
PATH = "contrib/completion/psirtctl"
text = pathlib.Path(PATH).read_text()


def listed(name):
    return set(re.search(rf"^{name}='(.*?)'", text, re.M | re.S)[1].split())


commands = {f"/{word}" for path in pathlib.Path("src/cases").glob(
    "vocabulary*.c") for word in lint.rows(path, "rows")}
t.same(listed("_psirtctl_commands"), commands, "it has every command",
       (PATH, "src/cases"))
help_text = lint.run(str(lint.BUILD / "psirtctl"), "--help").stdout
t.same(listed("_psirtctl_verbs"),
       set(re.findall(r"^  psirtctl (\w+)", help_text, re.M)),
       "and every verb", (PATH, "psirtctl --help"))


def offered(*words):
    """What bash offers for the last of WORDS."""
    script = (f'. {PATH}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_psirtctl; printf "%s\\n" "${COMPREPLY[@]}"')
    return set(subprocess.run(
        ["bash", "-c", script, "bash", "psirtctl", *words],
        capture_output=True, text=True, check=True).stdout.split())


t.same(offered("ca"), {"case", "catalogue"}, "bash completes a verb")
t.same(offered("case", "EX-2026-0001", "do", "'/se"),
       {"/severity", "/seal"}, "and a command behind a quotation mark")
t.end()
