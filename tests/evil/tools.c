/* tools.c - see evil.h: what changes are made of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/sign.h"
#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

void evil_stop(const char *why)
{
	fprintf(stderr, "evil: %s\n", why);
	exit(2);
}

struct item *item_at(struct evil *v, const char *id, const char *path)
{
	for (size_t i = 0; i < v->items_count; i++)
		if (strcmp(v->items[i].id, id) == 0 && strcmp(v->items[i].path, path) == 0)
			return &v->items[i];
	evil_stop(path);
}

struct item *item_add(struct evil *v, const char *before, const struct item *item)
{
	struct item *at = item_at(v, item->id, before), *end = v->items + v->items_count;
	if (v->items_count == ITEMS)
		evil_stop("too many items");
	memmove(at + 1, at, (size_t)(end - at) * sizeof *at);
	*at = *item;
	v->items_count++;
	return at;
}

char *header_at(struct evil *v, const char *path)
{
	const struct item *item = item_at(v, "core", path);
	return v->blocks[item->block].raw.at + item->offset;
}

void header_seal(char *h)
{
	unsigned sum = 0;
	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < USTAR_BLOCK; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	h[155] = ' ';
}

void text_set(struct text *t, const void *bytes, size_t len)
{
	text_clear(t);
	text_add(t, bytes, len);
}

void text_fill(struct text *t, char c, size_t len)
{
	SCOPED_TEXT char *bytes = mem_new(len, 1);
	memset(bytes, c, len);
	text_add(t, bytes, len);
}

void text_swap(struct text *t, const char *from, const char *to)
{
	SCOPED(text_end) struct text out = { 0 };
	char *at = t->len ? memmem(t->at, t->len, from, strlen(from)) : NULL;
	if (!at)
		evil_stop(from);
	size_t before = (size_t)(at - t->at), after = before + strlen(from);
	text_add(&out, t->at, before);
	text_puts(&out, to);
	text_add(&out, t->at + after, t->len - after);
	text_set(t, out.at, out.len);
}

struct signed_by *sign_as(struct evil *v, const struct secret_key *key, const char *keyid, const char *text)
{
	struct signed_by *s = &v->signatures[v->signatures_count++];
	struct err e = { 0 };
	const char *bytes = text ? text : v->json.at;
	if (v->signatures_count > SIGNATURES)
		evil_stop("too many signatures");
	if (keyid)
		snprintf(s->keyid, sizeof s->keyid, "%s", keyid);
	else
		key_id_hex(key->id, s->keyid);
	if (!keys_sign(key, bytes, text ? strlen(text) : v->json.len, "waybill bundle demo evil sequence 9",
		    &s->text, &e))
		evil_stop(e.text);
	return s;
}

void member_bytes(const char *name, const struct text *content, struct text *out)
{
	static const char zeros[USTAR_BLOCK];
	struct ustar u = { .path = name, .size = content->len, .mode = 0644, .type = USTAR_FILE };
	ustar_header(&u, out);
	text_add(out, content->at, content->len);
	text_add(out, zeros, ustar_padding(content->len));
}

size_t member_at(const struct evil *v, const char *name)
{
	for (size_t at = 0; at + USTAR_BLOCK <= v->file.len; at += USTAR_BLOCK)
		if (strncmp(v->file.at + at, name, strlen(name)) == 0 &&
			memcmp(v->file.at + at + 257, "ustar", 5) == 0)
			return at;
	evil_stop(name);
}

void frame_stored(
	unsigned char descriptor, const void *fields, size_t len, const struct text *raw, struct text *out)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	text_clear(out);
	text_add(out, magic, sizeof magic);
	text_byte(out, (char)descriptor);
	text_add(out, fields, len);
	for (size_t at = 0; at < raw->len;) {
		size_t piece = raw->len - at < 65536 ? raw->len - at : 65536;
		uint32_t head = (uint32_t)(piece << 3) | (at + piece == raw->len);
		text_add(out, &head, 3);
		text_add(out, raw->at + at, piece);
		at += piece;
	}
}
