"""test_session.py - the order of callbacks that real MTAs were seen to make (docs: what Postfix sends), and stranger
ones: messages in a row, aborts and hang-ups at every step, missing HELO, connect, address, macros."""

import socket
import sys

from scene import (CONTENT, FIELDS, HOST, SENDER, VERDICT, Log, dial, greet, judged, send, skipped)

import tap
from daemon import Daemon
from dnsserver import DnsServer
from edits import block
from milterclient import MilterClient, MilterError
from milterwire import endpoint
from scene import ZONE

FORGED = b"Authentication-Results: mx.example.net; spf=pass\r\nX-SPF-DMARC-Score: 0.0\r\n"
PLAIN = CONTENT.split(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n"

# The steps of a message, in order.
STEPS = [
    ("MAIL", lambda mta: mta.mail(f"<{SENDER}>")),
    ("RCPT", lambda mta: mta.rcpt("<b@example.net>")),
    ("DATA", lambda mta: mta.data()),
    ("a header", lambda mta: mta.header("From", " a@example.org")),
    ("a forged header", lambda mta: mta.header("X-SPF-DMARC-Score", " 0.0")),
    ("end of header", lambda mta: mta.eoh()),
    ("half a body", lambda mta: mta.body(b"half a li")),
]


def walk(mta, count):
    """The first steps of a message."""
    mta.begin()
    for _, step in STEPS[:count]:
        step(mta)


def untouched(result):
    return result.edits == [] and result.reply.action == "accept"


def several_messages(daemon, log):
    with greet(daemon) as mta:
        for queue_id in ("Q1", "Q2", "Q3"):
            mta.macros["i"] = queue_id
            result = send(mta)
            tap.eq(result.header(), FIELDS + PLAIN, f"mta 5: message {queue_id} of a session, no abort between")
            tap.eq([reply.action for step, reply in result.replies if step in ("mail", "data", "eom")],
                   ["continue"] * 3, "engines: MAIL, DATA and end of message are answered")
            tap.ok(all(reply.action == "none" for step, reply in result.replies if step not in ("mail", "data", "eom")),
                   "engines: nothing else is")
        tap.eq(log.next(3), [judged(q) for q in ("Q1", "Q2", "Q3")], "interface 4: a line a message")
        mta.macros["i"] = "Q4"
        other = send(mta, "news@none.example", CONTENT.replace(b"example.org", b"none.example"))
        tap.ok(b"smtp.mailfrom=none.example" in other.header() and b"example.org" not in other.header(),
               "mta 5: nothing of the last message is in the next")
        tap.ok("mailfrom=news@none.example" in log.next()[0], "mta 5: nor in its line")


def aborts(daemon, log):
    with greet(daemon) as mta:
        for count, (name, _) in enumerate(STEPS, 1):
            walk(mta, count)
            mta.abort()
            result = send(mta)
            tap.eq(log.next(2), [skipped("aborted"), judged()], f"mta 5: RSET after {name}, then a message")
            tap.eq(result.header(), FIELDS + PLAIN, f"mta 5: ... which is judged alone, after {name}")
        mta.abort()
        mta.abort()
        tap.eq(send(mta).header(), FIELDS + PLAIN, "mta 5: aborts outside a message do nothing")
        tap.eq(log.next(), [judged()], "mta 5: and are no lines")
        walk(mta, 3)
        mta.helo("second.example.org")
        mta.abort()
        tap.eq(log.next(), [skipped("aborted")],
               "mta 5: EHLO in mid-transaction ends it; HELO is the one it had")
        send(mta)
        tap.eq(log.next(), [judged(helo="second.example.org")], "interface 2: the last HELO counts")
        walk(mta, 2)
        tap.eq(send(mta).header(), FIELDS + PLAIN, "mta 5: MAIL after MAIL begins anew")
        tap.eq(log.next(2), [skipped("aborted", helo="second.example.org"), judged(helo="second.example.org")],
               "interface 4: a line for each")


def hang_ups(daemon, log):
    ways = (("QUIT", lambda mta: mta.quit()), ("a lost connection", lambda mta: mta.close()))
    for name, leave in ways:
        with socket.socket(socket.AF_UNIX) as bare:
            bare.connect(endpoint(daemon.address)[1])
        leave(dial(daemon))
        mta = dial(daemon)
        mta.connect("mail.example.org", "192.0.2.7")
        leave(mta)
        leave(greet(daemon))
        tap.eq(log.next(1, 0.05), [], f"mta 5: {name} before MAIL leaves no line")
        for count, (step, _) in enumerate(STEPS, 1):
            mta = greet(daemon)
            walk(mta, count)
            leave(mta)
            tap.eq(log.next(), [skipped("aborted")], f"mta 5: {name} after {step}")
    mta = greet(daemon)
    mta.wire.socket.sendall(b"\0\0\1\0L")
    mta.close()
    mta = greet(daemon)
    mta.wire.socket.sendall(b"\xff\xff\xff\xffM")
    try:
        mta.wire.receive()
        tap.ok(False, "a packet of 4 GiB is not waited for")
    except MilterError:
        tap.ok(True, "a packet of 4 GiB is not waited for")
    mta.close()
    with greet(daemon) as mta:
        send(mta)
    tap.eq(log.next(), [judged()], "mta 5: after all that the daemon serves on")


def helo_forms(daemon, log):
    with dial(daemon) as mta:
        mta.connect("mail.example.org", "192.0.2.7")
        tap.eq(send(mta).header(), FIELDS + PLAIN, "mta 2: MAIL without HELO")
        tap.eq(log.next(), [judged(helo="-")], "interface 4: '-' for the HELO that is not there")
        result = send(mta, "", CONTENT)
        tap.ok(b"\tspf=none;\n" in result.header(), "interface 2: null sender without HELO: SPF none, no property")
        log.next()
        mta.helo("first.example.org")
        mta.helo("mail.example.org")
        result = send(mta, "", CONTENT)
        tap.ok(b"\tspf=pass smtp.helo=mail.example.org;\n" in result.header(), "mta 2: HELO twice (STARTTLS): the last")
        line = log.next()[0]
        tap.ok("spf=pass spf_id=helo spf_domain=mail.example.org" in line and line.endswith(
            "helo=mail.example.org mailfrom=<> header_from=example.org"), "interface 4: the null sender's line")
        mta.helo("two words \"<c>\xff")
        send(mta, "", CONTENT)
        tap.ok('helo=two\\x20words\\x20"<c>\\xc3\\xbf mailfrom=<>' in log.next()[0], "mta 9: HELO as written, escaped")
        mta.helo("h" * 600)
        send(mta)
        tap.eq(log.next(), [judged(helo="h" * 200)], "interface 4: a value has at most 200 octets")


def null_senders(daemon, log):
    with greet(daemon) as mta:
        for argument in ("<>", "", "< >", " <> ", "  "):
            mta.begin()
            for step in (lambda argument=argument: mta.mail(argument), mta.data,
                         lambda: mta.header("From", " a@example.org"), mta.eoh):
                step()
            mta.eom()
            line = log.next()[0]
            tap.ok("spf_id=helo" in line and line.endswith("mailfrom=<> header_from=example.org"),
                   f"mta 9: {argument!r} is the null sender")
        for argument, shown in (("<root>", "root"), ("root", "root"), ("<@r1,@r2:a@example.org>", None),
                                ("a@example.org", "a@example.org"), ("<A.B@Example.ORG>", "A.B@Example.ORG"),
                                ("<@example.org>", None), ("<a@b@example.org>", None), ("<a@[192.0.2.1]>", None)):
            mta.begin()
            mta.mail(argument, "SIZE=100", "BODY=8BITMIME")
            mta.data()
            mta.header("From", " a@example.org")
            mta.eoh()
            mta.eom()
            line = log.next()[0]
            shown = shown or argument.strip("<>")
            tap.ok("spf_id=mailfrom" in line and f" mailfrom={shown} " in line, f"mta 9: {argument} is no null sender")


def without_address(daemon, log):
    content = FORGED + CONTENT
    def no_connect():
        return dial(daemon)
    def local_socket():
        mta = dial(daemon)
        mta.connect("localhost", "/run/some.sock")
        mta.helo("mail.example.org")
        return mta
    def no_address():
        return greet(daemon, address=None)
    for name, make, helo in (("no connect callback", no_connect, "-"),
                             ("a unix socket", local_socket, "mail.example.org"),
                             ("an address that is unknown", no_address, "mail.example.org")):
        with make() as mta:
            result = send(mta, content=content)
            tap.eq((result.header(), [edit.value for edit in result.edits]), (PLAIN, [b"", b""]),
                   f"interface 2: {name}: not evaluated, forged fields removed")
            tap.eq(log.next(), [skipped("no-address", client="-", helo=helo)], f"interface 4: {name}")
    with dial(daemon) as mta:
        mta.helo("mail.example.org")
        mta.begin()
        mta.mail("<a@example.org>")
        mta.abort()
        tap.eq(log.next(), [skipped("aborted", client="-")], "mta 5: abort without connect")


def addresses(daemon, log):
    with greet(daemon, address="::ffff:192.0.2.7") as mta:
        tap.eq(send(mta).header(), FIELDS + PLAIN, "interface 2: a v4-mapped address is v4")
        tap.eq(log.next(), [judged()], "interface 4: and so it is in the log")
    with greet(daemon, address="2001:db8::7") as mta:
        send(mta)
        tap.eq(log.next(), [judged(client="2001:db8::7")], "interface 4: an IPv6 client")
    for trusted in ("203.0.113.9", "::ffff:203.0.113.9", "2001:db8:1::5"):
        with greet(daemon, address=trusted) as mta:
            mta.begin()
            tap.eq(mta.mail("<a@example.org>").action, "accept", f"interface 2: {trusted} is accepted at MAIL")
            tap.eq(mta.mail("<a@example.org>").action, "accept", f"interface 2: {trusted}, its next message too")
    tap.eq(log.next(1, 0.05), [], "interface 4: a trusted host's line is for level debug")


def authenticated(daemon, log):
    content = FORGED + CONTENT
    with greet(daemon, macros={"{auth_type}": "PLAIN", "{auth_authen}": "joe"}) as mta:
        tap.eq(send(mta, content=content).header(), PLAIN, "interface 2: authenticated: only forged fields are removed")
        tap.eq(log.next(), [skipped("authenticated")], "interface 4: its line")
        del mta.macros["{auth_authen}"]
        tap.eq(send(mta, content=content).header(), FIELDS + PLAIN, "mta 5: the next message is not authenticated")
        tap.eq(log.next(), [judged()], "mta 5: nor is its line")
    with greet(daemon, macros={"{auth_authen}": ""}) as mta:
        tap.eq(send(mta).header(), FIELDS + PLAIN, "an empty {auth_authen} is no login")
        log.next()
    with greet(daemon, macros={"{auth_author}": "joe"}) as mta:
        tap.eq(send(mta).header(), FIELDS + PLAIN, "mta 9: MAIL AUTH= alone is no login")
        log.next()


def queue_ids(daemon, log):
    for step in (None, "data", "eom"):
        with greet(daemon, queue_id=None) as mta:
            mta.begin()
            mta.mail(f"<{SENDER}>")
            if step == "data":
                mta.macros["i"] = "Qdata"
            mta.data()
            mta.header("From", " a@example.org")
            mta.eoh()
            if step == "eom":
                mta.macros["i"] = "Qeom"
            mta.eom()
            tap.eq(log.next(), [judged("NOQUEUE" if step is None else "Q" + step)],
                   f"mta 2: the queue id comes at {step or 'no step'}")
            mta.macros.pop("i", None)
            mta.begin()
            mta.mail(f"<{SENDER}>")
            mta.abort()
            tap.eq(log.next(), [skipped("aborted", "NOQUEUE")], "mta 5: and is gone for the next message")
    with greet(daemon, queue_id="a\xffb c") as mta:
        send(mta)
        tap.ok(log.next()[0].startswith("a\\xc3\\xbfb\\x20c: spf="), "interface 4: a queue id is escaped too")


def other_steps(daemon, log):
    with greet(daemon) as mta:
        mta.steps &= ~(1 << 8)          # send it though the milter does not want it
        tap.eq(mta.unknown("FOO bar").action, "continue", "mta 5: an unknown command")
        tap.eq(send(mta).header(), FIELDS + PLAIN, "mta 7: and the message after it")
        mta.unknown("FOO bar")
        mta.abort()
        tap.eq(log.next(), [judged()], "mta 7: the abort that libmilter gives then is no line")
    mta = greet(daemon)
    send(mta)
    mta.quit_nc()
    mta.connect("mail.example.org", "192.0.2.7")
    mta.helo("mail.example.org")
    result = send(mta, content=FORGED + CONTENT)
    tap.eq(log.next(2), [judged(), judged()], "a connection that is used again (QUIT_NC): judged the same")
    tap.eq(len(result.edits), 6, "QUIT_NC: forged fields removed, ours written")
    mta.quit_nc()                       # libmilter heeds it only after an end of message
    mta.connect("client.example.com", "198.51.100.1")
    send(mta)
    line = log.next()[0]
    tap.ok("spf=pass" in line and "client=198.51.100.1 helo=- " in line, "QUIT_NC: nothing of the last client is left")
    mta.quit()


def header_forms(daemon, log):
    """Values as a real MTA hands them over."""
    with greet(daemon) as mta:
        mta.begin()
        mta.mail(f"<{SENDER}>")
        mta.data()
        fields = [("Subject", ""), ("X-Empty", " "), ("FROM", "\ta@example.org\n (c)\n\t(d)"),
                  ("X-Eight", b" caf\xe9\xff"), ("X-Long", " " + "y" * 59000), ("From;", " no From field")]
        for name, value in fields:
            mta.header(name, value)
        mta.eoh()
        mta.eom()
        tap.eq(log.next(), [judged()], "mta 3: empty, folded, 8-bit and long values")
        empty = send(mta, content=b"\r\n")
        tap.ok(b"dmarc=permerror" in empty.header(), "mta 3: a message without header or body")
        tap.ok("author=broken" in log.next()[0], "interface 4: its line")
        many = b"X-A: 1\r\n" * 5000 + CONTENT
        tap.eq(send(mta, content=many).header(), FIELDS + block(["X-A: 1".encode()] * 5000) + PLAIN,
               "interface 2: 5,000 fields: From is seen below them")
        tap.eq(log.next(), [judged()], "interface 2: max_headers makes no mail unseen")


def names(daemon, log, settings):
    daemon.configure({**settings, "authserv_id": "", "skip_authenticated": False})
    daemon.reload()
    daemon.wait_log("configuration read again: 2 keys changed: authserv_id, skip_authenticated$")
    with greet(daemon, macros={"j": "mta.example.com", "{auth_authen}": "joe"}) as mta:
        forged = b"Authentication-Results: mta.example.com; spf=pass\r\n" + CONTENT
        tap.eq(send(mta, content=forged).header(), FIELDS.replace(HOST.encode(), b"mta.example.com") + PLAIN,
               "interface 2: no authserv_id: macro j; an authenticated client is evaluated when told so")
        tap.eq(log.next(), [judged()], "interface 4: its line")
    with greet(daemon, macros={"j": None}) as mta:
        tap.eq(send(mta).header(), FIELDS.replace(HOST.encode(), socket.gethostname().encode()) + PLAIN,
               "interface 2: no macro j: this host's name")
        log.next()


SETTINGS = {"trusted_hosts": ["203.0.113.9", "2001:db8:1::/48"]}


def main():
    tap.ok("score=5.5" in VERDICT, "the scene")
    with DnsServer(ZONE) as dns:
        settings = {**SETTINGS, "dns.servers": [dns.address]}
        daemon = Daemon(settings)
        with daemon:
            log = Log(daemon)
            for test in (several_messages, aborts, hang_ups, helo_forms, null_senders, without_address, addresses,
                         authenticated, queue_ids, other_steps, header_forms):
                test(daemon, log)
            names(daemon, log, settings)
        tap.eq(daemon.exit_code, 0, "the daemon ends with 0")
        tap.ok("progress" not in daemon.log(), "no message is left open")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
