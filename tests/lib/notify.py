#!/usr/bin/python3
"""The other end of NOTIFY_SOCKET (sd_notify(3)), for tests.

    notify.py serve SOCKET LOG      writes each assignment as a line of LOG;
                                    prints READY when the socket is there; ends
                                    with SIGTERM

scenario.sh looks into LOG: `notified READY=1 2`.
"""
import argparse
import os
import signal
import socket
import sys


def serve(a):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, \
            open(a.log, "a", encoding="utf-8") as log:
        listener.bind(a.socket)
        os.chmod(a.socket, 0o666)  # the service has another user
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print("READY", flush=True)
        while True:
            # A descriptor that came along (FDSTORE) is none of our business.
            text = listener.recv(65536).decode(errors="replace")
            log.write("".join(line + "\n" for line in text.splitlines()))
            log.flush()


def main():
    parser = argparse.ArgumentParser(
        prog="notify.py", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["serve"])
    parser.add_argument("socket", metavar="SOCKET")
    parser.add_argument("log", metavar="LOG")
    try:
        serve(parser.parse_args())
    except OSError as error:
        sys.exit(f"notify.py: {error}")


if __name__ == "__main__":
    main()
