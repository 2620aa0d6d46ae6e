"""test_edits.py - what the daemon asks the MTA to change: which fields go, in which order, and the header after it,
byte for byte; more than 500 forged fields are refused."""

import sys

from scene import CONTENT, FIELDS, ZONE, Log, greet, judged, send, skipped

import tap
from daemon import Daemon
from dnsserver import DnsServer
from edits import Edit, apply, block

RESULTS = b"Authentication-Results"
PLAIN = CONTENT.split(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n"

# Fields in the order of the message; True: forged.  own_authserv_ids are old.example.net and *.wild.example.
MIXED = [
    (True, "Authentication-Results: mx.example.net; spf=pass"),
    (False, "Received: from nowhere by elsewhere;\n\tmx.example.net"),
    (False, "Authentication-Results: elsewhere.example; spf=pass"),
    (True, "AUTHENTICATION-RESULTS: MX.EXAMPLE.NET; dkim=pass"),
    (True, "X-SPF-DMARC-Score: 0.0"),
    (True, "authentication-results: (a (nested) comment) \"mx.example.net\" 1; spf=pass"),
    (False, "X-Spam-Score: 0.0"),
    (True, "x-spf-dmarc-score: -100"),
    (True, "Authentication-Results:\n\tmx.example.net.;\n\tdmarc=pass"),
    (False, "Authentication-Results: mx.example.net.evil.example; spf=pass"),
    (True, "Authentication-Results: mx.example.net/job7; spf=pass"),
    (False, "Authentication-Results: notmx.example.net; none"),
    (True, "X-SPF-DMARC-Level:"),
    (True, "Authentication-Results:mx.example.net spf=pass broken ;;="),
    (True, "X-Spf-Dmarc-Reason: softfail"),
    (False, "X-SPF-DMARC-Reasons: no such field of ours"),
    (True, "Authentication-Results: old.example.net; spf=pass"),
    (True, "Authentication-Results: a.b.wild.example; spf=pass"),
    (False, "Received-SPF: pass (we do not write that one)"),
    (False, "Authentication-Results:"),
]


def message(fields):
    return ("\n".join(fields) + "\n").replace("\n", "\r\n").encode() + CONTENT


def deletions(fields):
    """As docs and edits.h promise: from the bottom to the top, index among the fields of that name."""
    counts, wanted = {}, []
    for forged, field in fields:
        name = field.split(":")[0]
        counts[name.lower()] = counts.get(name.lower(), 0) + 1
        if forged:
            wanted.insert(0, Edit("change", counts[name.lower()], name.encode(), b""))
    return wanted


def insertions():
    """Ours, the lowest first, so that the topmost is inserted last."""
    fields = [field.split(b":", 1) for field in FIELDS.replace(b"\n\t", b"\0").splitlines()]
    return [Edit("insert", 0, name, value.replace(b"\0", b"\n\t")) for name, value in reversed(fields)]


def mixed(daemon, log):
    kept = block([field.encode() for forged, field in MIXED if not forged]) + PLAIN
    content = message([field for _, field in MIXED])
    received = b"Received: from x by mx.example.net"
    with greet(daemon) as mta:
        result = send(mta, content=content)
        tap.eq(result.edits, deletions(MIXED) + insertions(),
               "interface 3: deletions from the bottom up, then ours at 0")
        tap.eq(result.header(received), FIELDS + received + b"\n" + kept, "interface 3: the header after it")
        sendmails = block(apply(result.fields, result.edits, received, sendmail=True))
        tap.eq(sendmails, FIELDS + received + b"\n" + kept, "interface 3: and as Sendmail does it")
        tap.eq((result.other, result.quarantine, result.reply.action), ([], None, "continue"),
               "interface 3: nothing else is changed")
        tap.eq(log.next(), [judged()], "interface 4: forged fields change no verdict")
    for name, macros, address in (("authenticated", {"{auth_authen}": "joe"}, "192.0.2.7"), ("no-address", {}, None)):
        with greet(daemon, address=address, macros=macros) as mta:
            result = send(mta, content=content)
            tap.eq((result.edits, result.header()), (deletions(MIXED), kept), f"interface 3: {name}: deletions alone")
            log.next()
    with greet(daemon, address="203.0.113.9") as mta:
        tap.eq(send(mta, content=content).header(), content.split(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n",
               "interface 3: a trusted host's fields stay")


def many(daemon, log):
    forged = "Authentication-Results: mx.example.net; spf=pass"
    with greet(daemon) as mta:
        fields = [(True, forged)] * 497 + MIXED[4:5] + MIXED[12:13] + MIXED[14:15] + MIXED[2:3]
        result = send(mta, content=message([field for _, field in fields]))
        tap.eq(result.edits, deletions(fields) + insertions(), "interface 2: 500 forged fields are removed")
        tap.eq(result.header(), FIELDS + fields[-1][1].encode() + b"\n" + PLAIN, "interface 2: all of them")
        tap.eq(log.next(), [judged()], "interface 2: and the message is judged")
        too_many = message([forged] * 500 + ["X-SPF-DMARC-Level: *"])
        result = send(mta, content=too_many)
        refused = ("reply", "550 5.7.1 Too many header fields that claim to be this host's own")
        tap.eq((result.reply.action, result.reply.text, result.edits), (*refused, []), "interface 2: 501 are refused")
        tap.eq(log.next(), [judged().replace("action=tag", "action=reject")], "interface 2: refused, and judged")
        tap.eq(send(mta).header(), FIELDS + PLAIN, "mta 6: the session goes on after a refusal")
        tap.eq(log.next(), [judged()], "mta 6: with the next message")
        spread = message([forged] * 250).replace(CONTENT, b"X-A: 1\r\n" * 3000 + message([forged] * 251))
        tap.eq(send(mta, content=spread).reply.text, refused[1],
               "interface 2: removal sees the fields past max_headers")
        log.next()
    for why, macros, address, shown in (("authenticated", {"{auth_authen}": "joe"}, "192.0.2.7", "192.0.2.7"),
                                        ("no-address", {}, None, "-")):
        with greet(daemon, address=address, macros=macros) as mta:
            result = send(mta, content=too_many)
            tap.eq((result.reply.action, result.reply.text), refused, f"interface 2: 501 from {why}")
            tap.eq(log.next(), [skipped(why, client=shown) + " action=reject"],
                   f"interface 2: the line of {why} ends in action=reject")


def statistics(daemon):
    """Every message that was judged is counted once, refused ones too; the others are not."""
    text = daemon.log()
    total = text[text.rindex("domain=*"):].split("\n")[0]
    judged_lines = [line for line in text.splitlines() if ": spf=softfail" in line]
    tap.ok(f" spf_softfail={len(judged_lines)} " in total, f"interface 4: the total: {total}")


def other_settings(daemon, log, settings):
    daemon.configure({**settings, "score.prefix": "X-Own", "spf.received_spf": True})
    daemon.reload()
    daemon.wait_log("configuration read again: .*score.prefix")
    fields = [(True, "X-Own-Score: 0.0"), (False, "X-SPF-DMARC-Score: 0.0"), (True, "Received-SPF: pass"),
              (True, "received-spf: fail")]
    with greet(daemon) as mta:
        result = send(mta, content=message([field for _, field in fields]))
        tap.eq(result.edits[:3], deletions(fields),
               "interface 3: fields of another prefix; Received-SPF when we write it")
        names = [edit.name.decode() for edit in reversed(result.edits[3:])]
        tap.eq(names, ["Received-SPF", "Authentication-Results", "X-Own-Score", "X-Own-Level", "X-Own-Reason"],
               "interface 3: Received-SPF stands above Authentication-Results")
        log.next()


def main():
    with DnsServer(ZONE) as dns:
        settings = {"dns.servers": [dns.address], "trusted_hosts": ["203.0.113.9"],
                    "own_authserv_ids": ["old.example.net", "*.wild.example"]}
        with Daemon(settings) as daemon:
            log = Log(daemon)
            mixed(daemon, log)
            many(daemon, log)
            other_settings(daemon, log, settings)
        tap.eq(daemon.exit_code, 0, "the daemon ends with 0")
        statistics(daemon)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
