"""milterclient.py - an MTA's side of the milter protocol, for tests of the daemon without an MTA.

    with MilterClient(daemon.address, macros={"j": "mx.example.net", "{client_addr}": "192.0.2.7"}) as mta:
        mta.negotiate()
        mta.connect("mail.example.org", "192.0.2.7")
        mta.helo("mail.example.org")
        result = mta.message("a@example.org", ["b@example.net"], b"From: a@example.org\\r\\n\\r\\nhello\\r\\n")
    result.reply.action == "accept"; result.edits; result.header(received=b"Received: ours")

Each step sends the macros that Postfix would send there (those that the milter asked for, else the default list) as
far as self.macros knows them.  What the milter does not want sent is not sent; where it does not answer nobody waits.
libmilter hangs when a header comes before RCPT, so keep to the order.
"""

import ipaddress
import socket
import struct
from dataclasses import dataclass, field

from edits import Edit, apply, block, cut
from milterwire import (ALL_ACTIONS, CHUNK, LEADSPC, OPTIONS, SKIP, STEPS, MilterError, Wire, endpoint, octets,
                        strings)

VERSION_STEPS = {2: 0x7f, 3: 0x17f, 4: 0x37f, 6: 0x1fffff}     # what Postfix offers
SINCE_VERSION = {"unknown": 3, "data": 4}

DEFAULT_MACROS = {
    "connect": "j {daemon_name} {daemon_addr} v _",
    "helo": "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
    "mail": "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
    "rcpt": "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
}

ACTIONS = {b"a": "accept", b"c": "continue", b"d": "discard", b"r": "reject", b"s": "skip", b"t": "tempfail",
           b"y": "reply", b"f": "fail", b"4": "shutdown"}


@dataclass
class Reply:
    """action: accept continue discard reject skip tempfail reply fail shutdown, or "none" where no reply is sent;
    text: of an SMTP reply, as the milter sent it ("550 5.7.1 ...").  As a truth value: the message goes on."""
    action: str
    text: str = ""

    def __bool__(self):
        return self.action in ("continue", "skip", "none")


@dataclass
class Result:
    """Of one message: replies (step name, Reply) in order, the deciding reply, and what was asked at its end."""
    fields: list
    leading_space: bool = True
    replies: list = field(default_factory=list)
    edits: list = field(default_factory=list)
    quarantine: str = None              # the reason
    other: list = field(default_factory=list)       # (letter, data) of further changes: recipients, body, sender
    progress: int = 0

    @property
    def reply(self):
        return self.replies[-1][1]

    def header(self, received=None):
        """The header block after the edits, octets with LF; received: the MTA's own field, without line end."""
        return block(apply(self.fields, self.edits, received, self.leading_space))


