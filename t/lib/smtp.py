"""smtp.py - a raw SMTP client for tests: says exactly what it is told and keeps every reply.

    with Smtp("127.0.0.1", port) as client:
        client.ehlo("mail.example.org")
        client.xclient(ADDR="192.0.2.7", NAME="mail.example.org")   # and EHLO again
        client.send("a@example.org", ["b@example.net"], b"From: a@example.org\\r\\n\\r\\nhello\\r\\n").code
"""

import re
import socket
import ssl
import struct


class SmtpError(Exception):
    """The server hung up, was silent for too long or did not speak SMTP."""


class Reply:
    """One reply of the server: code, lines (text without the code), raw octets."""

    def __init__(self, raw):
        self.raw = raw
        lines = raw.decode("latin-1").split("\r\n")[:-1]
        self.code = int(lines[-1][:3])
        self.lines = [line[4:] for line in lines]
        self.text = "\n".join(self.lines)

    def __repr__(self):
        return f"<{self.code} {self.text!r}>"


def crlf(text):
    """Text with any line ends as octets with CRLF."""
    octets = text.encode() if isinstance(text, str) else text
    return re.sub(rb"\r?\n", b"\r\n", octets)


def _xtext(value):
    """RFC 3461 4: XCLIENT wants its values so."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in value)


def _path(address):
    """'' is the null sender; what has brackets already is left as it is."""
    return address if address.startswith("<") else f"<{address}>"


class Smtp:
    """A connection that has read the greeting.  source: the address to connect from."""

    def __init__(self, host, port, source=None, timeout=30.0):
        self.replies = []               # all that ever came
        self.extensions = set()
        self._unread = b""
        self._socket = socket.create_connection((host, port), timeout, (source, 0) if source else None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.greeting = self.read()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None and self._socket.fileno() >= 0:
            self.quit()
        self.close()

    # The wire

    def write(self, octets):
        """Exactly these octets."""
        try:
            self._socket.sendall(octets)
        except OSError as error:
            raise SmtpError(f"cannot send: {error}") from error

    def _line(self):
        while b"\r\n" not in self._unread:
            try:
                more = self._socket.recv(65536)
            except OSError as error:
                raise SmtpError(f"no reply: {error}") from error
            if not more:
                raise SmtpError(f"connection closed after {self._unread!r}")
            self._unread += more
        line, self._unread = self._unread.split(b"\r\n", 1)
        return line + b"\r\n"

    def read(self):
        """The next reply, all of its lines."""
        raw = b""
        while True:
            line = self._line()
            if not re.match(rb"[2-5]\d\d[ -]", line):
                raise SmtpError(f"not a reply: {line!r}")
            raw += line
            if line[3:4] == b" ":
                self.replies.append(Reply(raw))
                return self.replies[-1]

    def command(self, line):
        """One command line (str or bytes, without CRLF) and its reply."""
        self.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.read()

    # The session

    def ehlo(self, name="mail.example.org"):
        reply = self.command("EHLO " + name)
        self.extensions = {line.split()[0].upper() for line in reply.lines[1:] if line}
        return reply

    def helo(self, name="mail.example.org"):
        return self.command("HELO " + name)

    def xclient(self, helo="mail.example.org", **attributes):
        """Become the client ADDR, NAME, PORT, LOGIN ..., then EHLO again (None: no EHLO).  An IPv6 address is
        written plainly.  Returns the reply to XCLIENT."""
        address = attributes.get("ADDR", "")
        if ":" in address and not address.upper().startswith("IPV6:"):
            attributes["ADDR"] = "IPV6:" + address
        reply = self.command("XCLIENT " + " ".join(f"{key}={_xtext(value)}" for key, value in attributes.items()))
        if reply.code == 220 and helo is not None:
            self.ehlo(helo)
        return reply

    def starttls(self, helo="mail.example.org"):
        """Encryption with whatever certificate the server has, then EHLO again."""
        reply = self.command("STARTTLS")
        if reply.code == 220:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket)
            self.ehlo(helo)
        return reply

    def mail(self, sender, parameters=""):
        return self.command(f"MAIL FROM:{_path(sender)} {parameters}".rstrip())

    def rcpt(self, recipient, parameters=""):
        return self.command(f"RCPT TO:{_path(recipient)} {parameters}".rstrip())

    def rset(self):
        return self.command("RSET")

    def quit(self):
        """The reply to QUIT; the connection is closed."""
        try:
            return self.command("QUIT")
        finally:
            self.close()

    def close(self):
        self._socket.close()

    def drop(self):
        """Vanish: the connection is reset, nothing is said."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    # Messages: content is the octets of the message, lines end in CRLF

    @staticmethod
    def stuffed(content):
        """As it goes over the wire after DATA: dots doubled, final dot.  A last line without CRLF gets one."""
        end = b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n"
        return re.sub(rb"(?m)^\.", b"..", content) + end

    def data(self, content):
        """The reply to DATA when it is not 354, else the one to the final dot."""
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        self.write(self.stuffed(content))
        return self.read()

    def send(self, sender, recipients, content):
        """A transaction, command by command; the last reply.  After a refusal of MAIL or of all recipients it
        stops there."""
        reply = self.mail(sender)
        if reply.code != 250:
            return reply
        answers = [self.rcpt(recipient) for recipient in recipients]
        if all(answer.code >= 300 for answer in answers):
            return answers[-1]
        return self.data(content)

    def pipeline(self, sender, recipients, content):
        """MAIL, all RCPT and DATA in one write (RFC 2920); returns all replies, the last is the final dot's or
        the refusal of DATA."""
        if "PIPELINING" not in self.extensions:
            raise SmtpError("PIPELINING was not offered")
        lines = [f"MAIL FROM:{_path(sender)}", *(f"RCPT TO:{_path(to)}" for to in recipients), "DATA"]
        self.write("".join(line + "\r\n" for line in lines).encode())
        replies = [self.read() for _ in lines]
        if replies[-1].code == 354:
            self.write(self.stuffed(content))
            replies.append(self.read())
        return replies

    def half(self, sender, recipients, content):
        """A transaction that gets as far as DATA and these octets, without the final dot: then drop() or write()."""
        self.mail(sender)
        for recipient in recipients:
            self.rcpt(recipient)
        reply = self.command("DATA")
        self.write(content)
        return reply
