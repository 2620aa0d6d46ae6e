"""cases.py - the messages of the end-to-end suite: one table for every mail server (test_suite.py runs it).

A case says what the client sends and what must come out: our fields, the client's header and body as the server
leaves them, and the log line.  Where a server hands over or delivers something else, `by` says what, and a row of
docs/mta.md says why.
"""

from dataclasses import dataclass, field

import dkimsign
import eight
from verdicts import EIGHT, FORGERY, Verdict, facts, of_nobody

KEY = dkimsign.Key()
OWN = b"Authentication-Results: mx.example.net; spf=pass; dmarc=pass\n"

ZONE = eight.ZONE + f'''
known.example        TXT "v=spf1 {{member}} ~all"
_dmarc.known.example TXT "v=DMARC1; p=reject"
key.example          TXT "v=spf1 -all"
_dmarc.key.example   TXT "v=DMARC1; p=reject"
s2._domainkey.key.example TXT {KEY.record}
'''


@dataclass
class Case:
    """header and body: what the client sends, with LF line ends, CRLF on the wire.  kept: the header as delivered;
    without it as sent.  verdict None: not evaluated; log: then the line without queue id, or None for no line.
    reply: the begin of the last reply.  role, helo, sender, login: the client's.  by: {"Sendmail": {field: value}},
    the name of each field that differs there; note: why, in few words."""
    name: str
    what: str
    header: bytes
    verdict: Verdict = FORGERY
    kept: bytes = None
    body: bytes = b"body\n"
    body_kept: bytes = None
    sender: str = None
    role: str = "stranger"
    helo: str = "mail.example.org"
    login: str = None
    log: str = None
    reply: str = "250 2."
    raw: bytes = None                   # the whole content, as it goes over the wire
    by: dict = field(default_factory=dict)
    note: str = ""

    def __post_init__(self):
        if self.sender is None:
            self.sender = f"{self.name}@reject.example"

    def seen_by(self, kind):
        """The case with the differences of that server."""
        differing = self.by.get(kind, {})
        return Case(**{**self.__dict__, **differing, "by": {}, "note": differing.get("note", "")})

    @property
    def content(self):
        if self.raw is not None:
            return self.raw
        return (self.header + b"\n" + self.body).replace(b"\n", b"\r\n")


FROM = b"From: a@reject.example\n"


def eight_cases():
    for number, message in enumerate(eight.MESSAGES, 1):
        header, _, body = message.content.replace(b"\r\n", b"\n").partition(b"\n\n")
        header += b"\n"
        kept = header
        if message.test_id.endswith("-forged"):
            kept = header[header.index(b"Authentication-Results: elsewhere"):]
        yield Case(f"eight-{number}", message.title, header, EIGHT[message.name], kept, body,
                   sender=message.sender, helo=message.helo)


SIMPLE = dkimsign.sign(b"From:  A  <a@key.example>\r\nSubject:\tone\r\n\ttwo\r\n   three \r\nX-Eight: caf\xe9\r\n"
                       b"X-Empty:\r\nX-Blank: \r\n\r\n.dot\r\ncaf\xe9\r\n\r\n", KEY, "key.example", "s2",
                       ["from", "subject", "x-eight", "x-empty", "x-blank"], "simple/simple")
BLANK = dkimsign.sign(b"From: a@key.example\r\nSubject : x\r\n\r\nx\r\n", KEY, "key.example", "s2",
                      ["from", "subject"], "simple/simple")
SIGNED = Verdict(("spf=fail smtp.mailfrom=key.example",
                  "dkim=pass header.d=key.example header.s=s2 header.a=rsa-sha256 header.b=\"%s\"",
                  "dmarc=pass (p=reject dis=none) header.from=key.example policy.dmarc=reject"),
                 facts("fail", "key.example", "-all", "reject", "pass", "reject", dkim="pass", by="dkim"),
                 "key.example", "0.3", ("hardfail-forgiven",), 4)


