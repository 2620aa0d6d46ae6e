#!/usr/bin/env python3
"""test_infra.py - the black-box tests' own tools: zone and DNS server, SMTP client, private Postfix and Sendmail,
milter client, and the model of how an MTA edits a header."""

import os
import socket
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import edits                            # noqa: E402
import tap                              # noqa: E402
from daemon import render               # noqa: E402
from dnsserver import DnsServer         # noqa: E402
from edits import Edit                  # noqa: E402
from fakemilter import FakeMilter       # noqa: E402
from milterclient import MilterClient   # noqa: E402
from milterwire import LEADSPC, NR_CONNECT, NR_HEADER, NR_HELO      # noqa: E402
from mta import MtaError, MtaUnavailable        # noqa: E402
from postfix import Postfix             # noqa: E402
from sendmail import Sendmail           # noqa: E402
from zone import TYPES, Zone, ZoneError, name_from, name_wire       # noqa: E402

ZONE = r"""
# a comment
example.org   TXT  "v=spf1 " "a ~all"
example.org   MX   10 mail.example.org
nullmx.test   MX   0 .
mail.example.org A 192.0.2.7
alias.test    CNAME mail.example.org
loop1.test    CNAME loop2.test
loop2.test    CNAME loop1.test
lost.test     CNAME nowhere.test
192.0.2.7     PTR  mail.example.org
slow.test     *    !TIMEOUT
slow.test     A    192.0.2.8
bad.test      TXT  !SERVFAIL
no.test       TXT  !REFUSED
empty.test    EMPTY
deep.down.there.test A 192.0.2.9
quote.test    TXT  "a\"b\\c\065"
od\.d.test    A    192.0.2.10
""" + "\n".join(f'big.test TXT "{i:0200d}"' for i in range(30))

# name, type, rcode, number of answers
DNS_ROWS = [
    ("example.org", "TXT", 0, 1), ("EXAMPLE.org", "TXT", 0, 1), ("example.org", "AAAA", 0, 0),
    ("nowhere.test", "A", 3, 0), ("there.test", "A", 0, 0), ("empty.test", "TXT", 0, 0),
    ("alias.test", "A", 0, 2), ("alias.test", "TXT", 0, 1), ("alias.test", "CNAME", 0, 1),
    ("loop1.test", "A", 2, 0), ("lost.test", "A", 3, 1), ("7.2.0.192.in-addr.arpa", "PTR", 0, 1),
    ("slow.test", "A", 0, 1), ("slow.test", "TXT", None, 0), ("bad.test", "TXT", 2, 0), ("bad.test", "A", 0, 0),
    ("no.test", "TXT", 5, 0), (r"od\.d.test", "A", 0, 1), ("nullmx.test", "MX", 0, 1),
]

CONTENT = (b"X-Test-Id: %s\r\nFrom:  A <a@example.org>\r\nSubject:\tone\r\n\ttwo\r\n  three\r\n"
           b"X-Eight: caf\xe9\r\n\r\n.a dot\r\n..two\r\n\r\n8-bit \xff\r\nend\r\n")

SHOWN = (b"Received: r1\r\nX-A: 1\r\nx-a: 2\r\nX-Test-Id: %s\r\nX-A: 3\r\nFrom: a@example.org\r\n"
         b"X-A:\r\n four\r\n\r\nbody\r\n")
