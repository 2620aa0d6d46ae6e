"""mailhost.py - makes a throwaway root into a mail host: mx.example.net with a name server, a system log, an account
for mail, and a network of its own (the program is run by unshare --net), in which 203.0.113.7 is a client.

    with MailHost(zone) as host:
        reply, message = host.send("a@example.org", content)
"""

import fcntl
import os
import re
import socket
import struct
import subprocess
import threading
import time

from dnsserver import DnsServer
from smtp import Smtp, SmtpError

NAME = "mx.example.net"
CLIENT = "203.0.113.7"
USER = "joe"
MAILBOX = "/var/mail/" + USER

SIOCSIFFLAGS, SIOCSIFADDR = 0x8914, 0x8916      # linux/sockios.h
IFF_UP = 1


class HostError(Exception):
    """A command failed, or something did not come."""


def shell(script, timeout=300):
    """Typed by root; its output.  What it leaves running must not hold our pipe, so that goes to a file."""
    log = "/tmp/shell.log"
    with open(log, "wb") as output:
        code = subprocess.run(["sh", "-e", "-c", script], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                              timeout=timeout).returncode
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    if code != 0:
        raise HostError(f"exit code {code} of: {script.strip()}\n{text[-2000:]}")
    return text


def write(path, text, mode="w"):
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)


def wait_for(what, question, timeout=30.0):
    """The first true answer."""
    end = time.monotonic() + timeout
    while not (answer := question()):
        if time.monotonic() > end:
            raise HostError(f"no {what} after {timeout:.0f} s")
        time.sleep(0.05)
    return answer


def _ioctl_interface(request, name, data):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, request, struct.pack("16s16s8x", name.encode(), data))


def _bring_up_network():
    _ioctl_interface(SIOCSIFFLAGS, "lo", struct.pack("H", IFF_UP))
    for number, address in enumerate(("192.0.2.1", CLIENT)):
        family_port = struct.pack("=H2x", socket.AF_INET)
        _ioctl_interface(SIOCSIFADDR, f"lo:{number}", family_port + socket.inet_aton(address))


def _smtp_replies():
    """Whether somebody greets on port 25; slow greetings are deliberate with Sendmail."""
    try:
        with Smtp("127.0.0.1", 25, timeout=20) as client:
            return client.greeting.code == 220
    except (OSError, SmtpError):
        return False


def _smtp_is_refused():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 25)) != 0


class SystemLog:
    """Stands in for syslogd: keeps each line that comes to /dev/log."""

    def __init__(self, path="/dev/log"):
        self.lines = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        os.chmod(path, 0o666)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            self.lines.append(self._socket.recv(65536).decode("utf-8", "replace"))

    def find(self, pattern):
        return next((line for line in self.lines if re.search(pattern, line)), None)


class MailHost:
    def __init__(self, zone):
        socket.sethostname(NAME)
        write("/etc/hostname", NAME + "\n")
        write("/etc/hosts", f"127.0.0.1 localhost\n192.0.2.1 {NAME} mx\n")
        write("/etc/mailname", NAME + "\n")
        _bring_up_network()
        self.dns = DnsServer(zone, port=53)
        write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.log = SystemLog()
        shell(f"useradd --create-home {USER}")

    def __enter__(self):
        self.dns.__enter__()
        return self

    def __exit__(self, *_):
        self.dns.__exit__(*_)

    @staticmethod
    def start(begin):
        """Calls begin, which starts or restarts the MTA, and waits until it greets."""
        begin()
        wait_for("greeting on port 25", _smtp_replies, 60)

    @staticmethod
    def stop(end):
        end()
        wait_for("end of the MTA", _smtp_is_refused)

    def offer(self, sender, content):
        """A message from the client, for our account; the last reply."""
        with Smtp("127.0.0.1", 25, source=CLIENT) as client:
            client.ehlo("mail.example.org")
            return client.send(sender, [f"{USER}@{NAME}"], content)

    def send(self, sender, content):
        """The reply, and the message as it stands in the mailbox (None when it was not taken)."""
        if os.path.exists(MAILBOX):
            os.unlink(MAILBOX)
        reply = self.offer(sender, content)
        if reply.code != 250:
            return reply, None
        return reply, wait_for("delivery", self._delivered)

    @staticmethod
    def _delivered():
        """An mbox ends in an empty line, the last thing that is written."""
        if not os.path.exists(MAILBOX):
            return None
        with open(MAILBOX, "rb") as file:
            text = file.read()
        return text.split(b"\n", 1)[1] if text.endswith(b"\n\n") else None


def processes_of(name):
    """{pid: user id} of those with that name (proc(5), comm: its first 15 octets)."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                if file.read() == name[:15] + "\n":
                    found[int(pid)] = os.stat(f"/proc/{pid}").st_uid
        except OSError:
            continue
    return found
