#!/usr/bin/python3
"""Hold what `psirtctl inspect --json` says against the fixtures' truth.

    truth.py MAIL-DIRECTORY INSPECTED.json

One line for each mail, `ok KIND: WHAT` or `not ok KIND: WHAT`, the latter
followed by `# field: ...` lines.  A truth with survive_only is held only
against the fact that there is an answer.
"""
import json
import pathlib
import sys


def nodes(part):
    if part is None:
        return
    yield part
    for child in part["parts"]:
        yield from nodes(child)


def signatures(said):
    return sorted((s["protocol"], s["fingerprint"], s["status"], s["covers"])
                  for s in said)


def shown(text, limit=200):
    text = json.dumps(text, ensure_ascii=False)
    return text if len(text) <= limit else text[:limit] + "..."


def differences(truth, said):
    """Lines about what differs."""
    if truth["survive_only"]:
        return
    for field in ("encrypted", "opened", "problem", "subject", "robot"):
        if field == "opened" and truth["encrypted"] == "none":
            continue
        if truth[field] != said[field]:
            yield f"{field}: {shown(said[field])}, not {shown(truth[field])}"
    if truth["message_id"] != (said["message_id"] or ""):
        yield f"message_id: {said['message_id']}, not {truth['message_id']}"
    if said["robot"] != (said["robot_reason"] is not None):
        yield f"robot_reason: {said['robot_reason']}"
    for words in truth["text_contains"]:
        if words not in said["new_text"]:
            yield f"new_text lacks {words!r}: {shown(said['new_text'])}"
    for words in truth["text_lacks"]:
        if words in said["new_text"]:
            yield f"new_text has {words!r}"
    names = [p["name"] for p in nodes(said["structure"])
             if p["role"] in ("attachment", "message") and p["name"]
             and p["type"] != "application/pgp-keys"]
    if names != truth["attachments"]:
        yield f"attachments: {names}, not {truth['attachments']}"
    if signatures(said["signatures"]) != signatures(truth["signed"]):
        yield f"signatures: {said['signatures']}, not {truth['signed']}"
    for limit in truth["limits"]:
        if limit not in said["limits"]:
            yield f"limits: {said['limits']}, without {limit}"
    for hint in truth["hints"]:
        if not any(all(h[k] == hint[k] for k in hint)
                   for h in said["hints"]):
            yield f"hints: nothing like {hint} in {shown(said['hints'], 900)}"


def main():
    directory, inspected = map(pathlib.Path, sys.argv[1:])
    lines = inspected.read_text(encoding="utf-8").splitlines()
    said = {pathlib.Path(o["file"]).stem: o for o in map(json.loads, lines)}
    for path in sorted(directory.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        what = f"{truth['kind']}: {truth['what']}"
        if path.stem not in said:
            print(f"not ok {what}\n# it is missing")
            continue
        wrong = list(differences(truth, said[path.stem]))
        print(("not " if wrong else "") + f"ok {what}")
        for line in wrong:
            print(f"# {line}")


if __name__ == "__main__":
    main()