ALL_X_A = [("change", n, "X-A", "") for n in (4, 3, 2, 1)]
EDIT_ROWS = [
    ("insert 0 is above Received, the last one on top", [("insert", 0, "F", " 1"), ("insert", 0, "S", " 2")]),
    ("insert 1 is below Received", [("insert", 1, "N", " 1")]),
    ("insert past the end, add", [("insert", 999, "N", " 1"), ("add", 0, "M", " 2")]),
    ("descending deletion, then insert", ALL_X_A + [("insert", 0, "X-A", " n")]),
    ("deleted fields count no more", [("change", 1, "X-A", ""), ("change", 2, "X-A", "")]),
    ("inserted fields count", [("insert", 0, "X-A", " n"), ("change", 1, "X-A", ""), ("change", 1, "X-A", "")]),
    ("a change writes the name anew; own Received does not count",
     [("change", 2, "X-A", " TWO"), ("change", 1, "Received", "")]),
    ("a change of nothing appends, a deletion of nothing does nothing",
     [("change", 9, "X-A", " nine"), ("change", 2, "X-No", "")]),
    ("an added field of a name that is there", [("add", 0, "X-A", " new"), ("add", 0, "Received", " new")]),
    ("a deleted field is changed", [("change", 1, "X-A", ""), ("change", 1, "X-A", " new")]),
    ("folds stay", [("insert", 0, "N", " a;\n\tb;\n\tc")]),
]
POSTFIX_ROWS = EDIT_ROWS + [
    ("insert after deletions", ALL_X_A + [("insert", 3, "N", " n")]),
]


