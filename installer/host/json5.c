/* json5.c - see json5.h. */
#include "installer/host/json5.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"

#define DEPTH_MAX 64

struct cursor {
	const char *text;
	size_t at, len;
	int depth;
};

static bool wrong(const struct cursor *c, const char *what, struct err *e)
{
	size_t line = 1;
	for (size_t i = 0; i < c->at && i < c->len; i++)
		line += c->text[i] == '\n';
	return err_set(e, ERR_FORMAT, "line %zu: %s", line, what);
}

static char here(const struct cursor *c)
{
	return c->at < c->len ? c->text[c->at] : '\0';
}

static bool starts(const struct cursor *c, const char *with)
{
	size_t n = strlen(with);
	return c->len - c->at >= n && memcmp(c->text + c->at, with, n) == 0;
}

/* Blanks of JSON5 (no-break space and byte order mark too) and both kinds of comment. */
static bool skip(struct cursor *c, struct err *e)
{
	static const char *const blanks[] = { "\xc2\xa0", "\xef\xbb\xbf", "\xe2\x80\xa8", "\xe2\x80\xa9" };
	while (c->at < c->len) {
		size_t before = c->at;
		while (c->at < c->len && here(c) && strchr(" \t\r\n\v\f", here(c)))
			c->at++;
		for (size_t i = 0; i < COUNT_OF(blanks); i++)
			c->at += starts(c, blanks[i]) ? strlen(blanks[i]) : 0;
		if (starts(c, "//"))
			while (c->at < c->len && here(c) != '\n')
				c->at++;
		if (starts(c, "/*")) {
			const char *end = memmem(c->text + c->at + 2, c->len - c->at - 2, "*/", 2);
			if (!end)
				return wrong(c, "a comment without an end", e);
			c->at = (size_t)(end - c->text) + 2;
		}
		if (c->at == before)
			return true;
	}
	return true;
}

static bool skip_string(struct cursor *c, struct err *e)
{
	char quote = c->text[c->at++];
	while (c->at < c->len && here(c) != quote) {
		if (here(c) == '\n')
			return wrong(c, "a text without an end", e);
		c->at += here(c) == '\\' ? 2 : 1;
	}
	if (c->at >= c->len)
		return wrong(c, "a text without an end", e);
	c->at++;
	return true;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool skip_word(struct cursor *c, struct json5_value *out, struct err *e)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t from = c->at;
	while (is_name(here(c)) || (here(c) && strchr("+-.", here(c))))
		c->at++;
	size_t len = c->at - from;
	out->kind = JSON5_NUMBER;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], c->text + from, len) == 0)
			out->kind = JSON5_WORD;
	const char *first = c->text + from;
	bool number = len && (strchr("+-.", *first) || isdigit((unsigned char)*first) ||
				     (len == 3 && memcmp(first, "NaN", 3) == 0) ||
				     (len == 8 && memcmp(first, "Infinity", 8) == 0));
	return out->kind == JSON5_WORD || number || wrong(c, "neither a value nor an end", e);
}

static bool value(struct cursor *c, struct json5_value *out, json5_visit visit, void *ctx, struct err *e);

static bool key(struct cursor *c, struct text *out, struct err *e)
{
	struct json5_value k = { .kind = JSON5_STRING, .at = c->at };
	text_clear(out);
	if (here(c) == '"' || here(c) == '\'') {
		if (!skip_string(c, e))
			return false;
		k.len = c->at - k.at;
		json5_text(c->text, &k, out);
		return true;
	}
	while (is_name(here(c)))
		c->at++;
	text_add(out, c->text + k.at, c->at - k.at);
	return c->at > k.at || wrong(c, "expected the name of a member", e);
}

/* One member and what parts it from the next. */
static bool member(struct cursor *c, bool object, size_t number, json5_visit visit, void *ctx, struct err *e)
{
	SCOPED(text_end) struct text name = { 0 };
	struct json5_value v;
	if (!object)
		text_number(&name, number);
	if (object && (!key(c, &name, e) || !skip(c, e)))
		return false;
	if (object && here(c) != ':')
		return wrong(c, "expected \":\"", e);
	c->at += object;
	if (!skip(c, e) || !value(c, &v, NULL, NULL, e) || !skip(c, e))
		return false;
	return !visit || visit(ctx, text_str(&name), &v, e);
}

static bool members(struct cursor *c, char close, json5_visit visit, void *ctx, struct err *e)
{
	if (++c->depth > DEPTH_MAX)
		return wrong(c, "nested too deeply", e);
	c->at++;
	for (size_t n = 0;; n++) {
		if (!skip(c, e))
			return false;
		if (here(c) == close)
			break;
		if (!member(c, close == '}', n, visit, ctx, e))
			return false;
		if (here(c) == ',')
			c->at++;
		else if (here(c) != close)
			return wrong(
				c, close == '}' ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"", e);
	}
	c->at++;
	c->depth--;
	return true;
}

