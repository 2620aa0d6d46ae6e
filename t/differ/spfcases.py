"""spfcases.py - SPF cases for test_spf: a small world of domains that include, redirect, alias and fail."""

DOMAINS = [f"d{i}.example" for i in range(6)] + ["Sub.D0.example", "x--y_z.example", "a.b.c.d.e.f.d1.example"]
HOSTS = [f"h{i}.example" for i in range(6)] + ["mail.d0.example", "mail.d1.example"]
CLIENTS = ["192.0.2.7"] * 5 + ["192.0.2.200", "198.51.100.9", "2001:db8::7", "2001:db8::7", "2001:db8:ff::1",
           "::ffff:192.0.2.7", "0.0.0.0", "255.255.255.255", "::"]
LOCALS = ["joe", "joe", "a.b-c", "a+b=c", "strong-bad", "x", "first.m.last", "0"]
QUALIFIERS = ["", "", "", "", "+", "-", "~", "?", "-", "~"]
NETS4 = ["192.0.2.7", "192.0.2.0", "198.51.100.9", "10.0.0.1", "0.0.0.0", "192.0.2.64", "203.0.113.255"]
NETS6 = ["2001:db8::7", "2001:DB8::", "2001:db8:ff::1", "::", "::1", "2001:0db8:0:0::7", "::ffff:192.0.2.7",
         "2001:db8::192.0.2.7"]
BAD_NETS = ["192.0.2", "192.0.2.256", "192.0.2.07", "1.2.3.4.5", "", "2001:db8", ":::", "2001:db8::g", "1::2::3",
            "12345::", "h0.example", "%{i}"]
MACROS = ["%{d}", "%{d2}", "%{d1r}", "%{s}", "%{l}", "%{l-}", "%{lr-}", "%{o}", "%{o1}", "%{i}", "%{ir}", "%{v}",
          "%{h}", "%{h2}", "%{D}", "%{L}", "%{S}", "%{p}", "%{d4}", "%{dr}", "%{ir}.%{v}._spf", "%{l1r+-}", "%{i12r}",
          "%{d128}", "%%", "%_", "%-", "%{d99999}"]
BAD_MACROS = ["%{x}", "%{d0}", "%", "%{", "%{d", "%d", "%{d2", "%{d2rx}", "%{c}", "%{t}", "%{R}", "%{}", "%{d 2}",
              "%{dr2}"]
ODD = ["moo", "a:", "mx:", "exists", "include", "all:x", "all/8", "ptr/8", "foo=bar", "foo.b-a_r=%{d}", "=x", "1a=b",
       "a=b", "foo=%{x}", "foo=%", "redirect:d1.example", "exp:d1.example", "include=d1.example", "ip4=1.2.3.4",
       "v=spf1", "spf2.0", "+", "--all", "-+all", "all.", "ALL", "alL", "a/", "a//", "a/24/", "a/24//64/", "a/33",
       "a//129", "a/024", "a/0", "mx/0", "a//0", "a:h0.example:8080", "a:h0", "a:h0.example.", "a:h0.example..",
       "a:.h0.example", "a:h0..example", "a:111.222", "a:example.123", "a:h0.example.-x", "a:h0.example.x-",
       "a:h0.example.x-y", "a:h0.exa_mple", "a:h!0.example", "a:-.example", "exists:%{i}", "exists:.%{d}",
       "exists:%{i}.", "ptr:", "ptr:.", "op=auth", "default=pass", "accreditation=x", "a,mx", "ip4:192.0.2.7,",
       "all;", "a:\u00e9.example", "\u00e9", "\x01", "\tall", "a\tmx", "exp=", "redirect=", "exp=%{d",
       "redirect=%{d}.%{x}", "redirect=d1.example/24", "redirect=d1", "mx:h0.example/24//64", "a/24//64",
       "a:h0.example//64", "x:y", "ipv4:1.2.3.4", "ip:1.2.3.4", "192.0.2.7", "prt", "a:192.0.2.7", "mx:192.0.2.7",
       "exp=exp.example exp=exp.example"]
