#!/usr/bin/env python3
"""test_fault.py - when something goes wrong under load, in Postfix and in Sendmail: the milter is killed, DNS never
answers or fails by halves, the daemon is told to stop or to read its configuration in the middle of everything."""

import os
import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import tap                              # noqa: E402
from bench import RECIPIENT, Bench, each_mta, not_here, queue_id    # noqa: E402
from smtp import SmtpError              # noqa: E402
from verdicts import Verdict, facts, unauthenticated   # noqa: E402

MESSAGES, CONNECTIONS = 200, 20
IN_PROGRESS = 50
DEADLINE_MS = 1500
SLACK_S = 0.5                           # of a busy host, beside the deadline

# The author's domain answers; what the sender may choose does not.
ZONE = '''
reject.example             TXT "v=spf1 -all"
_dmarc.reject.example      TXT "v=DMARC1; p=reject"
soft.example               TXT "v=spf1 ~all"
_dmarc.soft.example        TXT "v=DMARC1; p=reject"
slow.reject.example        *   !TIMEOUT
_dmarc.slow.reject.example *   !TIMEOUT
s1._domainkey.slow.reject.example * !TIMEOUT
slow.test                  *   !TIMEOUT
_dmarc.slow.test           *   !TIMEOUT
never.soft.example         TXT !TIMEOUT
'''
QUICK = {"dns.timeout_ms": 300, "dns.attempts": 2, "dns.deadline_ms": DEADLINE_MS}


def text(number, domain="soft.example"):
    return f"From: n{number}@{domain}\r\nX-Test-Id: {number}\r\n\r\nx\r\n".encode()


class Report:
    """Checks of one server, made while the other runs, printed later."""

    def __init__(self, kind):
        self.kind, self.checks, self.notes = kind, [], []

    def eq(self, got, want, name):
        self.checks.append((got, want, f"{self.kind}: {name}"))

    def ok(self, holds, name, why=""):
        self.eq(why if not holds else "", "", name)

    def note(self, line):
        self.notes.append(f"{self.kind}: {line}")


# The milter is killed

class Load:
    """Clients that send MESSAGES in all and try each again until it is accepted."""

    def __init__(self, bench):
        self.bench, self.accepted, self.refused, self.lock = bench, [], [], threading.Lock()
        self.some = threading.Event()   # a quarter is through

    def _note(self, number, reply):
        with self.lock:
            (self.accepted if reply is not None and reply.code == 250 else self.refused).append((number, reply))
            if len(self.accepted) >= MESSAGES // 4:
                self.some.set()

    def client(self, first):
        """Each client: every CONNECTIONS-th message; a new session after each failure, as a real one makes."""
        session, end = None, time.monotonic() + 60
        for number in range(first, MESSAGES, CONNECTIONS):
            reply = None
            while (reply is None or reply.code != 250) and time.monotonic() < end:
                try:
                    session = session or self.bench.connect()
                    reply = session.send(f"n{number}@soft.example", [RECIPIENT], text(number))
                except (SmtpError, OSError):
                    reply = None
                self._note(number, reply)
                if reply is None or reply.code != 250:
                    session = session and session.close()
                    time.sleep(0.05)


