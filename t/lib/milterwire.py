"""milterwire.py - the packets of the milter protocol, versions 2 to 6: for milterclient.py and fakemilter.py.

A packet is a length (4 octets), a letter and its data.
"""

import socket
import struct

# Steps of an option negotiation: what the milter does not want sent (NO_), will not answer (NR_), or asks for
NO_CONNECT, NO_HELO, NO_MAIL, NO_RCPT, NO_BODY, NO_HEADER, NO_EOH = (1 << bit for bit in range(7))
NR_HEADER, NO_UNKNOWN, NO_DATA, SKIP, RCPT_REJ = (1 << bit for bit in range(7, 12))
NR_CONNECT, NR_HELO, NR_MAIL, NR_RCPT, NR_DATA, NR_UNKNOWN, NR_EOH, NR_BODY = (1 << bit for bit in range(12, 20))
LEADSPC = 1 << 20

ALL_ACTIONS = 0x1ff
CHUNK = 65535

# For each step its letter, the bits above, and its place in a list of wanted macros
STEPS = {
    "connect": (b"C", NO_CONNECT, NR_CONNECT, 0),
    "helo": (b"H", NO_HELO, NR_HELO, 1),
    "mail": (b"M", NO_MAIL, NR_MAIL, 2),
    "rcpt": (b"R", NO_RCPT, NR_RCPT, 3),
    "data": (b"T", NO_DATA, NR_DATA, 4),
    "header": (b"L", NO_HEADER, NR_HEADER, None),
    "eoh": (b"N", NO_EOH, NR_EOH, 6),
    "body": (b"B", NO_BODY, NR_BODY, None),
    "eom": (b"E", 0, 0, 5),
    "unknown": (b"U", NO_UNKNOWN, NR_UNKNOWN, None),
}

OPTIONS = struct.Struct("!3I")


class MilterError(Exception):
    """The other side hung up, was silent for too long, or broke the protocol."""


def endpoint(address):
    """(family, address for a socket) of "unix:PATH", "inet:PORT@HOST", "inet6:PORT@HOST" or a plain path."""
    kind, _, rest = address.partition(":")
    if kind in ("inet", "inet6"):
        port, _, host = rest.partition("@")
        family = socket.AF_INET6 if kind == "inet6" else socket.AF_INET
        return family, (host or "localhost", int(port))
    return socket.AF_UNIX, rest if kind in ("unix", "local") else address


def strings(*parts):
    """Octets, each ending in a NUL."""
    return b"".join(part + b"\0" for part in parts)


def octets(text):
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


class Wire:
    """Packets over a connected socket."""

    def __init__(self, connection):
        self.socket = connection
        self.agreed = 0                 # steps, after the negotiation
        self._unread = b""

    def send(self, letter, data=b""):
        try:
            self.socket.sendall(struct.pack("!I", len(data) + 1) + letter + data)
        except OSError as error:
            raise MilterError(f"cannot send {letter!r}: {error}") from error

    def _read(self, count):
        while len(self._unread) < count:
            try:
                more = self.socket.recv(1 << 16)
            except OSError as error:
                raise MilterError(f"nothing came: {error}") from error
            if not more:
                raise MilterError("connection closed")
            self._unread += more
        data, self._unread = self._unread[:count], self._unread[count:]
        return data

    def receive(self):
        """(letter, data) of the next packet."""
        (length,) = struct.unpack("!I", self._read(4))
        if not 1 <= length <= 1 << 20:
            raise MilterError(f"packet of {length} octets")
        packet = self._read(length)
        return packet[:1], packet[1:]

    def close(self):
        self.socket.close()
