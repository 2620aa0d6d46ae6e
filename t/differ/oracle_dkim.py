"""DKIM by python3-dkim.  Runs under Debian's Python.

A case: {"message", "sign": [[algorithm, canonicalization, domain, selector, headers, length] ...], "edits": [[place (0
to 1), octets to drop, octets to put] ...]}; the answer is the message, signed, then changed, and its judgement of each
signature from the top: [true or false, why not].  {"keys": 1} gives the key records: [[name, text] ...].

Keys and time are always the same, so a case is too."""
import base64
import json
import random
import sys

import dkim
import nacl.signing

keys = {}       # selector -> (private key as dkim.sign wants it, record)


def der(tag, content):
    """X.690 8.1"""
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big") if size > 127 else b""
    return bytes([tag, 0x80 | len(octets)] if octets else [tag, size]) + octets + content


def integers(*numbers):
    """A SEQUENCE of INTEGERs."""
    return der(0x30, b"".join(der(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers))


def prime(dice, e):
    """Of 512 bits; for tests, so Fermat's word is good enough."""
    while True:
        p = dice.getrandbits(512) | 3 << 510 | 1
        if p % e != 1 and all(pow(base, p - 1, p) == 1 for base in (2, 3, 5, 7)):
            return p


def rsa_key(selector):
    """RFC 8017 A.1; 1024 bits"""
    dice, e = random.Random(selector), 65537
    p, q = prime(dice, e), prime(dice, e)
    n, d = p * q, pow(e, -1, (p - 1) * (q - 1))
    private = integers(0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    algorithm = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))      # rsaEncryption
    public = der(0x30, algorithm + der(0x03, b"\0" + integers(n, e)))
    pem = b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(private) + b"-----END RSA PRIVATE KEY-----\n"
    keys[selector] = pem, "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()


def ed25519_key(selector):
    key = nacl.signing.SigningKey(random.Random(selector).randbytes(32))
    keys[selector] = (base64.b64encode(key.encode()),
                      "v=DKIM1; k=ed25519; p=" + base64.b64encode(key.verify_key.encode()).decode())


def record(name, timeout=5):
    selector = name.split(b"._domainkey.")[0].decode()
    return keys[selector][1].encode() if selector in keys else None


def sign(message, algorithm, ways, domain, selector, headers, length):
    ways = tuple(way.encode() for way in ways.split("/"))
    return dkim.sign(message, selector.encode(), domain.encode(), keys[selector][0], canonicalize=ways,
                     signature_algorithm=algorithm.encode(), include_headers=[h.encode() for h in headers],
                     length=length)


def verify(message):
    results = []
    try:
        examined = dkim.DKIM(message)
    except (dkim.MessageFormatError, IndexError):       # none for ours either (test_dkim.py, is_message)
        return []
    number = sum(name.lower() == b"dkim-signature" for name, _ in examined.headers)
    for index in range(number):
        try:
            results.append([bool(dkim.DKIM(message, minkey=1024).verify(idx=index, dnsfunc=record)), ""])
        except Exception as error:
            results.append([False, f"{type(error).__name__}: {error}"])
    return results


dkim.time.time = lambda: 1700000000
for name in "r1", "r2":
    rsa_key(name)
for name in "e1", "e2":
    ed25519_key(name)
for line in sys.stdin:
    case = json.loads(line)
    if "keys" in case:
        answer = [[f"{name}._domainkey.{domain}", text] for name, (_, text) in keys.items()
                  for domain in ("example.org", "mail.example.org", "example.net")]
    else:
        message = case["message"].encode("latin-1")
        try:
            for one in case["sign"]:
                message = sign(message, *one) + message
        except Exception as error:      # it signs no such message
            answer = [f"!{type(error).__name__}: {error}", []]
        else:
            for place, dropped, put in case["edits"]:
                at = int(place * len(message))
                message = message[:at] + put.encode("latin-1") + message[at + dropped:]
            answer = [message.decode("latin-1"), verify(message)]
    print(json.dumps(answer))
