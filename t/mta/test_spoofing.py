#!/usr/bin/env python3
"""test_spoofing.py - the attempts of spoofing.table through a real Postfix with the daemon, and what was delivered.

Held for every attempt, besides what its row expects:
  - dmarc=pass only where the row says that signed mail was replayed or extended;
  - no reader of t/lib/readers.py takes a field for ours but those that are ours, which stand above Postfix's own;
  - every octet of our fields is printable ASCII, and no line is over 998;
  - header, log line and softfail check agree, and python3-authres reads the same.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import attempts                         # noqa: E402
import readers                          # noqa: E402
import tap                              # noqa: E402
from daemon import Daemon               # noqa: E402
from dnsserver import DnsServer         # noqa: E402
from mta import MtaUnavailable          # noqa: E402
from postfix import Postfix             # noqa: E402
from zone import Zone                   # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "mx.example.net"
OWN_IDS = ["old.example.net", "*.in.example.net"]
SETTINGS = {"own_authserv_ids": OWN_IDS, "spf.received_spf": True, "dns.timeout_ms": 500, "dns.attempts": 1}
SCORE = ("X-SPF-DMARC-Score", "X-SPF-DMARC-Level", "X-SPF-DMARC-Reason")
WAIT_S = 30.0

SMUGGLED = (b"From: x@evil.example\r\n\r\nouter\n.\n"
            b"MAIL FROM:<joe@victim.example>\r\nRCPT TO:<smuggled@example.net>\r\nDATA\r\n"
            b"From: joe@victim.example\r\n\r\ninner\r\n.\r\n")


def check(attempt, content, zone, conf):
    """The object that softfail check prints for the octets as they were sent."""
    run = subprocess.run([os.environ["SOFTFAIL"], "check", "--json", "-c", conf, "--zone", zone, "--ip", attempt.client,
                          "--helo", attempt.helo, "--from", attempt.mail, "--message", "-"],
                         input=content, capture_output=True, timeout=60)
    if run.returncode != 0:
        raise OSError(f"softfail check: {run.stderr.decode()}")
    return json.loads(run.stdout)


def send(mta, attempt, recipient, content):
    with mta.client(attempt.client, helo=attempt.helo) as client:
        reply = client.mail(attempt.mail, attempt.parameters)
        if reply.code == 250:
            client.rcpt(recipient)
            reply = client.data(content)
        return reply


# As Debian 12's Postfix is by default and Debian 13's is not: what it lets in, the milter has to judge.
LENIENT = {"smtpd_forbid_bare_newline": "no", "smtpd_forbid_unauth_pipelining": "no"}


def smuggle(mta):
    """A bare LF, a dot and a bare LF end the message for this Postfix; what follows is commands."""
    with mta.client("198.51.100.66", helo="mail.evil.example") as client:
        client.half("x@evil.example", ["outer@example.net"], SMUGGLED)
        return [client.read().code for _ in range(5)]


def recipient_of(message):
    return re.search(rb"(?mi)^(?:X-Original-To|Delivered-To): *(\S+)", message.agent)[1].decode()


def collect(mta, recipients):
    """{recipient: delivered message} as soon as all are there."""
    end = time.monotonic() + WAIT_S
    while len(mta.inbox.names()) < len(recipients) and time.monotonic() < end:
        time.sleep(0.05)
    return {recipient_of(message): message for message in mta.inbox.messages()}


def log_facts(log, reply):
    """key=value of the line for that message; the queue id stands in the reply to the final dot."""
    queued = re.search(r"queued as (\w+)", reply.text)
    line = queued and re.search(rf"(?m)\b{queued[1]}: (.*)$", log)
    return dict(word.split("=", 1) for word in line[1].split()) if line else {}


def ours(rows):
    """The names of what stands above Postfix's own Received, below the delivery agent's."""
    names = [name for name, _ in rows]
    own = next(i for i, (name, value) in enumerate(rows) if name == "Received" and f"by {HOST}" in value)
    return own, [name for name in names[:own] if name not in ("Return-Path", "X-Original-To", "Delivered-To")]


def read_verdict(value):
    """(spf, dkim, dmarc, header.from) by a plain reading of the field that we wrote."""
    parts = [part.split() for part in re.sub(r"\([^()]*\)", " ", value).split(";")[1:]]
    results = [part[0].split("=") for part in parts]
    author = next((word[12:] for part in parts for word in part[1:] if word.startswith("header.from=")), "-")
    words = {method: ",".join(r for m, r in results if m == method) for method in ("spf", "dkim", "dmarc")}
    return words["spf"], words["dkim"], words["dmarc"], author


def problems(report):
    return " ".join(filter(None, [s["problem"] for s in report["dkim"]] + [report["dmarc"]["problem"]]))


def test_fields(title, message, authres):
    """What programs downstream see; returns our verdict and score as they stand in the header."""
    rows = readers.fields(message.raw)
    own, names = ours(rows)
    first = own - len(names)
    score = {name: value.strip() for name, value in rows[first:own]}
    tap.eq(names, ["Received-SPF", "Authentication-Results"] + list(SCORE) * (len(names) > 2), f"{title}: our fields")
    tap.ok(all(c in b"\t\n" or 32 <= c < 127 for c in message.above), f"{title}: nothing odd in our fields")
    tap.ok(max(map(len, message.above.split(b"\n"))) <= 998, f"{title}: no long line in our fields")
    for host in (HOST, "old.example.net", "a.in.example.net"):
        wanted = [first + 1] if host == HOST else []
        for name, reader in readers.READERS.items():
            tap.eq(reader(rows, host), wanted, f"{title}: the reader '{name}' takes only ours for {host}'s")
    below = [name.strip().lower() for name, _ in rows[own:]]
    left = [name for name in below if name == "received-spf" or name.startswith("x-spf-dmarc")]
    tap.eq(left, [], f"{title}: no forged Received-SPF or score below")
    values = [value for name, value in rows if name.strip().lower() == "authentication-results"]
    parsed = authres and readers.by_authres(values)
    if parsed:
        tap.eq([row[0].lower() for row in parsed if row and row[0].lower().rstrip(".") == HOST], [HOST],
               f"{title}: python3-authres takes only ours for ours")
        words = [tuple(result[:2]) for result in parsed[0][1]]
    verdict = read_verdict(rows[first + 1][1])
    if parsed:
        tap.eq(words, [("spf", verdict[0])] + [("dkim", w) for w in verdict[1].split(",")] + [("dmarc", verdict[2])],
               f"{title}: python3-authres reads the same results")
    return verdict, score.get(SCORE[0], "0.0"), readers.authors(rows)


def test_agreement(title, got, facts, report):
    """Log line and softfail check against the header."""
    tap.eq({key: facts.get(key) for key in ("spf", "dmarc", "author", "score", "header_from")},
           {key: got[key] for key in ("spf", "dmarc", "author", "score")} | {"header_from": got["from"]},
           f"{title}: the log line agrees")
    tap.eq({"spf": report["spf"]["result"], "dkim": ",".join(s["result"] for s in report["dkim"]) or "none",
            "dmarc": report["dmarc"]["result"], "author": report["dmarc"]["author"],
            "score": f"{report['score']['value']:.1f}", "from": report["dmarc"]["author_domain"] or "-"},
           got, f"{title}: softfail check agrees")


def test_attempt(attempt, message, facts, report, authres):
    title, expect = f"line {attempt.line}, {attempt.title}", dict(attempt.expect)
    replay = expect.pop("replay", None)
    (spf, dkim, dmarc, author), score, shown = test_fields(title, message, authres)
    got = {"spf": spf, "dkim": dkim, "dmarc": dmarc, "author": facts.get("author"), "score": score, "from": author}
    tap.eq(got, {"dkim": "none", "from": "-"} | expect, f"{title}: verdict ({attempt.why})")
    tap.ok(dmarc != "pass" or replay, f"{title}: no pass but for mail that the author's domain signed")
    if dmarc == "pass":
        tap.eq((facts.get("dmarc_by"), shown), ("dkim", {author}), f"{title}: by a signature, for all who are shown")
    test_agreement(title, got, facts, report)
    if attempt.problem or replay == "extended":
        tap.ok(attempt.problem and attempt.problem in problems(report),
               f"{title}: 'problem' says {attempt.problem}: {problems(report)}")
    return got


def show(attempt, got):
    row = [got.get(key) or "-" for key in ("spf", "dkim", "dmarc", "author", "score", "from")]
    tap.note("{:<66} {:<9} {:<15} {:<9} {:<8} {:>4} {}".format(attempt.title[:66], *row[:5], row[5][:40]))


def test_smuggling(codes, message, authres):
    title = "SMTP smuggling"
    tap.eq(codes, [250, 250, 250, 354, 250], f"{title}: this Postfix takes both messages")
    (spf, _, dmarc, author), score, _ = test_fields(title, message, authres)
    tap.eq((spf, dmarc, author, score), ("softfail", "fail", "victim.example", "5.5"),
           f"{title}: what was smuggled is judged as a message of its own, by the same client")


def test_all(table, zone_path, mta, daemon):
    sent = []
    for number, attempt in enumerate(table.attempts):
        recipient = f"spoof-{number}@example.net"
        content = attempt.content(table.keys, recipient)
        sent.append((attempt, recipient, content, send(mta, attempt, recipient, content)))
    smuggled = smuggle(mta)
    taken = [recipient for _, recipient, _, reply in sent if reply.code == 250]
    delivered, log = collect(mta, taken + ["outer@example.net", "smuggled@example.net"]), daemon.log()
    authres = readers.by_authres([]) is not None
    if not authres:
        tap.skip(1, "python3-authres is not installed: one reader less")
    results = []
    for attempt, recipient, content, reply in sent:
        if not tap.eq(str(reply.code), attempt.expect.pop("reply", "250"), f"{attempt.title}: reply of Postfix"):
            tap.note(reply)
        if reply.code == 250:
            report = check(attempt, content, zone_path, daemon.config)
            got = test_attempt(attempt, delivered[recipient], log_facts(log, reply), report, authres)
        else:
            got = {"dmarc": str(reply.code)}
        results.append((attempt, got))
    test_smuggling(smuggled, delivered["smuggled@example.net"], authres)
    tap.note("")
    tap.note("{:<66} {:<9} {:<15} {:<9} {:<8} {:>4} {}".format(
        "attempt", "spf", "dkim", "dmarc", "author", "score", "header.from"))
    for attempt, got in results:
        show(attempt, got)


def main():
    table = attempts.load(os.path.join(HERE, "spoofing.table"))
    tap.ok(len(table.attempts) >= 40, f"{len(table.attempts)} attempts")
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone, DnsServer(Zone(table.zone)) as dns:
        zone.write(table.zone)
        zone.flush()
        with Daemon({"dns.servers": [dns.address], **SETTINGS}) as daemon:
            try:
                with Postfix(milter=daemon.address, settings=LENIENT) as mta:
                    test_all(table, zone.name, mta, daemon)
            except MtaUnavailable as error:
                tap.skip(1, str(error).splitlines()[-1])
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