def with_b(verdict, content):
    """header.b: the first 8 characters of the signature's value."""
    b = content.split(b"\r\n\tb=", 1)[1][:8].decode()
    return verdict.but(results=tuple(r.replace("%s", b) for r in verdict.results))


def halves(content):
    header, _, body = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    return header + b"\n", body


SIMPLE_HEADER, SIMPLE_BODY = halves(SIMPLE)
BLANK_HEADER, BLANK_BODY = halves(BLANK)
KNOWN = Verdict(("spf=pass smtp.mailfrom=known.example", "dkim=none",
                 "dmarc=pass (p=reject dis=none) header.from=known.example policy.dmarc=reject"),
                facts("pass", "known.example", "~all", "reject", "pass", "reject", by="spf"), "known.example", dns=3)
BROKEN_KEY = Verdict(("spf=fail smtp.mailfrom=key.example",
                      "dkim=fail header.d=key.example header.s=s2 header.a=rsa-sha256 header.b=\"%s\"",
                      "dmarc=fail (p=reject dis=none) header.from=key.example policy.dmarc=reject"),
                     facts("fail", "key.example", "-all", "reject", "fail", "reject", dkim="fail"),
                     "key.example", "6.0", ("hardfail-enforced", "dmarc-reject"), 4)
NO_DOMAIN = Verdict(("spf=none", "dkim=none",
                     "dmarc=fail (p=reject dis=none) header.from=reject.example policy.dmarc=reject"),
                    facts("none", "-", "-", "-", "fail", "reject"), "reject.example", "3.0", ("dmarc-reject",), 2)
BY_HELO = Verdict(("spf=fail smtp.helo=hard.example", "dkim=none",
                   "dmarc=fail (p=none dis=none) header.from=none.example policy.dmarc=none"),
                  facts("fail", "hard.example", "-all", "reject", "fail", "none", identity="helo"),
                  "none.example", "3.0", ("hardfail-enforced",), 4)
NOTHING = Verdict(("spf=none smtp.mailfrom=nothing.example", "dkim=none", "dmarc=none header.from=nothing.example"),
                  facts("none", "nothing.example", "-", "-", "none", "-"), "nothing.example", dns=3)

FORGED_FORMS = (
    b"Authentication-Results: mx.example.net\n"
    b"Authentication-Results:mx.example.net;none\n"
    b"AUTHENTICATION-RESULTS:  \"mx.example.net\" 1; dmarc=pass\n"
    b"Authentication-Results:\n\t(c (nested) \\) )\n MX.Example.Net.\n ;\n\tspf=pass smtp.mailfrom=x.example\n"
    b"authentication-results: mx.example.net/job7; spf=pass\n"
    b"Authentication-Results: mx.example.net; spf=pass (unclosed\n"
    b"x-spf-dmarc-score: 0.0\nX-SPF-DMARC-LEVEL: *\nX-Spf-Dmarc-Reason:\n")
KEPT_FORMS = (
    b"Authentication-Results: mx.example.net.evil.example; spf=pass\n"
    b"Authentication-Results: xmx.example.net; spf=pass\n"
    b"ARC-Authentication-Results: i=1; mx.example.net; spf=pass\n"
    b"X-SPF-DMARC-Scores: 0.0\n"
    b"Received-SPF: pass\n")


def interleave(*blocks):
    """Fields of the blocks in turn."""
    lists = [block.replace(b"\n\t", b"\0\t").replace(b"\n ", b"\0 ").splitlines(keepends=True) for block in blocks]
    longest = max(map(len, lists))
    mixed = b"".join(fields[at] for at in range(longest) for fields in lists if at < len(fields))
    return mixed.replace(b"\0", b"\n")


HIDDEN = b"Return-Path: <x@y.example>\nBcc: z@example.org\nContent-Length: 5\nResent-Bcc: q@example.org\n"
LONG = b"X-Long: " + b"x" * 5000 + b"\n"
HUGE = b"X-Huge: " + b"x" * 70000 + b"\n"