static bool value(struct cursor *c, struct json5_value *out, json5_visit visit, void *ctx, struct err *e)
{
	bool good;
	*out = (struct json5_value){ .at = c->at };
	switch (here(c)) {
	case '{':
		out->kind = JSON5_OBJECT;
		good = members(c, '}', visit, ctx, e);
		break;
	case '[':
		out->kind = JSON5_ARRAY;
		good = members(c, ']', visit, ctx, e);
		break;
	case '"':
	case '\'':
		out->kind = JSON5_STRING;
		good = skip_string(c, e);
		break;
	default:
		good = skip_word(c, out, e);
	}
	out->len = c->at - out->at;
	return good;
}

bool json5_read(const char *text, size_t len, struct json5_value *out, struct err *e)
{
	struct cursor c = { .text = text, .len = len };
	if (!skip(&c, e) || !value(&c, out, NULL, NULL, e) || !skip(&c, e))
		return false;
	return c.at == len || wrong(&c, "something stands behind the document", e);
}

bool json5_each(const char *text, size_t len, const struct json5_value *of, json5_visit visit, void *ctx,
	struct err *e)
{
	struct cursor c = { .text = text, .at = of->at, .len = len };
	struct json5_value again;
	return (of->kind != JSON5_OBJECT && of->kind != JSON5_ARRAY) || value(&c, &again, visit, ctx, e);
}

struct wanted {
	const char *key;
	struct json5_value found;
};

static bool compare(void *ctx, const char *name, const struct json5_value *v, struct err *e)
{
	struct wanted *w = ctx;
	(void)e;
	if (strcmp(w->key, name) == 0)
		w->found = *v;
	return true;
}

/* One step of a pointer, "~1" and "~0" undone. */
static const char *pointer_step(const char *p, struct text *out)
{
	text_clear(out);
	for (p++; *p && *p != '/'; p++) {
		bool escaped = *p == '~' && (p[1] == '0' || p[1] == '1');
		text_byte(out, escaped ? (p[1] == '0' ? '~' : '/') : *p);
		p += escaped;
	}
	return p;
}

bool json5_find(const char *text, size_t len, const char *pointer, struct json5_value *out, struct err *e)
{
	SCOPED(text_end) struct text step = { 0 };
	if (!json5_read(text, len, out, e))
		return false;
	for (const char *p = pointer; *p == '/' && out->kind != JSON5_ABSENT;) {
		p = pointer_step(p, &step);
		struct wanted w = { .key = text_str(&step) };
		if (!json5_each(text, len, out, compare, &w, e))
			return false;
		*out = w.found;
	}
	return true;
}

static void add_utf8(struct text *out, unsigned long c)
{
	if (c < 0x80) {
		text_byte(out, (char)c);
	} else if (c < 0x800) {
		text_byte(out, (char)(0xc0 | c >> 6));
		text_byte(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		text_byte(out, (char)(0xe0 | c >> 12));
		text_byte(out, (char)(0x80 | (c >> 6 & 0x3f)));
		text_byte(out, (char)(0x80 | (c & 0x3f)));
	} else {
		text_byte(out, (char)(0xf0 | c >> 18));
		text_byte(out, (char)(0x80 | (c >> 12 & 0x3f)));
		text_byte(out, (char)(0x80 | (c >> 6 & 0x3f)));
		text_byte(out, (char)(0x80 | (c & 0x3f)));
	}
}

static unsigned long hex_of(const char *p, const char *end, int digits)
{
	char hex[5] = "";
	for (int i = 0; i < digits && p + i < end; i++)
		hex[i] = p[i];
	return strtoul(hex, NULL, 16);
}

/* What stands behind a backslash; returns where the text goes on. */
static const char *escape(const char *p, const char *end, struct text *out)
{
	static const char from[] = "bfnrtv0", to[] = "\b\f\n\r\t\v\0";
	const char *known = *p ? strchr(from, *p) : NULL;
	if (*p == 'u' || *p == 'x') {
		int digits = *p == 'u' ? 4 : 2;
		unsigned long c = hex_of(p + 1, end, digits);
		p += 1 + digits;
		if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
			c = 0x10000 + ((c - 0xd800) << 10) + (hex_of(p + 2, end, 4) - 0xdc00);
			p += 6;
		}
		add_utf8(out, c);
		return p < end ? p : end;
	}
	if (known)
		text_byte(out, to[known - from]);
	else if (*p != '\n')
		text_byte(out, *p);
	return p + 1;
}

void json5_text(const char *text, const struct json5_value *value, struct text *out)
{
	const char *p = text + value->at, *end = p + value->len;
	if (value->kind == JSON5_NUMBER || value->kind == JSON5_WORD)
		text_add(out, p, value->len);
	if (value->kind != JSON5_STRING)
		return;
	for (p++, end--; p < end;) {
		if (*p == '\\' && p + 1 < end)
			p = escape(p + 1, end, out);
		else
			text_byte(out, *p++);
	}
}