EXPLANATIONS = ["see %{d}", "%{i} is not one of %{o}", "broken %{x}", "%{c} %{r} %{t}", "\u00e9", "100%% %_ %-", ""]


class Cases:
    def __init__(self, dice):
        self._dice = dice

    def _one(self, of):
        return self._dice.choice(of)

    def _chance(self, probability):
        return self._dice.random() < probability

    def _case(self, text):
        """Letters of any case, now and then."""
        return "".join(self._one((c.lower(), c.upper())) for c in text) if self._chance(0.04) else text

    def _spec(self):
        """A domain-spec."""
        if self._chance(0.25):
            macro = self._one(BAD_MACROS if self._chance(0.06) else MACROS)
            return macro + self._one([".example", ".d0.example", ".d1.example", "", ".example.", ".x"])
        name = self._one(DOMAINS + HOSTS + ["nothing.example"])
        return self._case(name) + ("." if self._chance(0.05) else "")

    def _lengths(self):
        return self._one(["", "", "", "", "/24", "/32", "/31", "//64", "//128", "/16//48", "/1", "//1", "/30//0"])

    def _term(self):
        kind = self._one(["ip4"] * 4 + ["ip6"] * 3 + ["a"] * 3 + ["mx"] * 3 + ["include"] * 4 + ["exists"] * 2
                         + ["ptr"])
        sign = self._one(QUALIFIERS)
        if kind in ("ip4", "ip6"):
            net = self._one(BAD_NETS) if self._chance(0.03) else self._one(NETS4 if kind == "ip4" else NETS6)
            length = self._one(["", "", "", "/24", "/32", "/26", "/8", "/1", "/0"] + (["/64", "/128"] if kind == "ip6"
                                                                                      else []))
            if self._chance(0.02):
                length = self._one(["/33", "/129", "/08", "/", "/-1", "//24", "/24/24", "/a"])
            return f"{sign}{self._case(kind)}:{net}{length}"
        if kind in ("include", "exists"):
            return f"{sign}{self._case(kind)}:{self._spec()}"
        if kind == "ptr":
            return sign + kind + self._one(["", ":" + self._spec()])
        return sign + self._case(kind) + self._one(["", "", ":" + self._spec()]) + self._lengths()

    def _record(self, long_one=False):
        terms = [self._term() for _ in range(self._dice.randrange(12, 25) if long_one else self._dice.randrange(5))]
        if self._chance(0.8):
            terms.append(self._one(["-all", "~all", "~all", "?all", "+all", "all"]))
        elif self._chance(0.7):
            terms.append("redirect=" + self._spec())
        if self._chance(0.1):
            terms.append("exp=" + self._one(["exp.example", "%{d}.exp.example", "nothing.example"]))
        if self._chance(0.12):
            terms.insert(self._dice.randrange(len(terms) + 1), self._one(ODD))
        if self._chance(0.05):
            self._dice.shuffle(terms)
        record = self._case("v=spf1") + "".join(self._one([" ", " ", " ", " ", "  "]) + term for term in terms)
        if self._chance(0.03):
            record = self._mutate(record)
        return record + self._one(["", "", "", "", "", " ", "  "])

    def _mutate(self, text):
        at = self._dice.randrange(len(text) + 1)
        octet = self._one(" :/.%={}-~?+0a\t\x7f\u00ff_!")
        return self._one([text[:at] + octet + text[at:], text[:at] + octet + text[at + 1:], text[:at] + text[at + 1:],
                          text[:at], text[:at] + text[at:] * 2])

    def _strings(self, record):
        """One TXT of several strings."""
        strings = []
        while self._chance(0.15) and len(record) > 1:
            at = self._dice.randrange(1, len(record))
            strings.append(record[:at])
            record = record[at:]
        return [piece[i:i + 255] for piece in strings + [record] for i in range(0, len(piece), 255)] or [""]

    def _texts(self):
        if self._chance(0.05):
            return [["TXT", "!"]]
        records = [self._record(self._chance(0.03))] if self._chance(0.9) else []
        if self._chance(0.03):
            records.append(self._one([self._record(), "v=spf1", "v=spf10 -all", "V=SPF1 -all"]))
        if self._chance(0.15):
            records.append(self._one(["hello", "v=spf2 -all", "v=spf1x", "v=spf10 -all", "v=spf1-all", " v=spf1 -all",
                                      "", "spf2.0/pra -all", "\u00e9"]))
        self._dice.shuffle(records)
        return [["TXT", self._strings(record)] for record in records]

    def _addresses(self):
        lines = []
        for kind, pool in ("A", NETS4), ("AAAA", ["2001:db8::7", "2001:db8:ff::1", "::1", "2001:db8::"]):
            if self._chance(0.03):
                lines.append([kind, "!"])
            elif self._chance(0.65):
                lines += [[kind, address] for address in self._dice.sample(pool, self._dice.randrange(1, 4))]
        return lines

    def _exchanges(self):
        if self._chance(0.04):
            return [["MX", "!"]]
        number = self._one([0, 0, 0, 1, 1, 2, 3, 10, 11]) if self._chance(0.7) else 0
        return [["MX", [self._dice.randrange(30), self._one(HOSTS + ["nothing.example", "alias.example"])
                        if number < 10 else f"m{i}.example"]] for i in range(number)]

    def _pointers(self):
        if self._chance(0.1):
            return [["PTR", "!"]]
        number = self._one([0, 1, 1, 2, 4, 10, 12])
        return [["PTR", self._one(HOSTS + DOMAINS + ["nothing.example", "alias.example"])] for _ in range(number)]

    def _zone(self, reverse):
        zone = {}
        for owner in dict.fromkeys(name.lower() for name in DOMAINS):
            zone[owner] = self._texts() + (self._addresses() if self._chance(0.5) else []) + self._exchanges()
        for owner in HOSTS:
            zone[owner] = self._addresses()
        for i in range(12):
            if self._chance(0.5):
                zone[f"m{i}.example"] = self._addresses()
        zone["alias.example"] = [["CNAME", self._one(HOSTS + DOMAINS + ["nothing.example", "alias2.example"]).lower()]]
        zone["alias2.example"] = [["CNAME", self._one(["h0.example", "alias.example"])]]
        zone["exp.example"] = [["TXT", [self._one(EXPLANATIONS)]]]
        zone[reverse] = self._pointers()
        for owner in ["joe.example", "7.2.0.192.in-addr._spf.example", "192.0.2.7.example", "c.a.b.example",
                      "in-addr.example"]:
            if self._chance(0.4):
                zone[owner] = [["A", "127.0.0.2"]]
        return {owner: lines for owner, lines in zone.items() if lines}

    def _sender(self):
        if self._chance(0.08):
            return ""
        domain = self._one(DOMAINS[:6]) if self._chance(0.9) else self._one(DOMAINS + ["alias.example",
                                                                                       "nothing.example",
                                                                                       "D0.EXAMPLE", "d0.example.",
                                                                                       "localhost", "a..b",
                                                                                       "[192.0.2.7]", "x" * 64
                                                                                       + ".example", "-x.example"])
        return self._one(LOCALS) + "@" + domain

    def make(self, number):
        """{zone, ip, helo, from}, one after the other."""
        import ipaddress
        for _ in range(number):
            ip = self._one(CLIENTS)
            address = ipaddress.ip_address(ip)
            reverse = (getattr(address, "ipv4_mapped", None) or address).reverse_pointer
            yield {"ip": ip, "helo": self._one(HOSTS + DOMAINS) if self._chance(0.95) else self._one(["localhost",
                                                                                                      "[192.0.2.7]"]),
                   "from": self._sender(), "zone": self._zone(reverse)}
