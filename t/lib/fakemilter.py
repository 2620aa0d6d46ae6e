"""fakemilter.py - a milter that does at each end of message what the test tells it: proves the test tools and what
an MTA makes of a milter's changes.

    with FakeMilter(steps=LEADSPC) as milter:           # milter.address for the MTA
        milter.edits = [Edit("insert", 0, b"X-New", b" one")]
    milter.seen: (letter, data) of all packets that came
"""

import os
import socket
import struct
import threading

from milterwire import ALL_ACTIONS, OPTIONS, STEPS, MilterError, Wire

UNANSWERED = {letter: bit for letter, _, bit, _ in STEPS.values()}


class FakeMilter:
    """Listens on a path, or on a free port of 127.0.0.1 without one."""

    def __init__(self, path=None, steps=0):
        self.steps, self.edits, self.quarantine = steps, [], None
        self.final = (b"c", b"")        # the reply to end of message
        self.seen = []
        self._listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self._listener.bind(path or ("127.0.0.1", 0))
        self._listener.listen(64)
        if path:
            os.chmod(path, 0o666)
            self.address = "unix:" + path
        else:
            self.address = f"inet:{self._listener.getsockname()[1]}@127.0.0.1"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(60)
            threading.Thread(target=self._serve, args=(Wire(connection),), daemon=True).start()

    def _serve(self, wire):
        try:
            while True:
                letter, data = wire.receive()
                self.seen.append((letter, data))
                if letter == b"Q":
                    break
                self._answer(wire, letter, data)
        except MilterError:
            pass
        wire.close()

    def _answer(self, wire, letter, data):
        if letter == b"O":
            version, actions, offered = OPTIONS.unpack_from(data)
            wire.agreed = self.steps & offered
            wire.send(b"O", OPTIONS.pack(version, actions & ALL_ACTIONS, wire.agreed))
        elif letter == b"E":
            self._end_of_message(wire)
        elif letter in UNANSWERED and not wire.agreed & UNANSWERED[letter]:
            wire.send(b"c")

    def _end_of_message(self, wire):
        for edit in self.edits:
            place = b"" if edit.kind == "add" else struct.pack("!I", edit.index)
            letter = {"add": b"h", "insert": b"i", "change": b"m"}[edit.kind]
            wire.send(letter, place + edit.name + b"\0" + edit.value + b"\0")
        if self.quarantine is not None:
            wire.send(b"q", self.quarantine + b"\0")
        wire.send(*self.final)
