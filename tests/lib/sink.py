#!/usr/bin/python3
"""An SMTP server that stores what it gets, and fails when it is told to.

    sink.py serve DIR [--port N]     prints PORT=N, then READY; until SIGTERM
    sink.py wait DIR --count N [--to ADDRESS] [--from ADDRESS] [--timeout S]
    sink.py list DIR [--to ADDRESS] [--from ADDRESS] [--after NUMBER]
    sink.py tell DIR refuse RULE     see below
    sink.py tell DIR drop N          the next N messages are stored, then the
                                     connection is cut instead of a reply
    sink.py tell DIR clear           forget all rules and drops

A message is DIR/000001.eml (as it came, dots unstuffed) and 000001.json: from,
recipients, their parameters (SIZE, BODY, RET, ENVID, NOTIFY, ORCPT...), helo,
xforward, time, size, sha256, dropped, bare_line_ends.  wait and list print
the paths of the .eml files that match, in order of arrival; wait ends with 1
when they do not come in time, and says what came instead.  wait counts all
messages there are, not only new ones (--after N: those above number N).

RULE is ADDRESS=CODE[:TIMES][@data]; the address may be *.  At RCPT, or with
@data in answer to the message; for ever, or the first TIMES tries:

    bob@example.test=550   *=451:2   faye@finder.test=452:1@data

With --lmtp it speaks LMTP instead (one reply for each recipient).
"""
import argparse
import asyncio
import datetime
import hashlib
import json
import os
import pathlib
import re
import signal
import socket
import sys

CONTROL = "control"
OFFERS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES",
          "XFORWARD NAME ADDR PROTO HELO SOURCE IDENT")
SIZE = 200 << 20
LINE_MAX = 4096


class SinkError(Exception):
    """Something that the caller should read."""


# ---- what is stored

class Store:
    """The messages, and who waits for them."""

    def __init__(self, directory):
        self.directory = directory
        self.records = load(directory)
        self.changed = asyncio.Condition()

    async def add(self, envelope, message, dropped):
        number = (self.records[-1]["number"] if self.records else 0) + 1
        ends = message.count(b"\r\n")
        record = {
            "number": number, "file": f"{number:06d}.eml", **envelope,
            "time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "size": len(message), "dropped": dropped,
            "sha256": hashlib.sha256(message).hexdigest(),
            "bare_line_ends": message.count(b"\n") != ends
            or message.count(b"\r") != ends}
        path = self.directory / record["file"]
        replace(path, message)
        replace(path.with_suffix(".json"), json.dumps(
            record, ensure_ascii=False, indent=1).encode() + b"\n")
        self.records.append(record)
        async with self.changed:
            self.changed.notify_all()

    async def wait(self, wish):
        async with self.changed:
            await self.changed.wait_for(
                lambda: len(matching(self.records, wish)) >= wish["count"])
        return matching(self.records, wish)


