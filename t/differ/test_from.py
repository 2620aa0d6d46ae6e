"""From (RFC 5322 3.4, 4.4, 6854, 9989 5.3.1): generated and mutated fields, read by ours and by the readers of Python's
email package and of Perl.

The rule: when we say that there is one author domain, no reader shows an address of another one; where it does, the
case is explained.  The other direction, readers that find one domain where we find none, is counted."""
import collections
import sys

import differ
from differ import tap

CASES = 6000
DOMAINS = ["a.example"] * 4 + ["b.example"] * 2 + ["A.Example", "mail.a.example", "c.example."]
MARKS = "<>(),;:@\"\\.[] \t\n=?'\u00e9\x01/%!"
ODD = ["<a@a.example", "a@a.example>", "a@a.example <b@b.example>", "\"a@a.example\" <b@b.example>",
       "<b@b.example> a@a.example", "(x@b.example", "\"x@b.example", "a@a.example@b.example",
       "a@a.example b@b.example", "<a@a.example><b@b.example>", "a@a.example;b@b.example",
       "=?utf-8?q?a=40a.example?= <b@b.example>", "=?utf-8?q?x=22?= <a@a.example>", "a@[192.0.2.1]", "a@b", "a", "<>",
       "<@a.example>", "<@b.example:a@a.example>", "<@b.example,@c.example:a@a.example>",
       "G:a@a.example,b@b.example;", "G:;", "a%b.example@a.example", "b.example!a@a.example", "\"a\\\"b\"@a.example",
       "\"b@b.example>\"@a.example", "a\\@b.example@a.example", "a@a.example,", ",", "a@(b)a.example",
       "a@a.example(b@b.example)", "a@a(b).example", "a @ a . example", "a@a.example\x01", "a@a.example.",
       "a@a..example", "a@.a.example", "@a.example", "a@-a.example", "a@a_b.example", "a@b.example <a@a.example",
       "<<a@a.example>>", "a@a.example:b@b.example", "G:a@a.example", "a:b@b.example <a@a.example>",
       "<a@a.example>,<b@b.example", "a@a.example (b", "<b@b.example\n>", "a@b.example,a@a.example",
       "\"\" <a@a.example>", "a@\"b.example\"", "a@a.example/b.example"]


class Fields:
    def __init__(self, dice):
        self._dice = dice

    def _chance(self, probability):
        return self._dice.random() < probability

    def _blank(self):
        if self._chance(0.88):
            return ""
        return self._dice.choice([" ", "(c)", "\n ", "(b@b.example)", "\t", "(a (b) c)", "(\\))"])

    def _address(self):
        one, blank = self._dice.choice, self._blank
        local = one(["joe", "a.b", "\"a b\"", "\"b@b.example\"", "joe+x", "a . b", "=?us-ascii?q?x?="])
        return f"{blank()}{local}{blank()}@{blank()}{one(DOMAINS)}{blank()}"

    def _mailbox(self):
        one, blank = self._dice.choice, self._blank
        if self._chance(0.08):
            return one(ODD)
        if self._chance(0.4):
            return self._address()
        name = one(["", "Joe Doe ", "\"Doe, Joe\" ", "\"b@b.example\" ", "b@b.example ", "Joe (b@b.example) ",
                    "=?utf-8?b?SsO2?= ", "J. D. ", "\"<b@b.example>\" ", "\"\\\"b@b.example\" ", "J\u00f6 ", "Joe "])
        route = one(["@b.example:", "@b.example,@c.example:", "@b.example: "]) if self._chance(0.04) else ""
        return f"{name}{blank()}<{route}{self._address()}>{blank()}"

    def _field(self):
        text = self._mailbox()
        while self._chance(0.25):
            text += self._dice.choice([",", ", ", " ,\n "]) + self._mailbox()
        if self._chance(0.06):
            text = self._dice.choice(["Staff:", "\"A B\" :", "b@b.example:"]) + text + self._dice.choice([";", ";",
                                                                                                          "", ";,"])
        return " " + text

    def _mutate(self, text):
        at = self._dice.randrange(len(text) + 1)
        mark = self._dice.choice(MARKS) if self._chance(0.8) else self._dice.choice(ODD)
        return self._dice.choice([text[:at] + mark + text[at:], text[:at] + mark + text[at + 1:],
                                  text[:at] + text[at + 1:], text[:at]])

    def make(self, number):
        for _ in range(number):
            text = self._field()
            while self._chance(0.3):
                text = self._mutate(text)
            yield text.replace("\n", "\n ").replace("\n  ", "\n ").rstrip("\n ")


fields = list(Fields(differ.dice()).make(differ.count(CASES)))
ours = differ.Ours("from", [[field.encode("latin-1")] for field in fields])
programs = [differ.Theirs("oracle_from.py", fields)] + ([differ.Theirs("oracle_from.pl", fields)]
                                                        if differ.has_perl("JSON::PP") else [])
comparison = differ.Comparison("from.explained")
wider, narrower, kinds = collections.Counter(), collections.Counter(), collections.Counter()
readings = [{name: shown for answer in answers for name, shown in answer.items()}
            for answers in zip(*(program.answers() for program in programs))]
for field, (kind, domain, problem), reading in zip(fields, ours.answers(), readings):
    kinds[kind.decode()] += 1
    for name, shown in reading.items():
        others = {"?".join(d.split()) for d in shown if d and not d.startswith("!")}
        if kind == b"one":
            mine = domain.decode()
            comparison.compare(name, f"one {mine}", f"one {mine}" if others <= {mine}
                               else f"one {'+'.join(sorted(others))}",
                               f"<{(problem or b'').decode('latin-1')}> {field!r}")
            narrower[name] += not others
        else:
            wider[name] += len(others) == 1
comparison.done(CASES // 3)
for name in sorted(readings[0]):
    tap.note(f"{name}: one domain where ours has no author in {wider[name]} fields, "
             f"none where ours has one in {narrower[name]}")
tap.ok(min(kinds[k] for k in ("one", "several", "broken")) >= CASES / 20,
       "5322 3.4, 9989 5.3.1: of each kind there are many: " + ", ".join(f"{n} {kind}" for kind,
                                                                         n in sorted(kinds.items())))
sys.exit(tap.done())
