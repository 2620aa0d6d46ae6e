#!/usr/bin/env python3
"""test_flow.py - how messages come: many in a session, many sessions, pipelined, given up, large, local, encrypted;
through Postfix and through Sendmail, and the statistics at the end add up to what was sent."""

import collections
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import cases                            # noqa: E402
import dkimsign                         # noqa: E402
import tap                              # noqa: E402
from bench import ALL_AUTHENTICATED, RECIPIENT, Bench, each_mta, not_here, queue_id      # noqa: E402
from smtp import crlf                   # noqa: E402
from verdicts import EIGHT, FORGERY, facts                  # noqa: E402

ZONE = cases.ZONE + 'large.example TXT "v=spf1 -all"\n_dmarc.large.example TXT "v=DMARC1; p=reject"\n' \
    f's2._domainkey.large.example TXT {cases.KEY.record}\n'
TURN = ["none", "reject", "open", "neutral", "quarantine", "hard"]
AT_ONCE, IN_ONE = 20, 50


def text(name, number, body="x"):
    """A message with a forged field, so that its removal is seen too."""
    return (f"Authentication-Results: mx.example.net; spf=pass\r\nFrom: n{number}@{name}.example\r\n"
            f"Subject: {number}\r\n\r\n{body}\r\n").encode()


class Flow:
    """What one server did; checks are made as results come, so the text of each names the server."""

    def __init__(self, bench):
        self.bench, self.kind, self.checks, self.notes = bench, bench.kind, [], []
        self.judged = {}                # author domain -> what was evaluated, by key of the statistics

    def eq(self, got, want, name):
        self.checks.append((got, want, f"{self.kind}: {name}"))

    def count(self, verdict):
        """What the statistics must say of the author's domain in the end."""
        counts = self.judged.setdefault(verdict.author, collections.Counter())
        word = dict(fact.split("=") for fact in verdict.facts.split())
        spf = word["spf"] if word["spf"] in ("pass", "softfail", "fail") else "other"
        counts.update({"msgs": 1, f"spf_{spf}": 1, "dkim_pass": int(word["dkim"] == "pass"),
                       "dmarc_pass": int(word["dmarc"] == "pass"), "dmarc_fail": int(word["dmarc"] == "fail"),
                       "score_sum": round(float(verdict.score) * 10)})

    def delivered(self, reply, name, number, label, body=b"x\n"):
        """A message of that domain: our fields above, the forged one gone, the rest as sent, the log line."""
        identifier = queue_id(reply) if reply.code == 250 else None
        if not identifier:
            self.eq(reply, "250", label)
            return
        message = self.bench.message(identifier)
        self.eq((message.above, message.below, message.body),
                (EIGHT[name].fields(), f"From: n{number}@{name}.example\nSubject: {number}\n".encode(), body), label)
        self.eq(self.bench.lines(rf"\b{identifier}: "), [EIGHT[name].line(
            identifier, self.bench.address["stranger"], "mail.example.org", f"n{number}@{name}.example")],
            f"{label}: the log line")
        self.count(EIGHT[name])


def one_session(flow):
    """50 messages over one connection, each other than the one before: nothing of it stays."""
    with flow.bench.connect() as client:
        begun = time.monotonic()
        replies = [client.send(f"n{n}@{TURN[n % 6]}.example", [RECIPIENT], text(TURN[n % 6], n)) for n in range(IN_ONE)]
        flow.notes.append(f"{IN_ONE} messages over one connection: {time.monotonic() - begun:.2f} s")
        flow.eq([r.code for r in replies], [250] * IN_ONE, f"{IN_ONE} messages over one connection are taken")
    for n, reply in enumerate(replies):
        flow.delivered(reply, TURN[n % 6], n, f"message {n + 1} of one connection")


def many_sessions(flow):
    def session(number):
        with flow.bench.connect() as client:
            return [client.send(f"n{n}@{TURN[n % 6]}.example", [RECIPIENT], text(TURN[n % 6], n))
                    for n in range(1000 + number * 5, 1005 + number * 5)]
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = [reply for replies in pool.map(session, range(AT_ONCE)) for reply in replies]
    flow.notes.append(f"{AT_ONCE} connections at once, 5 messages each: {time.monotonic() - begun:.2f} s")
    for n, reply in enumerate(replies, 1000):
        flow.delivered(reply, TURN[n % 6], n, f"{AT_ONCE} connections at once, message {n - 999}")


