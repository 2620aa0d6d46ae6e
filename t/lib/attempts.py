"""attempts.py - reads a table of whole messages as attackers send them; t/mta/spoofing.table explains its form.

    table = attempts.load(path)
    table.zone                          # all of its DNS, as text for Zone(...) and softfail check --zone
    for attempt in table.attempts:
        attempt.title, attempt.client, attempt.helo, attempt.mail, attempt.expect
        attempt.content(table.keys, recipient)      # octets with CRLF, signed where the table says so
"""

import re
from dataclasses import dataclass, field

import dkimsign

ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[nrt\\])")
PLAIN = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
REPEAT = re.compile(r"\{(\d+)\*([^{}]*)\}")
KEY_BITS = {"weak": 512}                # all others have 2048


class TableError(ValueError):
    """A line that cannot be read."""


def unescape(text):
    """\\xHH, \\n, \\r, \\t, \\\\ and {N*TEXT}; a str of octets (latin-1)."""
    text = text.encode().decode("latin-1")
    text = REPEAT.sub(lambda match: int(match.group(1)) * match.group(2), text)
    return ESCAPE.sub(lambda match: PLAIN.get(match.group(1)) or chr(int(match.group(1)[1:], 16)), text)


def words(text):
    """NAME=VALUE, separated by blanks."""
    return dict(word.split("=", 1) for word in text.split())


@dataclass
class Attempt:
    """line: where it stands in the table.  steps: its message from the last line to the first, (kind, text)."""
    title: str
    line: int
    client: str = "198.51.100.66"
    helo: str = "mail.evil.example"
    mail: str = "x@evil.example"
    parameters: str = ""
    why: str = ""
    problem: str = ""
    expect: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)

    def content(self, keys, recipient):
        """From the bottom up, so that a signature covers what stands below it."""
        made, added = b"", b""
        for kind, text in reversed(self.steps):
            if kind == "sign":
                made = self._sign(made, words(text), keys)
            elif kind == "+":
                added = unescape(text).encode("latin-1") + b"\r\n" + added
            else:
                line = unescape(text.replace("$to", recipient)).encode("latin-1") + b"\r\n"
                made = int(kind or 1) * line + made
        return made + added

    @staticmethod
    def _sign(content, tags, keys):
        tags = {name: unescape(value) for name, value in tags.items()}
        key, domain, selector = keys[tags.pop("key")], tags.pop("d"), tags.pop("s")
        names, ways = tags.pop("h").split(":"), tags.pop("c", "relaxed/relaxed")
        more = "; ".join(f"{name.strip('!')}={value}" for name, value in tags.items())
        return dkimsign.sign(content, key, domain, selector, names, ways, more)


@dataclass
class Table:
    zone: str = ""
    attempts: list = field(default_factory=list)
    keys: dict = field(default_factory=dict)


LINE = re.compile(r"(?P<kind>\*|@|\+|\|(?:(?P<times>\d+)\|)?|[a-z]+(?= )|\Z)[ \t]*(?P<text>.*)")


def _take(table, kind, times, text, number):
    if kind == "*":
        table.attempts.append(Attempt(text, number))
        return
    if kind == "@":
        table.zone += text + "\n"
        return
    attempt = table.attempts[-1]
    if kind.startswith("|"):
        attempt.steps.append((times or "", text))
    elif kind in ("+", "sign"):
        attempt.steps.append((kind, text))
    elif kind == "expect":
        attempt.expect = words(text)
    elif kind in ("client", "helo", "mail", "parameters", "why", "problem"):
        setattr(attempt, kind, unescape(text).encode("latin-1").decode())
    else:
        raise TableError(f"line {number}: no such word: {kind}")


def load(path):
    """The whole table, with a new pair of keys for each name that it uses."""
    table = Table()
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("#") or not line:
                continue
            match = LINE.match(line)
            # A message's lines keep their blanks but the first.
            text = line[len(match["kind"]):].removeprefix(" ") if match["kind"][:1] in "|+" else match["text"]
            _take(table, match["kind"], match["times"], text, number)
    for name in sorted(set(re.findall(r"\$(\w+)", table.zone))):
        table.keys[name] = dkimsign.Key(KEY_BITS.get(name, 2048))
        table.zone = re.sub(rf"\${name}\b", lambda _, name=name: table.keys[name].record, table.zone)
    return table
