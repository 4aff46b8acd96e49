/* leaves - what a change of a configuration text has to leave alone, for tests and fuzz doors. */
#ifndef TESTS_UNIT_LEAVES_H
#define TESTS_UNIT_LEAVES_H

#include <string.h>

#include "installer/host/json5.h"
#include "manifest/base/scope.h"

struct leaves {
	const char *text, *but; /* what lies at or below this pointer, or on the way to it, does not count */
	size_t len;
	const char *here;
	struct text *out;
};

/* `inner` is `outer` or lies below it. */
static inline bool leaves_within(const char *inner, const char *outer)
{
	size_t n = strlen(outer);
	return strncmp(inner, outer, n) == 0 && (!inner[n] || inner[n] == '/');
}

static inline bool leaves_add(void *ctx, const char *key, const struct json5_value *v, struct err *e)
{
	struct leaves *l = ctx;
	struct leaves below = *l;
	SCOPED(text_end) struct text pointer = { 0 };
	text_printf(&pointer, "%s/", l->here);
	for (; *key; key++) {
		if (*key == '~' || *key == '/')
			text_puts(&pointer, *key == '~' ? "~0" : "~1");
		else
			text_byte(&pointer, *key);
	}
	below.here = text_str(&pointer);
	if (leaves_within(below.here, l->but))
		return true;
	if (!leaves_within(l->but, below.here)) {
		text_printf(l->out, "%s %d ", below.here, (int)v->kind);
		if (v->kind != JSON5_OBJECT && v->kind != JSON5_ARRAY)
			text_add(l->out, l->text + v->at, v->len);
		text_byte(l->out, '\n');
	}
	return json5_each(l->text, l->len, v, leaves_add, &below, e);
}

/* A line for each value of the text: its pointer, its kind and how it is written. */
static inline bool leaves_of(const char *text, size_t len, const char *but, struct text *out, struct err *e)
{
	struct leaves l = { .text = text, .but = but, .len = len, .here = "", .out = out };
	struct json5_value whole;
	return json5_read(text, len, &whole, e) && json5_each(text, len, &whole, leaves_add, &l, e);
}

/* The bytes of `part` stand in `all`, in this order. */
static inline bool leaves_subsequence(const char *part, size_t part_len, const char *all, size_t all_len)
{
	size_t i = 0;
	for (size_t k = 0; i < part_len && k < all_len; k++)
		i += part[i] == all[k];
	return i == part_len;
}

/* Outside of the value at `at` (`was` in the text before) no byte has changed: one was put in its place, or
 * bytes were only added for a new one, or only taken away. */
static inline bool leaves_bytes(
	const char *a, size_t a_len, const struct json5_value *was, bool removal, const struct text *b)
{
	size_t behind = a_len - was->at - was->len;
	if (removal)
		return leaves_subsequence(text_str(b), b->len, a, a_len);
	if (was->kind == JSON5_ABSENT)
		return leaves_subsequence(a, a_len, text_str(b), b->len);
	return b->len >= was->at + behind && memcmp(a, text_str(b), was->at) == 0 &&
	       memcmp(a + a_len - behind, b->at + b->len - behind, behind) == 0;
}

#endif
