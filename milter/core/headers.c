/* Indexes count the fields of one name, so each field needs the count of its name.  Names are a
 * stranger's choice: a hash without a secret can be made to collide, so they stand in a radix tree
 * (Patricia).  Each node holds a name and tests one bit; bits grow downwards, and a link to a node
 * whose bit does not is the end of the search: the name there is the only candidate.  A search
 * costs the name's own length at most. */
#include "core/headers.h"

enum { SYMBOL_BITS = 9 }; /* an octet, or the end of the name */

struct name_count {
	struct str name;
	unsigned count;
	size_t bit; /* 0: the top node, which tests nothing and uses child[0] */
	struct name_count *child[2];
};

/* Without case; 0 behind the end. */
static unsigned
symbol(struct str name, size_t i)
{
	return i < name.len ? (unsigned)(unsigned char)ascii_lower(name.p[i]) + 1 : 0;
}

/* Bits count from 1. */
static unsigned
bit_of(struct str name, size_t bit)
{
	if (bit-- == 0)
		return 0;
	return symbol(name, bit / SYMBOL_BITS) >> (SYMBOL_BITS - 1 - bit % SYMBOL_BITS) & 1;
}

static struct name_count *
next_node(const struct name_count *node, struct str name)
{
	return node->child[bit_of(name, node->bit)];
}

/* The node whose name agrees with this one longest.  Where only longer names differ, any of them
 * does. */
static struct name_count *
nearest(struct name_count *top, struct str name)
{
	struct name_count *above = top, *node = next_node(top, name);

	while (node->bit > above->bit && node->bit <= (name.len + 1) * SYMBOL_BITS) {
		above = node;
		node = next_node(above, name);
	}
	return node;
}

/* The first bit in which two different names differ. */
static size_t
first_difference(struct str a, struct str b)
{
	size_t i = 0, bit;

	while (symbol(a, i) == symbol(b, i))
		i++;
	for (bit = i * SYMBOL_BITS + 1; bit_of(a, bit) == bit_of(b, bit); bit++)
		continue;
	return bit;
}

/* Links a node whose name and bit are set. */
static void
insert(struct name_count *top, struct name_count *node)
{
	struct name_count *above = top, *below = next_node(top, node->name);
	unsigned side = bit_of(node->name, node->bit);

	while (below->bit > above->bit && below->bit < node->bit) {
		above = below;
		below = next_node(above, node->name);
	}
	node->child[side] = node;
	node->child[!side] = below;
	above->child[bit_of(node->name, above->bit)] = node;
}

/* The node of name, made when there is none; it keeps name.  NULL: no memory. */
static struct name_count *
count_of(struct headers *h, struct str name)
{
	struct name_count *found = h->counts != NULL ? nearest(h->counts, name) : NULL, *node;

	if (found != NULL && str_eq_nocase(found->name, name))
		return found;
	if ((node = arena_new(h->arena, struct name_count)) == NULL)
		return NULL;
	node->name = name;
	if (found == NULL) {
		node->child[0] = node;
		h->counts = node;
	} else {
		node->bit = first_difference(name, found->name);
		insert(h->counts, node);
	}
	return node;
}

static bool
is_one_of(struct str name, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(name, names[i]))
			return true;
	return false;
}

/* Noted also past the limits. */
static bool
is_decisive(const struct headers *h, struct str name)
{
	const struct str decisive[] = {
		STR("From"),
		STR("DKIM-Signature"),
		STR("Authentication-Results"),
		STR("Received-SPF"),
	};

	return is_one_of(name, decisive, sizeof decisive / sizeof *decisive) ||
	    is_one_of(name, h->always, h->always_count);
}

/* Octets of the value to keep, at most len; SIZE_MAX: the field is only counted. */
static size_t
kept_len(const struct headers *h, struct str name, size_t len)
{
	size_t room = h->max_bytes > h->bytes ? h->max_bytes - h->bytes : 0;

	if (h->count < h->max_count && name.len <= room && len <= room - name.len)
		return len;
	if (!is_decisive(h, name))
		return SIZE_MAX;
	return len < HEADERS_NOTED_BYTES ? len : HEADERS_NOTED_BYTES;
}

static enum res
append(struct headers *h, struct str name, struct str value, bool cut)
{
	struct header *field = arena_new(h->arena, struct header);
	struct name_count *of_name;

	if (field == NULL || (field->name = arena_str(h->arena, name)).p == NULL ||
	    (field->value = arena_str(h->arena, value)).p == NULL ||
	    (of_name = count_of(h, field->name)) == NULL)
		return RES_NOMEM;
	field->index = ++of_name->count;
	field->place = (unsigned)h->count;
	field->cut = cut;
	if (h->last != NULL)
		h->last->next = field;
	else
		h->first = field;
	h->last = field;
	h->bytes += name.len + value.len;
	return RES_OK;
}

void
headers_open(struct headers *h, struct arena *a, size_t max_count, size_t max_bytes,
    const struct str *always, size_t always_count)
{
	*h = (struct headers){ .arena = a,
		.max_count = max_count,
		.max_bytes = max_bytes,
		.always = always,
		.always_count = always_count };
}

enum res
headers_add(struct headers *h, struct str name, struct str value)
{
	size_t kept;
	bool cut;
	enum res r;

	while (name.len > 0 && ascii_is_blank(name.p[name.len - 1]))
		name.len--;
	kept = kept_len(h, name, value.len);
	cut = kept < value.len;
	if (kept != SIZE_MAX && (r = append(h, name, str_first(value, kept), cut)) != RES_OK)
		return r;
	h->over_limit |= kept != value.len;
	h->count++;
	return RES_OK;
}

const struct header *
headers_find(const struct header *from, struct str name)
{
	while (from != NULL && !str_eq_nocase(from->name, name))
		from = from->next;
	return from;
}
