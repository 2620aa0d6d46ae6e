"""Authentication-Results (RFC 8601 2.2): generated and mutated fields, read by ours and by python3-authres.

What is compared: the status, the authserv-id and, of registered methods of version 1, results and properties."""
import json
import sys

import differ
from differ import tap

CASES = 6000
# What both readers know (core/authres_names.c has all; the package takes any)
REGISTERED = {
    "arc": "none pass fail", "auth": "none pass fail temperror permerror",
    "dkim": "none pass fail policy neutral temperror permerror", "dmarc": "none pass fail temperror permerror",
    "iprev": "pass fail temperror permerror", "spf": "none pass fail softfail policy neutral temperror permerror",
}
# Each: what the grammar allows, and what it does not
IDS = (["mx.example.net"] * 9 + ["MX.Example.NET", "example.org", "mx1", "a_b.example", "x--y", '"mx.example.net"',
                                 '"a b"', "mx.example.net.", "*.example.net", "1.2.3.4"], ["a/b", "a=b", "", "a@b",
                                                                                           "mx;example",
                                                                                           "[192.0.2.1]"])
METHODS = (["spf", "dkim", "dmarc", "auth", "iprev", "SPF", "arc", "dkim-adsp", "x-odd"], ["sp f", "", "s.pf", "spf-"])
RESULTS = (["pass", "pass", "fail", "none", "softfail", "neutral", "temperror", "permerror", "policy", "PASS",
            "hardfail", "pass1"], ["pa.ss", "", '"pass"', "-", "pass-"])
PROPERTIES = (["smtp.mailfrom", "smtp.helo", "header.d", "header.i", "header.s", "header.b", "header.from",
               "policy.dmarc", "policy.iprev", "body.x", "SMTP.MailFrom", "x.y", "dns.zone", "smtp.mail-from"],
              ["smtp.", ".d", "smtp", "header.a.b", "head er.d", "smtp.mail_from", "header.d-"])
VALUES = (["example.org", "joe@example.org", "@example.org"] * 9 +
          ['"joe doe"@example.org', '"quoted"', '"a\\"b"', "192.0.2.1", "rsa-sha256", '"dGhpcyBp"', "sel._domainkey",
           '"2001:db8::1"', "x(c)", '""', "a!b", '"a;b"', '"a(b"', '"a\n b"'],
          ["a/b=", "", '"', "a b", "joe@", "a@b@c", "a;b", "x(c)y", "ex..ample", ".x", "\u00e9.example", "example.org.",
           "<joe@example.org>", "joe@[192.0.2.1]", "x,y", "a:b", "2001:db8::1"])
COMMENTS = (["(c)", "(a (b) c)", "()", "(;)", '(")', "(\\))", "(p=reject dis=none)", "(=a.b=c)", "(\n c)"], ["((",
                                                                                                             "(x",
                                                                                                             ")",
                                                                                                             "(\\"])
VERSIONS = (["1"], ["2", "01", "x", ""])
REASONS = (['"good"', "good", '"a;b"', '"\\""'], ["a b", ""])
ENDS = (["", "", " ", "\n ", " (c)"], [";", "; "])
MARKS = "; =./()\"\\@\t,:<>[]*~'\u00e9\x01"


