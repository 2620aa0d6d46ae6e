"""verdicts.py - what is promised for a judged message: the fields above the MTA's Received, and the log line.

Written from the description of headers and log (softfail-headers(7), softfail-milter(8)), not from the daemon's output.
"""

import re
from dataclasses import dataclass, replace

HOST = "mx.example.net"


@dataclass(frozen=True)
class Verdict:
    """results: the resinfos in order; score, reasons: as in the fields; facts: of the log line, from spf= to policy=;
    dns: the questions that the verdict needs, None: any number; author: header_from= of the log line."""
    results: tuple
    facts: str
    author: str = "-"
    score: str = "0.0"
    reasons: tuple = ()
    dns: int = None

    def but(self, **changes):
        return replace(self, **changes)

    def fields(self, host=HOST, prefix="X-SPF-DMARC"):
        """Octets of whole fields, in place and order."""
        text = f"Authentication-Results: {host}" + "".join(f";\n\t{result}" for result in self.results) + "\n"
        if self.score != "0.0":
            text += (f"{prefix}-Score: {self.score}\n{prefix}-Level: {'*' * max(1, int(float(self.score)))}\n"
                     f"{prefix}-Reason: {' '.join(self.reasons)}\n")
        return text.encode()

    def line(self, queue_id, client, helo, sender):
        """The log line, with ms masked as masked() does."""
        action = "tag" if self.score != "0.0" else "accept"
        dns = "N" if self.dns is None else self.dns
        return (f"{queue_id}: {self.facts} score={self.score} reason={','.join(self.reasons) or '-'} action={action} "
                f"dns={dns} ms=N client={client} helo={helo} mailfrom={sender} header_from={self.author}")


def masked(line, keep_dns=True):
    """A line of the log without what no test can foretell: time and duration."""
    line = re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", "", line)
    line = re.sub(r"\bms=\d+", "ms=N", line)
    return line if keep_dns else re.sub(r"\bdns=\d+", "dns=N", line)


def facts(spf, domain, posture, enforcement, dmarc, policy, identity="mailfrom", dkim="none", by="-", author="one",
          is_open="no"):
    return (f"spf={spf} spf_id={identity} spf_domain={domain} spf_all={posture} spf_open={is_open} "
            f"enforcement={enforcement} dkim={dkim} dmarc={dmarc} dmarc_by={by} author={author} policy={policy}")


def unauthenticated(domain, spf, posture, policy, score, reasons):
    """An unsigned message of that domain in MAIL FROM and From, which SPF does not pass: three questions, the SPF
    record and a walk of two names (RFC 9989 4.10)."""
    return Verdict((f"spf={spf} smtp.mailfrom={domain}", "dkim=none",
                    f"dmarc=fail (p={policy} dis=none) header.from={domain} policy.dmarc={policy}"),
                   facts(spf, domain, posture, policy, "fail", policy), domain, score, reasons, 3)


def of_nobody(author, spf="softfail", domain="reject.example", score="5.5", reasons=("from-broken",
                                                                                     "softfail-enforced")):
    """From leaves no author domain (author: broken, several or repeated); SPF as in FORGERY."""
    return Verdict((f"spf={spf} smtp.mailfrom={domain}", "dkim=none", "dmarc=permerror"),
                   facts(spf, domain, "~all", "reject", "permerror", "-", author=author), "-", score, reasons, 3)


FORGERY = unauthenticated("reject.example", "softfail", "~all", "reject", "5.5", ("dmarc-reject", "softfail-enforced"))

EIGHT = {
    "none": unauthenticated("none.example", "softfail", "~all", "none", "0.7", ("softfail-advisory",)),
    "quarantine": unauthenticated("quarantine.example", "softfail", "~all", "quarantine", "3.4",
                                  ("dmarc-quarantine", "softfail-enforced")),
    "reject": FORGERY,
    "hard": unauthenticated("hard.example", "fail", "-all", "reject", "6.0", ("hardfail-enforced", "dmarc-reject")),
    "neutral": unauthenticated("neutral.example", "neutral", "?all", "none", "0.0", ()),
    "open": Verdict(("spf=pass smtp.mailfrom=open.example", "dkim=none",
                     "dmarc=pass (p=reject dis=none) header.from=open.example policy.dmarc=reject"),
                    facts("pass", "open.example", "+all", "reject", "pass", "reject", by="spf", is_open="yes"),
                    "open.example", "2.5", ("open-pass",), 3),
    "signed": Verdict(("spf=softfail smtp.mailfrom=signed.example",
                       'dkim=pass header.d=signed.example header.s=s1 header.a=rsa-sha256 header.b="CbEDo/DP"',
                       "dmarc=pass (p=reject dis=none) header.from=signed.example policy.dmarc=reject"),
                      facts("softfail", "signed.example", "~all", "reject", "pass", "reject", dkim="pass", by="dkim"),
                      "signed.example", dns=4),
}
