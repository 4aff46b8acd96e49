/* json5.c - see json5.h. */
#include "installer/host/json5.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"

#define DEPTH_MAX           64
#define LINE_SEPARATOR      "\xe2\x80\xa8"
#define PARAGRAPH_SEPARATOR "\xe2\x80\xa9"

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

/* Length of the blank here, 0 if there is none: those of JSON5, no-break space and byte order mark too. */
static size_t blank(const struct cursor *c)
{
	static const char *const blanks[] = { "\xc2\xa0", "\xef\xbb\xbf", LINE_SEPARATOR,
		PARAGRAPH_SEPARATOR };
	if (here(c) && strchr(" \t\r\n\v\f", here(c)))
		return 1;
	for (size_t i = 0; i < COUNT_OF(blanks); i++)
		if (starts(c, blanks[i]))
			return strlen(blanks[i]);
	return 0;
}

/* Length of what ends a line here; 0 if nothing does. */
static size_t line_end(const struct cursor *c)
{
	if (starts(c, "\r\n"))
		return 2;
	if (starts(c, LINE_SEPARATOR) || starts(c, PARAGRAPH_SEPARATOR))
		return strlen(LINE_SEPARATOR);
	return here(c) == '\n' || here(c) == '\r';
}

/* Blanks and both kinds of comment; `line`: up to the end of the line. */
static bool skip_within(struct cursor *c, bool line, struct err *e)
{
	while (c->at < c->len) {
		size_t before = c->at;
		for (size_t n; (n = blank(c)) > 0 && !(line && line_end(c));)
			c->at += n;
		if (starts(c, "//"))
			while (c->at < c->len && !line_end(c))
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

static bool skip(struct cursor *c, struct err *e)
{
	return skip_within(c, false, e);
}

/* A backslash and what it stands for; \u and \x want their digits, any other letter is itself. */
static bool skip_escape(struct cursor *c, struct err *e)
{
	c->at++;
	size_t end = line_end(c), digits = here(c) == 'u' ? 4 : here(c) == 'x' ? 2 : 0;
	c->at += end ? end : 1;
	for (; digits; digits--, c->at++)
		if (!isxdigit((unsigned char)here(c)))
			return wrong(c, "an escape without its digits", e);
	return true;
}

static bool skip_string(struct cursor *c, struct err *e)
{
	char quote = c->text[c->at++];
	while (c->at < c->len && here(c) != quote) {
		if (here(c) == '\n' || here(c) == '\r')
			return wrong(c, "a text without an end", e);
		if (here(c) != '\\')
			c->at++;
		else if (!skip_escape(c, e))
			return false;
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

static size_t count_of(const char *p, const char *end, const char *letters)
{
	size_t n = 0;
	while (p + n < end && p[n] && strchr(letters, p[n]))
		n++;
	return n;
}

/* "1", ".5", "5.", "1e9", "0x1F", "Infinity", "NaN", each with a sign or without. */
static bool is_number(const char *p, const char *end)
{
	static const char digits[] = "0123456789";
	p += p < end && (*p == '+' || *p == '-');
	size_t len = (size_t)(end - p);
	if ((len == 8 && memcmp(p, "Infinity", 8) == 0) || (len == 3 && memcmp(p, "NaN", 3) == 0))
		return true;
	if (len > 2 && *p == '0' && (p[1] == 'x' || p[1] == 'X'))
		return count_of(p + 2, end, "0123456789abcdefABCDEF") == len - 2;
	size_t whole = count_of(p, end, digits), part = 0;
	bool zero = whole > 1 && *p == '0';
	p += whole;
	if (p < end && *p == '.') {
		part = count_of(p + 1, end, digits);
		p += 1 + part;
	}
	bool good = whole + part > 0 && !zero;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p += 1 + (p + 1 < end && (p[1] == '+' || p[1] == '-'));
		size_t power = count_of(p, end, digits);
		good = good && power > 0;
		p += power;
	}
	return good && p == end;
}

static bool skip_word(struct cursor *c, struct json5_value *out, struct err *e)
{
	static const char *const words[] = { "true", "false", "null" };
	const char *first = c->text + c->at;
	while ((is_name(here(c)) || (here(c) && strchr("+-.", here(c)))) && !blank(c))
		c->at++;
	size_t len = (size_t)(c->text + c->at - first);
	out->kind = JSON5_NUMBER;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], first, len) == 0)
			out->kind = JSON5_WORD;
	return out->kind == JSON5_WORD || is_number(first, first + len) ||
	       wrong(c, "neither a value nor an end", e);
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
		return strlen(text_str(out)) == out->len || wrong(c, "a NUL in the name of a member", e);
	}
	while (is_name(here(c)) && !blank(c))
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

size_t json5_skip(const char *text, size_t len, size_t at, bool line)
{
	struct cursor c = { .text = text, .at = at, .len = len };
	struct err ignored = { 0 };
	(void)skip_within(&c, line, &ignored);
	return c.at;
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

const char *json5_step(const char *p, struct text *out)
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
	if (*pointer && *pointer != '/')
		*out = (struct json5_value){ .kind = JSON5_ABSENT };
	for (const char *p = pointer; *p == '/' && out->kind != JSON5_ABSENT;) {
		p = json5_step(p, &step);
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

/* A letter by its number; half of a surrogate pair is none and becomes U+FFFD. */
static const char *escaped_letter(const char *p, const char *end, struct text *out)
{
	int digits = *p == 'u' ? 4 : 2;
	unsigned long c = hex_of(p + 1, end, digits);
	p += 1 + digits;
	bool pair = c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u';
	unsigned long low = pair ? hex_of(p + 2, end, 4) : 0;
	if (low >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		p += 6;
	}
	add_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return p < end ? p : end;
}

/* What stands behind a backslash; returns where the text goes on. */
static const char *escape(const char *p, const char *end, struct text *out)
{
	static const char from[] = "bfnrtv0", to[] = "\b\f\n\r\t\v\0";
	const char *known = *p ? strchr(from, *p) : NULL;
	const struct cursor c = { .text = p, .len = (size_t)(end - p) };
	size_t ends = line_end(&c);
	if (*p == 'u' || *p == 'x')
		return escaped_letter(p, end, out);
	if (ends)
		return p + ends;
	text_byte(out, known ? to[known - from] : *p);
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