def replace(path, data):
    """Whole or not at all: a reader never sees half a file."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    os.chmod(temporary, 0o644)
    os.rename(temporary, path)


def load(directory):
    found = [json.loads(p.read_text())
             for p in sorted(directory.glob("[0-9]*.json"))]
    return sorted(found, key=lambda r: r["number"])


def matching(records, wish):
    def fits(record):
        people = [r["address"].lower() for r in record["recipients"]]
        return (record["number"] > (wish.get("after") or 0)
                and (wish.get("to") is None or wish["to"].lower() in people)
                and (wish.get("from") is None
                     or wish["from"].lower() == record["from"].lower()))

    return [r for r in records if fits(r)]


# ---- how it fails

class Faults:
    def __init__(self):
        self.rules, self.drops = [], 0

    def add(self, text):
        form = re.fullmatch(r"(\S+)=([45]\d\d)(?::(\d+))?(@data)?", text)
        if form is None:
            raise SinkError(f"{text!r}: not ADDRESS=CODE[:TIMES][@data], "
                            "with a code of 4xx or 5xx")
        address, code, times, stage = form.groups()
        self.rules.append({
            "address": address.lower(), "code": code, "stage":
            "data" if stage else "rcpt", "left": int(times or -1)})

    def refusal(self, stage, addresses):
        """The reply for a refusal, or None; a try is used up."""
        addresses = [a.lower() for a in addresses]
        for rule in self.rules:
            if rule["stage"] == stage and rule["left"] != 0 and (
                    rule["address"] == "*" or rule["address"] in addresses):
                rule["left"] -= 1 if rule["left"] > 0 else 0
                code = rule["code"]
                return f"{code} {code[0]}.2.0 the test sink was told to"
        return None

    def take_drop(self):
        if self.drops > 0:
            self.drops -= 1
            return True
        return False


# ---- SMTP

class Connection:
    def __init__(self, reader, writer, store, faults, lmtp):
        self.reader, self.writer = reader, writer
        self.store, self.faults, self.lmtp = store, faults, lmtp
        self.buffer = bytearray()
        self.helo, self.xforward = None, {}
        self.envelope = None

    async def more(self):
        data = await self.reader.read(1 << 18)
        if not data:
            raise ConnectionError("closed")
        self.buffer += data

    async def line(self):
        while b"\n" not in self.buffer:
            if len(self.buffer) > LINE_MAX:
                raise ConnectionError("a line without an end")
            await self.more()
        line, _, rest = bytes(self.buffer).partition(b"\n")
        self.buffer = bytearray(rest)
        return line.rstrip(b"\r").decode(errors="surrogateescape")

    async def message(self):
        """The bytes up to CRLF.CRLF, dots unstuffed."""
        # The CRLF of the DATA line counts as the one before the dot.
        self.buffer[:0] = b"\r\n"
        start = 0
        while (at := self.buffer.find(b"\r\n.\r\n", start)) == -1:
            start = max(0, len(self.buffer) - 4)
            await self.more()
        message = bytes(self.buffer[:at + 2])
        del self.buffer[:at + 5]
        return message.replace(b"\r\n.", b"\r\n")[2:]

    def say(self, *lines):
        for i, line in enumerate(lines, 1):
            if i < len(lines):
                line = line[:3] + "-" + line[4:]
            self.writer.write(line.encode() + b"\r\n")

    async def serve(self):
        try:
            self.say("220 sink.test " + ("LMTP" if self.lmtp else "ESMTP"))
            while True:
                await self.writer.drain()
                verb, _, rest = (await self.line()).partition(" ")
                if verb.upper() == "QUIT":
                    self.say("221 2.0.0 bye")
                    await self.writer.drain()
                    return
                await self.command(verb.upper(), rest.strip())
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.writer.close()

    async def command(self, verb, rest):
        if verb in (("LHLO",) if self.lmtp else ("EHLO", "HELO")):
            self.helo, self.envelope = rest, None
            if verb == "HELO":
                self.say("250 sink.test")
            else:
                self.say("250 sink.test", *(f"250 {o}" for o in OFFERS),
                         f"250 SIZE {SIZE}")
        elif verb == "MAIL":
            self.mail(rest)
        elif verb == "RCPT":
            self.rcpt(rest)
        elif verb == "DATA":
            await self.data()
        elif verb == "RSET":
            self.envelope = None
            self.say("250 2.0.0 ok")
        elif verb == "XFORWARD":
            self.xforward.update(w.partition("=")[::2] for w in rest.split())
            self.say("250 2.0.0 ok")
        elif verb == "NOOP":
            self.say("250 2.0.0 ok")
        else:
            self.say("502 5.5.1 no such command")

    @staticmethod
    def path(rest, keyword):
        """(address, parameters) of MAIL and RCPT, or None."""
        form = re.fullmatch(rf"(?i){keyword}: ?<([^>]*)>(.*)", rest)
        if form is None:
            return None
        return form.group(1), {
            name.upper(): value for name, _, value in
            (word.partition("=") for word in form.group(2).split())}

    def mail(self, rest):
        path = self.path(rest, "FROM")
        if self.helo is None or self.envelope is not None:
            self.say("503 5.5.1 not now")
        elif path is None:
            self.say("501 5.5.4 MAIL FROM:<address>")
        else:
            self.envelope = {
                "from": path[0], "from_parameters": path[1],
                "recipients": [], "refused": [], "helo": self.helo,
                "xforward": dict(self.xforward),
                "protocol": "LMTP" if self.lmtp else "ESMTP"}
            self.say("250 2.1.0 ok")

    def rcpt(self, rest):
        path = self.path(rest, "TO")
        if self.envelope is None:
            self.say("503 5.5.1 MAIL first")
        elif path is None or not path[0]:
            self.say("501 5.5.4 RCPT TO:<address>")
        else:
            refusal = self.faults.refusal("rcpt", [path[0]])
            kind = "refused" if refusal else "recipients"
            self.envelope[kind].append(
                {"address": path[0], "parameters": path[1]})
            self.say(refusal or "250 2.1.5 ok")

    async def data(self):
        if self.envelope is None or not self.envelope["recipients"]:
            self.say("503 5.5.1 no recipients")
            return
        self.say("354 go on")
        await self.writer.drain()
        message = await self.message()
        envelope, self.envelope = self.envelope, None
        people = [r["address"] for r in envelope["recipients"]]
        if self.lmtp:
            await self.answer_each(envelope, people, message)
            return
        refusal = self.faults.refusal("data", people)
        if refusal:
            self.say(refusal)
            return
        await self.keep(envelope, message)
        self.say("250 2.0.0 stored")

    async def answer_each(self, envelope, people, message):
        replies = [self.faults.refusal("data", [p]) for p in people]
        kept = [r for r, no in zip(envelope["recipients"], replies)
                if no is None]
        if kept:
            await self.keep({**envelope, "recipients": kept}, message)
        for reply in replies:
            self.say(reply or "250 2.0.0 stored")

    async def keep(self, envelope, message):
        dropped = self.faults.take_drop()
        await self.store.add(envelope, message, dropped)
        if dropped:
            self.writer.transport.abort()
            raise ConnectionError("told to")


# ---- the control socket: one JSON request, one JSON answer

def control_path(directory):
    """A path of any length for bind and connect: through a descriptor."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    return f"/proc/self/fd/{descriptor}/{CONTROL}", descriptor