class Fields:
    def __init__(self, dice):
        self._dice, self._sound = dice, True

    def _one(self, of):
        odd = self._dice.random() < 0.04
        self._sound = self._sound and not odd
        return self._dice.choice(of[odd])

    def _chance(self, probability):
        return self._dice.random() < probability

    def _blank(self, needed=False):
        """CFWS."""
        if self._chance(0.04):
            return self._dice.choice(["", " "]) + self._one(COMMENTS) + self._dice.choice(["", " "])
        if self._chance(0.05):
            return self._dice.choice(["  ", "\t", "\n ", "\n\t", " \n  "])
        return " " if needed else ""

    def _resinfo(self):
        blank = self._blank
        method = self._one(METHODS)
        version = blank() + "/" + blank() + self._one(VERSIONS) if self._chance(0.08) else ""
        text = f"{method}{version}{blank()}={blank()}{self._one(RESULTS)}"
        if self._chance(0.12):
            text += blank(True) + f"reason{blank()}={blank()}" + self._one(REASONS)
        for _ in range(self._dice.choice([0, 1, 1, 1, 2, 2, 3])):
            ptype, dot, name = self._one(PROPERTIES).partition(".")
            text += blank(True) + f"{ptype}{blank()}{dot}{blank()}{name}{blank()}={blank()}{self._one(VALUES)}"
        return text

    def _field(self):
        blank = self._blank
        text = blank(True) + self._one(IDS) + (blank(True) + self._one(VERSIONS) if self._chance(0.12) else "")
        if self._chance(0.06):
            return text + blank() + ";" + blank() + self._one((["none", "NONE", "none (c)"], ["none;", "none x",
                                                                                              "none; spf=pass"]))
        for _ in range(self._dice.choice([1, 1, 1, 2, 2, 3])):
            text += blank() + ";" + blank(True) + self._resinfo()
        return text + self._one(ENDS)

    def _mutate(self, text):
        at = self._dice.randrange(len(text) + 1)
        mark = self._dice.choice(MARKS)
        return self._dice.choice([text[:at] + mark + text[at:], text[:at] + mark + text[at + 1:],
                                  text[:at] + text[at + 1:], text[:at]])

    def make(self, number):
        """(text, whether the grammar allows it)."""
        for _ in range(number):
            self._sound = True
            text = self._field()
            if self._chance(0.2):
                yield self._mutate(text), False
            else:
                yield text, self._sound


def registered(infos):
    """[method, result, [property, value]...] of what both must know."""
    return [[method, result, sorted(properties)] for method, result, version, properties in infos
            if version in (None, "1") and result in REGISTERED.get(method, "").split()]


def from_ours(answer):
    """(status, authserv-id, resinfos)"""
    words = [word.decode("latin-1") if word is not None else None for word in answer]
    if words[0] != "ok":
        return "version" if words[0] == "perm" else "broken", None, []
    _, name, _, broken, *rest = words
    infos = []
    while rest:
        method, result, _, number = rest[:4]
        end = 4 + 3 * int(number)
        infos.append([method, result, None, [[f"{rest[i]}.{rest[i + 1]}", rest[i + 2]] for i in range(4, end, 3)]])
        rest = rest[end:]
    return "broken" if broken == "1" else "ok", name, registered(infos)


def from_theirs(answer):
    if answer[0] != "ok":
        return "version" if answer[0] == "version" else "broken", None, []
    _, name, infos = answer
    known = [[method, result, version, [[key, value.replace('"', "") if "@" in value else value] for key,
                                        value in properties]] for method, result, version, properties in infos]
    return "ok", name.rstrip("."), registered(known)


def agreed(mine, its):
    """What ours takes from a broken field must be the beginning of what the lenient reader takes from it."""
    if mine[0] == "broken":
        return its[0] != "ok" or (mine[1] in (None, its[1]) and its[2][:len(mine[2])] == mine[2])
    return mine == its


differ.need("authres")
fields = list(Fields(differ.dice()).make(differ.count(CASES)))
ours = differ.Ours("authres", [[field.encode("utf-8")] for field, _ in fields])
theirs = differ.Theirs("oracle_authres.py", [field.replace("\n", "") for field, _ in fields])
comparison, unread, believed, earlier = differ.Comparison("authres.explained"), [], 0, 0
for (field, sound), answer, its in zip(fields, ours.answers(), theirs.answers()):
    mine, same = from_ours(answer), from_theirs(its)
    if sound and mine[0] == "broken":
        unread.append(field)
    believed += mine == same and mine[2] != []
    earlier += mine[0] == "broken" and same[0] == "ok"
    comparison.compare("authres", "same" if agreed(mine, same) else json.dumps(mine), "same" if agreed(mine, same)
                       else json.dumps(same), f"<{its[1] if its[0] in ('syntax', 'exception') else ''}> {field!r}")
comparison.done(CASES)
tap.note(f"{earlier} fields with broken syntax, where ours stops and the package reads on (8601 2.2: never a guess)")
tap.eq(unread, [], f"8601 2.2: no field of the grammar is broken for ours, {sum(sound for _, sound in fields)} of them")
tap.ok(believed >= CASES / 6, f"8601 2.2: {believed} fields with results on which both agree in everything")
sys.exit(tap.done())
