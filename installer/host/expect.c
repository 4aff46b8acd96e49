/* expect.c - see expect.h. */
#include "installer/host/expect.h"

#include <string.h>

#include "manifest/base/scope.h"

#define STARTS_MOST 64 /* places where a document may begin that are tried */

static const struct {
	const char *mark;
	enum expect_op op;
} ops[] = {
	{ " = ", EXPECT_EQUAL },
	{ " != ", EXPECT_DIFFERS },
	{ " ~ ", EXPECT_MATCHES },
};

/* ---- reading ---- */

/* The operator that stands first. */
static const char *first_mark(const char *text, size_t *len, enum expect_op *op)
{
	const char *first = NULL;
	for (size_t i = 0; i < COUNT_OF(ops); i++) {
		const char *at = strstr(text, ops[i].mark);
		if (!at || (first && at >= first))
			continue;
		first = at;
		*len = strlen(ops[i].mark);
		*op = ops[i].op;
	}
	return first;
}

static bool check_value(const struct expect *x, struct err *e)
{
	SCOPED(pattern_end) struct pattern p = { 0 };
	if (x->op == EXPECT_EXIT)
		return (strspn(x->value, "0123456789") == strlen(x->value) && strlen(x->value) <= 3) ||
		       err_set(e, ERR_FORMAT, "\"%.20s\" is no exit status", x->value);
	return x->op != EXPECT_MATCHES || pattern_open(x->value, &p, e);
}

bool expect_read(const char *text, struct expect *out, struct arena *arena, struct err *e)
{
	static const char absent[] = " absent";
	size_t len = strlen(text), mark_len = 0;
	const char *mark = first_mark(text, &mark_len, &out->op);
	if (len > EXPECT_MAX)
		return err_set(e, ERR_FORMAT, "an expectation of more than %d bytes", EXPECT_MAX);
	if (!mark && len > sizeof absent - 1 && strcmp(text + len - (sizeof absent - 1), absent) == 0) {
		out->op = EXPECT_ABSENT;
		mark = text + len - (sizeof absent - 1);
		mark_len = sizeof absent - 1;
	}
	if (!mark || (out->op != EXPECT_ABSENT && !mark[mark_len]))
		return err_set(e, ERR_FORMAT,
			"\"%.80s\" is not POINTER = VALUE, != VALUE, ~ PATTERN or absent", text);
	out->pointer = arena_copy(arena, text, (size_t)(mark - text));
	out->value = arena_str(arena, mark + mark_len);
	if (strcmp(out->pointer, "exit") == 0 && out->op == EXPECT_EQUAL)
		out->op = EXPECT_EXIT;
	else if (!jsonview_pointer(out->pointer, e))
		return err_in(e, "\"%.80s\"", text);
	return check_value(out, e) || err_in(e, "\"%.80s\"", text);
}

/* ---- holding ---- */

struct holding {
	const struct expect *x;
	struct pattern pattern;
	struct text *why;
	bool failed;
};

static void holding_end(struct holding *h)
{
	pattern_end(&h->pattern);
}

static bool fits(const struct holding *h, const struct jsonview *v)
{
	SCOPED(text_end) struct text have = { 0 };
	if (h->x->op == EXPECT_ABSENT)
		return jsonview_kind(v) == JSONVIEW_ABSENT;
	if (!jsonview_scalar(v, &have))
		return false;
	if (h->x->op == EXPECT_MATCHES)
		return pattern_in(&h->pattern, text_str(&have));
	return (strcmp(text_str(&have), h->x->value) == 0) == (h->x->op == EXPECT_EQUAL);
}

static bool look(void *ctx, const char *where, const struct jsonview *v, struct err *e)
{
	struct holding *h = ctx;
	(void)e;
	if (h->failed || fits(h, v))
		return true;
	h->failed = true;
	text_printf(h->why, "%s: ", where);
	jsonview_show(v, h->why);
	return true;
}

static bool holds_exit(const struct expect *x, int status, struct text *why)
{
	int expected = 0;
	for (const char *d = x->value; *d; d++)
		expected = expected * 10 + (*d - '0');
	if (status != expected)
		text_printf(why, "exit: %d", status);
	return status == expected;
}

bool expect_holds(const struct expect *x, const struct jsonview *top, int status, struct text *why)
{
	SCOPED(holding_end) struct holding h = { .x = x, .why = why };
	struct err e = { 0 };
	if (x->op == EXPECT_EXIT)
		return holds_exit(x, status, why);
	if (!top) {
		text_puts(why, "no JSON");
		return false;
	}
	if ((x->op == EXPECT_MATCHES && !pattern_open(x->value, &h.pattern, &e)) ||
		!jsonview_each(top, x->pointer, look, &h, &e)) {
		text_puts(why, e.text);
		return false;
	}
	return !h.failed;
}

/* ---- documents ---- */

static bool is_blank(const char *s, size_t len)
{
	while (len > 0 &&
		(s[len - 1] == ' ' || s[len - 1] == '\n' || s[len - 1] == '\r' || s[len - 1] == '\t'))
		len--;
	return len == 0;
}

/* The next place from `at` on where a document may begin: any "{", and a "[" that begins a line. */
static size_t next_start(const char *output, size_t len, size_t at)
{
	for (; at < len; at++)
		if (output[at] == '{' || (output[at] == '[' && (at == 0 || output[at - 1] == '\n')))
			break;
	return at;
}

void expect_document(const char *output, size_t len, struct jsonview **top)
{
	size_t at = next_start(output, len, 0);
	*top = NULL;
	for (int tries = 0; at < len && tries < STARTS_MOST; tries++) {
		struct jsonview *found = NULL;
		struct err e = { 0 };
		size_t used = 1;
		if (jsonview_open(output + at, len - at, &used, &found, &e)) {
			bool last = is_blank(output + at + used, len - at - used);
			if (last || !*top) {
				jsonview_close(top);
				*top = found;
			} else {
				jsonview_close(&found);
			}
		}
		at = next_start(output, len, at + used);
	}
}

/* ---- lists ---- */

struct collecting {
	const char *pointer;
	struct arena *arena;
	struct text grown; /* the items, as bytes */
};

static void collecting_end(struct collecting *c)
{
	text_end(&c->grown);
}

static bool collect(void *ctx, const char *where, const struct jsonview *v, struct err *e)
{
	struct collecting *c = ctx;
	SCOPED(text_end) struct text value = { 0 };
	(void)e;
	if (jsonview_kind(v) == JSONVIEW_ABSENT)
		return true;
	bool scalar = jsonview_scalar(v, &value);
	char *item = scalar ? arena_printf(c->arena, "%s %s", c->pointer, text_str(&value))
			    : arena_str(c->arena, where);
	text_add(&c->grown, &item, sizeof item);
	return true;
}

bool expect_collect(const char *pointer, const struct jsonview *top, struct json_list *out,
	struct arena *arena, struct err *e)
{
	SCOPED(collecting_end) struct collecting c = { .pointer = pointer, .arena = arena };
	text_add(&c.grown, out->items, out->count * sizeof(char *));
	if (!jsonview_each(top, pointer, collect, &c, e))
		return false;
	char **items = arena_new(arena, c.grown.len);
	if (c.grown.len)
		memcpy(items, c.grown.at, c.grown.len);
	*out = (struct json_list){ items, c.grown.len / sizeof *items };
	return true;
}