def killed(kind, report):
    """tempfail: what was accepted is delivered once, what was not can be sent again.  Over inet, so that a port is
    taken again at once too."""
    with Bench(kind, ZONE, {"dns.cache_entries": 0}, inet=True) as bench:
        bench.dns.delay_s = 0.05        # so that messages are in progress at any time
        load = Load(bench)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            clients = [pool.submit(load.client, number) for number in range(CONNECTIONS)]
            load.some.wait(60)
            before = len(load.accepted)
            bench.daemon.kill()
            time.sleep(0.4)
            bench.daemon.start()
            for client in clients:
                client.result()
        numbers = sorted(number for number, _ in load.accepted)
        report.eq(numbers, list(range(MESSAGES)), "killed in the middle: every message is accepted in the end, once")
        report.ok(all(reply is None or 400 <= reply.code < 500 for _, reply in load.refused),
                  "killed in the middle: no message is refused for good", str(load.refused[:3]))
        report.ok(before < MESSAGES and load.refused, "killed in the middle: it was in the middle",
                  f"{before} before, {len(load.refused)} refused")
        delivered = bench.mta.inbox.wait(MESSAGES)
        time.sleep(1.5)                 # one that comes twice would come now: the queue runs every second
        delivered = bench.mta.inbox.messages()
        report.eq(sorted(int(message.test_id) for message in delivered), list(range(MESSAGES)),
                  "killed in the middle: none is lost, none comes twice")
        odd = [message.raw for message in delivered if message.above != FORGERY_OF_SOFT.fields()]
        report.eq(odd[:1], [], "killed in the middle: each was judged, and once")
        report.note(f"milter killed after {before} of {MESSAGES} messages over {CONNECTIONS} connections: "
                    f"{len(load.refused)} attempts refused for the time being, 0 lost, 0 doubled")
    report.eq(bench.daemon.exit_code, 0, "killed in the middle: the one after it ends with 0")


FORGERY_OF_SOFT = unauthenticated("soft.example", "softfail", "~all", "reject", "5.5",
                                  ("dmarc-reject", "softfail-enforced"))


# DNS

TEMPERROR = Verdict(("spf=temperror smtp.mailfrom=soft.example", "dkim=none",
                     "dmarc=temperror header.from=soft.example"),
                    facts("temperror", "soft.example", "-", "-", "temperror", "-"), "soft.example")
REJECT = "(p=reject dis=none) header.from=reject.example policy.dmarc=reject"
UNPROVEN = Verdict(("spf=temperror smtp.mailfrom=slow.reject.example", "dkim=none", f"dmarc=temperror {REJECT}"),
                   facts("temperror", "slow.reject.example", "-", "-", "temperror", "reject"),
                   "reject.example", "2.0", ("dmarc-unproven",))
# Names of slow.test are not at or below the author's: they could not be aligned whatever they said.
BOUGHT_PEACE = Verdict(("spf=temperror smtp.mailfrom=slow.test", "dkim=none", f"dmarc=fail {REJECT}"),
                       facts("temperror", "slow.test", "-", "-", "fail", "reject"), "reject.example", "3.0",
                       ("dmarc-reject",))
# Its key cannot be asked, and it would be aligned.
SLOW_KEY = (b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=slow.reject.example; s=s1; h=from;\r\n"
            b"\tbh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAAAAAA\r\n")


def judged(bench, report, verdict, sender, content, label):
    """One message; the seconds from the final dot to the answer."""
    with bench.connect() as client:
        client.mail(sender)
        client.rcpt(RECIPIENT)
        client.command("DATA")
        begun = time.monotonic()
        client.write(client.stuffed(content))
        reply = client.read()
        took = time.monotonic() - begun
    identifier = queue_id(reply) if reply.code == 250 else None
    report.ok(identifier, f"{label}: delivered", str(reply))
    if identifier:
        report.eq(bench.message(identifier).above, verdict.fields(), f"{label}: the fields")
        line, = bench.lines(rf"\b{identifier}: ", keep_dns=False)
        report.eq(line, verdict.line(identifier, bench.address["stranger"], "mail.example.org", sender),
                  f"{label}: the log line")
        ms = int(re.search(rf"{identifier}: .* ms=(\d+)", bench.daemon.log()).group(1))
        report.ok(took < DEADLINE_MS / 1000 + SLACK_S, f"{label}: within dns.deadline_ms = {DEADLINE_MS}",
                  f"{took:.2f} s")
        report.note(f"{label}: answered {took:.2f} s after the final dot, ms={ms}")
    return took


