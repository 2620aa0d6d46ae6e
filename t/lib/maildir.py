"""maildir.py - messages as they were delivered, in exact octets, lines ending in LF.

    box = Maildir(path)
    (message,) = box.wait(1)            # or box.find("id-7"): the one with X-Test-Id: id-7
    message.above, message.received, message.below, message.body
"""

import os
import re
import time

AGENT_FIELDS = (b"return-path", b"x-original-to", b"delivered-to")
FIELD = re.compile(rb"[^\n]*\n(?:[ \t][^\n]*(?:\n|\Z))*|[^\n]+\Z")


class Message:
    """A delivered message.  header = agent + above + received + below, each octets of whole fields:
    agent     what the delivery agent put on top (Return-Path, X-Original-To, Delivered-To)
    above     what stands above the MTA's own Received field: a milter's doing
    received  that field
    below     what the client sent, as it was left
    body      what follows the empty line."""

    def __init__(self, raw, name="", host=b"mx.example.net"):
        self.raw, self.name = raw, name
        head, separator, self.body = (raw[1:] if raw.startswith(b"\n") else raw).partition(b"\n\n")
        self.header = head + b"\n" if separator else raw
        self.fields = FIELD.findall(self.header)
        agent = 0
        while agent < min(3, len(self.fields)) and self._name(agent) in AGENT_FIELDS:
            agent += 1
        own = next((i for i, text in enumerate(self.fields)
                    if self._name(i) == b"received" and b"by " + host in text), agent - 1)
        self.agent = b"".join(self.fields[:agent])
        self.above = b"".join(self.fields[agent:max(own, agent)])
        self.received = self.fields[own] if own >= agent else b""
        self.below = b"".join(self.fields[max(own + 1, agent):])

    def _name(self, index):
        return self.fields[index].partition(b":")[0].strip().lower()

    def values(self, name):
        """The values of all fields of that name, top first: all octets between the colon and the line end."""
        wanted = name.encode().lower()
        return [text.partition(b":")[2].rstrip(b"\n") for i, text in enumerate(self.fields) if self._name(i) == wanted]

    @property
    def test_id(self):
        return (self.values("X-Test-Id") or [b""])[0].strip().decode("latin-1")


class Maildir:
    """A folder with new/ and cur/; it need not exist yet."""

    def __init__(self, path):
        self.path = str(path)

    def names(self):
        """Paths of all messages, oldest first."""
        found = []
        for part in ("new", "cur"):
            folder = os.path.join(self.path, part)
            if os.path.isdir(folder):
                found += [entry.path for entry in os.scandir(folder)]
        return sorted(found, key=lambda path: (os.stat(path).st_mtime_ns, path))

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            return Message(file.read(), path)

    def messages(self):
        return [self.read(path) for path in self.names()]

    def wait(self, count, timeout=30.0):
        """All messages as soon as there are count of them; TimeoutError when they do not come."""
        end = time.monotonic() + timeout
        while len(self.names()) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.names())} of {count} messages after {timeout} s in {self.path}")
            time.sleep(0.02)
        return self.messages()

    def find(self, test_id, timeout=30.0):
        """The message with that X-Test-Id field; TimeoutError when it does not come."""
        end, seen = time.monotonic() + timeout, {}
        while True:
            for path in self.names():
                if path not in seen:
                    seen[path] = self.read(path)
                if seen[path].test_id == test_id:
                    return seen[path]
            if time.monotonic() > end:
                raise TimeoutError(f"no message {test_id} after {timeout} s in {self.path}")
            time.sleep(0.02)

    def clear(self):
        """Removes all messages."""
        for path in self.names():
            os.unlink(path)
