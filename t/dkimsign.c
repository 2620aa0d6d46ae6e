#include "t/dkimsign.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { MAX_FIELDS = 4096, LINE = 60 };

struct dkimsign_key {
	EVP_PKEY *pkey;
	bool ed25519;
	char *text;		/* p= */
};

struct sink {			/* text under construction */
	FILE *f;
	char *p;
	size_t len;
};

static void
sink_open(struct sink *s)
{
	if ((s->f = open_memstream(&s->p, &s->len)) == NULL)
		abort();
}

static struct str
sink_close(struct sink *s)
{
	if (fclose(s->f) != 0)
		abort();
	return (struct str){ s->p, s->len };
}

static void
sink_put(struct sink *s, struct str text)
{
	if (text.len > 0 && fwrite(text.p, 1, text.len, s->f) != text.len)
		abort();
}

static char *
base64(const unsigned char *data, size_t len)
{
	char *text = malloc(len * 2 + 8);

	if (text == NULL)
		abort();
	EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	return text;
}

struct dkimsign_key *
dkimsign_key_new(const char *kind)
{
	struct dkimsign_key *key = calloc(1, sizeof *key);
	unsigned char *der = NULL, raw[32];
	size_t raw_len = sizeof raw;

	if (key == NULL)
		abort();
	key->ed25519 = strcmp(kind, "ed25519") == 0;
	key->pkey = key->ed25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") :
	    EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(kind + strlen("rsa"), NULL, 10));
	if (key->pkey == NULL) {
		free(key);
		return NULL;
	}
	if (key->ed25519) {
		EVP_PKEY_get_raw_public_key(key->pkey, raw, &raw_len);
		key->text = base64(raw, raw_len);
	} else {
		int len = i2d_PUBKEY(key->pkey, &der);

		key->text = base64(der, (size_t)len);
		OPENSSL_free(der);
	}
	return key;
}

void
dkimsign_key_free(struct dkimsign_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key->text);
	free(key);
}

const char *
dkimsign_public(const struct dkimsign_key *key)
{
	return key->text;
}

/* Value of a tag in "a=b; c=d"; empty without it. */
static struct str
tag_value(struct str tags, const char *name)
{
	while (tags.len > 0) {
		struct str spec = str_cut(&tags, ';'), got = str_trim(str_cut(&spec, '='));

		if (str_eq(got, str_from(name)))
			return str_trim(spec);
	}
	return (struct str){0};
}

/* RFC 6376 3.4.1, 3.4.2; field without its last CRLF */
static void
put_header(struct sink *out, struct str field, bool relaxed)
{
	struct str value = field, name = str_cut(&value, ':');
	bool blank = false;

	if (!relaxed) {
		sink_put(out, field);
		return;
	}
	name = str_trim(name);
	value = str_trim(value);
	for (size_t i = 0; i < name.len; i++)
		fputc(ascii_lower(name.p[i]), out->f);
	fputc(':', out->f);
	for (size_t i = 0; i < value.len; i++) {
		if (ascii_is_blank(value.p[i])) {
			blank = true;
			continue;
		}
		if (blank)
			fputc(' ', out->f);
		blank = false;
		fputc(value.p[i], out->f);
	}
}

static void
put_body_line(struct sink *out, struct str line)
{
	bool blank = false;

	for (size_t i = 0; i < line.len; i++) {
		if (line.p[i] == ' ' || line.p[i] == '\t') {
			blank = true;
			continue;
		}
		if (blank)
			fputc(' ', out->f);
		blank = false;
		fputc(line.p[i], out->f);
	}
}

static bool
ends_in_crlf(struct str s)
{
	return s.len >= 2 && memcmp(s.p + s.len - 2, "\r\n", 2) == 0;
}

/* Up to the next CRLF, or all. */
static struct str
cut_line(struct str *rest)
{
	struct str line = *rest;
	size_t at = 0;

	while ((at += str_find(str_skip(line, at), '\n')) < line.len &&
	    (at == 0 || line.p[at - 1] != '\r'))
		at++;
	line.len = at < line.len ? at - 1 : line.len;
	*rest = str_skip(*rest, line.len + 2);
	return line;
}

/* RFC 6376 3.4.3, 3.4.4 */
static struct str
canonical_body(struct str body, bool relaxed)
{
	struct sink lines;
	struct str text;

	sink_open(&lines);
	while (body.len > 0) {
		struct str line = cut_line(&body);

		if (relaxed)
			put_body_line(&lines, line);
		else
			sink_put(&lines, line);
		fputs("\r\n", lines.f);
	}
	text = sink_close(&lines);
	while (ends_in_crlf(text) && (text.len == 2 || ends_in_crlf(str_first(text, text.len - 2))))
		text.len -= 2;
	if (text.len == 0 && !relaxed) {
		free(lines.p);
		return (struct str){ strdup("\r\n"), 2 };
	}
	return text;
}

