"""sendmail.py - a private Sendmail (scripts/private-sendmail) for a test; mta.py has the manual."""

from mta import Mta
from smtp import Smtp


class Sendmail(Mta):
    """hosts: the clients' names, {"127.0.0.7": "mail.example.org"}: Sendmail has no XCLIENT, so a client is one of
    these addresses.  settings: lines of m4 for its configuration."""

    script = "private-sendmail"

    def __init__(self, folder=None, port=None, milter="", hosts=None, settings=(), cache=None):
        super().__init__(folder, port, milter, cache)
        self.hosts = hosts or {}
        self.settings = settings

    def options(self):
        hosts = [argument for pair in self.hosts.items() for argument in ("-h", " ".join(pair))]
        lines = [argument for line in self.settings for argument in ("-o", line)]
        return (["-m", self.milter] if self.milter else []) + hosts + lines

    def client(self, address, name=None, helo=None, timeout=30.0):
        """The name is that of hosts; name here serves as HELO."""
        smtp = Smtp("127.0.0.1", self.port, source=address, timeout=timeout)
        if helo or name:
            smtp.ehlo(helo or name)
        return smtp

    def submit(self, sender, recipients, content):
        """Sendmail's own programs hand a message in by SMTP from 127.0.0.1, and so does this."""
        with self.client("127.0.0.1", "localhost") as smtp:
            return smtp.send(sender, recipients, content)