def dns_fails(kind, report):
    with Bench(kind, ZONE, QUICK) as bench:
        for override in ("TIMEOUT", "SERVFAIL", "REFUSED"):
            bench.dns.override = override
            judged(bench, report, TEMPERROR, f"{override.lower()}@soft.example", text(1),
                   f"DNS that answers {override}" if override != "TIMEOUT" else "DNS that never answers")
        # The author's policy is read while what the sender chose never answers, with the plan and without.
        bench.dns.override = None
        for prefetch in (True, False):
            word = "on" if prefetch else "off"
            bench.daemon.configure({**bench.settings, **QUICK, "dns.prefetch": prefetch, "dns.cache_entries": 0})
            reloads = bench.daemon.log().count("configuration read again")
            bench.daemon.reload()
            bench.daemon.wait_log(r"(?s)(configuration read again.*){%d}" % (reloads + 1))
            judged(bench, report, UNPROVEN, f"unproven-{word}@slow.reject.example", text(2, "reject.example"),
                   f"prefetch {word}, an aligned name that never answers")
            judged(bench, report, BOUGHT_PEACE, f"forgery-{word}@slow.test", text(3, "reject.example"),
                   f"prefetch {word}, a forgery whose MAIL FROM never answers")
            key = UNPROVEN.but(
                results=("spf=temperror smtp.mailfrom=slow.test",
                         "dkim=temperror header.d=slow.reject.example header.s=s1 header.a=rsa-sha256 "
                         "header.b=\"AAAAAAAA\"", f"dmarc=temperror {REJECT}"),
                facts=facts("temperror", "slow.test", "-", "-", "temperror", "reject", dkim="temperror"))
            judged(bench, report, key, f"key-{word}@slow.test", SLOW_KEY + text(4, "reject.example"),
                   f"prefetch {word}, a key that never answers")
    report.eq(bench.daemon.exit_code, 0, "DNS fails: the daemon ends with 0")


# Signals

def stopped_in_progress(kind, report):
    """TERM while 50 messages wait for DNS: each is answered and judged; a MAIL after it is turned away.  More time
    than shipped: on a busy host libmilter lets some messages wait until others have their answer."""
    zone = ZONE + "".join(f'_dmarc.d{n}.example TXT "v=DMARC1; p=none"\n' for n in range(IN_PROGRESS))
    with Bench(kind, zone, {"shutdown_timeout_s": 60}) as bench:
        idle = bench.connect()
        report.eq(idle.send("idle@soft.example", [RECIPIENT], text("idle")).code, 250, "TERM: a session before it")
        sessions = [bench.connect() for _ in range(IN_PROGRESS)]
        for number, session in enumerate(sessions):
            session.half(f"n{number}@nothing.test", [RECIPIENT], b"")
        bench.dns.delay_s = 1.5         # so the author's policy, asked for after the final dot, is waited for
        for number, session in enumerate(sessions):
            session.write(session.stuffed(text(number, f"d{number}.example")))
        time.sleep(0.2)
        open_before = IN_PROGRESS - len(bench.lines(r"mailfrom=n\d+@nothing"))
        begun = time.monotonic()
        bench.daemon.signal(signal.SIGTERM)
        time.sleep(0.2)
        late = idle.mail("late@soft.example")
        replies = [session.read() for session in sessions]
        code = bench.daemon.wait(90)
        took = time.monotonic() - begun
        for session in sessions:
            session.quit()
        idle.close()
        report.eq(late.raw[:10], b"421 4.3.2 ", "TERM: a MAIL after it gets 421 4.3.2")
        report.eq((open_before, code), (IN_PROGRESS, 0), f"TERM: {IN_PROGRESS} messages in progress, exit 0")
        report.eq([repr(reply) for reply in replies if reply.code != 250], [],
                  "TERM: each message is answered and accepted")
        for number, reply in enumerate(replies):
            policy = f"dmarc=fail (p=none dis=none) header.from=d{number}.example policy.dmarc=none"
            verdict = Verdict(("spf=none smtp.mailfrom=nothing.test", "dkim=none", policy), "")
            if reply.code == 250:
                report.eq(bench.message(queue_id(reply)).above, verdict.fields(), f"TERM: message {number} is judged")
        report.eq(len(bench.mta.inbox.messages()), IN_PROGRESS + 1, "TERM: nothing is lost or doubled")
        (total,) = re.findall(r"stats secs=\d+ domain=\* .*?msgs=(\d+) ", bench.daemon.log())
        report.eq(int(total), IN_PROGRESS + 1, "TERM: the statistics hold them all")
        report.note(f"TERM with {open_before} messages in progress: ended {took:.2f} s later, all answered")