static bool
word_has(struct str value, const char *word)
{
	return value.len > 0 && memmem(value.p, value.len, word, strlen(word)) != NULL;
}

static size_t
digest(struct str tags, struct str data, unsigned char out[EVP_MAX_MD_SIZE])
{
	unsigned n = 0;

	EVP_Digest(data.p, data.len, out, &n,
	    word_has(tag_value(tags, "a"), "sha1") ? EVP_sha1() : EVP_sha256(), NULL);
	return n;
}

static char *
body_hash(struct str tags, struct str body)
{
	struct str c = tag_value(tags, "c"), l = tag_value(tags, "l"), text;
	unsigned char hash[EVP_MAX_MD_SIZE];
	char *b64;
	size_t len;

	str_cut(&c, '/');
	text = canonical_body(body, str_eq_nocase(c, STR("relaxed")));
	len = l.len > 0 ? strtoul(l.p, NULL, 10) : text.len;
	b64 = base64(hash, digest(tags, str_first(text, len), hash));
	free((void *)(uintptr_t)text.p);
	return b64;
}

static size_t
split_fields(struct str header, struct str *fields)
{
	size_t n = 0;

	while (header.len > 0) {
		struct str line = cut_line(&header);

		if (n > 0 && line.len > 0 && (line.p[0] == ' ' || line.p[0] == '\t'))
			fields[n - 1].len = (size_t)(line.p + line.len - fields[n - 1].p);
		else if (n < MAX_FIELDS)
			fields[n++] = line;
	}
	return n;
}

/* RFC 6376 5.4.2: each name takes the lowest field that has not been taken. */
static void
put_signed_fields(struct sink *out, struct str names, struct str header, bool relaxed)
{
	static struct str fields[MAX_FIELDS];
	size_t n = split_fields(header, fields);

	while (names.len > 0) {
		struct str name = str_trim(str_cut(&names, ':'));

		for (size_t i = n; i-- > 0;) {
			struct str f = fields[i];

			if (f.p == NULL || !str_eq_nocase(str_trim(str_cut(&f, ':')), name))
				continue;
			put_header(out, fields[i], relaxed);
			fputs("\r\n", out->f);
			fields[i] = (struct str){0};
			break;
		}
	}
}

static char *
sign_data(const struct dkimsign_key *key, struct str tags, struct str data)
{
	const EVP_MD *md = word_has(tag_value(tags, "a"), "sha1") ? EVP_sha1() : EVP_sha256();
	const unsigned char *octets = (const unsigned char *)data.p;
	unsigned char hash[EVP_MAX_MD_SIZE], sig[2048];
	size_t hash_len = digest(tags, data, hash), sig_len = sizeof sig;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	if (key->ed25519)	/* RFC 8463 3: the hash is what Ed25519 signs */
		ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
		    EVP_DigestSign(ctx, sig, &sig_len, hash, hash_len) == 1;
	else
		ok = EVP_DigestSignInit(ctx, NULL, md, NULL, key->pkey) == 1 &&
		    EVP_DigestSign(ctx, sig, &sig_len, octets, data.len) == 1;
	EVP_MD_CTX_free(ctx);
	return base64(sig, ok ? sig_len : 0);
}

char *
dkimsign(const struct dkimsign_key *key, const char *tags_text, struct str header, struct str body)
{
	struct str tags = str_from(tags_text), c = tag_value(tags, "c"), field;
	bool relaxed = str_eq_nocase(str_cut(&c, '/'), STR("relaxed"));
	struct sink value, data;
	char *bh = body_hash(tags, body), *b;

	sink_open(&value);
	sink_open(&data);
	fprintf(value.f, "DKIM-Signature: %s;\r\n\t", tags_text);
	if (tag_value(tags, "bh").len == 0)
		fprintf(value.f, "bh=%s; ", bh);
	fputs("b=", value.f);
	fflush(value.f);
	put_signed_fields(&data, tag_value(tags, "h"), header, relaxed);
	put_header(&data, (struct str){ value.p, value.len }, relaxed);
	b = sign_data(key, tags, sink_close(&data));
	for (size_t i = 0; i < strlen(b); i += LINE)
		fprintf(value.f, "%s%.*s", i > 0 ? "\r\n\t" : "", LINE, b + i);
	field = sink_close(&value);
	memmove(value.p, value.p + strlen("DKIM-Signature:"),
	    field.len - strlen("DKIM-Signature:") + 1);
	free(data.p);
	free(bh);
	free(b);
	return value.p;
}