def ask(port, name, kind, tcp=False, edns=True, timeout=0.3):
    """(id matches, rcode, answers, flags, octets) of a raw query; None when no answer comes."""
    query = struct.pack("!6H", 4711, 0x100, 1, 0, 0, int(edns)) + name_wire(name_from(name.encode()))
    query += struct.pack("!2H", TYPES[kind], 1) + (b"\0" + struct.pack("!2HIH", 41, 1232, 0, 0) if edns else b"")
    with socket.socket(type=socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect(("127.0.0.1", port))
        try:
            if tcp:
                sock.sendall(struct.pack("!H", len(query)) + query)
                with sock.makefile("rb") as stream:
                    packet = stream.read(int.from_bytes(stream.read(2), "big"))
            else:
                sock.send(query)
                packet = sock.recv(65535)
        except socket.timeout:
            return None
    number, flags, _, answers, _, _ = struct.unpack_from("!6H", packet)
    return number == 4711, flags & 15, answers, flags, packet


def test_dns():
    for line in ("a.test A 1.2.3", "a.test TXT bare", "a.test FOO x", "a.test A !NEVER", "a..test A 192.0.2.1",
                 "a.test EMPTY x", 'a.test MX "10" x'):
        try:
            Zone(line)
            tap.ok(False, f"zone: refused: {line}")
        except ZoneError as error:
            tap.ok("line 1" in str(error), f"zone: refused: {line}")
    with DnsServer(Zone(ZONE)) as dns:
        for name, kind, rcode, count in DNS_ROWS:
            reply = ask(dns.port, name, kind)
            tap.eq(reply[:3] if reply else None, None if rcode is None else (True, rcode, count), f"dns: {name} {kind}")
        tap.ok(b"\x07v=spf1 \x06a ~all" in ask(dns.port, "example.org", "TXT")[4], "dns: TXT strings stay apart")
        tap.ok(b'\x06a"b\\cA' in ask(dns.port, "quote.test", "TXT")[4], "dns: escapes in quoted strings")
        for edns, size in ((True, 1232), (False, 512)):
            reply = ask(dns.port, "big.test", "TXT", edns=edns)
            tap.ok(reply[3] & 0x200 and reply[2] == 0 and len(reply[4]) <= size, f"dns: TC over {size} octets by UDP")
        tap.eq(ask(dns.port, "big.test", "TXT", tcp=True)[:3], (True, 0, 30), "dns: all of it by TCP")
        tap.eq(dns.count("big.test", "TXT"), 3, "dns: questions are counted")
        dns.delay_s = 0.2
        tap.eq(ask(dns.port, "example.org", "TXT", timeout=0.05), None, "dns: a delayed answer is late")
        tap.ok(ask(dns.port, "example.org", "TXT", timeout=2) is not None, "dns: and comes")
        dns.delay_s, dns.override = 0, "SERVFAIL"
        tap.eq(ask(dns.port, "example.org", "TXT")[1], 2, "dns: override fails everything")


def test_dns_program():
    with tempfile.TemporaryDirectory() as folder:
        zone, log = os.path.join(folder, "zone"), os.path.join(folder, "log")
        with open(zone, "w", encoding="ascii") as file:
            file.write(ZONE)
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib", "dnsserver.py")
        with subprocess.Popen([sys.executable, program, "--zone", zone, "--log", log], stdout=subprocess.PIPE,
                              text=True) as process:
            word, port = process.stdout.readline().split()
            tap.eq((word, ask(int(port), "mail.example.org", "A")[:3]), ("ready", (True, 0, 1)), "dns program: answers")
            process.terminate()
            tap.eq(process.wait(5), 0, "dns program: TERM ends it with 0")
        with open(log, encoding="ascii") as file:
            tap.eq(file.read(), "udp A mail.example.org NOERROR\n", "dns program: logs its questions")


def test_milter_client():
    tap.eq(render({"a": [], "dns.servers": ["x"], "b": True, "dns.n": 1}),
           'a = [  ];\nb = true;\ndns: {\nservers = [ "x" ];\nn = 1;\n};\n', "configuration: groups are gathered")
    for version in (6, 4, 2):
        with FakeMilter(steps=LEADSPC | NR_CONNECT | NR_HELO | NR_HEADER) as milter:
            milter.edits = [Edit("insert", 0, b"N", b" 1"), Edit("change", 1, b"x-a", b"")]
            milter.quarantine = b"why"
            with MilterClient(milter.address, {"i": "Q1", "j": "mx.example.net"}, timeout=5) as mta:
                mta.negotiate(version)
                answered = [mta.connect("mail.example.org", "2001:db8::7").action, mta.helo("mail.example.org").action]
                tap.eq(answered, ["none" if version == 6 else "continue"] * 2,
                       f"milter {version}: no-reply is honoured")
                result = mta.message("a@example.org", ["b@example.net"], SHOWN % b"1")
                again = mta.message("", ["b@example.net"], SHOWN % b"2")
            letters = b"".join(letter for letter, _ in milter.seen if letter != b"D")
            tap.ok(b"T" in letters if version >= 4 else b"T" not in letters, f"milter {version}: DATA since version 4")
            tap.ok((b"L", b"X-A\0 1\0" if version == 6 else b"X-A\x001\0") in milter.seen, f"milter {version}: blank")
        tap.eq((result.reply.action, result.quarantine, len(again.edits)), ("continue", "why", 2),
               f"milter {version}: reply, quarantine, changes")
        blank = b" " if version == 6 else b"  "
        want = (b"N:" + blank + b"1\nReceived: own\n" + SHOWN.replace(b"\r", b"").replace(b"X-A: 1\n", b"", 1) % b"1")
        tap.eq(result.header(b"Received: own"), want.partition(b"\n\n")[0] + b"\n",
               f"milter {version}: header after edits")


def test_edits_by(mta, milter, client, table, sendmail=False):
    """The model of edits.py against the real MTA."""
    name = type(mta).__name__
    for number, (what, rows) in enumerate(table, 1):
        milter.edits = [Edit(kind, index, field.encode(), value.encode()) for kind, index, field, value in rows]
        content = SHOWN % b"edit-%d" % number
        client.send("a@example.org", ["b@example.net"], content)
        got = mta.inbox.find(f"edit-{number}")
        fields, body = edits.cut(content)
        received = got.received.removesuffix(b"\n")
        want = edits.block(edits.apply(fields, milter.edits, received, sendmail=sendmail))
        tap.eq(got.header.removeprefix(got.agent), want, f"{name} edits: {what}")
        tap.eq(got.body, b"body\n", f"{name} edits: the body stays")


def test_mta(mta, client, name):
    content = CONTENT % b"plain"
    reply = client.send("a@example.org", ["b@example.net"], content)
    tap.eq(reply.code, 250, f"{name}: a message is taken")
    message = mta.inbox.find("plain")
    plain = content.replace(b"\r\n", b"\n")
    tap.eq((message.above, message.below + b"\n" + message.body), (b"", plain), f"{name}: it comes out byte for byte")
    tap.ok(b"mail.example.org" in message.received, f"{name}: the client has its name")
    replies = client.pipeline("", ["b@example.net", "c@example.net"], CONTENT % b"pipelined")
    tap.eq([r.code for r in replies], [250, 250, 250, 354, 250], f"{name}: pipelined, null sender, two recipients")
    tap.ok(mta.inbox.find("pipelined"), f"{name}: delivered")
    client.mail("a@example.org")
    tap.eq(client.rset().code, 250, f"{name}: RSET")
    client.half("a@example.org", ["b@example.net"], b"From: a@example.org\r\n")
    client.drop()
    mta.submit("a@example.org", ["b@example.net"], CONTENT % b"local")
    tap.ok(mta.inbox.find("local"), f"{name}: local submission")


def test_many(mta, address, name):
    """20 clients at once, 5 messages each over one connection."""
    def run(number):
        with mta.client(address, "mail.example.org") as client:
            return [client.send("a@example.org", ["b@example.net"], CONTENT % b"many").code for _ in range(5)]
    mta.inbox.clear()
    with ThreadPoolExecutor(20) as pool:
        codes = [code for result in pool.map(run, range(20)) for code in result]
    tap.eq(codes, [250] * 100, f"{name}: 100 messages over 20 connections are taken")
    tap.eq(len(mta.inbox.wait(100)), 100, f"{name}: and delivered")


def process_gone(mta):
    """Nothing that works in the instance's folder or listens on its port is left."""
    with socket.socket() as probe:
        refused = probe.connect_ex(("127.0.0.1", mta.port)) != 0
    return refused and not os.path.exists(mta.folder)


def test_postfix():
    with FakeMilter(steps=LEADSPC) as milter, Postfix(milter=milter.address) as mta:
        with mta.client("192.0.2.7", "mail.example.org") as client:
            test_edits_by(mta, milter, client, POSTFIX_ROWS)
        milter.edits, milter.final = [], (b"y", b"550 5.7.1 no\0")
        with mta.client("2001:db8::7", helo="x.test", login="joe") as client:
            tap.eq(client.starttls("x.test").code, 220, "Postfix: STARTTLS")
            tap.eq(client.send("a@example.org", ["b@example.net"], SHOWN % b"no").raw, b"550 5.7.1 no\r\n",
                   "Postfix: a milter's reply comes through")
        tap.ok(any(b"2001:db8::7" in data for _, data in milter.seen), "Postfix: IPv6 client by XCLIENT")
    with Postfix(settings={"smtpd_timeout": "20s"}) as mta:
        test_mta(mta, mta.client("192.0.2.7", "mail.example.org"), "Postfix")
        test_many(mta, "192.0.2.7", "Postfix")
        try:
            Postfix(port=mta.port).start()
            tap.ok(False, "Postfix: a port in use is refused")
        except MtaError as error:
            tap.ok("in use" in str(error), "Postfix: a port in use is refused")
    tap.ok(process_gone(mta), "Postfix: nothing is left")


def test_sendmail():
    hosts = {"127.0.0.7": "mail.example.org"}
    with FakeMilter(steps=LEADSPC) as milter, Sendmail(milter=milter.address, hosts=hosts) as mta:
        with mta.client("127.0.0.7", "mail.example.org") as client:
            test_edits_by(mta, milter, client, EDIT_ROWS, sendmail=True)
        tap.ok(any(b"mail.example.org\x004" in data for _, data in milter.seen), "Sendmail: the client has its name")
    with Sendmail(hosts=hosts) as mta:
        test_mta(mta, mta.client("127.0.0.7", "mail.example.org"), "Sendmail")
        test_many(mta, "127.0.0.7", "Sendmail")
    tap.ok(process_gone(mta), "Sendmail: nothing is left")


def main():
    test_dns()
    test_dns_program()
    test_milter_client()
    for test in (test_postfix, test_sendmail):
        try:
            test()
        except MtaUnavailable as error:
            tap.skip(1, f"{test.__name__}: {str(error).splitlines()[-1]}")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