def reloaded(kind, report):
    """HUP within a session: that one keeps what it began with, the next has the new; a broken file changes nothing."""
    with Bench(kind, ZONE) as bench:
        daemon, wanted = bench.daemon, {**bench.settings, "authserv_id": "new.example.net", "score.prefix": "X-New"}

        def fields(client, number):
            reply = client.send(f"n{number}@soft.example", [RECIPIENT], text(number))
            return bench.message(queue_id(reply)).above
        old, new = FORGERY_OF_SOFT.fields(), FORGERY_OF_SOFT.fields("new.example.net", "X-New")
        with bench.connect() as first:
            report.eq(fields(first, 1), old, "HUP: before it")
            pid = daemon.pid
            daemon.configure(wanted)
            daemon.reload()
            daemon.wait_log("configuration read again")
            with bench.connect() as second:
                report.eq(fields(second, 2), new, "HUP: a new session has the new configuration")
                report.eq(fields(first, 3), old, "HUP: an open session keeps its own")
                daemon.configure(text="authserv_id = \"third.example.net\";\nno_such_key = 1;\n")
                daemon.reload()
                daemon.wait_log(r"softfail-milter\.conf:2: .*no_such_key")
                daemon.wait_log("old configuration stays in force")
                report.eq(fields(second, 4), new, "HUP with a broken file: the open session")
            with bench.connect() as third:
                report.eq(fields(third, 5), new, "HUP with a broken file: a new session has the old one")
            received_spf(bench, report)
            daemon.configure({**wanted, "socket": "inet:9@127.0.0.1", "dns.servers": [bench.dns.address]})
            daemon.signal(signal.SIGUSR1)
            daemon.wait_log(r"restart.*\bsocket\b")
            with bench.connect() as fourth:
                report.eq(fields(fourth, 6), new, "USR1: what needs a restart is named and does not move")
            report.eq((daemon.pid, daemon.process.poll()), (pid, None), "HUP: it is the same process")
    report.eq(daemon.exit_code, 0, "HUP: the daemon ends with 0")


def received_spf(bench, report):
    """spf.received_spf: ours stands above our Authentication-Results, a client's own is removed."""
    bench.daemon.configure({**bench.settings, "spf.received_spf": True})
    bench.daemon.reload()
    bench.daemon.wait_log("changed: .*spf.received_spf")
    with bench.connect() as client:
        reply = client.send("n7@soft.example", [RECIPIENT], b"Received-SPF: pass\r\nreceived-spf: none\r\n" + text(7))
    message = bench.message(queue_id(reply))
    ours, found, rest = message.above.partition(b"Authentication-Results:")
    report.eq((ours.startswith(b"Received-SPF: softfail "), ours.count(b"Received-SPF:"), found + rest),
              (True, 1, FORGERY_OF_SOFT.fields()), "spf.received_spf: above our Authentication-Results")
    report.eq(message.values("Received-SPF")[1:], [], "spf.received_spf: the client's own is removed")


def run(kind):
    report = Report(kind)
    for step in (killed, dns_fails, stopped_in_progress, reloaded):
        begun = time.monotonic()
        step(kind, report)
        report.note(f"{step.__name__}: {time.monotonic() - begun:.1f} s")
    return report


def main():
    for kind, report in each_mta(run).items():
        if not_here(kind, report):
            continue
        for check in report.checks:
            tap.eq(*check)
        for note in report.notes:
            tap.note(note)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
