"""What the lint tests share: TAP, the sources, the manuals.

A test is run from the top of the tree and looks only at what is there: it
neither skips nor downloads anything.  BUILD names the test build, RELEASE the
release build.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True

BUILD = pathlib.Path(os.environ.get("BUILD", "build/test"))
RELEASE = pathlib.Path(os.environ.get("RELEASE", "build/release"))
LAYERS = "base mail crypto rules cases store letters daemon ctl".split()
SHOWN_MAX = 40  # lines of one failure


# ---- TAP

class Tap:
    """ok(), none(), same(), and end() at the end."""

    def __init__(self):
        self.count = self.failed = 0
        if not pathlib.Path("src/base/banned.h").exists():
            bail("run it from the top of the tree")

    def ok(self, good, name, *lines):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            for line in lines[:SHOWN_MAX]:
                print(f"# {line}")
            if len(lines) > SHOWN_MAX:
                print(f"# ... and {len(lines) - SHOWN_MAX} more")
        sys.stdout.flush()
        return good

    def none(self, offenders, name):
        """There are no OFFENDERS, a list of lines."""
        return self.ok(not offenders, name, *offenders)

    def same(self, one, other, name, where=("the first", "the second")):
        """Two sets are equal."""
        lines = [f"only in {where[0]}: {x}" for x in sorted(one - other)]
        lines += [f"only in {where[1]}: {x}" for x in sorted(other - one)]
        lines += ["both are empty"] * (not one and not other)
        return self.none(lines, name)

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def bail(why):
    print(f"Bail out! {why}")
    sys.exit(1)


def run(*command, **more):
    """A program's end: returncode, stdout and stderr as text."""
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=False, timeout=60,
                              errors="surrogateescape", **more)
    except FileNotFoundError:
        return subprocess.CompletedProcess(
            command, 127, "", f"{command[0]} is not installed")


# ---- sources

def sources(*folders):
    """The C files below FOLDERS, sorted."""
    found = [p for f in folders for p in pathlib.Path(f).rglob("*.[ch]")]
    return sorted(found)


TOKEN = re.compile(r"""
    (?P<comment> /\*.*?\*/ | //[^\n]* )
  | (?P<string>  "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
""", re.S | re.X)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(text):
    return TOKEN.sub(lambda m: blank(m) if m["comment"] else m.group(), text)


def code_only(text):
    """Without comments and without what stands in quotation marks."""
    return TOKEN.sub(blank, text)


def strings(text):
    """The string literals of TEXT, adjacent ones joined."""
    joined = re.sub(r'"\s*"', "", without_comments(text))
    return [m.group()[1:-1] for m in re.finditer(r'"(?:\\.|[^"\\])*"', joined)]


def table(path, name):
    """The string literals of the C array NAME in PATH."""
    text = pathlib.Path(path).read_text()
    found = re.search(r"\b%s\[[^\]]*\] = \{(.*?)\n\s*\};|"
                      r"\b%s\[[^\]]*\] = \{([^;]*)\};" % (name, name),
                      text, re.S)
    if found is None:
        bail(f"{path}: there is no array {name}")
    return strings(found.group(1) or found.group(2))


def rows(path, name):
    """The first string literal of each row of the C array NAME in PATH."""
    text = without_comments(pathlib.Path(path).read_text())
    found = re.search(r"\b%s\[[^\]]*\] = \{(.*?)\n\};|"
                      r"\} %s\[[^\]]*\] = \{(.*?)\n\};" % (name, name),
                      text, re.S)
    if found is None:
        bail(f"{path}: there is no table {name}")
    return re.findall(r'\{\s*"([^"]*)"', found.group(1) or found.group(2))


def calls(text, function):
    """The arguments of each call of FUNCTION, as lists of texts."""
    clean = without_comments(text)
    hidden = TOKEN.sub(lambda m: '"' + "x" * (len(m.group()) - 2) + '"', clean)
    for m in re.finditer(r"\b%s\(" % function, hidden):
        depth, start, parts = 1, m.end(), []
        for at in range(m.end(), len(hidden)):
            c = hidden[at]
            depth += (c in "([{") - (c in ")]}")
            if (c == "," and depth == 1) or depth == 0:
                parts.append(clean[start:at].strip())
                start = at + 1
            if depth == 0:
                break
        yield parts


# ---- manuals

class Manual:
    """A manual page as its macro lines."""

    def __init__(self, path):
        self.path = path
        self.lines = pathlib.Path(path).read_text().splitlines()

    def part(self, macro, title):
        """The lines below `.Sh TITLE` or `.Ss TITLE`."""
        ends = (".Sh ",) if macro == ".Sh" else (".Sh ", ".Ss ")
        lines = iter(self.lines)
        for line in lines:
            if line == f"{macro} {title}":
                break
        else:
            return []
        found = []
        for line in lines:
            if line.startswith(ends):
                break
            found.append(line)
        return found

    def titles(self, macro, below=None):
        """The titles of all MACRO (.Sh, .Ss), below one .Sh or anywhere."""
        lines = self.part(".Sh", below) if below else self.lines
        return [line[4:] for line in lines if line.startswith(macro + " ")]

    def rendered(self, *options):
        """The page as people read it."""
        done = run("mandoc", "-Tutf8", *options, self.path)
        return re.sub(".\b", "", done.stdout)  # overstriking


def words_of(line):
    """The words of a macro line, quoted ones whole."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.quotes = True, "", '"'
    lexer.escape = ""
    return list(lexer)


def marked(lines, macro):
    """What MACRO (.Cm, .Va) marks at the front of a line or of an item, in the
    order in which it stands; between delimiters several words are one."""
    found = []
    for line in lines:
        words = words_of(line) if line.startswith(".") else []
        if words[:1] == [".It"] and len(words) > 1:
            words = ["." + words[1]] + words[2:]
        if words[:1] != [macro]:
            continue
        text = ""
        for word in words[1:]:
            if word in ("Pq", "Ar", "Ns", "No", "Op", "Va"):
                break
            if word in (",", ".", ";", ":", "(", ")"):
                found.append(text)
                text = ""
            else:
                text = f"{text} {word}".strip()
        found.append(text)
    return [text for text in found if text]


def items(lines):
    """The items of the lists in LINES as (depth, words of .It, its lines)."""
    depth, found, open_items = 0, [], []
    for line in lines:
        if line.startswith(".Bl "):
            depth += 1
        elif line.startswith(".El"):
            depth -= 1
            open_items = [i for i in open_items if i[0] <= depth]
        elif line.startswith(".It") and depth > 0:
            item = (depth, words_of(line)[1:], [])
            open_items = [i for i in open_items if i[0] < depth]
            for outer in open_items:
                outer[2].append(line)
            open_items.append(item)
            found.append(item)
            continue
        for item in open_items:
            item[2].append(line)
    return found


def displays(path):
    """The literal displays of a page, as texts."""
    done, inside = [], None
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(".Bd -literal"):
            inside = []
        elif line.startswith(".Ed"):
            done.append("\n".join(inside) + "\n")
            inside = None
        elif inside is not None:
            inside.append(line.replace(r"\e", "\\").replace(r"\&", ""))
    return done
