#include "core/mailtally.h"

#include "core/domain.h"

/* In base64 anything may be hidden, in Q what is written with "=" (RFC 2047 4). */
static bool
may_hide_address(struct str local)
{
	while (local.len > 0) {
		struct str charset, encoding, text;

		local = str_skip(local, str_find(local, '='));
		if (local.len < 2 || local.p[1] != '?') {
			local = str_skip(local, 1);
			continue;
		}
		local = str_skip(local, 2);
		charset = str_cut(&local, '?');
		encoding = str_cut(&local, '?');
		text = str_first(local, str_find(local, '?'));
		if (charset.len > 0 &&
		    (str_eq_nocase(encoding, STR("B")) ||
			(str_eq_nocase(encoding, STR("Q")) && str_has(text, '='))))
			return true;
	}
	return false;
}

static void
note_unusable(struct mailtally *t, const char *why)
{
	if (t->unusable == NULL)
		t->unusable = why;
}

static void
add_domain(struct mailtally *t, struct str text)
{
	struct str name;
	enum res r = domain_from_text(t->arena, text, &name);

	t->no_memory |= r == RES_NOMEM;
	if (r != RES_OK)
		note_unusable(t, "From: what follows an \"@\" is no DNS name");
	else if (domain_is_dotted_number(name))
		note_unusable(t, "From: an IP address is no author domain");
	else if (t->domain.p == NULL)
		t->domain = name;
	else if (!domain_eq(name, t->domain))
		t->differ = true;
}

void
mailtally_add(struct mailtally *t, struct str local, struct str domain)
{
	t->addresses++;
	if (may_hide_address(local))
		note_unusable(t, "From: an address holds an encoded word (RFC 2047 5)");
	if (domain.len > 0 && domain.p[0] == '[')
		note_unusable(t, "From: a domain literal is no author domain");
	else if (t->domain.p == NULL || !domain_eq(domain, t->domain))
		add_domain(t, domain); /* the same once more costs nothing */
}

bool
mailtally_is_one(const struct mailtally *t)
{
	return t->domain.p != NULL && !t->differ && t->unusable == NULL;
}
