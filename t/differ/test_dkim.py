"""DKIM (RFC 6376, 8463): messages signed by python3-dkim, some changed on the way, verified by it and by ours."""
import re
import sys

import differ
import zonetext
from differ import tap

CASES = 900
FIELDS = ["To: ann@example.net", "Subject: A test", "Subject:  A   test \t of\r\n  folds\r\n\t and  blanks  ",
          "Subject:", "Subject: ", "Subject:\r\n folded at once", "SUBJECT: caf\u00e9 \u00ff",
          "Date: Tue, 01 Sep 2026 10:00:00 +0000", "Message-ID: <1@example.org>", "Received: from a by b",
          "Received: from c\r\n by d", "MIME-Version: 1.0", "Content-Type: text/plain;\r\n\tcharset=utf-8",
          "X-Odd: a;b=c; DKIM-Signature: v=1", "X-Empty:", "Cc: a@b.example,\r\n c@d.example", "List-Id: <l.example>",
          "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=gone; h=from; bh=AAAA; b=AAAA",
          "DKIM-Signature: rubbish"]
BODIES = ["", "\r\n", "\r\n\r\n\r\n", "hello\r\n", "hello", "hello\r\n\r\n\r\n", "  \r\n",
          " hello  world \t\r\n\t\r\n \r\n", "hello \r\n ", "\r\n\r\nhello\r\n", "caf\u00e9 \u00ff\u0080\r\n",
          ".\r\n..\r\n", "a\tb  c\r\n" * 40, "x" * 2000 + "\r\n", "a \t \r\n\r\nb\r\n", "From me\r\n", " \r\n", "\t"]
WAYS = ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"]
EDITS = ["x", " ", "\t", "\r\n", "\r\n ", "=", ";", "A", "0", "\u00e9", "  "]
HEADER = re.compile(rb"(?:[!-9;-~]+:(?:[^\r\n]|\r\n[ \t])*\r\n)+")


class Messages:
    def __init__(self, dice):
        self._dice = dice

    def _message(self):
        one = self._dice.choice
        fields = [one(FIELDS) for _ in range(self._dice.randrange(1, 7))]
        fields.insert(self._dice.randrange(len(fields) + 1), one(["From: joe@example.org",
                                                                  "from:Joe <joe@mail.example.org>",
                                                                  "From:\r\n joe@example.org"]))
        if self._dice.random() < 0.03:
            fields.append("From: eve@example.net")
        return "".join(field + "\r\n" for field in fields) + "\r\n" + one(BODIES)

    def _signature(self):
        one = self._dice.choice
        selector = one(["r1", "r1", "r2", "e1", "e2"])
        names = ["from"] + self._dice.sample(["to", "subject", "date", "message-id", "x-odd", "x-empty", "list-id",
                                              "mime-version", "subject", "nothing", "cc", "content-type"],
                                             self._dice.randrange(7))
        if self._dice.random() < 0.3:
            names.append("from")
        self._dice.shuffle(names)
        return ["ed25519-sha256" if selector[0] == "e" else "rsa-sha256", one(WAYS), one(["example.org",
                                                                                          "example.org",
                                                                                          "mail.example.org",
                                                                                          "example.net"]), selector,
                names, self._dice.random() < 0.08]

    def _edits(self):
        number = self._dice.choice([0, 0, 0, 0, 1, 1, 1, 2, 3])
        return [[self._dice.random(), self._dice.choice([0, 0, 1, 2]), self._dice.choice(EDITS + [""])]
                for _ in range(number)]

    def make(self, number):
        for _ in range(number):
            yield {"message": self._message(), "sign": [self._signature() for _ in range(self._dice.choice([1, 1, 1,
                                                                                                            2, 3]))],
                   "edits": self._edits()}


def is_message(text):
    """What an MTA would hand over as a header and a body, in lines."""
    header, blank, body = text.partition(b"\r\n\r\n")
    return blank and HEADER.fullmatch(header + b"\r\n") and not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", text)


def divide(text):
    header, _, body = text.partition(b"\r\n\r\n")
    return [header + b"\r\n", body]


differ.need("dkim, nacl.signing")
cases = list(Messages(differ.dice()).make(differ.count(CASES)))
keys, *theirs = differ.Theirs("oracle_dkim.py", [{"keys": 1}] + cases).answers()
zone = zonetext.text({name: [["TXT", [text[i:i + 200] for i in range(0, len(text), 200)]]] for name, text in keys})
pairs = [(case, text.encode("latin-1"), verdicts) for case, (text, verdicts) in zip(cases, theirs)]
pairs = [pair for pair in pairs if is_message(pair[1])]
ours = differ.Ours("dkim", [[zone] + divide(text) for _, text, _ in pairs]).answers()
comparison, passes, fails = differ.Comparison("dkim.explained"), 0, 0
for (case, text, verdicts), answer in zip(pairs, ours):
    mine = [(answer[i] or b"").decode() for i in range(0, len(answer), 4)]
    problems = [(answer[i] or b"").decode("latin-1") for i in range(3, len(answer), 4)]
    if len(mine) != len(verdicts):
        comparison.compare("python3-dkim", f"{len(mine)} signatures", f"{len(verdicts)} signatures", repr(text))
        continue
    for result, problem, (good, why) in zip(mine, problems, verdicts):
        passes, fails = passes + (good and result == "pass"), fails + (not good and result != "pass")
        comparison.compare("python3-dkim", "pass" if result == "pass" else "no", "pass" if good else "no",
                           f"({result}) <{problem}> [{why}] edits={case['edits']} sign={case['sign']} {text!r}")
comparison.done(CASES)
tap.ok(passes >= CASES / 3 and fails >= CASES / 3,
       f"6376 6.1: {passes} signatures pass and {fails} do not for both, of {len(pairs)} messages")
sys.exit(tap.done())
