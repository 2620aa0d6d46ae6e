"""test_protocol_versions.py - an MTA that speaks an older milter protocol, or grants less, gets the same verdict and
the same header: one blank after the colon of what we write, and signatures over what stood there."""

import sys

from scene import CONTENT, FIELDS, ZONE_TEXT, Log, dial, judged, send

import tap
from daemon import Daemon
from dkimsign import Key, sign
from dnsserver import DnsServer
from milterclient import MilterError
from milterwire import (ALL_ACTIONS, LEADSPC, NR_BODY, NR_CONNECT, NR_DATA, NR_EOH, NR_HEADER, NR_HELO, NR_MAIL,
                        NR_RCPT, NR_UNKNOWN, SKIP)
from zone import Zone

ALL_STEPS = 0x1fffff
NO_REPLY = NR_CONNECT | NR_HELO | NR_MAIL | NR_RCPT | NR_DATA | NR_HEADER | NR_EOH | NR_BODY | NR_UNKNOWN
ADD_HEADERS, CHANGE_HEADERS, SET_SYMBOL_LIST = 0x1, 0x10, 0x100

# name, options of the negotiation
OFFERS = [
    ("version 6, all of it", {"version": 6}),
    ("version 4", {"version": 4}),
    ("version 3", {"version": 3}),
    ("version 2", {"version": 2}),
    ("version 2 with the actions of its time", {"version": 2, "actions": 0x3f}),
    ("version 6 without optional steps", {"version": 6, "steps": 0}),
    ("version 6 without no-reply steps", {"version": 6, "steps": ALL_STEPS & ~NO_REPLY}),
    ("version 6 without leading blanks", {"version": 6, "steps": ALL_STEPS & ~LEADSPC}),
    ("version 6 without SKIP", {"version": 6, "steps": ALL_STEPS & ~SKIP}),
    ("version 6 without a list of macros", {"version": 6, "actions": ALL_ACTIONS & ~SET_SYMBOL_LIST}),
    ("version 6 with header changes alone", {"version": 6, "actions": ADD_HEADERS | CHANGE_HEADERS}),
    ("version 6, leading blanks alone", {"version": 6, "steps": LEADSPC}),
]

REFUSED = [
    ("no change at all", {"actions": 0}),
    ("no added fields", {"actions": ALL_ACTIONS & ~ADD_HEADERS}),
    ("no changed fields", {"actions": ALL_ACTIONS & ~CHANGE_HEADERS}),
    ("no header changes, version 2", {"version": 2, "actions": 0x3f & ~(ADD_HEADERS | CHANGE_HEADERS)}),
]

# Values as people and programs write them; all begin with one blank or more.
TO_SIGN = (b"From: A <a@signed.test>\r\nSubject:  two blanks\r\nTo: \ta tab,\r\n\tand a fold <b@example.net>\r\n"
           b"X-Trail: trailing \t\r\nX-Folded: \r\n folded at once\r\n\r\nHello.\r\n\r\n\r\n")
SIGNED_NAMES = ["from", "subject", "to", "x-trail", "x-folded"]
FORGED = b"Authentication-Results: mx.example.net; spf=pass\r\nX-SPF-DMARC-Level:\r\n"


def lines(content):
    return content.split(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n"


def served(daemon, log, name, options, signed):
    with dial(daemon, **options) as mta:
        mta.connect("mail.example.org", "192.0.2.7")
        mta.helo("mail.example.org")
        result = send(mta, content=FORGED + CONTENT)
        tap.eq(result.header(), FIELDS + lines(CONTENT), f"{name}: the header")
        tap.eq(result.reply.action, "continue", f"{name}: the reply")
        tap.eq(log.next(), [judged()], f"{name}: the line, with its queue id")
        for ways, content in signed.items():
            result = send(mta, "a@signed.test", content)
            tap.ok(b"dkim=pass header.d=signed.test" in result.header() and b"dmarc=pass" in result.header(),
                   f"{name}: a signature, {ways}")
            tap.ok("dkim=pass" in log.next()[0], f"{name}: its line, {ways}")
        mta.begin()
        mta.mail("<a@example.org>")
        mta.abort()
        tap.ok("skipped=aborted" in log.next()[0], f"{name}: an abort")
        tap.eq(send(mta).header(), FIELDS + lines(CONTENT), f"{name}: the next message")
        log.next()


def replies(daemon):
    """Where the MTA wants an answer to each step it gets one."""
    with dial(daemon, steps=0) as mta:
        tap.eq([mta.connect("mail.example.org", "192.0.2.7").action, mta.helo("x.example.org").action],
               ["continue"] * 2, "no optional steps: connect and HELO are answered")
        result = send(mta)
        tap.eq({reply.action for name, reply in result.replies if name != "rcpt"}, {"continue"},
               "no optional steps: each step is answered")
        tap.eq([name for name, _ in result.replies].count("header"), 3, "no optional steps: headers too")


def authenticated(daemon, log):
    """Macros of the default lists, when none can be asked for."""
    with dial(daemon, actions=ADD_HEADERS | CHANGE_HEADERS, macros={"{auth_authen}": "joe"}) as mta:
        mta.connect("mail.example.org", "192.0.2.7")
        mta.helo("mail.example.org")
        tap.eq(send(mta, content=FORGED + CONTENT).header(), lines(CONTENT), "no list of macros: a login is known")
        tap.ok(log.next()[0].startswith("Q1: skipped=authenticated"), "no list of macros: its line")


def refused(daemon):
    for name, options in REFUSED:
        try:
            dial(daemon, **options).close()
            tap.ok(False, f"an MTA that grants {name} is refused")
        except MilterError:
            tap.ok(True, f"an MTA that grants {name} is refused")


def main():
    key = Key()
    zone = Zone(ZONE_TEXT + '_dmarc.signed.test TXT "v=DMARC1; p=reject"\n'
                f"s1._domainkey.signed.test TXT {key.record}\n")
    signed = {ways: sign(TO_SIGN, key, "signed.test", "s1", SIGNED_NAMES, ways)
              for ways in ("simple/simple", "relaxed/relaxed")}
    with DnsServer(zone) as dns, Daemon({"dns.servers": [dns.address]}) as daemon:
        log = Log(daemon)
        for name, options in OFFERS:
            served(daemon, log, name, options, signed)
        replies(daemon)
        log.next()
        authenticated(daemon, log)
        refused(daemon)
        served(daemon, log, "after refusals", {}, signed)
    tap.eq(daemon.exit_code, 0, "the daemon ends with 0")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
