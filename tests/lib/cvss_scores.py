"""cvss_scores.py DIR: every base vector of CVSS 2.0, 3.0 and 3.1.

Each becomes a file in DIR; their scores are printed in the order of the files.
From the equations of the specifications, in exact arithmetic, apart from the
sources.
"""
import itertools
import pathlib
import sys
from fractions import Fraction as F

V2 = {"AV": {"L": "0.395", "A": "0.646", "N": "1"},
      "AC": {"H": "0.35", "M": "0.61", "L": "0.71"},
      "Au": {"M": "0.45", "S": "0.56", "N": "0.704"},
      "C": {"N": "0", "P": "0.275", "C": "0.660"},
      "I": {"N": "0", "P": "0.275", "C": "0.660"},
      "A": {"N": "0", "P": "0.275", "C": "0.660"}}
V3 = {"AV": {"N": "0.85", "A": "0.62", "L": "0.55", "P": "0.2"},
      "AC": {"L": "0.77", "H": "0.44"},
      "PR": {"N": "0.85", "L": "0.62", "H": "0.27"},
      "UI": {"N": "0.85", "R": "0.62"},
      "S": {"U": "0", "C": "1"},
      "C": {"H": "0.56", "L": "0.22", "N": "0"},
      "I": {"H": "0.56", "L": "0.22", "N": "0"},
      "A": {"H": "0.56", "L": "0.22", "N": "0"}}
PR_CHANGED = {"N": "0.85", "L": "0.68", "H": "0.5"}


def half_up(x):
    return int(x * 10 + F(1, 2))


def up(x):
    """To the next tenth; 3.1 forgives what is below a hundred-thousandth."""
    hundred_thousandths = int(x * 100000 + F(1, 2))
    return -(-hundred_thousandths // 10000)


def up_exactly(x):
    return -(-x.numerator * 10 // x.denominator)


def score_2(v):
    n = {name: F(V2[name][value]) for name, value in v.items()}
    impact = F("10.41") * (1 - (1 - n["C"]) * (1 - n["I"]) * (1 - n["A"]))
    exploitability = 20 * n["AV"] * n["AC"] * n["Au"]
    if impact == 0:
        return 0
    return half_up((F("0.6") * impact + F("0.4") * exploitability -
                    F("1.5")) * F("1.176"))


def score_3(v, rounded):
    n = {name: F(V3[name][value]) for name, value in v.items()}
    changed = v["S"] == "C"
    if changed:
        n["PR"] = F(PR_CHANGED[v["PR"]])
    base = 1 - (1 - n["C"]) * (1 - n["I"]) * (1 - n["A"])
    impact = F("6.42") * base
    if changed:
        impact = F("7.52") * (base - F("0.029")) - \
            F("3.25") * (base - F("0.02")) ** 15
    if impact <= 0:
        return 0
    exploitability = F("8.22") * n["AV"] * n["AC"] * n["PR"] * n["UI"]
    total = impact + exploitability
    return rounded(min(F(10), total * (F("1.08") if changed else 1)))


def vectors(table):
    for values in itertools.product(*table.values()):
        yield dict(zip(table, values))


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir()
    number = 10000
    for prefix, table, score in (
            ("", V2, score_2),
            ("CVSS:3.0/", V3, lambda v: score_3(v, up_exactly)),
            ("CVSS:3.1/", V3, lambda v: score_3(v, up))):
        for v in vectors(table):
            text = prefix + "/".join(map(":".join, v.items()))
            (directory / str(number)).write_text(text, encoding="ascii")
            tenths = score(v)
            print(f"{tenths // 10}.{tenths % 10}")
            number += 1


if __name__ == "__main__":
    main()