def pipelined(flow):
    """RFC 2920 3.1: MAIL, RCPT and DATA in one write, and the next transaction in the write of the final dot."""
    def envelope(n):
        return f"MAIL FROM:<n{n}@{TURN[n % 6]}.example>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n".encode()
    with flow.bench.connect() as client:
        client.write(envelope(2000))
        replies = []
        for n in range(2000, 2010):
            flow.eq([client.read().code for _ in range(3)], [250, 250, 354], f"pipelined transaction {n - 1999}")
            client.write(client.stuffed(text(TURN[n % 6], n)) + (envelope(n + 1) if n < 2009 else b""))
            replies.append(client.read())
    for n, reply in enumerate(replies, 2000):
        flow.delivered(reply, TURN[n % 6], n, f"pipelined message {n - 1999}")


def large(flow):
    """10 MB, signed: the same octets come out, and the signature over them passes."""
    body = b"".join(b"%06d 0123456789 abcdefghijklmnopqrstuvwxyz \xff.\r\n" % n for n in range(200000))
    body = b".leading dot\r\n" + body + b"\r\n\r\n"
    content = dkimsign.sign(b"From: a@large.example\r\nSubject: large\r\n\r\n" + body, cases.KEY, "large.example", "s2",
                            ["from", "subject"], "simple/simple")
    with flow.bench.connect() as client:
        begun = time.monotonic()
        reply = client.send("a@large.example", [RECIPIENT], content)
        flow.notes.append(f"{len(content) / 1e6:.1f} MB, signed: {time.monotonic() - begun:.2f} s")
    message = flow.bench.message(queue_id(reply))
    verdict = cases.with_b(cases.SIGNED, content)
    fields = verdict.fields().replace(b"key.example", b"large.example")
    header, body = cases.halves(content)
    flow.eq((message.above, message.below), (fields, header), "10 MB: fields, signature passes")
    flow.eq(message.body == body, True, "10 MB: the body is the same octets")
    flow.count(verdict.but(author="large.example"))


def given_up(flow):
    """Clients that drop at each step, and RSET: one line each, nothing delivered, the next message is whole."""
    bench = flow.bench
    with bench.connect() as client:
        client.mail("gone@reject.example")
        flow.eq(client.rset().code, 250, "RSET after MAIL")
        client.mail("gone2@reject.example")
        client.rcpt(RECIPIENT)
        client.rset()
        client.rset()
        flow.delivered(client.send("n3000@hard.example", [RECIPIENT], text("hard", 3000)), "hard", 3000, "after RSET")
    for number, step in enumerate(("MAIL", "RCPT", "DATA", "half a body"), 3):
        client = bench.connect()
        client.mail(f"gone{number}@reject.example")
        if step != "MAIL":
            client.rcpt(RECIPIENT)
        if step not in ("MAIL", "RCPT"):
            client.command("DATA")
            client.write(text("reject", number)[:60] if step != "DATA" else b"")
        client.drop()
    client = bench.connect()
    client.drop()
    # Postfix knows no queue id before the first accepted recipient; Sendmail has one from MAIL on.
    for number in ("", 2, 3, 4, 5, 6):
        bench.daemon.wait_log(rf"aborted .*mailfrom=gone{number}@")
        (line,) = bench.lines(rf"mailfrom=gone{number}@")
        identifier, _, rest = line.partition(": ")
        flow.eq(rest, f"skipped=aborted client={bench.address['stranger']} helo=mail.example.org "
                f"mailfrom=gone{number}@reject.example", f"given up, {number or 1}: the log line")
        early = flow.kind == "Postfix" and number in ("", 2, 3, 4)
        flow.eq("NOQUEUE" if identifier == "NOQUEUE" else "known", "NOQUEUE" if early else "known",
                f"given up, {number or 1}: the queue id as far as it was known")


