"""test_contract.py - what the daemon writes, sentence by sentence: Authentication-Results, score fields, Received-SPF,
the lines of the log as text and as JSON, the statistics; and what it removes past the limits and in mode upstream."""

import json
import re
import sys

from scene import CLIENT, CONTENT, FIELDS, SENDER, ZONE_TEXT, Log, dial, greet, send

import tap
from daemon import Daemon
from dkimsign import Key, sign
from dnsserver import DnsServer
from zone import Zone

KEY = Key()
ZONE = Zone(ZONE_TEXT + rf"""
s1._domainkey.example.org TXT {KEY.record}
S-2.a_b._domainkey.example.org TXT {KEY.record}
slow._domainkey.example.org TXT !SERVFAIL
quarantine.test TXT "v=spf1 ip4:192.0.2.7 -all"
_dmarc.quarantine.test TXT "v=DMARC1; p=quarantine"
weak.test TXT "v=spf1 ?all"
_dmarc.weak.test TXT "v=DMARC1; p=reject; t=y"
broken.test TXT "v=spf1 nonsense"
below.example.org TXT !SERVFAIL
exp.test TXT "v=spf1 -all exp=why.exp.test"
why.exp.test TXT "the words of a stranger"
xn--bcher-kva.test TXT "v=spf1 -all"
_dmarc.xn--bcher-kva.test TXT "v=DMARC1; p=reject"
""")
REJECT = "dmarc=fail (p=reject dis=none) header.from=example.org policy.dmarc=reject"
SIGNED = 'dkim=pass header.d=example.org header.s=s1 header.a=rsa-sha256 header.b="*"'

# what it shows; MAIL FROM; From; the resinfos; the score fields; facts of the log line
ROWS = [
    ("no record anywhere", "a@nothing.test", "a@nothing.test",
     ["spf=none smtp.mailfrom=nothing.test", "dkim=none", "dmarc=none header.from=nothing.test"], "",
     "spf_all=- spf_open=no enforcement=- dmarc=none policy=- score=0.0 reason=- action=accept"),
    ("a pass under quarantine; letter case", "A@Quarantine.TEST", "a@QUARANTINE.test",
     ["spf=pass smtp.mailfrom=quarantine.test", "dkim=none",
      "dmarc=pass (p=quarantine dis=none) header.from=quarantine.test policy.dmarc=quarantine"], "",
     "spf_domain=quarantine.test spf_all=-all dmarc_by=spf policy=quarantine reason=- mailfrom=A@Quarantine.TEST"),
    ("p= and policy.dmarc are the policy after t", "a@weak.test", "a@weak.test",
     ["spf=neutral smtp.mailfrom=weak.test", "dkim=none",
      "dmarc=fail (p=quarantine dis=none) header.from=weak.test policy.dmarc=quarantine"], "1.9 * dmarc-quarantine",
     "spf=neutral spf_all=?all enforcement=quarantine policy=quarantine score=1.9"),
    ("MAIL FROM without a domain is not the null sender", "root", SENDER,
     ["spf=none", "dkim=none", REJECT], "3.0 *** dmarc-reject", "spf_id=mailfrom spf_domain=- mailfrom=root"),
    ("an address literal leaves the property out", "a@[192.0.2.1]", SENDER,
     ["spf=none", "dkim=none", REJECT], "3.0 *** dmarc-reject", "spf_domain=- mailfrom=a@[192.0.2.1]"),
    ("a single label is a domain", "a@localhost", "root@localhost",
     ["spf=none smtp.mailfrom=localhost", "dkim=none", "dmarc=none header.from=localhost"], "",
     "author=one policy=- header_from=localhost"),
    ("the null sender is checked by HELO", "", SENDER,
     ["spf=pass smtp.helo=mail.example.org", "dkim=none",
      "dmarc=pass (p=reject dis=none) header.from=example.org policy.dmarc=reject"], "",
     "spf_id=helo spf_domain=mail.example.org mailfrom=<>"),
    ("permerror", "a@broken.test", SENDER, ["spf=permerror smtp.mailfrom=broken.test", "dkim=none", REJECT],
     "3.3 *** dmarc-reject spf-permerror", "spf_all=- enforcement=nodmarc reason=dmarc-reject,spf-permerror"),
    ("unproven", "a@below.example.org", SENDER,
     ["spf=temperror smtp.mailfrom=below.example.org", "dkim=none", REJECT.replace("fail", "temperror")],
     "2.0 ** dmarc-unproven", "spf=temperror enforcement=- dmarc=temperror policy=reject"),
    ("no exp= in a header", "a@exp.test", SENDER, ["spf=fail smtp.mailfrom=exp.test", "dkim=none", REJECT],
     "4.0 **** dmarc-reject hardfail-advisory", "spf=fail"),
    ("domains as A-labels", "a@xn--BCHER-kva.test", "a@b\u00fccher.test",
     ["spf=fail smtp.mailfrom=xn--bcher-kva.test", "dkim=none",
      "dmarc=fail (p=reject dis=none) header.from=xn--bcher-kva.test policy.dmarc=reject"],
     "6.0 ****** hardfail-enforced dmarc-reject", "header_from=xn--bcher-kva.test"),
    ("several authors", SENDER, "a@example.org, b@nothing.test",
     ["spf=softfail smtp.mailfrom=example.org", "dkim=none", "dmarc=permerror"],
     "5.5 ***** from-several softfail-enforced", "author=several policy=- header_from=-"),
    ("a second From field", SENDER, "a@example.org\r\nFrom: b@nothing.test",
     ["spf=softfail smtp.mailfrom=example.org", "dkim=none", "dmarc=permerror"], "5.5 ***** from-repeated",
     "author=repeated policy=- reason=from-repeated header_from=-"),
]

