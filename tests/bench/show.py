#!/usr/bin/python3
"""Print what measure.py has measured:

    show.py [--json] COST ONE RATE PAST

ONE and RATE are rates, with one worker and with one for each processor.
"""
import json
import pathlib
import statistics
import sys


def spread(values):
    """Median, and the quartiles around it."""
    low, middle, high = statistics.quantiles(values, n=4)
    return {"median": middle, "low": low, "high": high}


def costs(cost):
    """For each kind and measure: both sides in ms a report, and the ratio of
    each round's pair."""
    found = {}
    for kind in cost["operations"]:
        pairs = [one[kind] for one in cost["rounds"]]
        found[kind] = {}
        for what, reports in (("cpu", cost["batch"]), ("wall", cost["batch"]),
                              ("acknowledged", cost["one_by_one"])):
            entry = found[kind][what] = {
                side: spread([pair[side][what] * 1000 / reports
                              for pair in pairs])
                for side in ("psirtd", "floor")}
            entry["ratio"] = spread([pair["psirtd"][what] /
                                     pair["floor"][what] for pair in pairs])
        found[kind]["steps"] = {
            step: statistics.median(pair["steps"][step] * 1000 /
                                    cost["batch"] for pair in pairs)
            for step in cost["operations"][kind]}
    return found


def ranged(entry, form):
    return " ".join(format(entry[name], form)
                    for name in ("median", "low", "high"))


def show_costs(found, cost):
    print(f"One report, one worker, until its letters are sealed; "
          f"{len(cost['rounds'])} rounds of\n{cost['batch']} reports.  "
          "acknowledged: until that letter is, from 250, with nothing\n"
          "else to do.  ms: median, quartiles\n")
    print(f"{'':22} {'psirtd':>20} {'bare floor':>20} {'ratio':>16}")
    for kind, entry in found.items():
        for what in ("cpu", "wall", "acknowledged"):
            one = entry[what]
            print(f"{kind:10}{what:12} {ranged(one['psirtd'], '6.1f'):>20} "
                  f"{ranged(one['floor'], '6.1f'):>20} "
                  f"{ranged(one['ratio'], '5.2f'):>16}")
    for kind, entry in found.items():
        print(f"\nThe floor of a report that is {kind}, ms:")
        print("  " + ", ".join(f"{name} {ms:.1f}"
                               for name, ms in entry["steps"].items()))
        print("  for the acknowledgement: "
              + ", ".join(cost["acknowledged"][kind]))
        programs = cost["programs"][kind]
        print("  psirtd starts: " + (
            "not counted (needs root and strace)" if programs is None else
            ", ".join(f"{n} {what}" for what, n in sorted(programs.items()))))


def show_gains(one, rate):
    """What the other workers add, beside what other processes add below."""
    print(f"\nWhat {rate['workers']} workers do of {rate['workers']} times one, "
          "beside as many floors; latency of a report\n")
    print(f"{'':10} {'psirtd':>8} {'floor':>8} {'ratio':>8} "
          f"{'median ms':>10} {'p99':>8} {'times':>6}")
    for kind, many in rate["kinds"].items():
        psirtd, floor = (many[side] / one["kinds"][kind][side] /
                         rate["workers"] for side in ("done", "floor"))
        late = sorted(many["latencies"])
        median, p99 = (1000 * late[int(part * (len(late) - 1))]
                       for part in (0.5, 0.99))
        print(f"{kind:10} {psirtd:8.2f} {floor:8.2f} {psirtd / floor:8.2f} "
              f"{median:10.1f} {p99:8.1f} {p99 / median:6.1f}")


def slowed(past):
    """How many times what it cost without a past: of each round's pair."""
    return {kind: {what: spread([one[kind]["old"][what] /
                                 one[kind]["new"][what]
                                 for one in past["rounds"]])
                   for what in ("cpu", "wall")}
            for kind in past["rounds"][0]}


def show_past(past):
    print(f"\nA report with {past['messages']} messages in the store, to one "
          "in a new store;\n"
          f"{len(past['rounds'])} pairs of {past['batch']} reports: median, "
          "quartiles\n")
    for kind, entry in slowed(past).items():
        print(f"{kind:10} " + "   ".join(
            f"{what} {ranged(one, '5.2f')}" for what, one in entry.items()))


def show_rates(rate):
    print(f"\nReports a second, {rate['workers']} workers, "
          f"beside {rate['workers']} floors\n")
    print(f"{'':10} {'accepted':>10} {'done':>10} {'bare floor':>12}")
    for kind, one in rate["kinds"].items():
        print(f"{kind:10} {one['accepted']:10.1f} {one['done']:10.1f} "
              f"{one['floor']:12.1f}")
    print("\nMemory of the largest process of a role, MB: resident, and of "
          "that anonymous\n")
    print(f"{'':12} {'processes':>10} {'idle':>14} {'after work':>14}")
    for role, idle in sorted(rate["idle"].items()):
        busy = rate["busy"].get(role, idle)
        sizes = [" ".join(f"{one[name] / 1024:6.1f}"
                          for name in ("rss_kb", "anonymous_kb"))
                 for one in (idle, busy)]
        print(f"{role:12} {idle['processes']:10} {sizes[0]:>14} "
              f"{sizes[1]:>14}")


def main():
    *options, cost, one, rate, past = sys.argv[1:]
    cost = json.loads(pathlib.Path(cost).read_text())
    one = json.loads(pathlib.Path(one).read_text())
    rate = json.loads(pathlib.Path(rate).read_text())
    past = json.loads(pathlib.Path(past).read_text())
    found = costs(cost)
    if options == ["--json"]:
        print(json.dumps({"cost": found, "programs": cost["programs"],
                          "operations": cost["operations"], "one": one,
                          "rate": rate, "past": slowed(past)}))
    elif options:
        sys.exit("usage: show.py [--json] COST ONE RATE PAST")
    else:
        show_costs(found, cost)
        show_past(past)
        show_gains(one, rate)
        show_rates(rate)


if __name__ == "__main__":
    main()
