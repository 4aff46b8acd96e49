/* redacted.c - see redacted.h. */
#include "installer/redacted.h"

#include <stdbool.h>
#include <string.h>

#include "installer/host/plain.h"
#include "manifest/base/scope.h"

#define PIECE     (REDACT_MAX / 2)
#define KEY_BEGIN "-----BEGIN"
#define KEY_WORD  "PRIVATE KEY-----"
#define KEY_END   "-----END"

/* ---- documents ---- */

static char *hide(const struct redact *r, const char *text, struct arena *arena)
{
	SCOPED(text_end) struct text out = { 0 };
	redact_add(r, text, &out);
	return arena_str(arena, text_str(&out));
}

static bool ends_with(const struct text *text, const char *end)
{
	size_t len = strlen(end);
	return text->len >= len && strcmp(text_str(text) + text->len - len, end) == 0;
}

static char *hide_behind(const struct redact *r, const char *before, const char *text, struct arena *arena)
{
	SCOPED(text_end) struct text both = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	char *alone = hide(r, text, arena);
	text_printf(&both, "%s %s", before, text);
	redact_add(r, text_str(&both), &out);
	return ends_with(&out, alone) ? alone : arena_str(arena, REDACTED);
}

static struct json_list copy_texts(const struct redact *r, const struct json_list *from, struct arena *arena)
{
	char *const *items = from->items, **to = arena_new(arena, (from->count + 1) * sizeof *to);
	for (size_t i = 0; i < from->count; i++)
		to[i] = i ? hide_behind(r, items[i - 1], items[i], arena) : hide(r, items[i], arena);
	return (struct json_list){ to, from->count };
}

static struct json_list copy_list(const struct redact *r, const struct json_shape *shape,
	const struct json_list *from, struct arena *arena)
{
	char *to = arena_new(arena, (from->count + 1) * shape->size);
	for (size_t i = 0; i < from->count; i++)
		redacted_copy(
			r, shape, (const char *)from->items + i * shape->size, to + i * shape->size, arena);
	return (struct json_list){ to, from->count };
}

static void *copy_object(
	const struct redact *r, const struct json_shape *shape, const void *from, struct arena *arena)
{
	void *to = from ? arena_new(arena, shape->size) : NULL;
	if (from)
		redacted_copy(r, shape, from, to, arena);
	return to;
}

void redacted_copy(const struct redact *r, const struct json_shape *shape, const void *from, void *to,
	struct arena *arena)
{
	memcpy(to, from, shape->size);
	for (size_t i = 0; i < shape->count; i++) {
		const struct json_field *f = &shape->fields[i];
		void *at = (char *)to + f->at;
		if (f->kind == JSON_TEXT && *(char **)at)
			*(char **)at = hide(r, *(char **)at, arena);
		else if (f->kind == JSON_TEXTS)
			*(struct json_list *)at = copy_texts(r, at, arena);
		else if (f->kind == JSON_LIST)
			*(struct json_list *)at = copy_list(r, f->of, at, arena);
		else if (f->kind == JSON_OBJECT)
			*(void **)at = copy_object(r, f->of, *(void **)at, arena);
	}
}

/* ---- texts ---- */

/* The end of the last line that is whole within `most` bytes; of a line that is longer, all of them. */
static size_t piece(const char *at, size_t most)
{
	const char *feed = memrchr(at, '\n', most);
	return feed ? (size_t)(feed - at) + 1 : most;
}

/* True if the piece ends within a key. */
static bool open_key(const char *piece)
{
	const char *begin = NULL;
	for (const char *p = piece; (p = strstr(p, KEY_BEGIN)) != NULL; p += strlen(KEY_BEGIN)) {
		size_t line = strcspn(p, "\n");
		const char *word = strstr(p, KEY_WORD);
		if (word && word < p + line)
			begin = p;
	}
	return begin && !strstr(begin, KEY_END);
}

/* Behind the end of the key that the piece begins in; NULL: it does not end here. */
static const char *behind_key(const char *piece)
{
	const char *end = strstr(piece, KEY_END);
	return end ? end + strcspn(end, "\n") : NULL;
}

void redacted_text(const struct redact *r, const char *bytes, size_t len, struct text *out)
{
	SCOPED(text_end) struct text plain = { 0 };
	bool in_key = false;
	plain_add(bytes, len, &plain);
	for (size_t from = 0, n; from < plain.len; from += n) {
		size_t left = plain.len - from;
		n = left <= PIECE ? left : piece(plain.at + from, PIECE);
		SCOPED_TEXT char *part = mem_copy(plain.at + from, n);
		const char *rest = in_key ? behind_key(part) : part;
		if (!rest)
			continue;
		in_key = open_key(rest);
		redact_add(r, rest, out);
		if (in_key)
			text_puts(out, "\n");
	}
}
