/* Which DKIM results of another filter are believed (RFC 8601 4.1; interface.md 3). */
#include "base/buf.h"
#include "core/upstream.h"
#include "t/tap.h"

static const struct str trusted[] = { { "dkim.example.net", 16 }, { "filter.example.net", 18 } };

#define AR "Authentication-Results: "

static const struct {
	const char *rule, *header;
	unsigned run;
	const char *results;		/* "pass:example.org fail:-" */
} rows[] = {
	{ "a trusted field on top", AR "dkim.example.net; dkim=pass header.d=example.org\n", 1, "pass:example.org " },
	{ "below another field it is anyone's", "Subject: x\n" AR "dkim.example.net; dkim=pass header.d=example.org\n",
	    0, "" },
	{ "a run of two trusted ids", AR "dkim.example.net; dkim=pass header.d=example.org\n"
	    AR "filter.example.net; dkim=fail header.d=b.example\n", 2, "pass:example.org fail:b.example " },
	{ "a foreign id ends the run", AR "dkim.example.net; dkim=fail header.d=example.org\n"
	    AR "evil.example; none\n" AR "dkim.example.net; dkim=pass header.d=example.org\n", 1, "fail:example.org " },
	{ "our own id is refused there", AR "mx.example.net; dkim=pass header.d=example.org\n", 0, "" },
	{ "8601 2.2: broken syntax yields no pass", AR "dkim.example.net; dkim=pass header.d=example.org; spf=\n", 0, "" },
	{ "8601 2.6: an unknown version is passed over", AR "dkim.example.net 2; dkim=pass header.d=example.org\n", 1, "" },
	{ "8601 2.6: and the run goes on", AR "dkim.example.net 2; dkim=pass header.d=a.example\n"
	    AR "filter.example.net; dkim=pass header.d=example.org\n", 2, "pass:example.org " },
	{ "8601 2.6: not by others, nor by us", AR "evil.example 2; none\n"
	    AR "dkim.example.net; dkim=pass header.d=example.org\n", 0, "" },
	{ "8601 2.6: not by others, nor by us", AR "mx.example.net 2; none\n"
	    AR "dkim.example.net; dkim=pass header.d=example.org\n", 0, "" },
	{ "8601 2.6: an unknown method version is passed over", AR "dkim.example.net; dkim/2=pass header.d=example.org\n",
	    1, "" },
	{ "8601 2.3: an unregistered result is passed over", AR "dkim.example.net; dkim=excellent header.d=example.org\n",
	    1, "" },
	{ "other methods are not asked here", AR "dkim.example.net; spf=pass smtp.mailfrom=example.org\n", 1, "" },
	{ "8601 2.2: the id is compared without case, comments and final dot",
	    AR "(x) DKIM.Example.NET. (y); dkim=pass header.d=Example.ORG\n", 1, "pass:example.org " },
	{ "8601 2.7.1: header.i gives the domain where header.d is missing",
	    AR "dkim.example.net; dkim=pass header.i=joe@example.org\n", 1, "pass:example.org " },
	{ "a pass without a domain authenticates nothing", AR "dkim.example.net; dkim=pass header.b=abc\n", 1, "neutral:- " },
	{ "8601 2.2: none", AR "dkim.example.net; none\n", 1, "" },
	{ "two signatures in one field", AR "dkim.example.net; dkim=fail header.d=a.example;\n", 0, "" },
	{ "two signatures in one field", AR "dkim.example.net; dkim=fail header.d=a.example; dkim=pass header.d=b.example\n",
	    1, "fail:a.example pass:b.example " },
	{ "a quoted result is no pass of another method", AR "dkim.example.net; arc=fail reason=\"dkim=pass header.d=a\"\n",
	    1, "" },
};

static void
read_header(struct headers *h, struct arena *a, const char *text)
{
	struct str rest = str_from(text);

	headers_open(h, a, 100, 10000, NULL, 0);
	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n'), name = str_cut(&line, ':');

		headers_add(h, tap_exact_str(name), tap_exact_str(line));
	}
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_open(0);
		struct buf got = buf_in(a, 400);
		struct upstream up = {0};
		struct headers h;

		read_header(&h, a, rows[i].header);
		tap_eq_res(upstream_read(a, &h, trusted, 2, STR("mx.example.net"), &up), RES_OK, "%s", rows[i].rule);
		tap_eq_int(up.run, rows[i].run, "%s: the run", rows[i].rule);
		for (size_t k = 0; k < up.dkim_count; k++) {
			buf_puts(&got, dkim_result_word(up.dkim[k].result));
			buf_putc(&got, ':');
			buf_put(&got, up.dkim[k].domain.len > 0 ? up.dkim[k].domain : STR("-"));
			buf_putc(&got, ' ');
		}
		tap_eq_str(buf_str(&got), str_from(rows[i].results), "%s: what is believed", rows[i].rule);
		arena_close(a);
	}
	return tap_done();
}
