"""Ranges of versions, for tests/bench/hints: what a truth and a hint say.

Written apart from src/rules on purpose: it is what they are measured with.

A truth is a list of intervals of affected versions.  An interval is (LOW, HIGH,
INCLUSIVE): from LOW on, None if nothing says from where, After(V) if all that
is known is that V is still good; before HIGH, or up to it; None without an end.
"""
import re
import urllib.parse

BEFORE = {"dev": 0, "alpha": 1, "a": 1, "beta": 2, "b": 2, "milestone": 3,
          "preview": 4, "pre": 4, "rc": 5, "c": 5}
PART = re.compile(r"\d+|[a-z]+")
NUMBER = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+(?:[-.]?[a-z]+\.?\d*)*)"
                    r"(?!\.?\d|\w)", re.IGNORECASE)


class After(str):
    """The first affected version comes after this one."""


def key(version):
    """What sorts as the version does; 1.0 and 1.0.0 are the same, and so are
    Ruby's 1.8.7-p72 and what RubyGems makes of it, 1.8.7.72."""
    parts = []
    for part in PART.findall(re.sub(r"-p(?=\d)", ".", version.lower())):
        if part.isdigit():
            parts.append((3, int(part), "") if int(part) else (1, 0, ""))
        elif part in BEFORE:
            parts.append((0, BEFORE[part], ""))
        else:
            parts.append((2, 0, part))
    while parts and parts[-1] == (1, 0, ""):
        parts.pop()
    return tuple(parts) + ((1, 0, ""),)


def numbers(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def follows(last, fixed):
    """Could FIXED be the release that follows LAST: "through 4.1", mended by
    4.1.1 (or by 4.2, or 5)?"""
    last, fixed = numbers(last), numbers(fixed)
    width = max(len(last), len(fixed))
    last += [0] * (width - len(last))
    fixed += [0] * (width - len(fixed))
    for place in range(width):
        if last[place] != fixed[place]:
            return (fixed[place] == last[place] + 1 and
                    not any(fixed[place + 1:]))
    return True  # a pre-release of it, or a letter behind it


# --- truths ---

def of_events(events):
    intervals, low = [], None
    for event in events:
        if "introduced" in event:
            low = event["introduced"]
            low = None if low == "0" else low
            intervals.append((low, None, False))
        elif "fixed" in event:
            intervals[-1:] = [(low, event["fixed"], False)]
        elif "last_affected" in event:
            intervals[-1:] = [(low, event["last_affected"], True)]
    return intervals


def next_of(version, count):
    """~> 1.4.2: up to 1.5."""
    stem = numbers(version)[:max(count, 1)]
    stem[-1] += 1
    return ".".join(map(str, stem))


def good_interval(text):
    """One requirement of RubyGems or Cargo, as (LOW, HIGH, INCLUSIVE)."""
    low, high, inclusive = None, None, False
    for part in text.split(","):
        sign, version = re.fullmatch(r"\s*([<>=~^!]*)\s*(\S*)\s*",
                                     part).groups()
        if sign in ("~>", "^", "~"):
            low = version
            count = len(numbers(version)) - 1
            if sign == "^":
                count = 1 + next((i for i, n in enumerate(numbers(version))
                                  if n), 0)
            high = next_of(version, count)
        elif sign in (">=", ">"):
            low = version
        elif sign in ("<", "<="):
            high, inclusive = version, sign == "<="
        elif version:
            low, high, inclusive = version, version, True
    return low, high, inclusive


def of_good(patched, unaffected):
    """What is affected where these name all that is not.  Where a mended branch
    ends says nothing of where the next one begins to be affected."""
    good = [(*good_interval(text), False) for text in patched] + \
        [(*good_interval(text), True) for text in unaffected]
    good.sort(key=lambda one: key(one[0]) if one[0] else ())
    affected, low, reached = [], None, None
    for begin, end, inclusive, says in good:
        if begin and (reached is None or key(reached) < key(begin)):
            affected.append((low, begin, False))
        if end is None:
            return affected
        if reached is None or key(end) > key(reached):
            reached = end
            low = None if not says else After(end) if inclusive else end
    return affected + [(low, None, False)]


def truth_of(versions):
    """None where it says nothing."""
    if isinstance(versions, dict):
        patched, unaffected = (
            [part for text in versions.get(name) or []
             for part in text.split("||")] for name in ("patched",
                                                        "unaffected"))
        intervals = of_good(patched, unaffected)
    else:
        intervals = [i for events in versions or [] for i in of_events(events)]
    return [i for i in intervals if i[0] or i[1]] or None


# --- hints ---

def of_vers(text):
    """(LOW, HIGH, INCLUSIVE) for each interval; (V, V, True) is one version."""
    intervals, low = [], None
    for part in text.split("/", 1)[1].split("|"):
        sign, version = re.fullmatch(r"([<>=]*)(.*)", part).groups()
        version = urllib.parse.unquote(version)
        if sign in (">=", ">"):
            if low is not None:
                intervals.append((low, None, False))
            low = version
        elif sign in ("<", "<="):
            intervals.append((low, version, sign == "<="))
            low = None
        else:
            intervals.append((version, version, True))
    if low is not None:
        intervals.append((low, None, False))
    return intervals


def same(a, b):
    return key(a) == key(b)


def same_low(stated, true):
    """The same; or a branch, 5.x, of which the truth names the first release,
    5.0.1; or, where the truth has the last good one, the release after it."""
    if same(stated, true) or \
            (isinstance(true, After) and follows(true, stated)):
        return True
    branch, first = numbers(stated), numbers(true)
    return first[:len(branch)] == branch and \
        first[len(branch):len(branch) + 1] in ([], [0])


def contains(interval, version):
    low, high, inclusive = interval
    if low and key(version) < key(low):
        return False
    return (not high or key(version) < key(high) or
            (inclusive and same(version, high)))


def agrees(stated, true):
    """Is the stated interval the true one?  Where one of them has no beginning
    it says nothing of it; an end that is stated must be the true end."""
    low, high, inclusive = stated
    if low and true[0] and not same_low(low, true[0]):
        return False
    if not high:
        return bool(low and true[0])
    if not true[1]:
        return False
    if inclusive == true[2]:
        return same(high, true[1])
    return follows(high, true[1]) if inclusive else follows(true[1], high)


def judge_affected(stated, truth):
    """True, False, or None where the truth cannot tell: it has no beginning,
    and nothing but one is stated."""
    low, high, _ = stated
    if low is not None and low == high:
        return any(contains(i, low) for i in truth)
    if any(agrees(stated, i) for i in truth):
        return True
    if not high and any(i[0] is None and contains(i, low) for i in truth):
        return None
    return False


def judge_fixed(version, truth):
    """True, False, or None: a version beyond all that the truth knows; truths
    do not list branches in which no release was ever affected."""
    ends = [i[1] for i in truth if i[1] and not i[2]]
    if any(same(version, end) for end in ends):
        return True
    last = [i[1] for i in truth if i[1] and i[2]]
    if any(follows(end, version) for end in last):
        return True
    if ends and all(key(version) > key(end) for end in ends) and \
            all(i[1] for i in truth):
        return None
    return False


def ends_in_text(truth, text):
    """The ends of the truth whose numbers the text has."""
    written = {key(number) for number in NUMBER.findall(text)}
    return {key(end) for i in truth for end in i[:2]
            if end and "." in end and key(end) in written}
