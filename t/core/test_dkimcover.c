#include "core/dkimcover.h"

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* Fields from the top, one letter of `covered` for each: x it is, - it is not. */
static void
test_cover(void)
{
	static const struct {
		const char *h, *fields, *covered, *missing, *rule;
	} rows[] = {
		{ "From:To", "From,To", "xx", "", "all of them" },
		{ "from : to", "FROM,To", "xx", "", "6376 5.4: without case" },
		{ "From:X", "X,X,From", "-xx", "", "6376 5.4.2: the lowest one of a name" },
		{ "From:X:X", "X,X,X,From", "-xxx", "", "6376 5.4.2: the two lowest" },
		{ "From:X:X:X", "X,From", "xx", "", "6376 5.4.2: more than there are" },
		{ "From", "From,From", "-x", "From (1 of 2)", "6376 8.15: a second From" },
		{ "From:Subject", "Subject,From,Subject", "-xx", "Subject (1 of 2)",
		    "6376 8.15: a second Subject" },
		{ "From:Subject:Subject", "Subject,From,Subject", "xxx", "", "both signed" },
		{ "From", "From,Cc,Message-ID,References", "x---", "", "often not signed, once" },
		{ "From", "From,To,Sender,Content-Type", "x---",
		    "Sender (1 of 1), To (1 of 1), Content-Type (1 of 1)",
		    "6376 8.15: readers act on them, so they may have been added" },
		{ "From:MIME-Version", "From,MIME-Version,Content-Type", "xx-", "",
		    "a signer who signed MIME-Version saw the other and left it out" },
		{ "From:MIME-Version", "From,MIME-Version,Content-Type,Content-Type", "xx--",
		    "Content-Type (2 of 2)", "6376 8.15: but twice" },
		{ "From:MIME-Version", "From,Content-Type", "x-", "Content-Type (1 of 1)",
		    "MIME-Version signed but not there" },
		{ "From", "From,To,To", "x--", "To (2 of 2)", "not signed and twice" },
		{ "From", "From,Reply-To,Subject,Date", "x---",
		    "Reply-To (1 of 1), Subject (1 of 1), Date (1 of 1)",
		    "6376 5.4.1: those that ought to be signed" },
		{ "From:Received", "Received,Received,From,DKIM-Signature", "-xx-", "",
		    "may stand more than once" },
		{ "From", "Fro,Froms,From", "--x", "", "other names" },
		{ "From", "", "", "", "no header" },
	};
	struct arena *a = arena_open(0);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str fields[16], rest = str_from(rows[i].fields);
		char got[17] = {0}, mem[DKIMCOVER_UNSIGNED_MAX + 1];
		struct buf missing = buf_on(mem, sizeof mem);
		struct dkimcover c;
		size_t n = 0;

		while (rest.len > 0)
			fields[n++] = str_cut(&rest, ',');
		tap_eq_res(dkimcover_open(&c, a, tap_exact(rows[i].h)), RES_OK, "%s", rows[i].rule);
		for (size_t k = n; k-- > 0;)
			got[k] = dkimcover_take(&c, fields[k]) ? 'x' : '-';
		tap_eq_text(got, rows[i].covered, "%s: covered", rows[i].rule);
		dkimcover_write_unsigned(&c, &missing);
		tap_eq_str(buf_str(&missing), str_from(rows[i].missing), "%s: not signed",
		    rows[i].rule);
	}
	arena_close(a);
}

/* All names at once, with the largest numbers: it must fit what is promised. */
static void
test_longest(void)
{
	static const char *names[] = { "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date",
		"Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
		"Content-Transfer-Encoding" };
	struct arena *a = arena_open(0);
	char mem[DKIMCOVER_UNSIGNED_MAX + 1];
	struct buf b = buf_on(mem, sizeof mem);
	struct dkimcover c;

	dkimcover_open(&c, a, STR("X-None"));
	for (size_t i = 0; i < COUNT(names); i++)
		for (int k = 0; k < 100000; k++)
			dkimcover_take(&c, str_from(names[i]));
	dkimcover_write_unsigned(&c, &b);
	tap_eq_res(b.err, RES_OK, "the longest list fits (%zu octets)", b.len);
	arena_close(a);
}

int
main(void)
{
	test_cover();
	test_longest();
	return tap_done();
}
