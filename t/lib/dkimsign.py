"""dkimsign.py - signs messages (RFC 6376) with the openssl command, for tests of what an MTA leaves of a signature.

    key = Key()                                 # RSA, 2048 bits; key.record for the zone: "v=DKIM1; k=rsa; p=..."
    content = sign(content, key, "example.org", "s1", ["from", "subject"], "simple/simple", tags="i=a@example.org; l=9")

An own reading of the RFC, independent of the library that the daemon uses.  Content is octets with CRLF lines.
"""

import base64
import hashlib
import re
import subprocess

FIELD = re.compile(rb"([^\r\n:]+):((?:[^\r\n]|\r\n[ \t])*)\r\n")


class Key:
    """A new private RSA key; record: its public half as the value of a TXT record, in strings of a zone line."""

    def __init__(self, bits=2048):
        self.pem = self._openssl("genrsa", str(bits))
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


def _chosen(fields, names):
    """5.4.2: of a name that is there more than once the lowest first; a field that is not there is empty text."""
    left, signed = list(reversed(fields)), []
    for name in names:
        found = next((field for field in left if field[0].strip().lower() == name.lower().encode()), None)
        if found:
            left.remove(found)
            signed.append(found)
    return signed


def _covered(body, tags):
    """3.5 l=: that much of the body, once it is in its canonical form."""
    length = re.search(r"(?:^|;)\s*l=(\d+)", tags)
    return body[:int(length.group(1))] if length else body


def sign(content, key, domain, selector, names, ways="relaxed/relaxed", tags=""):
    """The content with its DKIM-Signature on top.  tags: more of them, which come before h=; domain and selector may
    be what no domain is, latin-1."""
    header, _, body = content.partition(b"\r\n\r\n")
    fields = FIELD.findall(header + b"\r\n")
    header_way, body_way = ways.split("/")
    digest = base64.b64encode(hashlib.sha256(_covered(_body(body, body_way), tags)).digest()).decode()
    value = (f" v=1; a=rsa-sha256; c={ways}; d={domain}; s={selector};\r\n\t{tags + '; ' if tags else ''}"
             f"h={':'.join(names)};\r\n\tbh={digest};\r\n\tb=").encode("latin-1")
    signed = b"".join(_header(name, text, header_way) + b"\r\n" for name, text in _chosen(fields, names))
    signed += _header(b"DKIM-Signature", value, header_way)
    b = base64.b64encode(key.signature(signed))
    return b"DKIM-Signature:" + value + b + b"\r\n" + content
