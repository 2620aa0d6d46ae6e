"""workload.py - everything at once, for the runs under valgrind and ThreadSanitizer: many connections, each a script
of messages of all kinds, aborts and hang-ups, with reloads in between, and an end with messages in progress."""

import random
import re
import threading
import time

import scene
from dkimsign import Key, sign
from milterclient import MilterError

FORGED = b"Authentication-Results: mx.example.net; spf=pass\r\nX-SPF-DMARC-Score: 0.0\r\n"
BIG = scene.CONTENT + b"0123456789abcdef\r\n" * 20000
LONG = b"X-A: 1\r\n" * 3000 + scene.CONTENT

KEY = Key()
SIGNED = sign(b"From: a@signed.test\r\nSubject: one\r\n\r\nhello\r\n", KEY, "signed.test", "s1", ["from", "subject"],
              "simple/simple")
ZONE_TEXT = scene.ZONE_TEXT + f"""
_dmarc.signed.test TXT "v=DMARC1; p=reject"
signed.test TXT "v=spf1 include:_a.signed.test include:_b.signed.test ~all"
_a.signed.test TXT "v=spf1 a:mail.example.org mx -all"
_b.signed.test TXT "v=spf1 ip4:198.51.100.0/24 -all"
s1._domainkey.signed.test TXT {KEY.record}
slow.test * !TIMEOUT
_dmarc.slow.test * !TIMEOUT
bad.test * !SERVFAIL
"""

# sender, content
MESSAGES = [
    ("a@example.org", scene.CONTENT), ("", scene.CONTENT), ("a@signed.test", SIGNED), ("a@example.org", FORGED * 3 +
     scene.CONTENT), ("a@slow.test", scene.CONTENT), ("a@bad.test", b"From: a@bad.test\r\n\r\n"), ("root", b"\r\n"),
    ("a@example.org", BIG), ("a@example.org", LONG), ("a@example.org", FORGED * 251 + scene.CONTENT),
    ("a@nowhere.test", b"From: a@example.org, b@example.net\r\nFrom: c@example.com\r\n\r\nx\r\n"),
]

SETTINGS = {"dns.timeout_ms": 200, "dns.attempts": 1, "dns.deadline_ms": 400, "trusted_hosts": ["203.0.113.9"]}
RELOADED = [
    {}, {"dns.timeout_ms": 300}, {"authserv_id": "other.example.net"}, {"dkim.source": "off"}, {"score.prefix": "X-P"},
    {"log.format": "json"}, {"spf.received_spf": True}, {"dns.cache_entries": 0}, {"dns.prefetch": False},
]


def session(daemon, dice, messages):
    """One connection; how it ends is thrown."""
    version = dice.choice((6, 6, 6, 4, 2))
    mta = scene.dial(daemon, version=version, macros=dice.choice(({}, {}, {"{auth_authen}": "joe"})))
    if dice.random() < 0.9:
        mta.connect("mail.example.org", dice.choice(("192.0.2.7", "2001:db8::7", None, "203.0.113.9")))
        mta.helo("mail.example.org")
    for sender, content in messages:
        if dice.random() < 0.2:
            mta.begin()
            if mta.mail(f"<{sender}>"):
                mta.data()
                mta.header("From", " a@example.org")
                mta.header("DKIM-Signature", " v=1; a=rsa-sha256; d=signed.test; s=s1; h=from; bh=x; b=y")
            mta.abort()
        scene.send(mta, sender, content)
    dice.choice((mta.quit, mta.close))()


def many_sessions(daemon, number, rounds):
    dice = random.Random(number)
    for _ in range(rounds):
        try:
            session(daemon, dice, dice.sample(MESSAGES, 3))
        except MilterError:
            if daemon.process.poll() is not None:
                return


def judged(daemon):
    """How many messages were evaluated."""
    return len(re.findall(r': spf=|"spf":', daemon.log()))


def run(daemon, settings, connections, rounds, reload_s=0.2):
    """The workload; the daemon is then stopped with messages in progress.  Its exit code."""
    threads = [threading.Thread(target=many_sessions, args=(daemon, n, rounds)) for n in range(connections)]
    for thread in threads:
        thread.start()
    turn = 0
    while any(thread.is_alive() for thread in threads):
        time.sleep(reload_s)
        daemon.configure({**settings, **RELOADED[turn % len(RELOADED)]})
        daemon.reload()
        turn += 1
    daemon.configure(text="nonsense = 1;\n")
    daemon.reload()
    daemon.wait_log("stays in force")
    open_ones = [scene.greet(daemon) for _ in range(3)]
    for mta in open_ones:
        mta.begin()
        mta.mail("<a@slow.test>")
        mta.data()
    daemon.signal(15)
    time.sleep(0.1)
    for mta in open_ones[1:]:
        mta.header("From", " a@slow.test")
        mta.eoh()
        mta.eom()
    open_ones[0].close()
    code = daemon.wait(60)
    for mta in open_ones:
        mta.close()
    return code