# what it shows; (selector, more tags) of each signature, the topmost last; the resinfos; facts
SIGNATURES = [
    ("i= that is d= says nothing", [("s1", "i=@example.org")], [SIGNED], "dkim=pass dmarc_by=dkim"),
    ("i= with a local part", [("s1", "i=Joe@Example.org")], [SIGNED + " header.i=Joe@example.org"], "dkim=pass"),
    ("i= of another domain", [("s1", "i=@Sub.example.org")], [SIGNED + " header.i=@sub.example.org"], "dkim=pass"),
    ("i= with a local part that is no dot-atom", [("s1", "i==22j=20o=22@example.org")],
     [SIGNED + " header.i=@example.org"], "dkim=pass"),
    ("a selector of several labels", [("S-2.a_b", "")], [SIGNED.replace("=s1", "=S-2.a_b")], "dkim=pass"),
    ("one dkim= a signature; the log has the best", [("s1", ""), ("none", ""), ("slow", "")],
     [SIGNED.replace("=s1", "=slow").replace("pass", "temperror"),
      SIGNED.replace("=s1", "=none").replace("pass", "permerror"), SIGNED], "dkim=pass dmarc_by=dkim"),
    ("temperror is better than permerror", [("none", ""), ("slow", "")],
     [SIGNED.replace("=s1", "=slow").replace("pass", "temperror"),
      SIGNED.replace("=s1", "=none").replace("pass", "permerror")], "dkim=temperror dmarc=temperror dmarc_by=-"),
]

TEXT_KEYS = ("spf spf_id spf_domain spf_all spf_open enforcement dkim dmarc dmarc_by author policy score reason action "
             "dns ms client helo mailfrom header_from").split()
STATS_KEYS = ("secs domain policy spf_all msgs spf_pass spf_softfail spf_fail spf_other dkim_pass dmarc_pass "
              "dmarc_fail enforced score_sum").split()


def content(author):
    return CONTENT.replace(b"A <a@example.org>", author.encode())


def ours(result):
    """Our fields, from the top, with the chosen part of header.b as "*"."""
    fields = [edit.name + b":" + edit.value for edit in reversed(result.edits) if edit.value]
    return re.sub(r'header\.b="[A-Za-z0-9+/]{8}"', 'header.b="*"', "\n".join(field.decode() for field in fields))


def written(resinfos, score):
    text = "Authentication-Results: mx.example.net;\n\t" + ";\n\t".join(resinfos)
    parts = score.split(" ", 2)
    for name, value in zip(("Score", "Level", "Reason"), parts if score else ()):
        text += f"\nX-SPF-DMARC-{name}: {value}"
    return text


