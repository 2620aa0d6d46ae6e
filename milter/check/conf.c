#include "check/conf.h"

#include <assert.h>
#include <libconfig.h>
#include <string.h>

#include "check/conf_keys.h"
#include "check/conf_text.h"
#include "check/conf_types.h"

enum {
	NAME_MAX_OCTETS = 200, /* of a key with its groups; more is no key of ours */
	FALLBACK_MAX = 200,    /* "v99 = " and the default of a key */
};

/* What libconfig says about a text that it cannot read, and the cure. */
static const struct {
	const char *says, *cure;
} syntax_cures[] = {
	{ "duplicate setting name", "give each key once, and each group too" },
	{ "mismatched element type in array", "put each element in quotes" },
	{ "syntax error",
	    "look here and just above for a missing quote, bracket or '=', a word without "
	    "quotes, a dot in a name" },
};

static void
syntax_fault(const struct conf_reader *r, const config_t *cfg)
{
	struct conf_origin at = conf_text_origin(r->text, (unsigned)config_error_line(cfg));
	const char *says = config_error_text(cfg);
	size_t last = sizeof syntax_cures / sizeof *syntax_cures - 1, i = 0;

	while (i < last && strcmp(says, syntax_cures[i].says) != 0)
		i++;
	conf_fault(r->faults, at.file, at.file_line, "%s; %s", says, syntax_cures[i].cure);
}

static void
destroy_config(void *cfg)
{
	config_destroy(cfg);
}

/* What is in r->text, as libconfig's tree; it lives as long as the arena. */
static enum res
parse(struct conf_reader *r, struct arena *scratch, config_t **ret_cfg)
{
	config_t *cfg = arena_new(scratch, config_t);
	enum res e;

	if (cfg == NULL)
		return RES_NOMEM;
	config_init(cfg);
	if ((e = arena_defer(scratch, destroy_config, cfg)) != RES_OK)
		return e;
	if (config_read_string(cfg, r->text->text.p) != CONFIG_TRUE) {
		syntax_fault(r, cfg);
		return RES_PERM;
	}
	*ret_cfg = cfg;
	return RES_OK;
}

/* The defaults, written as a file of one value a key and read like any other. */
static enum res
read_fallbacks(struct conf_reader *r, struct arena *scratch, struct conf *c)
{
	struct buf file = buf_in(scratch, conf_key_count * FALLBACK_MAX);
	struct conf_text *text = arena_new(scratch, struct conf_text);
	config_t *cfg;
	enum res e;

	if (text == NULL)
		return RES_NOMEM;
	for (size_t i = 0; i < conf_key_count; i++) {
		buf_putc(&file, 'v');
		buf_putu(&file, i);
		buf_puts(&file, " = ");
		buf_puts(&file, conf_keys[i].fallback);
		buf_puts(&file, ";\n");
	}
	r->text = text;
	if ((e = file.err) != RES_OK ||
	    (e = conf_text_from(text, scratch, buf_str(&file), r->faults)) != RES_OK ||
	    (e = parse(r, scratch, &cfg)) != RES_OK)
		return e;
	for (size_t i = 0; i < conf_key_count; i++)
		conf_value_read(r, &conf_keys[i],
		    config_setting_get_elem(config_root_setting(cfg), (unsigned)i), c);
	return RES_OK;
}

static void
unknown_key(struct conf_reader *r, const char *name, const config_setting_t *s)
{
	struct str near = conf_key_near(str_from(name));
	struct conf_origin at = conf_text_origin(r->text, config_setting_source_line(s));

	if (near.len > 0)
		conf_fault(r->faults, at.file, at.file_line, "%s: unknown key; did you mean %.*s?",
		    name, STR_ARG(near));
	else
		conf_fault(r->faults, at.file, at.file_line,
		    "%s: unknown key; take it away (softfail-milter -T prints all keys)", name);
}

static void read_group(struct conf_reader *r, const config_setting_t *group, struct buf *path,
    struct conf *c);

/* One member of a group, whose full name is in path. */
static void
read_member(struct conf_reader *r, const config_setting_t *s, struct buf *path, struct conf *c)
{
	const struct conf_key *k = conf_key_find(buf_str(path));

	if (k != NULL)
		conf_value_read(r, k, s, c);
	else if (!conf_key_is_group(buf_str(path)) || path->err != RES_OK)
		unknown_key(r, path->err == RES_OK ? path->p : config_setting_name(s), s);
	else if (config_setting_type(s) != CONFIG_TYPE_GROUP)
		conf_value_fault(r, path->p, s, "is not a group", STR("a group of keys { }"));
	else
		read_group(r, s, path, c);
}

static void
read_group(struct conf_reader *r, const config_setting_t *group, struct buf *path, struct conf *c)
{
	size_t len = path->len;

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);

		if (len > 0)
			buf_putc(path, '.');
		buf_puts(path, config_setting_name(s));
		read_member(r, s, path, c);
		buf_cut(path, len);
		path->err = RES_OK;
	}
}

