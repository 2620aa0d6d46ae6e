"""mta.py - what a private Postfix and a private Sendmail have in common for a test.

    with Postfix(milter=daemon.address) as mta:                 # or Sendmail(...)
        client = mta.client("192.0.2.7", "mail.example.org")    # greeted, is that host, has said EHLO
        client.send("a@example.org", ["b@example.net"], content)
        message = mta.inbox.find("id-1")

Every address at example.net is delivered into mta.inbox.  The server lives in a folder of its own, listens on a
free port of 127.0.0.1 and is stopped by its own process id, also when the test ends early.
"""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile

from maildir import Maildir

TOP = os.environ.get("SRCDIR") or os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
HOST = "mx.example.net"


class MtaError(Exception):
    """The script failed; the text says why."""


class MtaUnavailable(MtaError):
    """The server cannot be had here (not root, no package, no namespaces): a reason to skip a test."""


UNAVAILABLE = 69        # sysexits.h, as the scripts use it


_given_out = set()


def free_port():
    """One that nobody listens on and that was not given out before, below the range from which connections take
    theirs."""
    for port in range(20000 + os.getpid() % 10000, 32000):
        if port in _given_out:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                _given_out.add(port)
                return port
            except OSError:
                continue
    raise MtaError("no free port")


def open_folder(prefix):
    """A new folder that other accounts may pass through."""
    folder = tempfile.mkdtemp(prefix=prefix)
    os.chmod(folder, 0o711)
    return folder


class Mta:
    """script: its name in scripts/.  folder: made and removed again unless given.  milter: an address as the
    daemon writes it, "unix:PATH" or "inet:PORT@HOST", or none.  cache: where unpacked packages are kept."""

    script = ""

    def __init__(self, folder=None, port=None, milter="", cache=None):
        self.milter = milter
        self.port = port or free_port()
        self.cache = cache or os.environ.get("SOFTFAIL_CACHE")
        self._own_folder = folder is None
        self.folder = folder or open_folder(f"softfail-{self.script}-")
        self.inbox = Maildir(os.path.join(self.folder, "mail", "inbox"))
        self.running = False

    def options(self):
        """More arguments for the script's start."""
        return []

    def run(self, word, *arguments, stdin=b""):
        """The script with that word; its output goes to a file, for a pipe would stay open as long as the
        server runs."""
        command = [os.path.join(TOP, "scripts", self.script), word, *arguments]
        with tempfile.TemporaryFile() as output:
            code = subprocess.run(command, input=stdin, stdout=output, stderr=output, timeout=300).returncode
            output.seek(0)
            text = output.read().decode("utf-8", "replace")
        if code != 0:
            error = MtaUnavailable if code == UNAVAILABLE else MtaError
            raise error(text.strip() or f"{self.script} {word}: exit {code}")
        return text

    def start(self):
        cache = ["-C", self.cache] if self.cache else []
        self.running = True
        atexit.register(self.stop)
        try:
            self.run("start", *cache, *self.options(), self.folder, str(self.port))
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        if self.running:
            self.running = False
            atexit.unregister(self.stop)
            self.run("stop", self.folder)
            if self._own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def client(self, address, name=None, helo=None, timeout=30.0):
        """An Smtp session whose client is that host; helo is name by default, and no EHLO is said without
        either."""
        raise NotImplementedError

    def submit(self, sender, recipients, content):
        """Hand in a message as a program on the mail host does."""
        raise NotImplementedError

    def log(self):
        """What the server has logged so far."""
        with open(os.path.join(self.folder, "maillog"), encoding="utf-8", errors="replace") as file:
            return file.read()