class MilterClient:
    """A connection to the milter.  macros: values by name ("j", "{client_addr}"), may be changed between steps."""

    def __init__(self, address, macros=None, timeout=30.0):
        family, where = endpoint(address)
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        connection.connect(where)
        if family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire = Wire(connection)
        self.macros = dict(macros or {})
        self.version, self.actions, self.steps = 0, 0, 0
        self.wanted = {}                # step name -> list of macros, where the milter asked for some
        self._skip = False
        self.result = Result([])        # of the message that runs

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None and self.wire.socket.fileno() >= 0:
            self.quit()
        self.close()

    def negotiate(self, version=6, actions=ALL_ACTIONS, steps=None):
        """Offers; the milter's answer is in version, actions, steps and wanted."""
        self.wire.send(b"O", OPTIONS.pack(version, actions, VERSION_STEPS[version] if steps is None else steps))
        letter, data = self.wire.receive()
        if letter != b"O":
            raise MilterError(f"negotiation was answered by {letter!r}")
        self.version, self.actions, self.steps = OPTIONS.unpack_from(data)
        names = {place: name for name, (_, _, _, place) in STEPS.items() if place is not None}
        rest = data[OPTIONS.size:]
        while len(rest) > 4:
            (place,) = struct.unpack_from("!I", rest)
            text, _, rest = rest[4:].partition(b"\0")
            self.wanted[names[place]] = text.decode().split()

    # Steps

    def _send_macros(self, name, letter):
        wanted = self.wanted.get(name, DEFAULT_MACROS.get(name, "i").split())
        pairs = [octets(part) for macro in wanted if macro in self.macros for part in (macro, self.macros[macro])]
        self.wire.send(b"D", letter + strings(*pairs))

    def step(self, name, data=b""):
        """Any step with its data; the Reply, action "none" where none is due."""
        letter, unwanted, unanswered, _ = STEPS[name]
        if self.steps & unwanted or self.version < SINCE_VERSION.get(name, 0):
            return Reply("none")
        self._send_macros(name, letter)
        self.wire.send(letter, data)
        return Reply("none") if self.steps & unanswered else self._reply()

    def _reply(self):
        """Reads up to the reply; what comes before it goes into self.result."""
        while True:
            letter, data = self.wire.receive()
            if letter in ACTIONS:
                return Reply(ACTIONS[letter], data.rstrip(b"\0").decode("latin-1"))
            self._modification(letter, data)

    def _modification(self, letter, data):
        result = self.result
        if letter == b"p":
            result.progress += 1
        elif letter == b"q":
            result.quarantine = data.rstrip(b"\0").decode("latin-1")
        elif letter == b"h":
            name, value, _ = data.split(b"\0", 2)
            result.edits.append(Edit("add", 0, name, value))
        elif letter in b"im":
            (index,) = struct.unpack_from("!I", data)
            name, value, _ = data[4:].split(b"\0", 2)
            result.edits.append(Edit("insert" if letter == b"i" else "change", index, name, value))
        elif letter in b"+-2be":
            result.other.append((letter, data))
        else:
            raise MilterError(f"unknown packet {letter!r}")

    def connect(self, host, address=None, port=4711):
        """address None: unknown, as for a client that has none; a path: a local socket."""
        if address is None:
            return self.step("connect", octets(host) + b"\0U")
        if "/" in address:
            return self.step("connect", octets(host) + b"\0L" + struct.pack("!H", 0) + octets(address) + b"\0")
        family = b"6" if ipaddress.ip_address(address).version == 6 else b"4"
        return self.step("connect", octets(host) + b"\0" + family + struct.pack("!H", port) + octets(address) + b"\0")

    def helo(self, name):
        return self.step("helo", strings(octets(name)))

    def mail(self, argument, *parameters):
        """The argument as the client wrote it, "<a@example.org>"."""
        return self.step("mail", strings(octets(argument), *map(octets, parameters)))

    def rcpt(self, argument, *parameters):
        return self.step("rcpt", strings(octets(argument), *map(octets, parameters)))

    def data(self):
        return self.step("data")

    def unknown(self, line):
        return self.step("unknown", strings(octets(line)))

    def header(self, name, value):
        """value: all that stands after the colon; the one leading blank is cut where the milter did not ask to
        see it."""
        value = octets(value)
        if not self.steps & LEADSPC and value.startswith(b" "):
            value = value[1:]
        return self.step("header", strings(octets(name), value))

    def eoh(self):
        return self.step("eoh")

    def body(self, chunk):
        """One chunk of at most 65535 octets, unless the milter skips the rest."""
        if self._skip:
            return Reply("none")
        reply = self.step("body", chunk)
        self._skip = reply.action == "skip" and bool(self.steps & SKIP)
        return reply

    def eom(self):
        """End of message: the final reply; the changes are in self.result."""
        return self.step("eom")

    def abort(self):
        """The message is given up: never answered."""
        self.wire.send(b"A")

    def begin(self, fields=()):
        """A new Result: before the MAIL of a message that is sent step by step."""
        self._skip = False
        self.result = Result(list(fields), bool(self.steps & LEADSPC))
        return self.result

    def message(self, sender, recipients, content, parameters=()):
        """MAIL to end of message; sender and recipients without brackets.  Ends at the first reply that is final.
        The Result."""
        fields, body = cut(content)
        result = self.begin(fields)
        chunks = [body[at:at + CHUNK] for at in range(0, len(body), CHUNK)]
        todo = [(self.mail, (f"<{sender}>", *parameters)), *((self.rcpt, (f"<{to}>",)) for to in recipients),
                (self.data, ()), *((self.header, pair) for pair in fields), (self.eoh, ()),
                *((self.body, (chunk,)) for chunk in chunks), (self.eom, ())]
        for call, arguments in todo:
            reply = call(*arguments)
            result.replies.append((call.__name__, reply))
            if not reply:
                break
        return result

    # The end

    def quit(self):
        """The milter closes the connection after this."""
        self.wire.send(b"Q")
        self.close()

    def quit_nc(self):
        """The session is over, the connection stays: the next connect() comes, without another negotiation."""
        self.wire.send(b"K")

    def close(self):
        self.wire.close()
