"""daemon.py - the milter under test: started with a configuration of the test's own, stopped by its process id.

    with Daemon({"dns.servers": [dns.address], "policy.dmarc_reject": "reject"}) as daemon:
        ... daemon.address, daemon.log()
    daemon.exit_code == 0

SOFTFAIL_MILTER: the program (default ./softfail-milter); SOFTFAIL_WRAPPER: words put before it, for valgrind.
"""

import atexit
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time

from milterwire import endpoint
from mta import open_folder

DEFAULTS = {
    "socket_mode": "0666",              # the MTA runs under other accounts
    "authserv_id": "mx.example.net",
    "trusted_hosts": [],                # every client is judged
}


class DaemonError(Exception):
    """It did not start, or did not do what it was waited for."""


def program():
    return os.path.abspath(os.environ.get("SOFTFAIL_MILTER", "./softfail-milter"))


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (list, tuple)):
        return "[ " + ", ".join(map(_value, value)) + " ]"
    return repr(value)


def render(settings):
    """{"dns.timeout_ms": 500, "authserv_id": "x"} in the syntax of the configuration file."""
    lines, groups = [], {}
    for key, value in settings.items():
        group, _, name = key.rpartition(".")
        groups.setdefault(group, []).append(f"{name} = {_value(value)};")
    for group, members in groups.items():
        names = group.split(".") if group else []
        lines += [f"{name}: {{" for name in names] + members + ["};"] * len(names)
    return "\n".join(lines) + "\n"


class Daemon:
    """settings override DEFAULTS (None takes a key away); text: a whole configuration file instead, which must
    name the socket.  address: its socket, unix in a folder of its own unless given."""

    def __init__(self, settings=None, text=None, address=None, arguments=()):
        self.folder = open_folder("softfail-milter-")
        self.address = address or f"unix:{self.folder}/milter.sock"
        self.config = os.path.join(self.folder, "softfail-milter.conf")
        self.log_path = os.path.join(self.folder, "log")
        self.arguments = list(arguments)
        self.process, self.exit_code = None, None
        self._log_text = ""
        self.configure(settings, text)

    def configure(self, settings=None, text=None):
        """Writes the file anew; reload() makes the daemon read it."""
        merged = {"socket": self.address, **DEFAULTS, **(settings or {})}
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text if text is not None else render({k: v for k, v in merged.items() if v is not None}))

    def start(self, timeout=30.0):
        """Waits until the socket is served."""
        wrapper = shlex.split(os.environ.get("SOFTFAIL_WRAPPER", ""))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*wrapper, program(), "-f", "-c", self.config, *self.arguments],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        atexit.register(self.kill)
        end = time.monotonic() + timeout
        while not self._is_served():
            if self.process.poll() is not None:
                raise DaemonError(f"ended at once with {self.process.returncode}: {self.log()}")
            if time.monotonic() > end:
                self.kill()
                raise DaemonError(f"does not listen on {self.address}: {self.log()}")
            time.sleep(0.02)
        return self

    def _is_served(self):
        family, where = endpoint(self.address)
        with socket.socket(family) as probe:
            probe.settimeout(1)
            return probe.connect_ex(where) == 0

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        self.signal(signal.SIGHUP)

    def wait(self, timeout=60.0):
        """Until it has ended; the exit code."""
        try:
            self.exit_code = self.process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise DaemonError(f"still there after {timeout} s: {self.log()[-2000:]}") from error
        atexit.unregister(self.kill)
        return self.exit_code

    def stop(self, timeout=60.0):
        """TERM; the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        """As a crash: no chance to finish."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.stop()
            else:
                self.kill()
        finally:
            self.remove()

    def remove(self):
        """The folder; the log can still be read."""
        self._log_text = self.log()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        """All that it wrote to its standard error."""
        if not os.path.exists(self.log_path):
            return self._log_text
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_log(self, pattern, timeout=30.0):
        """The match of a regular expression in the log, as soon as there is one."""
        end = time.monotonic() + timeout
        while not (match := re.search(pattern, self.log(), re.MULTILINE)):
            if time.monotonic() > end:
                raise DaemonError(f"nothing like {pattern!r} in the log:\n{self.log()[-4000:]}")
            time.sleep(0.02)
        return match
