#include "check/conf.h"

#include <ctype.h>

#include "check/conf_keys.h"

enum { VALUE_MAX = 4 << 20 }; /* octets of a value: all that a file can hold, escaped */

/* Keys with groups, printed as the nested groups of a file. */

static struct str
group_of(const struct conf_key *k)
{
	struct str name = str_from(k->name);
	size_t dot = str_find_last(name, '.');

	return dot < name.len ? str_first(name, dot) : str_first(name, 0);
}

static const char *
last_name(const struct conf_key *k)
{
	size_t len = group_of(k).len;

	return k->name + (len > 0 ? len + 1 : 0);
}

static size_t
depth_of(struct str group)
{
	return group.len > 0 ? str_count(group, '.') + 1 : 0;
}

static void
indent(FILE *out, size_t depth)
{
	while (depth-- > 0)
		putc('\t', out);
}

static bool
is_inside(struct str group, struct str outer)
{
	if (outer.len == 0 || str_eq(group, outer))
		return true;
	return group.len > outer.len && str_eq(str_first(group, outer.len), outer) &&
	    group.p[outer.len] == '.';
}

/* Close the groups of *at that next is not in, open those of next, with gap above the first. */
static void
change_group(FILE *out, struct str *at, struct str next, const char *gap)
{
	struct str rest, name;
	size_t dot;

	while (!is_inside(next, *at)) {
		indent(out, depth_of(*at) - 1);
		fputs("};\n", out);
		dot = str_find_last(*at, '.');
		*at = str_first(*at, dot < at->len ? dot : 0);
	}
	rest = str_skip(next, at->len > 0 ? at->len + 1 : 0);
	fputs(rest.len > 0 ? gap : "", out);
	for (size_t depth = depth_of(*at); rest.len > 0; depth++) {
		name = str_cut(&rest, '.');
		indent(out, depth);
		fprintf(out, "%.*s: {\n", STR_ARG(name));
	}
	*at = next;
}

enum res
conf_print(FILE *out, const struct conf *c, bool only_changed)
{
	struct arena *a = arena_open(0);
	struct buf value = a != NULL ? buf_in(a, VALUE_MAX) : (struct buf){ .err = RES_NOMEM };
	struct str group = STR("");

	for (const struct conf_key *k = conf_keys; k < conf_keys + conf_key_count; k++) {
		buf_cut(&value, 0);
		conf_value_print(&value, k, c);
		if (value.err != RES_OK ||
		    (only_changed && str_eq(buf_str(&value), str_from(k->fallback))))
			continue;
		change_group(out, &group, group_of(k), "");
		indent(out, depth_of(group));
		fprintf(out, "%s = %s;\n", last_name(k), value.p);
	}
	change_group(out, &group, STR(""), "");
	arena_close(a);
	return value.err == RES_OK ? RES_OK : RES_NOMEM;
}

void
conf_print_sample(FILE *out)
{
	struct str group = STR("");

	fputs("# Configuration of softfail-milter: every key with its default.  To change\n"
	      "# one, take away the '#' in front of it; softfail-milter -t checks the file.\n"
	      "# The manual is softfail-milter.conf(5).\n",
	    out);
	for (const struct conf_key *k = conf_keys; k < conf_keys + conf_key_count; k++) {
		if (k == conf_keys || str_eq(group, group_of(k)))
			putc('\n', out);
		change_group(out, &group, group_of(k), "\n");
		indent(out, depth_of(group));
		fprintf(out, "# %s\n", k->meaning);
		indent(out, depth_of(group));
		fprintf(out, "#%s = %s;\n", last_name(k), k->fallback);
	}
	change_group(out, &group, STR(""), "");
}

void
conf_print_manual(FILE *out)
{
	char mem[1000];

	fputs(".Bl -tag -width Ds\n", out);
	for (const struct conf_key *k = conf_keys; k < conf_keys + conf_key_count; k++) {
		struct buf allowed = buf_on(mem, sizeof mem);

		k->type->allow(&allowed, k);
		fprintf(out, ".It Cm %s\n%c%s.\nTakes %s.\nThe default is %s.\n", k->name,
		    toupper((unsigned char)k->meaning[0]), k->meaning + 1, allowed.p, k->fallback);
		if (k->restart)
			fputs("A change needs a restart.\n", out);
	}
	fputs(".El\n", out);
}

enum res
conf_compare(const struct conf *old, const struct conf *new_conf,
    void (*changed)(void *arg, const char *key, bool needs_restart), void *arg)
{
	struct arena *a = arena_open(0);
	struct buf was = a != NULL ? buf_in(a, VALUE_MAX) : (struct buf){ .err = RES_NOMEM };
	struct buf is = a != NULL ? buf_in(a, VALUE_MAX) : (struct buf){ .err = RES_NOMEM };

	for (const struct conf_key *k = conf_keys; k < conf_keys + conf_key_count; k++) {
		buf_cut(&was, 0);
		buf_cut(&is, 0);
		conf_value_print(&was, k, old);
		conf_value_print(&is, k, new_conf);
		if (was.err == RES_OK && is.err == RES_OK && !str_eq(buf_str(&was), buf_str(&is)))
			changed(arg, k->name, k->restart);
	}
	arena_close(a);
	return was.err == RES_OK && is.err == RES_OK ? RES_OK : RES_NOMEM;
}
