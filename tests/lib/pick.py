#!/usr/bin/python3
"""Pick values out of JSON, for tests in sh.

    pick.py FILE PATH...
    pick.py PATH                 from standard input, as with FILE -
    pick.py --tree FILE DIR      every value a file DIR/PATH, its count DIR/PATH#
    pick.py --trees FILE PREFIX  the same for each line, in PREFIX and the last
                                 part of the path in its field "file"

FILE holds one JSON value, or one a line; each
PATH, like signatures.0.fingerprint, headers.Subject.0 or attachments.*.name
(* is every element), is looked up in each of them.  Prints one line for each
value: text as it is, null as nothing, the rest as JSON.  `.` is the whole;
`#` at the end counts elements.  Ends with 1 when a PATH leads nowhere.
"""
import json
import pathlib
import sys


def values(text):
    """One value, or one a line."""
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line]


def follow(value, steps):
    if not steps:
        return [value]
    step, rest = steps[0], steps[1:]
    if step == "#":
        return follow(len(value), rest)
    if step == "*":
        inner = value.values() if isinstance(value, dict) else value
        return [found for item in inner for found in follow(item, rest)]
    if isinstance(value, list):
        return follow(value[int(step)], rest)
    return follow(value[step], rest)


def shown(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def plant(value, directory, path=""):
    """DIRECTORY/PATH for VALUE and everything in it, and PATH# for a count."""
    inner = (value.items() if isinstance(value, dict) else
             enumerate(value) if isinstance(value, list) else ())
    if path:
        (directory / path).write_text(shown(value) + "\n", encoding="utf-8")
    if isinstance(value, (dict, list)):
        (directory / f"{path}#").write_text(
            f"{len(value)}\n")
    for key, item in inner:
        plant(item, directory, f"{path}.{key}" if path else str(key))


def trees(file, place, each=False):
    for value in values(pathlib.Path(file).read_text(encoding="utf-8")):
        name = place + pathlib.Path(value["file"]).name if each else place
        directory = pathlib.Path(name)
        directory.mkdir(parents=True)
        plant(value, directory)


def main():
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        print(__doc__.strip())
        return
    if words[0] in ("--tree", "--trees"):
        trees(*words[1:], each=words[0] == "--trees")
        return
    path = words.pop(0) if len(words) > 1 else "-"
    text = (sys.stdin.read() if path == "-"
            else pathlib.Path(path).read_text(encoding="utf-8"))
    for value in values(text):
        for wanted in words:
            steps = [s for s in wanted.split(".") if s]
            try:
                found = follow(value, steps)
            except (KeyError, IndexError, TypeError, ValueError):
                sys.exit(f"pick.py: {path}: nothing at {wanted}")
            for one in found:
                print(shown(one))


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"pick.py: {error}")
