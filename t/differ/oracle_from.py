"""From fields by the email package.  A case: the field's value, folds included; an answer: {reader: [domains that it
shows as authors]}, of three readers.  Domains are without case and final dot; an address without domain gives ""."""
import email.policy
import email.utils
import json
import sys


def domain_of(address):
    return address.rpartition("@")[2].strip().rstrip(".").lower() if "@" in address else ""


def by_utils(value):
    return [domain_of(address) for _, address in email.utils.getaddresses([value]) if address]


def by_one(value):
    return [domain_of(email.utils.parseaddr(value)[1])]


def by_registry(value):
    field = email.policy.default.header_factory("from", value.replace("\n", ""))
    return [address.domain.rstrip(".").lower() for address in field.addresses]


READERS = {"getaddresses": by_utils, "parseaddr": by_one, "registry": by_registry}
for line in sys.stdin:
    value = json.loads(line)
    answer = {}
    for name, reader in READERS.items():
        try:
            answer[name] = reader(value)
        except Exception as error:      # a fault of the reader
            answer[name] = ["!" + type(error).__name__]
    print(json.dumps(answer))
