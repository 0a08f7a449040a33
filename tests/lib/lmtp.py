#!/usr/bin/python3
"""Speak LMTP (RFC 2033) to psirtd, as Postfix does, or as nobody should.
With --smtp: SMTP, to put a mail into Postfix.

    lmtp.py --port 2424 --from faye@finder.test --to security@example.test \\
            [--xforward IDENT=4XyZ --xforward ADDR=192.0.2.1] FILE...

--to and --xforward come once for each value; %f in a value of --xforward is
the file's name without its end.  All files go over one connection, one
transaction each.  Prints for each file and recipient the last
word that was said about it: REPLY <recipient>.

Exit: 0 all were taken (2xx); 75 one got 4xx, or no connection; 69 one got
5xx; 76 the server broke the protocol; 64 the command line is wrong.

As a module: Session has raw access for protocol tests:

    with Session(port=2424) as s:
        s.expect(220)
        s.send_slowly(b"LHLO me\\r\\nMAIL FROM:<a@b.test>\\r\\n", 1)
        s.expect(250, 250)
"""
import argparse
import collections
import pathlib
import re
import socket
import sys
import time

OK, USAGE, REFUSED, TEMPORARY, PROTOCOL = 0, 64, 69, 75, 76
TIMEOUT = 30  # for one reply, seconds

Reply = collections.namedtuple("Reply", "code enhanced text lines")


class LmtpError(Exception):
    """The connection broke, or the server did not keep to the protocol."""


def dot_stuffed(message):
    """MESSAGE as it goes after DATA, with the final dot."""
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    message = re.sub(rb"(^|\r\n)\.", rb"\1..", message)
    return message + b".\r\n"


