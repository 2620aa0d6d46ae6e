"""postfix.py - a private Postfix (scripts/private-postfix) for a test; mta.py has the manual."""

from mta import Mta
from smtp import Smtp


def milter_address(address):
    """Postfix has host and port the other way round: inet:8895@127.0.0.1 is inet:127.0.0.1:8895."""
    kind, _, rest = address.partition(":")
    if kind == "unix" or "@" not in rest:
        return address
    port, _, host = rest.partition("@")
    return f"inet:[{host}]:{port}" if ":" in host else f"inet:{host}:{port}"


class Postfix(Mta):
    """settings: lines for main.cf, {"smtpd_timeout": "5s"}; they override the script's own.
    A client is whoever it says it is, by XCLIENT; login: an authenticated one."""

    script = "private-postfix"

    def __init__(self, folder=None, port=None, milter="", settings=None, cache=None):
        super().__init__(folder, port, milter, cache)
        self.settings = settings or {}

    def options(self):
        lines = [argument for name, value in self.settings.items() for argument in ("-o", f"{name} = {value}")]
        return (["-m", milter_address(self.milter)] if self.milter else []) + lines

    def client(self, address, name=None, helo=None, timeout=30.0, login=None):
        smtp = Smtp("127.0.0.1", self.port, timeout=timeout)
        smtp.ehlo("localhost")
        attributes = {"ADDR": address, "NAME": name or "[UNAVAILABLE]"}
        if login:
            attributes["LOGIN"] = login
        smtp.xclient(helo or name, **attributes)
        return smtp

    def submit(self, sender, recipients, content):
        """By sendmail(1); lines of the content may end in LF."""
        return self.run("sendmail", self.folder, "-i", "-f", sender or "<>", "--", *recipients, stdin=content)
