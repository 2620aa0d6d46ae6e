/* Authentication-Results: what is read is registered and complete, belongs to an id that the
 * field is claimed for, and comes back the same when it is written anew. */
#include "t/fuzz/fuzz.h"

#include "base/buf.h"
#include "core/authres.h"
#include "core/authres_out.h"

static bool
is_lower(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] != ascii_lower(s.p[i]))
			return false;
	return s.len > 0;
}

static void
write_info(struct buf *out, const struct authres_info *info)
{
	buf_puts(out, "; ");
	buf_put(out, info->method);
	buf_putc(out, '=');
	buf_put(out, info->result);
	if (info->reason.p != NULL) {
		buf_puts(out, " reason=");
		authres_out_value(out, info->reason);
	}
	for (size_t i = 0; i < info->prop_count; i++) {
		buf_putc(out, ' ');
		buf_put(out, info->props[i].ptype);
		buf_putc(out, '.');
		buf_put(out, info->props[i].property);
		buf_putc(out, '=');
		authres_out_value(out, info->props[i].pvalue);
	}
}

static void
check_same_info(const struct authres_info *a, const struct authres_info *b)
{
	fuzz_holds(str_eq(a->method, b->method) && str_eq(a->result, b->result));
	fuzz_holds(a->prop_count == b->prop_count);
	fuzz_holds((a->reason.p == NULL) == (b->reason.p == NULL));
	for (size_t i = 0; i < a->prop_count; i++)
		fuzz_holds(str_eq(a->props[i].property, b->props[i].property));
}

static void
check_rewritten(struct arena *a, const struct authres *field, size_t size)
{
	struct buf out = buf_in(a, 8 * size + 64);
	struct authres again;

	authres_out_value(&out, field->authserv_id);
	for (size_t i = 0; i < field->info_count; i++)
		write_info(&out, &field->infos[i]);
	fuzz_holds(out.err == RES_OK);
	if (field->info_count == 0 || authres_parse(a, buf_str(&out), &again) != RES_OK)
		return;			/* an id of control characters only, say */
	fuzz_holds(!again.broken && again.info_count == field->info_count);
	for (size_t i = 0; i < field->info_count; i++)
		check_same_info(&again.infos[i], &field->infos[i]);
}

static void
check_field(const struct authres *field)
{
	fuzz_holds(field->authserv_id.len > 0);
	fuzz_holds(field->info_count <= AUTHRES_MAX_RESINFO);
	fuzz_holds(!field->no_result || (field->info_count == 0 && !field->broken));
	for (size_t i = 0; i < field->info_count; i++) {
		const struct authres_info *info = &field->infos[i];

		fuzz_holds(is_lower(info->method) && is_lower(info->result));
		fuzz_holds(authres_is_registered_result(info->method, info->result));
		for (size_t k = 0; k < info->prop_count; k++)
			fuzz_holds(authres_is_registered_ptype(info->props[k].ptype) &&
			    info->props[k].pvalue.p != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str value = { (const char *)data, size };
	const struct str ids[] = { STR("mx.example.net"), STR("*.example.org"),
	    STR("b\xc3\xbc.example") };
	struct arena *a = arena_open(0);
	struct authres field;
	enum res r = authres_parse(a, value, &field);

	fuzz_holds(r == RES_OK || r == RES_SYNTAX || r == RES_PERM);
	if (r == RES_OK) {
		check_field(&field);
		if (field.authserv_id.len <= 253)
			fuzz_holds(authres_claims_id(value, &field.authserv_id, 1));
		check_rewritten(a, &field, size);
	}
	fuzz_holds(!authres_claims_id(value, ids, 0));
	if (authres_claims_id(value, ids, 1))
		fuzz_holds(authres_claims_id(value, ids, 3));
	arena_close(a);
	return 0;
}
