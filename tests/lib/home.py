#!/usr/bin/python3
"""GnuPG homes for tests: short paths, nothing that can prompt, agents ended.

    home make --keys DIR/keys --secret alice --public service   prints a path
    home load PATH --keys DIR/keys --public faye
    home kill PATH...                     ends the agents, removes the homes
    home kill --keep PATH...              ends the agents only

A home lies in /tmp because the agent's socket is in it, and a socket path
ends at 107 bytes.  Everything in it is trusted: tests pin by fingerprint.
`kill` removes only directories that carry the mark of `make`.

As a module: make(), load(), kill(), run_gpg(), run_gpgsm() and the context
manager temporary().
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

MARK = ".psirtd-test-home"
SOCKET_PATH_MAX = 107
LONGEST_SOCKET = "/S.gpg-agent.browser"
TIMEOUT = 120  # of one gpg, seconds: a bound, never a pause

GPG_CONF = """\
batch
no-tty
no-greeting
trust-model always
no-auto-check-trustdb
no-auto-key-locate
no-random-seed-file
disable-dirmngr
"""
GPGSM_CONF = """\
batch
no-tty
disable-dirmngr
disable-crl-checks
disable-policy-checks
"""
AGENT_CONF = """\
pinentry-program /bin/false
max-cache-ttl 86400000
"""


class HomeError(Exception):
    """A home could not be made, or a program of GnuPG failed."""


def make(at=None):
    """An empty home; AT names the directory, else one in /tmp is made."""
    if at is None:
        path = tempfile.mkdtemp(prefix="ph.", dir="/tmp")
    else:
        path = os.path.abspath(at)
        os.makedirs(path, exist_ok=True)
    if len(path + LONGEST_SOCKET) > SOCKET_PATH_MAX:
        raise HomeError(f"{path}: too long for the agent's socket "
                        f"({SOCKET_PATH_MAX} bytes with its name)")
    os.chmod(path, 0o700)
    home = pathlib.Path(path)
    (home / "gpg.conf").write_text(GPG_CONF)
    (home / "gpgsm.conf").write_text(GPGSM_CONF)
    (home / "gpg-agent.conf").write_text(AGENT_CONF)
    (home / MARK).touch()
    return path


def run_gpg(home, *args, data=None, check=True):
    """Run gpg on HOME with DATA on its standard input."""
    return _run(["gpg", "--homedir", home, *args], data, check)


def run_gpgsm(home, *args, data=None, check=True):
    return _run(["gpgsm", "--homedir", home, *args], data, check)


def _run(command, data, check):
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    for name in ("GNUPGHOME", "GPGME_DEBUG"):
        environment.pop(name, None)
    keep = {"stdin": subprocess.DEVNULL} if data is None else {"input": data}
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT,
                          env=environment, check=False, **keep)
    if check and done.returncode != 0:
        raise HomeError("%s: status %d\n%s" % (" ".join(command),
                        done.returncode,
                        done.stderr.decode(errors="replace")))
    return done


def names_of(keys, names):
    """NAMES, with "all" spelled out as everybody who has a key in KEYS."""
    found = {p.name.split(".")[0] for p in pathlib.Path(keys).iterdir()
             if p.name.endswith((".pub.asc", ".crt"))} - {"ca"}
    wanted = []
    for name in names:
        if name == "all":
            wanted += sorted(found)
        elif name in found:
            wanted.append(name)
        else:
            raise HomeError(f"{keys}: no key of {name!r}; there are: "
                            + " ".join(sorted(found)))
    return list(dict.fromkeys(wanted))


def load(home, keys, secret=(), public=()):
    """Import identities of the fixtures: both protocols, as far as there."""
    keys = pathlib.Path(keys)
    secret = names_of(keys, secret)
    public = [n for n in names_of(keys, public) if n not in secret]
    files = [keys / f"{n}.sec.asc" for n in secret]
    files += [keys / f"{n}.pub.asc" for n in public]
    files = [str(f) for f in files if f.exists()]
    if files:
        run_gpg(home, "--import", *files)
    _trust_ca(home, keys)
    certificates = [str(keys / f"{n}.crt") for n in public
                    if (keys / f"{n}.crt").exists()]
    containers = [str(keys / f"{n}.p12") for n in secret
                  if (keys / f"{n}.p12").exists()]
    if certificates or containers:
        # The authority first: an import checks the chain.
        run_gpgsm(home, "--import", str(keys / "ca.crt"), *certificates)
    for container in containers:
        run_gpgsm(home, "--pinentry-mode", "loopback", "--passphrase-fd", "0",
                  "--import", container, data=b"")


def _trust_ca(home, keys):
    authority = keys / "ca.smime.fpr"
    trustlist = pathlib.Path(home) / "trustlist.txt"
    if authority.exists() and not trustlist.exists():
        trustlist.write_text(authority.read_text().strip() + " S relax\n")
        # An agent that runs already has read the file that was not there.
        if (pathlib.Path(home) / "S.gpg-agent").exists():
            _run(["gpgconf", "--homedir", home, "--reload", "gpg-agent"],
                 None, False)


def kill(home, keep=False):
    """End everything that runs for HOME, then remove it."""
    if not os.path.isdir(home):
        return
    _run(["gpgconf", "--homedir", os.path.abspath(home), "--kill", "all"],
         None, False)
    if keep:
        return
    if not os.path.exists(os.path.join(home, MARK)):
        raise HomeError(f"{home}: not removed, it was not made by `home make`")
    # The agent removes its sockets while it ends: be glad, not offended.
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def temporary(keys=None, secret=(), public=()):
    path = make()
    try:
        if keys is not None:
            load(path, keys, secret, public)
        yield path
    finally:
        kill(path)


def _arguments():
    parser = argparse.ArgumentParser(
        prog="home", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, summary in (("make", "make a home and print its path"),
                          ("load", "import more identities into a home")):
        sub = verbs.add_parser(verb, help=summary)
        if verb == "load":
            sub.add_argument("path")
        else:
            sub.add_argument("--at", metavar="PATH",
                             help="make it there (default: in /tmp)")
        sub.add_argument("--keys", metavar="DIR",
                         help="keys/ of the generated fixtures")
        sub.add_argument("--secret", metavar="NAME", action="append",
                         default=[], help="with secret key; or: all")
        sub.add_argument("--public", metavar="NAME", action="append",
                         default=[], help="public key only; or: all")
    sub = verbs.add_parser("kill", help="end agents and remove homes")
    sub.add_argument("--keep", action="store_true",
                     help="leave the directories")
    sub.add_argument("path", nargs="+")
    return parser.parse_args()


def main():
    a = _arguments()
    if a.verb == "kill":
        for path in a.path:
            kill(path, a.keep)
        return
    if (a.secret or a.public) and not a.keys:
        raise HomeError("--secret and --public need --keys")
    path = make(a.at) if a.verb == "make" else a.path
    try:
        if a.keys:
            load(path, a.keys, a.secret, a.public)
    except BaseException:
        if a.verb == "make":
            kill(path)
        raise
    if a.verb == "make":
        print(path)


if __name__ == "__main__":
    try:
        main()
    except (HomeError, OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"home: {error}")
