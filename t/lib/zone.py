"""zone.py - the project's text zones, as the interface describes them under "Zone files for --zone".

An own reading of that format, independent of the daemon's.  Names are tuples of lower-case labels (bytes).
Zone(text).answer(name, type) gives an Answer; Zone.load(path) reads a file.
"""

import ipaddress
import re
import struct
from dataclasses import dataclass, field

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
FAILURES = ("SERVFAIL", "REFUSED", "TIMEOUT")
MAX_CNAMES = 10

_ESCAPE = re.compile(rb"\\(\d{3}|[^\d])", re.DOTALL)
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|((?:[^\s"\\]|\\.)+)')


class ZoneError(ValueError):
    """A line that cannot be read."""


@dataclass
class Answer:
    """rcode NOERROR, NXDOMAIN or one of FAILURES; records are (owner, type number, rdata), CNAMEs followed."""
    rcode: str = "NOERROR"
    records: list = field(default_factory=list)


def unescape(text):
    """Master file escapes, RFC 1035 5.1: backslash and three digits, or backslash and the octet itself."""
    def octet(match):
        digits = match.group(1)
        if not digits.isdigit():
            return digits
        if int(digits) > 255:
            raise ZoneError(f"no octet: \\{digits.decode()}")
        return bytes([int(digits)])
    return _ESCAPE.sub(octet, text)


def name_from(text):
    """A name in text form, with or without the final dot."""
    if text == b".":
        return ()
    labels = re.split(rb"(?<!\\)((?:\\\\)*)\.", text)       # dots that are not escaped
    joined = [b"".join(labels[i:i + 2]) for i in range(0, len(labels), 2)]
    if joined[-1] == b"":
        joined.pop()
    name = tuple(unescape(label).lower() for label in joined)
    if any(not 0 < len(label) < 64 for label in name) or sum(len(label) + 1 for label in name) > 254:
        raise ZoneError(f"no name: {text!r}")
    return name


def owner_from(text):
    """A name, or an address, which stands for its name in in-addr.arpa or ip6.arpa."""
    try:
        return name_from(ipaddress.ip_address(text.decode("ascii")).reverse_pointer.encode())
    except (ValueError, UnicodeDecodeError):
        return name_from(text)


def name_text(name):
    """For logs and people."""
    return b".".join(name).decode("latin-1") or "."


def name_wire(name):
    """Without compression."""
    return b"".join(bytes([len(label)]) + label for label in name) + b"\0"


def _address(words, family):
    (text,) = words
    return family(text.decode()).packed


def _txt(words):
    if any(len(word) > 255 for word in words):
        raise ZoneError("a string is longer than 255 octets")
    return b"".join(bytes([len(word)]) + word for word in words)


def _mx(words):
    preference, host = words
    return struct.pack("!H", int(preference)) + name_wire(name_from(host))


def _soa(words):
    return name_wire(name_from(words[0])) + name_wire(name_from(words[1])) + struct.pack("!5I", *map(int, words[2:]))


def _host(words):
    (name,) = words
    return name_wire(name_from(name))


RDATA = {
    "A": lambda words: _address(words, ipaddress.IPv4Address),
    "AAAA": lambda words: _address(words, ipaddress.IPv6Address),
    "TXT": _txt, "MX": _mx, "SOA": _soa, "CNAME": _host, "NS": _host, "PTR": _host,
}


def _words(rest, quoted):
    """The data of one line: all of it "quoted" (unescaped here) or none (names are unescaped by label)."""
    words, at = [], 0
    for match in _TOKEN.finditer(rest):
        if rest[at:match.start()].strip():
            break
        at = match.end()
        if (match.group(1) is not None) != quoted:
            raise ZoneError("quotes belong around the strings of TXT, and only there")
        words.append(unescape(match.group(1)) if quoted else match.group(2))
    if rest[at:].strip() or not words:
        raise ZoneError(f"cannot read {rest!r}")
    return words


class Zone:
    """All records of a file.  One record a line: NAME TYPE DATA."""

    def __init__(self, text=""):
        self.records = {}       # (name, type number) -> list of rdata
        self.failures = {}      # (name, type number or None for all others) -> word of FAILURES
        self.names = {()}       # those that exist: owners and what is above them
        lines = text.encode() if isinstance(text, str) else text
        for number, line in enumerate(lines.split(b"\n"), 1):
            if line.strip() and not line.startswith(b"#"):
                try:
                    self._add(line.strip())
                except (ValueError, KeyError, struct.error) as error:
                    raise ZoneError(f"line {number}: {error}") from error

    @classmethod
    def load(cls, path):
        with open(path, "rb") as file:
            return cls(file.read())

    def _add(self, line):
        owner, kind, rest = (line.split(None, 2) + [b"", b""])[:3]
        name, kind = owner_from(owner), kind.decode().upper()
        if rest.startswith(b"!"):
            word = rest[1:].decode()
            if word not in FAILURES:
                raise ZoneError(f"no such failure: {word}")
            self.failures[name, None if kind == "*" else TYPES[kind]] = word
        elif kind != "EMPTY":
            rdata = RDATA[kind](_words(rest, quoted=kind == "TXT"))
            self.records.setdefault((name, TYPES[kind]), []).append(rdata)
        elif rest:
            raise ZoneError("EMPTY has no data")
        self.names.update(name[i:] for i in range(len(name)))

    def answer(self, name, kind):
        """What an authoritative server that also follows CNAMEs within the file says."""
        answer, owner = Answer(), tuple(label.lower() for label in name)
        for _ in range(MAX_CNAMES + 1):
            found = self.records.get((owner, kind))
            if found:
                answer.records += [(owner, kind, rdata) for rdata in found]
                return answer
            failure = self.failures.get((owner, kind)) or self.failures.get((owner, None))
            if failure:
                return Answer(failure)
            alias = self.records.get((owner, TYPES["CNAME"]))
            if not alias:
                answer.rcode = "NOERROR" if owner in self.names else "NXDOMAIN"
                return answer
            answer.records.append((owner, TYPES["CNAME"], alias[0]))
            owner = name_at(alias[0])
        return Answer("SERVFAIL")


def name_at(wire):
    """The name at the start of octets without compression, as a tuple."""
    labels, at = [], 0
    while wire[at]:
        labels.append(wire[at + 1:at + 1 + wire[at]].lower())
        at += 1 + wire[at]
    return tuple(labels)