CASES = [
    *eight_cases(),

    # Who sends
    Case("member", "an aligned SPF pass: results, and no score", b"From: a@known.example\n", KNOWN,
         sender="member@known.example", role="member"),
    Case("nothing-published", "no SPF, no DMARC: results, and no score", b"From: a@nothing.example\n", NOTHING,
         sender="a@nothing.example"),
    Case("null-sender", "8601 2.7.2, 7208 2.4: the null sender is checked by HELO", b"From: a@none.example\n", BY_HELO,
         sender="", helo="hard.example"),
    Case("no-helo", "no HELO and the null sender: SPF none without property", FROM, NO_DOMAIN.but(
        facts=facts("none", "-", "-", "-", "fail", "reject", identity="helo")), sender="", helo=None,
         by={"Sendmail": {"kept": b"X-Authentication-Warning: mx.example.net: mail.example.org [127.0.0.7] "
                                  b"didn't use HELO protocol\n" + FROM, "note": "adds X-Authentication-Warning"}}),
    Case("no-domain", "MAIL FROM without a domain is not the null sender", FROM, NO_DOMAIN, sender="root"),
    Case("nameless", "a client without a name in DNS is judged like any other", FROM, role="nameless"),
    Case("case", "MAIL FROM in other letters: the domain in lower case, the log as it came", FROM,
         sender="A.Case@Reject.EXAMPLE"),
    Case("trusted", "a trusted host: not even forged fields are touched", OWN + FROM + FORGED_FORMS, None,
         role="trusted"),
    Case("authenticated", "an authenticated client: not evaluated, forged fields go", OWN + FROM + FORGED_FORMS, None,
         FROM, login="joe", log="skipped=authenticated"),
    Case("authenticated-trusted", "authenticated on a trusted host: authenticated wins", OWN + FROM, None, FROM,
         role="trusted", login="joe", log="skipped=authenticated"),

    # Forged fields
    Case("forged-forms", "8601 5: every form of our authserv-id and of the score group is removed",
         FORGED_FORMS + FROM, kept=FROM),
    Case("kept-forms", "what is only like ours stays, byte for byte", KEPT_FORMS + FROM),
    Case("interleaved", "removed by index while fields of the same name stay between",
         interleave(FORGED_FORMS, KEPT_FORMS, b"Received: r1\nReceived: r2\nX-A: 1\nx-a: 2\n") + FROM + OWN,
         kept=interleave(KEPT_FORMS, b"Received: r1\nReceived: r2\nX-A: 1\nx-a: 2\n") + FROM),
    Case("forged-500", "500 forged fields are removed", OWN * 500 + FROM, kept=FROM),
    Case("forged-501", "501 are refused", OWN * 501 + FROM, log="action=reject", reply="550 5.7.1 "),
    Case("forged-501-login", "501 are refused from an authenticated client too", OWN * 501 + FROM, None,
         login="joe", log="action=reject", reply="550 5.7.1 "),
    Case("forged-folded", "a forged field of 45,000 octets in 9,000 folds",
         b"Authentication-Results: mx.example.net;" + b"\n x=y" * 9000 + b"\n" + FROM, kept=FROM),
    Case("forged-long", "a forged field of 45,000 octets in one line",
         b"Authentication-Results: mx.example.net;" + b" x=y;" * 9000 + b"\n" + FROM, kept=FROM),

    # The author
    Case("from-twice", "two From fields of different domains: repeated", FROM + b"From: b@none.example\n",
         of_nobody("repeated", reasons=("from-repeated",))),
    Case("from-twice-same", "two From fields of one domain: broken", FROM + b"Subject: x\nFrom: b@reject.example\n",
         of_nobody("broken")),
    Case("from-several", "two mailboxes of different domains in one field: several",
         b"From: a@reject.example, b@none.example\n",
         of_nobody("several", reasons=("from-several", "softfail-enforced"))),
    Case("from-missing", "no From: broken", b"Subject: x\n", of_nobody("broken")),
    Case("from-folded", "a folded From with a comment", b"From: a@reject.example\n (c)\n",
         by={"Sendmail": {"kept": b"From: a@reject.example (c)\n",
                          "note": "writes address fields anew when it delivers"}}),
    Case("from-route", "5322 4.4: a source route", b"From: \"A, B\" <@x.example,@y.example:a@Reject.Example>\n",
         by={"Sendmail": {"kept": b"From: \"A, B\" <a@Reject.Example>\n",
                          "note": "writes address fields anew when it delivers"}}),
    Case("to-list", "lists of addresses", FROM + b"To: <b@example.net>,c@example.net,  d@Example.NET (c)\n",
         by={"Sendmail": {"kept": FROM + b"To: <b@example.net>, c@example.net, d@Example.NET (c)\n",
                          "note": "writes address fields anew when it delivers"}}),

    # Odd header fields
    Case("blank-before-colon", "5322 4.5: a blank before the colon",
         b"X-First: 1\nSubject \t: s\nAuthentication-Results : mx.example.net; spf=pass\nFrom : a@reject.example\n"
         b"X-SPF-DMARC-Score\t: 0.0\n", kept=b"X-First: 1\nSubject: s\nFrom: a@reject.example\n"),
    Case("from-blank-first", "a first line `From :` is taken for one of an mbox",
         b"From : a@reject.example\nSubject: x\n", of_nobody("broken"),
         b"X-Mailbox-Line: From : a@reject.example\nSubject: x\n",
         by={"Sendmail": {"kept": b"Subject: x\n", "note": "drops the mbox line"}}),
    Case("mbox-line", "a first line of an mbox", b"From a@reject.example Mon Jan  1 00:00:00 2025\n" + FROM,
         kept=b"X-Mailbox-Line: From a@reject.example Mon Jan  1 00:00:00 2025\n" + FROM,
         by={"Sendmail": {"kept": FROM, "note": "drops the mbox line"}}),
    Case("empty-values", "fields without a value",
         FROM + b"Subject:\nX-Blank: \nX-Tab:\t\nAuthentication-Results:\nX-SPF-DMARC-Level:\nX-SPF-DMARC-Reason: \n",
         kept=FROM + b"Subject:\nX-Blank: \nX-Tab:\t\nAuthentication-Results:\n"),
    Case("folds", "folds with blanks, with tabs, and of blanks alone",
         FROM + b"Subject:\n\tone\n  two\t\nX-Ws: i\n \n j\nX-T:\tt\nX-Two:  two \n"),
    Case("eight-bit", "8-bit octets and controls in values and in the body",
         b"From: \xc3\xa4 <a@reject.example>\nSubject: caf\xe9\nX-Ctl: \x01\x0b\x7f\n", body=b"8 \xff\n"),
    Case("punctuation", "names of any printable characters", FROM + b"X-!#$%&'*+-^_{|}~: v\nX;Y: v\nX(Z): v\n"),
    Case("long-line", "a line of 5,000 octets", FROM + LONG + b"X-After: 1\n",
         by={"Sendmail": {"kept": FROM + LONG[:2303] + b"\nX-After: 1\n",
                          "note": "hands over the whole line and delivers 2,303 octets of it"}}),
    Case("huge-field", "a field of 70,000 octets", FROM + HUGE + b"X-After: 1\n",
         kept=FROM + HUGE[:60000] + b"\nX-After: 1\n",
         by={"Postfix": {"note": "shows and stores 60,000 octets of it"},
             "Sendmail": {"reply": "451 4.3.2 ", "verdict": None, "log": "skipped=aborted",
                          "note": "sends one packet of over 64 kB, which libmilter refuses"}}),
    Case("hidden-fields", "fields that the server takes out do not shift the index of ours",
         interleave(HIDDEN, OWN * 4) + b"Received: r1\n" + FROM, kept=b"Received: r1\n" + FROM,
         by={"Sendmail": {"kept": b"Bcc:\nResent-Bcc:\nReceived: r1\n" + FROM,
                          "note": "shows these fields to the milter; Bcc stays, empty"}}),
    Case("nul", "a NUL in a value and in the body", FROM + b"X-Nul: a\0b\n", kept=FROM + b"X-Nul: a\n", body=b"a\0b\n",
         by={"Sendmail": {"kept": FROM + b"X-Nul: ab\n", "note": "takes the NUL out, not the rest of the line"}}),
    Case("bare-cr", "a bare CR cannot hide a forged field", b"", raw=FROM.replace(b"\n", b"\r\n")
         + b"X-Cr: a\rAuthentication-Results: mx.example.net; spf=pass\r\n\r\nbo\rdy\r\n",
         kept=FROM + b"X-Cr: a Authentication-Results: mx.example.net; spf=pass\n", body_kept=b"bo dy\n",
         by={"Sendmail": {"reply": "421 4.5.0 ", "verdict": None, "log": "skipped=aborted", "note": "refuses it"}}),
    Case("bare-lf", "a bare LF cannot hide a forged field", b"", raw=FROM.replace(b"\n", b"\r\n")
         + b"X-Lf: a\nAuthentication-Results: mx.example.net; spf=pass\r\n\r\nbo\ndy\r\n",
         kept=FROM + b"X-Lf: a\n", body_kept=b"bo\ndy\n",
         by={"Sendmail": {"reply": "421 4.5.0 ", "verdict": None, "log": "skipped=aborted", "note": "refuses it"}}),

    # Where the header ends
    *(Case(f"malformed-{name}", f"the header ends at {what}; what follows is body", FROM,
           body=line + b"\n" + OWN + b"x\n", raw=(FROM + line + b"\n" + OWN + b"x\n").replace(b"\n", b"\r\n"))
      for name, what, line in (("text", "a line without a colon", b"no colon here"),
                               ("blank", "a blank in a name", b"X Y: v"),
                               ("control", "a control character in a name", b"X-\x01: v"),
                               ("8-bit", "an 8-bit octet in a name", b"X-\xe9: v"))),
    Case("fold-first", "a fold as the very first line: no header at all", b"", of_nobody("broken"),
         raw=b" From: a@reject.example\r\nSubject: x\r\n", body_kept=b" From: a@reject.example\nSubject: x\n"),
    Case("no-header", "a message without a header", b"", of_nobody("broken"), raw=b"\r\nbody\r\n"),
    Case("nothing", "a message of no octets", b"", of_nobody("broken"), raw=b"", body_kept=b""),
    Case("no-body", "a header and nothing else", FROM, raw=FROM.replace(b"\n", b"\r\n"), body_kept=b""),

    # DKIM
    Case("dkim-simple", "6376 3.4.1: a simple signature over folds, blanks, 8-bit and empty values", SIMPLE_HEADER,
         with_b(SIGNED, SIMPLE), body=SIMPLE_BODY, sender="dkim-simple@key.example"),
    Case("dkim-broken", "a signature whose body was changed", SIMPLE_HEADER, with_b(BROKEN_KEY, SIMPLE),
         body=SIMPLE_BODY.replace(b"dot", b"dit"), sender="dkim-broken@key.example"),
    Case("dkim-blank", "a simple signature over `Subject : x`, which neither server leaves so",
         BLANK_HEADER, with_b(BROKEN_KEY, BLANK), BLANK_HEADER.replace(b"Subject : x", b"Subject: x"), BLANK_BODY,
         sender="dkim-blank@key.example",
         by={kind: {"note": "takes the blank away before anybody sees it"} for kind in ("Postfix", "Sendmail")}),
]
