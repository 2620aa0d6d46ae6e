"""eight.py - the eight messages that show what softfail-milter does: used by scripts/quickstart and by the tests.

ZONE is the DNS they are judged by (the format of softfail check --zone); MESSAGES are in order.  Each comes from
192.0.2.7, which none of the domains lists.
"""

CLIENT = "192.0.2.7"
RECIPIENT = "inbox@example.net"

ZONE = r'''
# One domain a posture; 192.0.2.7 is in none of the records.
none.example        TXT "v=spf1 ip4:198.51.100.0/24 ~all"
_dmarc.none.example TXT "v=DMARC1; p=none; rua=mailto:dmarc@none.example"
quarantine.example        TXT "v=spf1 ip4:198.51.100.0/24 ~all"
_dmarc.quarantine.example TXT "v=DMARC1; p=quarantine"
reject.example        TXT "v=spf1 ip4:198.51.100.0/24 ~all"
_dmarc.reject.example TXT "v=DMARC1; p=reject"
hard.example        TXT "v=spf1 ip4:198.51.100.0/24 -all"
_dmarc.hard.example TXT "v=DMARC1; p=reject"
neutral.example        TXT "v=spf1 ip4:198.51.100.0/24 ?all"
_dmarc.neutral.example TXT "v=DMARC1; p=none"
open.example        TXT "v=spf1 +all"
_dmarc.open.example TXT "v=DMARC1; p=reject"
signed.example        TXT "v=spf1 ip4:198.51.100.0/24 ~all"
_dmarc.signed.example TXT "v=DMARC1; p=reject"
s1._domainkey.signed.example TXT "v=DKIM1; k=rsa; " "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAz1QKgDWQMOub0gPSyXx8+9ERFYo/YilslnPYnO+u18gAM/1R6LlzTPZWJPB5+7xCvmvOZsh/4g" "HHKMAHKJKPvZwmtU8JLQnGoOZ3SjcqaE9UR8SZeUc6l3UPNZzy96wgpw+bpZzGC9dXciZb9HnMURRctG2YAOWC3YYw1b1pLlVrGsKlVwToFmdZo4n5A/QER4" "e7uG6jvgPiNauwwuiAF0lT3S+il2YQJ47zBlnb9giz7qZA++nCEjkXsxQUVjTQR3UUA9UYQYxWKHp/uy3zaxsYE2rE4vw3WQtkmwQZJfDHjYvjh4++aMJDZS" "EPVLGCVrSkx0NZzqnFnH3JXyDalwIDAQAB"
'''

# Signed once with a key that nobody has any more; the public one is in the zone.
SIGNED = (
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=signed.example;\n"
    " i=@signed.example; q=dns/txt; s=s1; t=1795628371; h=from : to :\n"
    " subject; bh=yZQq1c8wjBl0fZ4Wc/oraMCAG1mZJv5v/hlvyFy+t6A=;\n"
    " b=CbEDo/DPcHej6JgADGZj/eRj+66/AAy8Q+1oocowVOGM1uBVXKKpGe/76TpUO64OUxt5/\n"
    " ncab2Dzb09U4Wy15WQBHU/bpzC2qLV1hPiOZLmwS8tRrmBDcOix8afEtXL533kK1Wm2ikjI\n"
    " tktqicXUfeF0NCwFbrK/zuIcjANxh/7VemPnl/eu0dPSrR0MJlXj/wTpWrnfIZtOEHkrDfS\n"
    " ZfcpZLJkb6LYWM7Y+DXXr0i3yi6XbVQuPEYeHFf25MlMBDcQsq9ufAceTnVa4v5kPsgvPbM\n"
    " zn07zOk264Pgu6AS8UDZCvMeGFnvQtVOP7bY13n8Fn/8dMKnqpxwDhUQzRyw==\n"
    "From: News <news@signed.example>\n"
    "To: inbox@example.net\n"
    "Subject: signed\n"
    "X-Test-Id: signed\n"
    "\n"
    "Hello.\n")


class Message:
    """name: of its domain, and its X-Test-Id; title: what it shows; content: header and body with CRLF."""

    def __init__(self, name, title, content=None, forged=""):
        self.name, self.title = name, title
        self.test_id = name + ("-forged" if forged else "")
        self.sender = f"news@{name}.example"
        self.helo = f"mail.{name}.example"
        self.content = (content or plain(name, forged)).replace("\n", "\r\n").encode()


def plain(name, forged):
    return (f"{forged}From: News <news@{name}.example>\nTo: {RECIPIENT}\nSubject: {name}\n"
            f"X-Test-Id: {name}{'-forged' if forged else ''}\n\nHello.\n")


FORGED = ("Authentication-Results: mx.example.net; spf=pass; dkim=pass; dmarc=pass\n"
          "X-SPF-DMARC-Score: 0.0\n"
          "Authentication-Results: (honest) MX.example.NET.;\n\tdmarc=pass header.from=none.example\n"
          "Authentication-Results: elsewhere.example; spf=softfail\n")

MESSAGES = [
    Message("none", "~all, p=none: the domain is in transition, its softfail is advisory"),
    Message("quarantine", "~all, p=quarantine: the domain enforces, so softfail weighs more"),
    Message("reject", "~all, p=reject: as good as a forgery"),
    Message("hard", "-all, p=reject: the domain says so itself"),
    Message("neutral", "?all, p=none: the domain says nothing"),
    Message("open", "+all, p=reject: an SPF pass that anyone can have"),
    Message("signed", "~all, p=reject, but signed by the author's domain: softfail is forgiven", SIGNED),
    Message("none", "forged results that claim to be this host's own are taken out", forged=FORGED),
]
