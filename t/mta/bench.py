"""bench.py - a mail server with the milter in it, the same to use whether it is Postfix or Sendmail.

    with Bench("Postfix", zone, {"dns.deadline_ms": 1500}) as bench:
        with bench.connect("stranger", "mail.example.org") as client: ...
        bench.message(queue_id(reply)), bench.lines(queue_id(reply))

Clients by role; where Postfix takes any address by XCLIENT, Sendmail sees one of 127.0.0.0/8 with a name.
"""

import contextlib
import os
import re
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import tap
from daemon import Daemon
from dnsserver import DnsServer
from mta import MtaUnavailable, free_port
from postfix import Postfix
from sendmail import Sendmail
from smtp import Smtp
from verdicts import masked
from zone import Zone

ROLES = ("stranger", "member", "trusted", "nameless")
ADDRESSES = {
    "Postfix": dict(zip(ROLES, ("192.0.2.7", "192.0.2.8", "192.0.2.9", "192.0.2.10")), local="127.0.0.1"),
    "Sendmail": dict(zip(ROLES, ("127.0.0.7", "127.0.0.8", "127.0.0.9", "127.0.0.10")), local="127.0.0.1"),
}
NAME = "mail.example.org"
RECIPIENT = "inbox@example.net"
# 8.17 with D{auth_authen}: every client is an authenticated one; a real login would need Cyrus SASL's files.
ALL_AUTHENTICATED = ("LOCAL_CONFIG", "D{auth_authen}joe", "D{auth_type}PLAIN")


_starting = threading.Lock()            # a free port is only known to be taken when its server listens


def members(text):
    """A zone's text with the addresses of the clients that are listed in SPF records."""
    return text.replace("{member}", " ".join("ip4:" + addresses["member"] for addresses in ADDRESSES.values()))


def queue_id(reply):
    """Of the 250 after the final dot, "Ok: queued as ID" or "ID Message accepted"."""
    found = re.search(r"queued as (\w+)|(\w+) Message accepted", reply.text)
    return found and (found.group(1) or found.group(2))


class Bench:
    """kind: "Postfix" or "Sendmail"; zone: text, or a Zone; settings: of the daemon; inet: reached so, else by a unix
    socket.  Without authserv_id the daemon takes the MTA's own name, as shipped."""

    def __init__(self, kind, zone, settings=None, inet=False):
        self.kind = kind
        self.inet = inet
        self.address = ADDRESSES[kind]
        self._zone = zone if isinstance(zone, Zone) else Zone(members(zone))
        self._given = settings or {}
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        if os.geteuid() != 0:
            raise MtaUnavailable("only root can run a mail server")
        with _starting, contextlib.ExitStack() as stack:
            self.dns = stack.enter_context(DnsServer(self._zone))
            self.settings = {"dns.servers": [self.dns.address], "authserv_id": None,
                             "trusted_hosts": [self.address["trusted"]], **self._given}
            address = f"inet:{free_port()}@127.0.0.1" if self.inet else self._unix_socket(stack)
            self.daemon = stack.enter_context(Daemon(self.settings, address=address))
            self.mta = stack.enter_context(self._server())
            self._stack = stack.pop_all()
        return self

    @staticmethod
    def _unix_socket(stack):
        """Sendmail takes no socket below a folder that everybody can write to, as /tmp is."""
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="softfail-", dir="/run"))
        os.chmod(folder, 0o711)
        return f"unix:{folder}/milter.sock"

    def _server(self, **options):
        if self.kind == "Postfix":
            return Postfix(milter=self.daemon.address, **options)
        return Sendmail(milter=self.daemon.address, hosts={self.address[role]: NAME for role in ROLES[:3]}, **options)

    def __exit__(self, *exception):
        return self._stack.__exit__(*exception)

    def second(self, settings=ALL_AUTHENTICATED):
        """Another server before the same milter, with settings of its own; it delivers into a maildir of its own."""
        with _starting:
            return self._stack.enter_context(self._server(settings=settings))

    def connect(self, role="stranger", helo=NAME, login=None, mta=None):
        """A session of that client; helo None: it says none."""
        mta = mta or self.mta
        if self.kind == "Sendmail":
            return mta.client(self.address[role], helo=helo)
        if helo is not None:
            return mta.client(self.address[role], NAME if role != "nameless" else None, helo, login=login)
        client = Smtp("127.0.0.1", mta.port)
        client.ehlo("localhost")
        client.xclient(None, ADDR=self.address[role], NAME=NAME)
        return client

    # What became of a message

    def message(self, identifier, mta=None, timeout=30.0):
        """As delivered; identifier: the queue id, which the MTA's own Received field names."""
        inbox, end, seen = (mta or self.mta).inbox, time.monotonic() + timeout, set()
        while time.monotonic() < end:
            for path in inbox.names():
                if path not in seen:
                    seen.add(path)
                    message = inbox.read(path)
                    if f"id {identifier}\n" in message.received.decode("latin-1").replace(";", "\n"):
                        return message
            time.sleep(0.02)
        raise TimeoutError(f"{self.kind}: {identifier} is not delivered")

    def lines(self, pattern, keep_dns=True):
        """Lines of the daemon's log with that in them, masked."""
        return [masked(line, keep_dns) for line in self.daemon.log().splitlines() if re.search(pattern, line)]


def each_mta(run):
    """run(kind) for both, side by side; {kind: result or the exception}."""
    kinds = tuple(ADDRESSES)
    with ThreadPoolExecutor(len(kinds)) as pool:
        waiting = {kind: pool.submit(run, kind) for kind in kinds}
    return {kind: future.exception() or future.result() for kind, future in waiting.items()}


def not_here(kind, result):
    """Whether that server cannot be had here; then it is skipped with the reason.  Other exceptions are raised."""
    if isinstance(result, MtaUnavailable):
        tap.skip(1, f"{kind}: {str(result).splitlines()[-1]}")
    elif isinstance(result, BaseException):
        raise result
    return isinstance(result, MtaUnavailable)