def helo_again(flow):
    """The last HELO counts: after STARTTLS (RFC 3207 4.2) where it is offered, and without."""
    by_helo = cases.BY_HELO
    with flow.bench.connect(helo="first.example") as client:
        if "STARTTLS" in client.extensions:
            flow.eq(client.starttls("hard.example").code, 220, "STARTTLS")
        else:
            client.ehlo("hard.example")
        reply = client.send("", [RECIPIENT], b"From: a@none.example\r\n\r\nx\r\n")
        client.ehlo("nothing.example")
        again = client.send("", [RECIPIENT], b"From: a@none.example\r\n\r\nx\r\n")
    other = by_helo.but(results=("spf=none smtp.helo=nothing.example", *by_helo.results[1:]), score="0.0", reasons=(),
                        facts=facts("none", "nothing.example", "-", "-", "fail", "none", identity="helo"), dns=3)
    for what, reply, verdict, helo in (("second HELO", reply, by_helo, "hard.example"),
                                       ("third HELO", again, other, "nothing.example")):
        flow.eq(flow.bench.message(queue_id(reply)).above, verdict.fields(), f"{what}: the fields")
        flow.eq(flow.bench.lines(queue_id(reply)), [verdict.line(
            queue_id(reply), flow.bench.address["stranger"], helo, "<>")], f"{what}: the log line")
        flow.count(verdict)


def milter_restarts(flow):
    """A session that was open meanwhile: tempfail until it ends; the next one is served."""
    bench = flow.bench
    client = bench.connect()
    reply = client.send("n4000@none.example", [RECIPIENT], text("none", 4000))
    flow.delivered(reply, "none", 4000, "before the restart")
    code = bench.daemon.stop()
    bench.daemon.start()
    refused = client.send("n4001@none.example", [RECIPIENT], text("none", 4001))
    flow.eq(refused.code, 451, "after the restart: the open session gets a temporary failure")
    client.close()
    with bench.connect() as client:
        flow.delivered(client.send("n4001@none.example", [RECIPIENT], text("none", 4001)), "none", 4001,
                       "after the restart: the next session")
    flow.eq(code, 0, "stopped with a session open: exit 0")


NO_MACROS = {
    "Postfix": {f"milter_{step}_macros": ""
                for step in ("connect", "helo", "mail", "rcpt", "data", "end_of_header", "end_of_data")},
    "Sendmail": [*(f"define(`confMILTER_MACROS_{step}', `')"
                   for step in ("CONNECT", "HELO", "ENVFROM", "ENVRCPT", "DATA", "EOH", "EOM")), *ALL_AUTHENTICATED],
}


def without_macros(flow):
    """A server configured to hand over no macro at all: the milter asks for what it needs."""
    bench = flow.bench
    mta = bench.second(NO_MACROS[flow.kind])
    for login in ("joe",) if flow.kind == "Sendmail" else ("joe", None):
        sender = f"macros-{login or 'none'}@reject.example"
        with bench.connect(login=login, mta=mta) as client:
            reply = client.send(sender, [RECIPIENT], crlf(cases.OWN + b"From: a@reject.example\n\nx\n"))
        identifier, client = queue_id(reply), bench.address["stranger"]
        message = bench.message(identifier, mta)
        line = (f"{identifier}: skipped=authenticated client={client} helo=mail.example.org mailfrom={sender}" if login
                else FORGERY.line(identifier, client, "mail.example.org", sender))
        flow.eq(bench.lines(identifier), [line], f"no macros configured, login {login}: the log line")
        flow.eq((message.above, message.below), (b"" if login else FORGERY.fields(), b"From: a@reject.example\n"),
                f"no macros configured, login {login}: the header")
        if not login:
            flow.count(FORGERY)


def local_postfix(flow):
    """sendmail(1) hands in as 127.0.0.1, localhost; the null sender comes as an empty argument.  A client whose
    address Postfix does not know is one that libmilter cannot read."""
    bench = flow.bench
    header = b"From: a@reject.example\nDate: Wed, 25 Nov 2026 12:00:00 +0000\nMessage-ID: <1@reject.example>\n"
    for sender in ("local@reject.example", ""):
        begun = len(bench.lines("client=127.0.0.1"))
        bench.mta.submit(sender, [RECIPIENT], cases.OWN + header + b"\nx\n")
        bench.daemon.wait_log(rf"client=127\.0\.0\.1 .*mailfrom={sender or '<>'} ")
        line = bench.lines("client=127.0.0.1")[begun]
        identifier = line.partition(":")[0]
        verdict = FORGERY if sender else cases.NO_DOMAIN.but(
            facts=facts("none", "-", "-", "-", "fail", "reject", identity="helo"))
        message = bench.message(identifier)
        label = f"sendmail(1) from <{sender}>, trusted_hosts narrowed"
        flow.eq(line, verdict.line(identifier, "127.0.0.1", "localhost", sender or "<>"), f"{label}: the log line")
        flow.eq((message.above, message.below), (verdict.fields(), header), f"{label}: the header")
        flow.count(verdict)
    client = bench.mta.client("[UNAVAILABLE]", None, "mail.example.org")
    flow.eq(client.mail("a@reject.example").code, 451, "XCLIENT ADDR=[UNAVAILABLE]: libmilter ends the session")
    client.close()


