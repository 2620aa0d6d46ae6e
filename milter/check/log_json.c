#include "check/log_json.h"

#include <jansson.h>

enum {
	/* 15 digits: 3.4 stays 3.4 */
	FLAGS = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15),
};

static json_t *
json_word(struct str word)
{
	char mem[LOGLINE_VALUE_MAX + 1];
	struct buf value = buf_on(mem, sizeof mem);

	logline_value(&value, word);
	return value.len > 0 ? json_stringn(value.p, value.len) : json_null();
}

static json_t *
json_words(const struct logfield *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->word_count; i++)
		if (json_array_append_new(array, json_word(f->words[i])) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *
json_field(const struct logfield *f)
{
	switch (f->kind) {
	case LOGFIELD_WORDS:
		return json_words(f);
	case LOGFIELD_NUMBER:
		return json_integer((json_int_t)f->number);
	case LOGFIELD_TENTHS:
		return json_real((double)f->number / 10);
	default:
		return json_word(f->word);
	}
}

/* NULL: no memory.  jansson takes a value that is NULL as a failure of its own. */
static json_t *
json_line(const struct logline *line)
{
	static const char *const events[] = {
		[LOGLINE_MESSAGE] = "message",
		[LOGLINE_STATS] = "stats",
	};
	json_t *o = json_object();
	int failed = json_object_set_new(o, "event", json_string(events[line->event]));

	if (line->event == LOGLINE_MESSAGE)
		failed |= json_object_set_new(o, "queue_id", json_word(line->queue_id));
	for (size_t i = 0; i < line->count; i++)
		failed |= json_object_set_new(o, line->fields[i].key, json_field(&line->fields[i]));
	if (failed == 0)
		return o;
	json_decref(o);
	return NULL;
}

enum res
log_json(struct buf *out, const struct logline *line)
{
	char text[LOG_JSON_MAX];
	json_t *o = json_line(line);
	size_t len;

	if (o == NULL)
		return RES_NOMEM;
	len = json_dumpb(o, text, sizeof text, FLAGS);
	json_decref(o);
	if (len == 0)
		return RES_NOMEM;
	if (len > sizeof text)
		return RES_LIMIT;
	buf_put(out, (struct str){ text, len });
	return out->err;
}
