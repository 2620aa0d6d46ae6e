"""DKIM by python3-dkim.  Runs under Debian's Python.

A case: {"message", "sign": [[algorithm, canonicalization, domain, selector, headers, length] ...], "edits": [[place (0 to
1), octets to drop, octets to put] ...]}; the answer is the message, signed, then changed, and its judgement of each
signature from the top: [true or false, why not].  {"keys": 1} gives the key records: [[name, text] ...]."""
import base64
import json
import subprocess
import sys

import dkim
import nacl.signing

keys = {}


def rsa_key(selector):
    pem = subprocess.run(["openssl", "genrsa", "-traditional", "1024"], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=pem, capture_output=True,
                         check=True).stdout
    keys[selector] = pem, "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()


def ed25519_key(selector):
    key = nacl.signing.SigningKey.generate()
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