def facts(line, wanted, name):
    words = line.split()
    tap.eq([word.split("=")[0] for word in words[1:]], TEXT_KEYS, f"interface 4: the keys and their order: {name}")
    tap.eq([word for word in wanted.split() if word not in words], [], f"interface 4: facts of the line: {name}")


def headers_and_lines(daemon, log):
    with greet(daemon) as mta:
        for name, sender, author, resinfos, score, wanted in ROWS:
            tap.eq(ours(send(mta, sender, content(author))), written(resinfos, score), f"interface 3: {name}")
            facts(log.next()[0], wanted, name)
        for name, signatures, resinfos, wanted in SIGNATURES:
            signed = CONTENT
            for selector, tags in signatures:
                signed = sign(signed, KEY, "example.org", selector, ["from"], tags=tags)
            text = ours(send(mta, content=signed))
            tap.eq(text.split(";\n\t")[2:-1], resinfos, f"interface 3: {name}")
            facts(log.next()[0], wanted, name)
        send(mta, "\\\x01\u00e9@example.org")
        tap.ok(r" mailfrom=\x5c\x01\xc3\xa9@example.org " in log.next()[0], "interface 4: escapes are in lower case")


def statistics(daemon):
    lines = [line.split(" ", 1) for line in daemon.log().splitlines() if " stats " in line]
    tap.ok(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time, _ in lines),
           "interface 4: RFC 3339, UTC")
    rows = [dict(word.split("=", 1) for word in text.split()[1:]) for _, text in lines]
    tap.eq([list(row) for row in rows], [STATS_KEYS] * len(rows), "interface 4: the keys of the statistics")
    tap.eq([row["domain"] for row in rows], ["example.org", "localhost", "+unusable", "+other", "*"],
           "interface 4: the busiest, then the rest, then the total")
    tap.eq([(row["policy"], row["spf_all"]) for row in rows], [("reject", "~all")] + [("-", "-")] * 4,
           "interface 4: policy and spf_all as last seen, not of the sums")
    total = len(ROWS) + len(SIGNATURES) + 1
    tap.eq((rows[-1]["msgs"], rows[2]["msgs"]), (str(total), "2"), "interface 4: every message is in the total")
    for key in ("msgs", "spf_pass", "spf_other", "dkim_pass", "dmarc_pass", "dmarc_fail", "score_sum"):
        tap.ok(abs(sum(float(row[key]) for row in rows[:-1]) - float(rows[-1][key])) < 0.01,
               f"interface 4: {key} of the lines makes the total")


def as_json(daemon):
    with greet(daemon) as mta:
        send(mta)
        send(mta, "", content("x"))
        mta.begin()
        mta.mail(f"<{SENDER}>")
        mta.abort()
    daemon.wait_log('"skipped":"aborted"')      # an abort is not answered
    with dial(daemon, queue_id=None) as mta:
        mta.connect("mail.example.org", CLIENT)
        send(mta)


def judge_json(text):
    lines = [json.loads(line.split(" ", 1)[1]) for line in text.splitlines() if " {" in line]
    first, null_sender, aborted, unnamed = lines[:4]
    tap.eq(list(first), ["event", "queue_id"] + TEXT_KEYS, "interface 4: the same keys in JSON")
    tap.eq((first["event"], first["queue_id"], first["score"], first["reason"], first["dmarc_by"]),
           ("message", "Q1", 5.5, ["dmarc-reject", "softfail-enforced"], None),
           "interface 4: numbers are numbers, reasons an array, - is null")
    tap.eq((null_sender["mailfrom"], null_sender["header_from"], null_sender["policy"], type(null_sender["dns"])),
           ("<>", None, None, int), "interface 4: the null sender in JSON; no author")
    tap.eq(list(aborted.items()), [("event", "message"), ("queue_id", "Q1"), ("skipped", "aborted"), ("client", CLIENT),
                                   ("helo", "mail.example.org"), ("mailfrom", SENDER)], "interface 4: aborted in JSON")
    tap.eq((unnamed["queue_id"], unnamed["helo"]), (None, None), "interface 4: NOQUEUE and no HELO are null")
    tap.eq([list(line) for line in lines[4:]], [["event"] + STATS_KEYS] * 3, "interface 4: statistics in JSON")
    tap.eq([(line["event"], line["domain"], line["msgs"], line["spf_all"]) for line in lines[4:]],
           [("stats", "example.org", 2, "~all"), ("stats", "+unusable", 1, None), ("stats", "*", 3, None)],
           "interface 4: their values")


