"""dkimsign.py - signs messages (RFC 6376) with the openssl command, for tests of what an MTA leaves of a signature.

    key = Key()                                 # RSA, 2048 bits; key.record for the zone: "v=DKIM1; k=rsa; p=..."
    content = sign(content, key, "example.org", "s1", ["from", "subject"], "simple/simple")

An own reading of the RFC, independent of the library that the daemon uses.  Content is octets with CRLF lines.
"""

import base64
import hashlib
import re
import subprocess

FIELD = re.compile(rb"([^\r\n:]+):((?:[^\r\n]|\r\n[ \t])*)\r\n")


class Key:
    """A new private key; record: its public half as the value of a TXT record, in strings of a zone line."""

    def __init__(self):
        self.pem = self._openssl("genrsa", "2048")
        public = self._openssl("rsa", "-pubout", "-outform", "DER", stdin=self.pem)
        value = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()
        self.record = " ".join(f'"{value[at:at + 200]}"' for at in range(0, len(value), 200))

    @staticmethod
    def _openssl(*words, stdin=b""):
        return subprocess.run(["openssl", *words], input=stdin, capture_output=True, timeout=60, check=True).stdout

    def signature(self, octets):
        """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8301 3.1); the key goes in by its own descriptor."""
        with subprocess.Popen(["sh", "-c", "exec openssl dgst -sha256 -sign /dev/fd/3 3<<EOF\n"
                               + self.pem.decode() + "EOF\n"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
            made, _ = run.communicate(octets, timeout=60)
        if run.returncode != 0:
            raise OSError("openssl cannot sign")
        return made


def _header(name, value, way):
    """3.4.1, 3.4.2; without the final CRLF."""
    if way == "simple":
        return name + b":" + value
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip().lower() + b":" + value


def _body(body, way):
    """3.4.3, 3.4.4."""
    if way == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", body)
        body = re.sub(rb" +(?=\r\n)", b"", body)
    body = body.rstrip(b"\r\n") + b"\r\n" if body.strip(b"\r\n") else b""
    return body or (b"\r\n" if way == "simple" else b"")


def sign(content, key, domain, selector, names, ways="relaxed/relaxed"):
    """The content with its DKIM-Signature on top; of a name that is there more than once the lowest is signed."""
    header, _, body = content.partition(b"\r\n\r\n")
    fields = FIELD.findall(header + b"\r\n")
    header_way, body_way = ways.split("/")
    digest = base64.b64encode(hashlib.sha256(_body(body, body_way)).digest()).decode()
    value = (f" v=1; a=rsa-sha256; c={ways}; d={domain}; s={selector};\r\n\th={':'.join(names)};\r\n"
             f"\tbh={digest};\r\n\tb=").encode()
    chosen = [next(field for field in reversed(fields) if field[0].strip().lower() == name.encode()) for name in names]
    signed = b"".join(_header(name, text, header_way) + b"\r\n" for name, text in chosen)
    signed += _header(b"DKIM-Signature", value, header_way)
    b = base64.b64encode(key.signature(signed))
    return b"DKIM-Signature:" + value + b + b"\r\n" + content