/* "*.example.net" is any name below it. */
static bool
is_id_of(struct str pattern, struct str id)
{
	if (str_starts_nocase(pattern, STR("*.")))
		return id.len >= pattern.len && str_ends_nocase(id, str_skip(pattern, 1));
	return str_eq_nocase(pattern, id);
}

static bool
is_our_id(const struct conf *c, struct str id)
{
	bool ours = is_id_of(c->authserv_id, id);

	for (size_t i = 0; i < c->own_authserv_ids.count; i++)
		ours = ours || is_id_of(c->own_authserv_ids.list[i], id);
	return ours;
}

static void
own_id_fault(struct conf_reader *r, const config_setting_t *ids, struct str id)
{
	struct conf_origin at = conf_text_origin(r->text, config_setting_source_line(ids));

	conf_fault(r->faults, at.file, at.file_line,
	    "dkim.trusted_authserv_ids: \"%.*s\" is an id of our own (authserv_id, "
	    "own_authserv_ids), which anyone can write; use another, of the upstream filter",
	    STR_ARG(id));
}

/* What the value of one key says about another's. */
static void
check_upstream(struct conf_reader *r, const config_t *cfg, const struct conf *c)
{
	const config_setting_t *ids = config_lookup(cfg, "dkim.trusted_authserv_ids");
	const struct conf_strs *trusted = &c->dkim_trusted_authserv_ids;

	if (c->dkim_source == DKIM_SOURCE_UPSTREAM &&
	    (ids == NULL || config_setting_length(ids) == 0))
		conf_value_fault(r, "dkim.source", config_lookup(cfg, "dkim.source"),
		    "needs to know whom to believe",
		    STR("it with dkim.trusted_authserv_ids, or \"verify\""));
	for (size_t i = 0; i < trusted->count; i++)
		if (is_our_id(c, trusted->list[i]))
			own_id_fault(r, ids, trusted->list[i]);
}

struct warner {
	struct conf_faults *warnings;
	struct str file;
};

static void
warn_weights(void *arg, const char *sentence)
{
	struct warner *w = arg;

	conf_fault(w->warnings, w->file, 0, "%s", sentence);
}

static void
check_odd(struct conf_faults *warnings, struct str file, const struct conf *c)
{
	struct warner w = { warnings, file };

	score_check_monotone(&c->score, warn_weights, &w);
	if (c->dns_deadline_ms < c->dns_timeout_ms)
		conf_fault(warnings, file, 0,
		    "dns.deadline_ms: %d ends a question before dns.timeout_ms, %d, lets it be "
		    "tried again; use more",
		    c->dns_deadline_ms, c->dns_timeout_ms);
}

static enum res
read_file(struct conf_reader *r, struct arena *scratch, const char *file, struct conf *c)
{
	struct buf path = buf_in(scratch, NAME_MAX_OCTETS);
	struct conf_text *text = arena_new(scratch, struct conf_text);
	config_t *cfg;
	enum res e;

	if (text == NULL || path.err != RES_OK)
		return RES_NOMEM;
	r->text = text;
	if ((e = conf_text_read(text, scratch, file, r->faults)) != RES_OK ||
	    (e = parse(r, scratch, &cfg)) != RES_OK)
		return e;
	read_group(r, config_root_setting(cfg), &path, c);
	check_upstream(r, cfg, c);
	c->log_target_set = config_lookup(cfg, "log.target") != NULL;
	return RES_OK;
}

static enum res
read_all(struct conf_reader *r, struct arena *scratch, const char *file, struct conf *c)
{
	enum res e = read_fallbacks(r, scratch, c);

	assert(e != RES_PERM && r->faults->count == 0); /* the table is right */
	if (e == RES_OK && file != NULL)
		e = read_file(r, scratch, file, c);
	if (e == RES_NOMEM || r->nomem || r->faults->nomem)
		return RES_NOMEM;
	return e != RES_OK || r->faults->count > 0 ? RES_PERM : RES_OK;
}

enum res
conf_read(const char *file, struct conf_faults *faults, struct conf_faults *warnings,
    struct conf **ret_conf)
{
	struct arena *a = arena_open(0), *scratch = arena_open(0);
	struct conf_reader r = { .arena = a, .faults = faults };
	struct conf *c = a != NULL ? arena_new(a, struct conf) : NULL;
	enum res e = RES_NOMEM;

	if (c != NULL && scratch != NULL)
		e = read_all(&r, scratch, file, c);
	arena_close(scratch);
	if (e != RES_OK) {
		arena_close(a);
		return e;
	}
	check_odd(warnings, str_from(file != NULL ? file : "defaults"), c);
	c->arena = a;
	*ret_conf = c;
	return RES_OK;
}

void
conf_close(struct conf *c)
{
	if (c != NULL)
		arena_close(c->arena);
}
