"""Authentication-Results by python3-authres.  A case: the value, unfolded; an answer: [status], or ["ok", id, [[method,
result, version, [[ptype.property, value] ...]] ...]].  Runs under Debian's Python."""
import json
import sys

import authres


def read(value):
    try:
        field = authres.AuthenticationResultsHeader.parse("Authentication-Results: " + value)
    except authres.SyntaxError as error:
        return ["syntax", str(error)]
    except authres.core.UnsupportedVersionError:
        return ["version"]
    except Exception as error:      # a fault of authres
        return ["exception", repr(error)]
    return ["ok", field.authserv_id, [[r.method, r.result, r.version, [[f"{p.type}.{p.name}", p.value or ""]
            for p in r.properties]] for r in field.results]]


for line in sys.stdin:
    print(json.dumps(read(json.loads(line))))