async def answer(reader, writer, store, faults):
    try:
        request = json.loads(await reader.readline())
        result = None
        if "wait" in request:
            waiting = asyncio.ensure_future(store.wait(request["wait"]))
            gone = asyncio.ensure_future(reader.read())
            await asyncio.wait({waiting, gone},
                               return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if not waiting.done():
                waiting.cancel()
                return
            result = [r["file"] for r in waiting.result()]
        elif "refuse" in request:
            faults.add(request["refuse"])
        elif "drop" in request:
            faults.drops = int(request["drop"])
        elif "clear" in request:
            faults.rules, faults.drops = [], 0
        writer.write(json.dumps({"result": result}).encode() + b"\n")
        await writer.drain()
    except SinkError as error:
        writer.write(json.dumps({"error": str(error)}).encode() + b"\n")
    except (OSError, ValueError):
        pass
    finally:
        writer.close()


def ask(directory, request, timeout):
    """The answer of the sink that serves DIRECTORY; None: not in time."""
    path, descriptor = control_path(directory)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout)
        try:
            client.connect(path)
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile() as stream:
                line = stream.readline()
        except socket.timeout:
            return None
        except OSError as error:
            raise SinkError(f"{directory}: no sink serves it "
                            f"({error.strerror})") from error
        finally:
            os.close(descriptor)
    if not line:
        raise SinkError(f"{directory}: the sink ended")
    response = json.loads(line)
    if "error" in response:
        raise SinkError(response["error"])
    return response["result"] or []


# ---- the verbs