class Session:
    """One connection; nothing is sent that the caller did not ask for."""

    def __init__(self, port=None, host="127.0.0.1", unix=None,
                 timeout=TIMEOUT, smtp=False):
        self.offers, self.smtp = {}, smtp
        self._buffer = b""
        try:
            if unix:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.settimeout(timeout)
                self.socket.connect(str(unix))
            else:
                self.socket = socket.create_connection((host, port), timeout)
                self.socket.setsockopt(socket.IPPROTO_TCP,
                                       socket.TCP_NODELAY, 1)
        except OSError as error:
            raise LmtpError(f"{unix or f'{host}:{port}'}: {error}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # ---- raw

    def send(self, data):
        """Bytes as they are; text gets CRLF."""
        if isinstance(data, str):
            data = data.encode() + b"\r\n"
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise LmtpError(f"sending: {error}") from error

    def send_slowly(self, data, piece=1, pause=0.0):
        """PIECE bytes a packet, PAUSE seconds between them."""
        for at in range(0, len(data), piece):
            self.send(data[at:at + piece])
            if pause:
                time.sleep(pause)

    def send_end(self):
        """No more from us; what the server says can still be read."""
        self.socket.shutdown(socket.SHUT_WR)

    def line(self):
        """One line without CRLF; "" at the end of the connection."""
        while b"\n" not in self._buffer:
            try:
                data = self.socket.recv(65536)
            except socket.timeout as error:
                raise LmtpError(f"no answer within "
                                f"{self.socket.gettimeout():g} s") from error
            except OSError as error:
                raise LmtpError(f"receiving: {error}") from error
            if not data:
                if self._buffer:
                    raise LmtpError(f"cut off in a line: {self._buffer!r}")
                return ""
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        if not line.endswith(b"\r"):
            raise LmtpError(f"a reply line without CR: {line!r}")
        return line[:-1].decode(errors="backslashreplace")

    def reply(self):
        """The next Reply, or None when the server has closed."""
        lines = []
        while True:
            line = self.line()
            if not line and not lines:
                return None
            form = re.fullmatch(r"(\d{3})([ -])(.*)|(\d{3})", line)
            if form is None or (lines and line[:3] != lines[0][:3]):
                raise LmtpError(f"not a reply: {line!r}")
            lines.append(line)
            if line[3:4] != "-":
                break
        enhanced = re.match(r"\d{3}[ -](\d\.\d{1,3}\.\d{1,3}) ", lines[-1])
        return Reply(int(line[:3]), enhanced and enhanced.group(1),
                     line[4:], lines)

    def expect(self, *codes):
        """Read a reply for each of CODES; the last one is returned."""
        reply = None
        for code in codes:
            reply = self.reply()
            if reply is None:
                raise LmtpError(f"{code} expected, the server has closed")
            if reply.code != code:
                raise LmtpError(f"{code} expected: {reply.lines[-1]}")
        return reply

    def closed(self):
        """Has the server closed?  Waits for it, up to the time-out."""
        return self.reply() is None

    # ---- the usual way

    def hello(self, name="test.example.test"):
        self.expect(220)
        self.send(f"{'EHLO' if self.smtp else 'LHLO'} {name}")
        lines = self.expect(250).lines
        for line in lines[1:]:
            keyword, _, value = line[4:].partition(" ")
            self.offers[keyword.upper()] = value
        return self.offers

    def forward(self, values):
        if values:
            self.send("XFORWARD " + " ".join(values))
            self.expect(250)

    def transaction(self, sender, recipients, message, pipelining=True,
                    parameters=None):
        """[(recipient, Reply)], one for each; the last word on each."""
        if parameters is None:
            parameters = self._parameters(sender, recipients, message)
        commands = [f"MAIL FROM:<{sender}>{parameters}"]
        commands += [f"RCPT TO:<{r}>" for r in recipients] + ["DATA"]
        replies = self._commands(commands, pipelining)
        mail, data = replies[0], replies[-1]
        if mail.code != 250:
            if data.code == 354:
                raise LmtpError(f"354 after {mail.lines[-1]}")
            return [(r, mail) for r in recipients]
        verdicts = list(zip(recipients, replies[1:-1]))
        taken = [r for r, reply in verdicts if reply.code == 250]
        if data.code != 354:
            self.send("RSET")
            self.expect(250)
            return [(r, reply if reply.code != 250 else data)
                    for r, reply in verdicts]
        self.send(dot_stuffed(message))
        if not taken:  # nobody to answer for: RFC 2033 wants 503 at DATA
            raise LmtpError("354, but no recipient was accepted")
        if self.smtp:  # one reply for all
            word = self._last_word()
            final = {i: word for i in range(len(verdicts))
                     if verdicts[i][1].code == 250}
        else:
            final = {i: self._last_word() for i, (_, reply) in
                     enumerate(verdicts) if reply.code == 250}
        return [(r, final.get(i, reply))
                for i, (r, reply) in enumerate(verdicts)]

    def _last_word(self):
        reply = self.reply()
        if reply is None:
            raise LmtpError("closed after the data, without a reply")
        return reply

    def _commands(self, commands, pipelining):
        replies = []
        if pipelining and "PIPELINING" in self.offers:
            self.send("\r\n".join(commands))
            commands = [None] * len(commands)
        for command in commands:
            if command is not None:
                self.send(command)
            reply = self.reply()
            if reply is None:
                raise LmtpError("closed in the middle of a transaction")
            replies.append(reply)
        return replies

    def _parameters(self, sender, recipients, message):
        text = ""
        if "SIZE" in self.offers:
            text += f" SIZE={len(message)}"
        if "8BITMIME" in self.offers and not message.isascii():
            text += " BODY=8BITMIME"
        if "SMTPUTF8" in self.offers and \
                not "".join([sender, *recipients]).isascii():
            text += " SMTPUTF8"
        return text

    def quit(self):
        self.send("QUIT")
        self.expect(221)


def deliver(message, sender, recipients, xforward=(), **where):
    """One message over a connection of its own: [(recipient, Reply)]."""
    with Session(**where) as session:
        session.hello()
        session.forward(xforward)
        result = session.transaction(sender, recipients, message)
        session.quit()
        return result


# ---- the command

class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def arguments():
    parser = _Parser(prog="lmtp.py", description=__doc__,
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int)
    where.add_argument("--unix", metavar="PATH")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp", action="store_true",
                        help="speak SMTP: EHLO, one reply for all")
    parser.add_argument("--from", dest="sender", required=True,
                        metavar="ADDRESS", help="'' is the null path")
    parser.add_argument("--to", action="append", required=True,
                        metavar="ADDRESS")
    parser.add_argument("--xforward", action="append", default=[],
                        metavar="NAME=VALUE")
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--raw-ends", action="store_true", help="send files "
                        "as they are; default: a bare LF becomes CRLF")
    parser.add_argument("--timeout", type=float, default=TIMEOUT)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("file", nargs="+", metavar="FILE")
    return parser.parse_args()


def main():
    a = arguments()
    worst = OK
    with Session(a.port, a.host, a.unix, a.timeout, a.smtp) as session:
        session.hello()
        for path in a.file:
            message = pathlib.Path(path).read_bytes()
            if not a.raw_ends:
                message = re.sub(rb"(?<!\r)\n", b"\r\n", message)
            stem = pathlib.Path(path).stem
            session.forward([x.replace("%f", stem) for x in a.xforward])
            for recipient, reply in session.transaction(
                    a.sender, a.to, message, not a.no_pipelining):
                if not a.quiet:
                    print(f"{reply.lines[-1]} <{recipient}>", flush=True)
                if reply.code >= 500:
                    worst = REFUSED
                elif reply.code >= 400 and worst == OK:
                    worst = TEMPORARY
        session.quit()
    return worst


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LmtpError as error:
        print(f"lmtp.py: {error}", file=sys.stderr)
        sys.exit(TEMPORARY if isinstance(error.__cause__, OSError)
                 else PROTOCOL)
    except OSError as error:
        print(f"lmtp.py: {error}", file=sys.stderr)
        sys.exit(66)  # EX_NOINPUT
