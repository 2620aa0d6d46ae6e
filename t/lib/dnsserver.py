"""dnsserver.py - a DNS server on 127.0.0.1 that answers from a text zone (zone.py).

In a test:      with DnsServer(Zone(text)) as dns: ... dns.address, dns.questions, dns.zone = Zone(other)
As a program:   python3 t/lib/dnsserver.py --zone FILE [--port N] [--log FILE] [--delay-ms N] [--override WORD]
                prints "ready PORT" and serves until it is told to stop (TERM, INT).

UDP and TCP, EDNS tolerated, TC when an answer does not fit.  !TIMEOUT in the zone: no answer at all.
"""

import argparse
import collections
import signal
import socket
import struct
import threading
import time

from zone import TYPE_NAMES, TYPES, Answer, Zone, name_at, name_text, name_wire

RCODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
EDNS_SIZE = 1232
PLAIN_SIZE = 512
OPT = 41
QR_RD_RA = 0x8180
TC = 0x0200
HEADER = struct.Struct("!6H")

Question = collections.namedtuple("Question", "name type")


class Query:
    """The parts of a query that an answer repeats.  Raises on anything that is not one."""

    def __init__(self, packet):
        self.id, flags, questions, *_, self.additional = HEADER.unpack_from(packet)
        if flags & 0xf800 or questions != 1:
            raise ValueError("not a standard query")
        self.name = name_at(packet[12:])
        end = 12 + len(name_wire(self.name)) + 4
        self.question = packet[12:end]
        self.type, _ = struct.unpack_from("!2H", packet, end - 4)
        self.size = PLAIN_SIZE
        self.edns = self.additional > 0 and packet[end:end + 3] == b"\0" + struct.pack("!H", OPT)
        if self.edns:
            (size,) = struct.unpack_from("!H", packet, end + 3)
            self.size = max(PLAIN_SIZE, min(size, EDNS_SIZE))


class DnsServer:
    """Serves in threads of its own.  Attributes that may be changed while it runs:
    zone; delay_s of every answer; delays {(name, type): seconds}; override, a failure for every question."""

    def __init__(self, zone=None, port=0, log=None, ttl=60, delay_s=0.0, override=None):
        self.zone = zone if zone is not None else Zone()
        self.ttl = ttl
        self.delay_s, self.delays, self.override = delay_s, {}, override
        self.questions = []             # a Question for each query that came, in order
        self._log = open(log, "a", encoding="utf-8") if log else None
        self._lock = threading.Lock()
        self._udp, self._tcp = self._sockets(port)
        self.port = self._udp.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=loop, daemon=True) for loop in (self._serve_udp, self._serve_tcp)]

    @staticmethod
    def _sockets(port):
        """One port number for both; a free one is not always free for TCP as well."""
        for _ in range(100):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            try:
                udp.bind(("127.0.0.1", port))
                tcp.bind(udp.getsockname())
                tcp.listen(64)
                return udp, tcp
            except OSError:
                udp.close()
                tcp.close()
                if port:
                    raise
        raise OSError("no free port")

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        """Ends both loops and waits for them."""
        self._stopping = True
        self._tcp.shutdown(socket.SHUT_RDWR)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()
        if self._log:
            self._log.close()

    _stopping = False

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def count(self, name=None, kind=None):
        """How many queries for that name and type (each: any) came."""
        with self._lock:
            return sum(name in (None, q.name) and kind in (None, q.type) for q in self.questions)

    def forget(self):
        """Starts counting anew."""
        with self._lock:
            self.questions.clear()

    def _note(self, query, transport, rcode):
        question = Question(name_text(query.name), TYPE_NAMES.get(query.type, str(query.type)))
        with self._lock:
            self.questions.append(question)
            if self._log and not self._log.closed:
                print(transport, question.type, question.name, rcode, file=self._log, flush=True)
        return self.delays.get(question, self.delay_s)

    def respond(self, packet, transport):
        """(answer packet or None, seconds to wait before it is sent)"""
        try:
            query = Query(packet)
        except (ValueError, IndexError, struct.error):
            return None, 0
        answer = Answer(self.override) if self.override else self.zone.answer(query.name, query.type)
        delay = self._note(query, transport, answer.rcode)
        if answer.rcode == "TIMEOUT":
            return None, 0
        reply = self._packet(query, answer, 0)
        if transport == "udp" and len(reply) > query.size:
            reply = self._packet(query, Answer(), TC)
        return reply, delay

    def _packet(self, query, answer, flags):
        denies = answer.rcode == "NXDOMAIN" or (answer.rcode == "NOERROR" and not flags and
                                                not any(kind == query.type for _, kind, _ in answer.records))
        records = [self._record(owner, kind, rdata) for owner, kind, rdata in answer.records]
        authority = [self._authority()] if denies else []
        additional = [b"\0" + struct.pack("!2HIH", OPT, EDNS_SIZE, 0, 0)] if query.edns else []
        return b"".join([HEADER.pack(query.id, QR_RD_RA | flags | RCODES[answer.rcode], 1, len(records),
                                     len(authority), len(additional)),
                         query.question, *records, *authority, *additional])

    def _record(self, owner, kind, rdata):
        return name_wire(owner) + struct.pack("!2HIH", kind, 1, self.ttl, len(rdata)) + rdata

    def _authority(self):
        """The SOA of a denial: its TTL and minimum say how long it may be kept (RFC 2308 5)."""
        numbers = struct.pack("!5I", 1, 3600, 600, 86400, self.ttl)
        return self._record((), TYPES["SOA"], name_wire((b"ns",)) + name_wire((b"hostmaster",)) + numbers)

    def _send_udp(self, reply, peer):
        try:
            self._udp.sendto(reply, peer)
        except OSError:                 # stopped meanwhile
            pass

    def _serve_udp(self):
        while True:
            packet, peer = self._udp.recvfrom(65535)
            if self._stopping:
                return
            reply, delay = self.respond(packet, "udp")
            if reply is None:
                continue
            if delay:
                timer = threading.Timer(delay, self._send_udp, (reply, peer))
                timer.daemon = True
                timer.start()
            else:
                self._send_udp(reply, peer)

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_connection, args=(connection,), daemon=True).start()

    def _serve_connection(self, connection):
        connection.settimeout(30)
        with connection, connection.makefile("rb") as stream:
            try:
                while len(prefix := stream.read(2)) == 2:
                    reply, delay = self.respond(stream.read(int.from_bytes(prefix, "big")), "tcp")
                    if reply is not None:
                        time.sleep(delay)
                        connection.sendall(struct.pack("!H", len(reply)) + reply)
            except OSError:
                pass


def main():
    parser = argparse.ArgumentParser(description="Answer DNS questions on 127.0.0.1 from a text zone.")
    parser.add_argument("--zone", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", help="a line for each question: transport, type, name, outcome")
    parser.add_argument("--delay-ms", type=int, default=0)
    parser.add_argument("--override", choices=("SERVFAIL", "REFUSED", "TIMEOUT"), help="fail every question so")
    args = parser.parse_args()
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    with DnsServer(Zone.load(args.zone), args.port, args.log, delay_s=args.delay_ms / 1000,
                   override=args.override) as server:
        print("ready", server.port, flush=True)
        signal.sigwait(stop)


if __name__ == "__main__":
    main()