async def serve(a):
    a.directory.mkdir(parents=True, exist_ok=True)
    store, faults = Store(a.directory), Faults()
    faults.drops = a.drop
    for rule in a.refuse:
        faults.add(rule)
    path, _ = control_path(a.directory)
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o666)

    def connected(reader, writer):
        return Connection(reader, writer, store, faults, a.lmtp).serve()

    if a.unix:
        server = await asyncio.start_unix_server(connected, a.unix)
        os.chmod(a.unix, 0o666)
    else:
        server = await asyncio.start_server(connected, a.host, a.port)
    await asyncio.start_unix_server(
        lambda r, w: answer(r, w, store, faults), sock=listener)
    if a.unix:
        print(f"SOCKET={a.unix}")
    else:
        print(f"PORT={server.sockets[0].getsockname()[1]}")
    print("READY", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    os.unlink(path)


def show(directory, files):
    for name in files:
        print(directory / name)


def wait(a):
    wish = {"count": a.count, "to": a.to, "from": a.sender, "after": a.after}
    files = ask(a.directory, {"wait": wish}, a.timeout)
    if files is not None:
        show(a.directory, files)
        return 0
    records = load(a.directory)
    got = matching(records, wish)
    whom = "".join(f" {word} {what}" for word, what in
                   (("to", a.to), ("from", a.sender)) if what)
    print(f"sink.py: {a.count} messages{whom} were awaited for {a.timeout:g} "
          f"s, {len(got)} came; in all {len(records)}:", file=sys.stderr)
    for r in records:
        print(f"  {r['file']} from <{r['from']}> to " + ", ".join(
            f"<{p['address']}>" for p in r["recipients"]), file=sys.stderr)
    return 1


def listing(a):
    wish = {"to": a.to, "from": a.sender, "after": a.after}
    show(a.directory, [r["file"] for r in
                       matching(load(a.directory), wish)])
    return 0


def tell(a):
    wanted = {"refuse": 1, "drop": 1, "clear": 0}[a.what]
    if len(a.value) != wanted:
        raise SinkError(f"tell {a.what}: {wanted} value(s) expected")
    ask(a.directory, {a.what: a.value[0] if a.value else True}, 10)
    return 0


def arguments():
    parser = argparse.ArgumentParser(
        prog="sink.py", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    sub = verbs.add_parser("serve", help="take mail in")
    sub.add_argument("--port", type=int, default=0,
                     help="default: a free one")
    sub.add_argument("--host", default="127.0.0.1")
    sub.add_argument("--unix", metavar="PATH", help="instead of a port")
    sub.add_argument("--lmtp", action="store_true")
    sub.add_argument("--refuse", action="append", default=[], metavar="RULE")
    sub.add_argument("--drop", type=int, default=0, metavar="N")
    sub.set_defaults(run=lambda a: asyncio.run(serve(a)) or 0)
    for verb, function, summary in (
            ("wait", wait, "until so many messages are there"),
            ("list", listing, "the messages that are there")):
        sub = verbs.add_parser(verb, help=summary)
        sub.add_argument("--to", metavar="ADDRESS")
        sub.add_argument("--from", dest="sender", metavar="ADDRESS")
        sub.add_argument("--after", type=int, default=0, metavar="NUMBER")
        if verb == "wait":
            sub.add_argument("--count", type=int, required=True)
            sub.add_argument("--timeout", type=float, default=30,
                             help="seconds (default: 30)")
        sub.set_defaults(run=function)
    sub = verbs.add_parser("tell", help="how to fail from now on")
    sub.set_defaults(run=tell)
    for sub in verbs.choices.values():
        sub.add_argument("directory", type=pathlib.Path, metavar="DIR")
    sub.add_argument("what", choices=("refuse", "drop", "clear"))
    sub.add_argument("value", nargs="*")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        options = arguments()
        sys.exit(options.run(options))
    except (SinkError, OSError) as problem:
        print(f"sink.py: {problem}", file=sys.stderr)
        sys.exit(2)
