"""The second half of 080-manual-programs.t: DIRECTORY has what the programs
said, BUILD the programs.

A setting of psirtd.conf.5 is `.It Ic NAME No = Ar TYPE`, below it `Required.`
or `Default:` with the value, and its bounds or choices.  A field of JSON in
psirtctl.1 is `.It Va NAME Pq TYPE`, in the list of the object it stands in.
"""
import json
import pathlib
import re
import sys

import lint

DIRECTORY, BUILD = (pathlib.Path(a) for a in sys.argv[1:3])
t = lint.Tap()


def said(name):
    return (DIRECTORY / name).read_text()


# ---- settings: the program's table

TYPES = {"yes or no": "boolean"}
settings = {}  # (section, name): {type, default, help, ...}
section, comment = "", ""
for line in said("psirtd-p").splitlines():
    if line.startswith("["):
        section = line.strip("[]").split()[0]
    elif line.startswith("# "):
        comment = line[2:]
    elif "=" in line:
        kind = re.search(r"\(([a-z ]+)\)$", comment)[1]
        settings[section, line.split(" = ")[0]] = {
            "type": TYPES.get(kind, kind), "default": None}
for line in said("init.conf").splitlines():
    if line.startswith("["):
        section = line.strip("[]").split()[0]
    elif (m := re.match(r"#(\w+) = (.*)$", line)):
        settings[section, m[1]]["default"] = m[2].strip('"')
t.ok(len(settings) > 40, "the programs tell their settings",
     f"{len(settings)}")

# Their bounds, by asking for what is out of them.
ANALYST = "[analyst a]\naddress = a@b.example\nkey_file = k\nopenpgp = %s\n"
SERVICE = "[service]\norganisation = x\naddress = a@b.example\nopenpgp = %s\n"
PIN = "A" * 40


def answer(where, value):
    """What psirtd -p says of a configuration with that value."""
    place, name = where
    texts = {"service": SERVICE % PIN, "analyst": ANALYST % PIN}
    line = f"{name} = {value}\n"
    if place in texts:
        kept = [one for one in texts[place].splitlines(True)
                if not one.startswith(f"{name} ")]
        texts[place] = "".join(kept) + line
    else:
        texts[place] = f"[{place}]\n{line}"
    path = DIRECTORY / "try.conf"
    path.write_text("".join(texts.values()))
    return lint.run(str(BUILD / "psirtd"), "-p", "-c", str(path)).stderr


for where, setting in settings.items():
    if setting["type"] in ("number", "size", "duration"):
        unit = "d" if setting["type"] == "duration" else ""
        m = re.search(r"is outside of (\S+) to (\S+)",
                      answer(where, "99999999" + "0" * 6 * (not unit) + unit))
        setting["bounds"] = (m[1], m[2]) if m else None
    elif setting["type"] in ("text", "path", "address"):
        m = re.search(r"is not one of (\S+)", answer(where, "nonsense!"))
        setting["choices"] = set(m[1].split("|")) if m else None
        m = re.search(r"longer than (\d+) bytes", answer(where, "x" * 900))
        setting["longest"] = m[1] if m else None
        if setting["choices"]:
            setting["longest"] = None

# ---- settings: the manual

manual = lint.Manual("man/psirtd.conf.5")
documented = {}
for title in manual.titles(".Ss", "SETTINGS"):
    part = manual.part(".Ss", title)
    for depth, words, lines in lint.items(part):
        if depth == 1 and words[:1] == ["Ic"]:
            documented[title.split()[1], words[1]] = (words[2:], lines)


def name_of(where):
    return "[%s] %s" % where


where = ("the programs", "psirtd.conf.5")
t.same({name_of(w) for w in settings}, {name_of(w) for w in documented},
       "psirtd.conf.5 has every setting", where)


UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def bytes_of(size):
    """1024M and 1G are the same."""
    number, unit = re.fullmatch(r"(\d+)([kmg]?)", size.lower()).groups()
    return int(number) * UNITS[unit]


def value_after(lines, line):
    at = lines.index(line)
    return lint.words_of(lines[at + 1])[1]


TEXT_MAX = "500"
wrong = {"type": [], "default": [], "bounds": [], "length": []}
for key in sorted(set(settings) & set(documented)):
    setting, (form, lines) = settings[key], documented[key]
    text = " ".join(lines)
    if form != ["No", "=", "Ar", setting["type"]]:
        wrong["type"].append(f"{name_of(key)}: {setting['type']}, "
                             f"documented: {' '.join(form)}")
    default = None if "Required." in lines else ""
    if "Default:" in lines:
        default = value_after(lines, "Default:")
    elif default is not None and "Default: empty" not in text:
        default = "?"
    if default != setting["default"]:
        wrong["default"].append(f"{name_of(key)}: {setting['default']}, "
                                f"documented: {default}")
    bounds = re.search(r"From (\S+) to (\S+)\. ", text + " ")
    pair = bounds.groups() if bounds else None
    wanted = setting.get("bounds")
    if setting["type"] == "size" and pair and wanted:
        pair, wanted = ([bytes_of(x) for x in two] for two in (pair, wanted))
    if pair != wanted:
        wrong["bounds"].append(f"{name_of(key)}: {setting.get('bounds')}, "
                               f"documented: {bounds and bounds[0]}")
    choices = None
    if "One of" in lines:
        line = lines[lines.index("One of") + 1]
        choices = set(lint.marked([line], ".Cm"))
    if choices != setting.get("choices"):
        wrong["bounds"].append(f"{name_of(key)}: {setting.get('choices')}, "
                               f"documented: {choices}")
    longest = re.search(r"At most (\d+) bytes?\.", text)
    longest = longest[1] if longest else TEXT_MAX
    if setting.get("longest") not in (None, longest):
        wrong["length"].append(f"{name_of(key)}: {setting['longest']}, "
                               f"documented: {longest}")
