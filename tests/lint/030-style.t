#!/usr/bin/python3
"""How the code looks: 80 columns, functions and files that can be overseen,
clang-format, nothing left to do."""
import concurrent.futures
import re
import sys
import unicodedata

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lint")
import lint  # noqa: E402

COLUMNS = 80
FUNCTION_LINES = 80
FILE_LINES = 700
TAB = 8

t = lint.Tap()
files = lint.sources("src", "tests")
texts = {path: path.read_text() for path in files}
t.ok(len(files) > 100, "there are sources", f"{len(files)} files")


def columns(line):
    """How wide a line is on a terminal."""
    width = 0
    for c in line:
        if c == "\t":
            width += TAB - width % TAB
        elif not unicodedata.combining(c):
            width += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return width


t.none([f"{path}:{number}: {columns(line)} columns"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if columns(line) > COLUMNS],
       f"no line is wider than {COLUMNS} columns")


def functions(text):
    """(name, line, lines) of each function: `name(` at the margin, its body
    between braces at the margin."""
    name, start, begun = None, 0, False
    for number, line in enumerate(lint.code_only(text).splitlines(), 1):
        head = re.match(r"([A-Za-z_]\w*)\(", line)
        if head and not begun:
            name, start = head.group(1), number
        elif line == "{" and name:
            begun = True
        elif line == "}" and begun:
            yield name, start, number - start + 1
            name, begun = None, False
        elif line.endswith(";") and not begun:
            name = None


found = [(path, *f) for path, text in texts.items() for f in functions(text)]
t.ok(len(found) > 1000, "functions are recognised", f"{len(found)} of them")
t.none([f"{path}:{line}: {name}() has {lines} lines"
        for path, name, line, lines in found if lines > FUNCTION_LINES],
       f"no function is longer than {FUNCTION_LINES} lines")
t.none([f"{path}: {text.count(chr(10))} lines" for path, text in texts.items()
        if text.count("\n") > FILE_LINES],
       f"no file is longer than {FILE_LINES} lines")


def formatter():
    for name in ("clang-format-14", "clang-format"):
        if re.search(r"version 14\b", lint.run(name, "--version").stdout):
            return name
    return None


def complaints(path):
    done = lint.run(clang_format, "--style=file", "--dry-run", str(path))
    lines = re.findall(r"^\S+:(\d+):\d+: warning:", done.stderr, re.M)
    if done.returncode != 0:
        return [f"{path}: {done.stderr.strip()[:200]}"]
    return [f"{path}:{','.join(lines[:8])}"
            f"{' ...' if len(lines) > 8 else ''}"] if lines else []


clang_format = formatter()
if t.ok(clang_format, "clang-format 14 is installed"):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        offenders = [line for lines in pool.map(complaints, files)
                     for line in lines]
    t.none(offenders, "clang-format would change nothing (file:lines)")
else:
    t.ok(False, "clang-format would change nothing")

left = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) +
                  r")\b")
t.none([f"{path}:{number}: {line.strip()}" for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if left.search(line)], "nothing is marked as left to do")
t.none([str(path) for path, text in texts.items()
        if not text.endswith("\n") or text.endswith("\n\n") or "\r" in text],
       "each file ends with one newline, without CR")
t.end()