def received_spf(daemon):
    first = ("Received-SPF: softfail (mx.example.net: the domain does not expect this client)\n\tclient-ip=192.0.2.7;\n"
             "\tenvelope-from=\"a@example.org\";\n\thelo=mail.example.org;\n\treceiver=mx.example.net;\n"
             "\tidentity=mailfrom;\n\tmechanism=~all\n" + FIELDS.decode()[:-1])
    with greet(daemon) as mta:
        tap.eq(ours(send(mta)), first, "7208 9.1: Received-SPF on top of our fields")
        text = ours(send(mta, "a@broken.test"))
        tap.ok('\tproblem="broken.test: ' in text and "mechanism=" not in text, "7208 9.1: problem of an error")
        text = ours(send(mta, "\"a\\\" b\r\"@exp.test"))
        tap.ok("envelope-from" not in text and "stranger" not in text, "7208 9.1: nothing that cannot be quoted")
        text = ours(send(mta, "a" * 400 + "@example.org"))
        tap.ok("envelope-from" not in text and all(len(line) < 998 for line in text.split("\n")),
               "7208 9.1: not too long")


def removed(result):
    return [edit.index for edit in result.edits if edit.value == b""]


def past_the_limits(daemon):
    """Of a field past max_header_bytes only a part is kept: an id behind that part must not be missed."""
    fill = b"".join(b"X-%d: %s\r\n" % (i, b"a" * 60000) for i in range(5))
    with greet(daemon) as mta:
        for name, before in (("a comment", b"(" + b"c " * 30000 + b")"), ("blanks", b"\r\n " * 30000)):
            field = b"Authentication-Results: " + before + b" mx.example.net; dmarc=pass\r\n"
            tap.eq(removed(send(mta, content=fill + field + CONTENT)), [1], f"interface 2: an id behind {name} is seen")
        field = b"Authentication-Results: elsewhere.test; x=y\r\n"
        tap.eq(removed(send(mta, content=fill + field + CONTENT)), [], "interface 3: a whole field of others stays")


def trusted_ids(daemon, upstream):
    field = b"Authentication-Results: filter.test; dkim=pass header.d=example.org\r\n"
    other = field.replace(b"filter.test", b"Second.test.")
    rows = [("one on top", field, [], [1]), ("a run", field + field, [], [2, 1]),
            ("below another field", b"X: y\r\n" + field, [1], [1]),
            ("a run, and more below", field + b"X: y\r\n" + field + other, [3, 2], [3, 2, 1])]
    for options in ({}, {"macros": {"{auth_authen}": "joe"}}, {"address": None}):
        with greet(daemon, **options) as mta:
            for name, fields, kept_run, all_of_them in rows:
                tap.eq(removed(send(mta, content=fields + CONTENT)), kept_run if upstream else all_of_them,
                       f"interface 3: trusted ids, upstream {upstream}, {options}: {name}")
    if upstream:
        with greet(daemon) as mta:
            tap.eq(ours(send(mta, content=field + CONTENT)), written(
                ["spf=softfail smtp.mailfrom=example.org", REJECT.replace("fail", "pass")], ""),
                   "interface 3: no dkim= when dkim.source is upstream")


def main():
    with DnsServer(ZONE) as dns:
        servers = {"dns.servers": [dns.address], "dns.deadline_ms": 5000}
        with Daemon({**servers, "stats.top": 2}) as daemon:
            headers_and_lines(daemon, Log(daemon))
        statistics(daemon)
        with Daemon({**servers, "log.format": "json"}) as daemon:
            as_json(daemon)
        judge_json(daemon.log())
        with Daemon({**servers, "spf.received_spf": True}) as daemon:
            received_spf(daemon)
            past_the_limits(daemon)
        for source in ("verify", "upstream"):
            with Daemon({**servers, "dkim.source": source,
                         "dkim.trusted_authserv_ids": ["filter.test", "second.test"]}) as daemon:
                trusted_ids(daemon, source == "upstream")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