t.none(wrong["type"], "with its type")
t.none(wrong["default"], "with its default, or that it is required")
t.none(wrong["bounds"], "with its bounds or choices")
t.none(wrong["length"], "with its greatest length")

# ---- verbs and their options

ctl = lint.Manual("man/psirtctl.1")
usages, verbs = [], {}
for line in said("help").splitlines():
    if line.startswith("          "):
        usages[-1] += " " + line.strip()
    elif line.startswith("  psirtctl "):
        usages.append(line.strip())
for usage in usages:
    verbs.setdefault(usage.split()[1], set()).update(
        re.findall(r"--[a-z][a-z-]*", usage))
where = ("psirtctl --help", "psirtctl.1")
t.same(set(verbs), set(ctl.titles(".Ss", "VERBS")),
       "psirtctl.1 has every verb", where)
page = lint.Manual("man/psirtctl.1").rendered("-O", "width=400")
forms = re.search(r"^SYNOPSIS\n(.*?)^[A-Z]", page, re.M | re.S)[1]
t.same({re.sub(r"\s", "", u) for u in usages},
       {re.sub(r"\s", "", line) for line in forms.splitlines()
        if line.strip() and "VERB" not in line},
       "its synopsis has every form", where)
documented = {verb: {"-" + words[1] for _, words, _ in
                     lint.items(ctl.part(".Ss", verb))
                     if words[:1] == ["Fl"]} for verb in verbs}
t.same({f"{v} {o}" for v, options in verbs.items() for o in options},
       {f"{v} {o}" for v, options in documented.items() for o in options},
       "it has every option of each verb", where)
t.ok(said("help-init").count("\n") >= 2, "a verb tells its own forms")

# ---- commands

commands = {}
for line in said("commands").splitlines():
    m = re.match(r"(/[\w-]+)( [^:]*)?: (.*)$", line)
    if m:
        commands[m[1]] = (re.sub(r"\.\.\.|[][|]", " ", m[2] or ""), m[3])
documented = {}
for _, words, lines in lint.items(
        lint.Manual("man/psirtd-commands.7").part(".Sh", "COMMANDS")):
    if words[:1] == ["Cm"] and words[1].startswith("/"):
        documented[words[1]] = " ".join(
            w for w in words[2:] if w not in ("Ar", "Cm", "Op", "|", "..."))
t.ok(len(commands) >= 10, "/help lists commands", said("commands"))
where = ("/help", "psirtd-commands.7")
t.same(set(commands), set(documented), "psirtd-commands.7 has every command",
       where)
t.same({f"{c} {' '.join(a.split())}" for c, (a, _) in commands.items()},
       {f"{c} {a}" for c, a in documented.items()},
       "with its argument", where)

# ---- JSON

KINDS = {str: "string", bool: "boolean", int: "number", type(None): "null",
         list: "array", dict: "object"}
OPEN = {"case log": {"facts"}}  # objects whose keys are not listed


def collect(value, path, found, open_objects):
    """The kinds of value at each path; array items have the array's path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else key
            found.setdefault(here, set()).add(KINDS[type(inner)])
            if here not in open_objects:
                collect(inner, here, found, open_objects)
    elif isinstance(value, list):
        for inner in value:
            collect(inner, path, found, open_objects)


def fold(found):
    """structure.parts.parts... is structure.parts, and its fields are those of
    the structure."""
    folded = {}
    for path, kinds in found.items():
        folded.setdefault(re.sub(r"^structure(\.parts)+\.", "structure.",
                                 path), set()).update(kinds)
    return folded


def documented_fields(title):
    found, above = {}, []
    for depth, words, _ in lint.items(ctl.part(".Ss", title)):
        if words[:1] != ["Va"]:
            continue
        above = [a for a in above if a[0] < depth] + [(depth, words[1])]
        kinds = " ".join(words[3:])
        found[".".join(name for _, name in above)] = {
            kind.split()[0] for kind in kinds.split(" or ")}
    return found


for title in ctl.titles(".Ss", "JSON"):
    verb = title.removesuffix(" --json")
    found = {}
    text = said(verb) if (DIRECTORY / verb).exists() else ""
    for line in text.splitlines():
        collect(json.loads(line), "", found, OPEN.get(verb, ()))
    found = fold(found)
    fields = documented_fields(title)
    where = (f"{verb} --json", "psirtctl.1")
    t.same(set(found), set(fields), f"psirtctl.1 has every field of {title}",
           where)
    t.none([f"{path}: {', '.join(sorted(kinds - fields[path]))}; documented: "
            f"{' or '.join(sorted(fields[path]))}"
            for path, kinds in sorted(found.items())
            if path in fields and kinds - fields[path]],
           f"and its type, {title}")
t.same({" ".join(u.split()[1:3]).split("|")[0] if u.split()[1] in (
    "case", "rules", "catalogue", "audit", "key") else u.split()[1]
        for u in usages if "--json" in u} | {"case log"},
       {title.removesuffix(" --json") for title in ctl.titles(".Ss", "JSON")},
       "every verb with --json is there", ("psirtctl --help", "psirtctl.1"))
kinds = {}
for line in said("case log").splitlines():
    kinds.setdefault(json.loads(line)["kind"], None)
t.ok(len(kinds) >= 8, "the cases had events of many kinds", *kinds)
t.end()