def speak(process, line):
    """A command to sendmail -bs, when it is ready to read one; the reply."""
    process.stdin.write(line + b"\r\n")
    process.stdin.flush()
    return process.stdout.readline().decode()


def local_sendmail(flow):
    """sendmail -bs: SMTP on standard input is a client without an address; sendmail(1) that delivers by itself asks
    no milter at all."""
    bench, folder = flow.bench, flow.bench.mta.folder
    with open(os.path.join(folder, "pid"), encoding="ascii") as file:
        pid = file.readline().strip()
    with open(os.path.join(folder, "etc", "root"), encoding="ascii") as file:
        root = file.read().strip()
    with open(os.path.join(root, "library-path"), encoding="ascii") as file:
        environment = {**os.environ, "LD_LIBRARY_PATH": file.read().strip()}
    command = ["nsenter", "-t", pid, "-m", "-u", "-r", f"{root}/usr/libexec/sendmail/sendmail",
               "-C", os.path.join(folder, "etc", "sendmail.cf")]
    with subprocess.Popen([*command, "-bs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        process.stdout.readline()
        replies = [speak(process, line) for line in (
            b"HELO pc.example.net", b"MAIL FROM:<bs@reject.example>", b"RCPT TO:<inbox@example.net>", b"DATA",
            b"Authentication-Results: mx.example.net; spf=pass\r\nFrom: a@reject.example\r\n\r\nx\r\n.", b"QUIT")]
    identifier = re.search(r"(\w+) Message accepted", "".join(replies)).group(1)
    message = bench.message(identifier)
    flow.eq((message.above, b"Authentication-Results" in message.below), (b"", False),
            "sendmail -bs: not evaluated, forged fields go")
    flow.eq(bench.lines(identifier), [f"{identifier}: skipped=no-address client=- helo=pc.example.net "
                                      "mailfrom=bs@reject.example"], "sendmail -bs: the log line")
    subprocess.run([*command, "-i", "-f", "direct@reject.example", RECIPIENT], env=environment, timeout=60, check=True,
                   input=b"X-Test-Id: direct\n" + cases.OWN + b"From: a@reject.example\n\nx\n")
    flow.eq(cases.OWN in bench.mta.inbox.find("direct").below, True,
            "sendmail(1) without a submission agent: untouched")
    flow.eq(bench.lines("direct@reject"), [], "sendmail(1) without a submission agent: the milter is not asked")


STATISTICS = ("msgs", "spf_pass", "spf_softfail", "spf_fail", "spf_other", "dkim_pass", "dmarc_pass", "dmarc_fail",
              "enforced", "score_sum")


def statistics(flow, log):
    """The lines of both lives of the daemon, added up by domain; `*` is the sum of each time.  Scores in tenths."""
    seen = {}
    for line in re.findall(r"stats secs=\d+ (domain=.*)", log):
        values = dict(word.split("=") for word in line.split())
        counts = seen.setdefault(values["domain"], collections.Counter())
        counts.update({key: round(float(values[key]) * (10 if key == "score_sum" else 1)) for key in STATISTICS})
    total = sum(flow.judged.values(), collections.Counter())
    for domain, counts in {**flow.judged, "*": total}.items():
        flow.eq([f"{key}={seen.get(domain, {}).get(key)}" for key in STATISTICS],
                [f"{key}={counts[key]}" for key in STATISTICS], f"statistics: {domain} as sent")
    flow.eq(sorted(seen), sorted([*flow.judged, "*"]), "statistics: of no other domain")
    flow.notes.append(f"statistics: {total['msgs']} messages of {len(flow.judged)} domains")


def run(kind):
    with Bench(kind, ZONE) as bench:
        flow = Flow(bench)
        for step in (one_session, many_sessions, pipelined, large, given_up, helo_again, milter_restarts,
                     without_macros, local_postfix if kind == "Postfix" else local_sendmail):
            step(flow)
    statistics(flow, bench.daemon.log())
    flow.eq(bench.daemon.exit_code, 0, "the daemon ends with 0")
    return flow


def main():
    for kind, flow in each_mta(run).items():
        if not_here(kind, flow):
            continue
        for check in flow.checks:
            tap.eq(*check)
        for note in flow.notes:
            tap.note(f"{kind}: {note}")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
