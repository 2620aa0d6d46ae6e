"""scene.py - what the tests of t/milter share: a zone, an MTA's connection to the daemon, the daemon's log lines.

No MTA, no root: the milter protocol is spoken by t/lib/milterclient.py, DNS by t/lib/dnsserver.py.
"""

import os
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import eight                            # noqa: E402
from milterclient import MilterClient   # noqa: E402
from zone import Zone                   # noqa: E402

HOST = "mx.example.net"
CLIENT = "192.0.2.7"
HELO = "mail.example.org"
SENDER = "a@example.org"

ZONE_TEXT = eight.ZONE + r"""
example.org TXT "v=spf1 ip4:198.51.100.1 ~all"
_dmarc.example.org TXT "v=DMARC1; p=reject"
mail.example.org TXT "v=spf1 ip4:192.0.2.7 -all"
org EMPTY
"""
ZONE = Zone(ZONE_TEXT)

CONTENT = (b"From: A <a@example.org>\r\nTo: b@example.net\r\nSubject: one\r\n\ttwo\r\n\r\nhello\r\n")

# What a message of SENDER from CLIENT is found to be.
VERDICT = ("spf=softfail spf_id=mailfrom spf_domain=example.org spf_all=~all spf_open=no enforcement=reject dkim=none "
           "dmarc=fail dmarc_by=- author=one policy=reject score=5.5 reason=dmarc-reject,softfail-enforced action=tag")
FIELDS = (b"Authentication-Results: mx.example.net;\n\tspf=softfail smtp.mailfrom=example.org;\n\tdkim=none;\n"
          b"\tdmarc=fail (p=reject dis=none) header.from=example.org policy.dmarc=reject\n"
          b"X-SPF-DMARC-Score: 5.5\nX-SPF-DMARC-Level: *****\nX-SPF-DMARC-Reason: dmarc-reject softfail-enforced\n")


def judged(queue_id="Q1", client=CLIENT, helo=HELO, sender=SENDER):
    """The masked log line of an evaluated message."""
    return f"{queue_id}: {VERDICT} dns=* ms=* client={client} helo={helo} mailfrom={sender} header_from=example.org"


def skipped(why, queue_id="Q1", client=CLIENT, helo=HELO, sender=SENDER):
    return f"{queue_id}: skipped={why} client={client} helo={helo} mailfrom={sender}"


def dial(daemon, queue_id="Q1", macros=None, **options):
    """A connection that has negotiated; options: of MilterClient.negotiate."""
    known = {"j": HOST, "i": queue_id, **(macros or {})}
    mta = MilterClient(daemon.address, macros={name: value for name, value in known.items() if value is not None})
    if mta.wire.socket.family != socket.AF_UNIX:        # a real MTA writes macros and command at once
        mta.wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    mta.negotiate(**options)
    return mta


def greet(daemon, address=CLIENT, helo=HELO, **options):
    """A connection on which the client is known."""
    mta = dial(daemon, **options)
    mta.connect(helo, address)
    mta.helo(helo)
    return mta


def send(mta, sender=SENDER, content=CONTENT):
    """A whole message; its Result."""
    return mta.message(sender, ["b@example.net"], content)


def mask(text):
    """Without time stamp, and without what differs from run to run."""
    return re.sub(r"\b(dns|ms)=\d+", r"\1=*", text.split(" ", 1)[1])


class Log:
    """The lines of the daemon's messages, in order, each given once."""

    def __init__(self, daemon):
        self.daemon, self.seen = daemon, 0

    def _lines(self):
        return [line for line in self.daemon.log().splitlines()
                if re.match(r"\S+ \S+: (spf|skipped)=", line)][self.seen:]

    def next(self, count=1, timeout=10.0):
        """The next lines, masked: at least so many when they come in time, all that are there."""
        end = time.monotonic() + timeout
        while len(lines := self._lines()) < count and time.monotonic() < end:
            time.sleep(0.005)
        self.seen += len(lines)
        return [mask(line) for line in lines]
