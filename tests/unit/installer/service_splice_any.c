/* service_splice_any - documents and changes that nobody thought of: the change is there, all else is as it
 * was.
 */
#include "installer/service/splice.h"
#include "installer/service/splice_same.h"
#include "manifest/jsonview.h"
#include "tests/unit/installer/leaves.h"
#include "tests/unit/unit.h"

#define ROUNDS 20000

/* ---- chance, the same in every run ---- */

static uint64_t chance;

static unsigned below(unsigned limit)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(chance >> 33) % limit;
}

static const char *any(const char *const *of, size_t count)
{
	return of[below((unsigned)count)];
}

#define ANY(...) any((const char *const[]){ __VA_ARGS__ }, COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

/* ---- a document ---- */

struct style {
	bool plain; /* JSON */
	const char *end, *unit, *colon;
	unsigned remarks; /* comments on lines of their own so far, numbered */
};

static void some_object(struct text *t, struct style *s, size_t depth, bool list);

static void some_value(struct text *t, struct style *s, size_t depth)
{
	unsigned kind = below(depth > 4 ? 4 : 8);
	if (kind > 3)
		some_object(t, s, depth, kind == 7);
	else if (kind == 0 || s->plain)
		text_puts(t, ANY("1", "-2.5e3", "\"x\"", "\"// no \\\" comment\"", "true", "null", "\"{\"",
				     "\"\""));
	else
		text_puts(t,
			ANY("0x1F", ".5", "+Infinity", "'/* \\' */'", "'two \\\n lines'", "NaN", "'\\x41'"));
}

static void some_key(struct text *t, const struct style *s, size_t number)
{
	const char *quote = s->plain ? "\"" : ANY("\"", "'", "");
	const char *name = *quote ? ANY("k", "a/b", "m~n", "\xc3\xa4", "$", "-") : ANY("k", "$", "_");
	text_printf(t, "%s%s%zu%s%s", quote, name, number, quote, s->colon);
}

static void line(struct text *t, const struct style *s, size_t depth)
{
	text_puts(t, s->end);
	for (; depth; depth--)
		text_puts(t, s->unit);
}

/* What stands before a member, in the way of its object. */
static void gap(struct text *t, struct style *s, size_t depth, bool lines, bool first)
{
	if (lines && !s->plain && below(3) == 0) {
		line(t, s, depth);
		text_printf(t, "// own %u,", s->remarks++);
	}
	if (lines)
		line(t, s, depth);
	else if (!first)
		text_puts(t, ANY(" ", "", "  "));
	if (!s->plain && below(6) == 0)
		text_puts(t, ANY("/* before */", "/* two\n lines */ ", "/**/"));
}

static void some_comma(struct text *t, struct style *s, bool lines, bool last)
{
	bool comma = !last || (!s->plain && below(3) == 0);
	if (!s->plain && below(8) == 0)
		text_puts(t, ANY(" ", " /* behind */ ", " // behind, }\n\t"));
	text_puts(t, comma ? "," : "");
	if (lines && !s->plain && below(4) == 0)
		text_puts(t, ANY(" // behind", " ", " /* behind */", "\t"));
}

static void some_object(struct text *t, struct style *s, size_t depth, bool list)
{
	size_t count = below(depth ? 4 : 6);
	bool lines = below(3) > 0, wide = below(3) == 0;
	text_puts(t, list ? "[" : "{");
	for (size_t i = 0; i < count; i++) {
		gap(t, s, depth + 1, lines, i == 0);
		if (!list)
			some_key(t, s, i);
		some_value(t, s, depth + 1);
		some_comma(t, s, lines, i + 1 == count);
	}
	if (!s->plain && below(8) == 0)
		text_puts(t, ANY("/* end */", "// end\n"));
	if (lines && (count || wide))
		line(t, s, depth);
	else if (wide)
		text_byte(t, ' ');
	text_puts(t, list ? "]" : "}");
}

static void some_document(struct text *t, struct style *s)
{
	*s = (struct style){ .plain = below(2) == 0,
		.end = ANY("\n", "\r\n", "\n", "\r"),
		.unit = ANY("  ", "\t", "    "),
		.colon = ANY(": ", ":", ": ") };
	text_puts(t, s->plain ? "" : ANY("", "\xef\xbb\xbf", "// head\n"));
	some_object(t, s, 0, false);
	text_puts(t, ANY("", "\n", "\r\n"));
}

/* ---- a change ---- */

struct choosing {
	const struct document *d;
	struct text *pointer;
	struct json5_value at;
	size_t count, chosen;
};

static bool choose(void *ctx, const char *key, const struct json5_value *v, struct err *e)
{
	struct choosing *c = ctx;
	(void)e;
	if (c->count++ != c->chosen)
		return true;
	c->at = *v;
	text_byte(c->pointer, '/');
	for (; *key; key++)
		if (*key == '~' || *key == '/')
			text_puts(c->pointer, *key == '~' ? "~0" : "~1");
		else
			text_byte(c->pointer, *key);
	return true;
}

/* A pointer to something that is there, or to something new. */
static void some_pointer(const struct document *d, struct text *pointer)
{
	struct err e = { 0 };
	struct choosing c = { .d = d, .pointer = pointer };
	MUST(json5_read(d->text, d->len, &c.at, &e), &e);
	do {
		struct json5_value of = c.at;
		c.count = 0;
		c.chosen = below(4);
		MUST(json5_each(d->text, d->len, &of, choose, &c, &e), &e);
		if (c.count > c.chosen)
			continue;
		if (of.kind == JSON5_OBJECT)
			text_printf(pointer, "/new%s", ANY("", "/deeper", "/deeper/still"));
		break;
	} while (below(3) && (c.at.kind == JSON5_OBJECT || c.at.kind == JSON5_ARRAY));
	if (pointer->len == 0)
		text_puts(pointer, "/new");
}

/* ---- what has to be so ---- */

static bool is_json(const char *text, size_t len)
{
	struct jsonview *top = NULL;
	struct err ignored = { 0 };
	bool good = jsonview_open(text, len, NULL, &top, &ignored);
	jsonview_close(&top);
	return good;
}

static bool has(const char *text, size_t len, unsigned remark)
{
	char own[32];
	snprintf(own, sizeof own, "// own %u,", remark);
	return memmem(text, len, own, strlen(own)) != NULL;
}

/* Comments on lines of their own are there, but for those within what was replaced or removed. */
static bool remarks_stay(const struct document *d, const struct style *s, const struct json5_value *was,
	const struct text *out)
{
	for (unsigned i = 0; i < s->remarks; i++)
		if (!has(out->at, out->len, i) && !has(d->text + was->at, was->len, i))
			return false;
	return true;
}

static bool others_stay(const struct document *d, const struct splice *edit, const struct text *out)
{
	SCOPED(text_end) struct text before = { 0 }, after = { 0 };
	struct err e = { 0 };
	MUST(leaves_of(d->text, d->len, edit->at, &before, &e) &&
			leaves_of(out->at, out->len, edit->at, &after, &e),
		&e);
	return strcmp(text_str(&before), text_str(&after)) == 0;
}

static bool in_list(const struct document *d, const char *at)
{
	SCOPED_TEXT char *holder = mem_copy(at, (size_t)(strrchr(at, '/') - at));
	struct json5_value v;
	struct err e = { 0 };
	MUST(json5_find(d->text, d->len, holder, &v, &e), &e);
	return v.kind == JSON5_ARRAY;
}

static bool value_stands(const struct text *out, const struct splice *edit)
{
	const struct document now = { out->at, out->len },
			      value = { edit->value, edit->value ? strlen(edit->value) : 0 };
	struct json5_value found, wanted;
	struct err e = { 0 };
	MUST(json5_find(out->at, out->len, edit->at, &found, &e), &e);
	if (!edit->value)
		return found.kind == JSON5_ABSENT;
	MUST(json5_read(value.text, value.len, &wanted, &e), &e);
	return found.kind != JSON5_ABSENT && same_value(&now, &found, &value, &wanted);
}

static const char *wrong(
	const struct document *d, const struct style *s, const struct splice *edit, const struct text *out)
{
	struct json5_value was;
	struct err e = { 0 };
	bool list = in_list(d, edit->at) && !edit->value;
	MUST(json5_find(d->text, d->len, edit->at, &was, &e), &e);
	if (!list && !value_stands(out, edit))
		return "the value is another";
	if (!list && !others_stay(d, edit, out))
		return "another member changed";
	if (!leaves_bytes(d->text, d->len, &was, !edit->value, out))
		return "bytes elsewhere changed";
	if (!remarks_stay(d, s, &was, out))
		return "a comment is gone";
	if (s->plain && !is_json(out->at, out->len))
		return "it is no JSON any more";
	return NULL;
}

SPEC(whatever_stands_there_a_change_changes_nothing_else)
{
	size_t made = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		SCOPED(text_end) struct text text = { 0 }, pointer = { 0 }, out = { 0 }, again = { 0 };
		struct style s;
		struct err e = { 0 };
		bool changed;
		chance = round;
		some_document(&text, &s);
		const struct document d = { text.at, text.len };
		some_pointer(&d, &pointer);
		const struct splice edit = { .at = pointer.at,
			.value = below(2) ? NULL : ANY("1", "\"x\"", "{}", "{\"a\": [1, {}]}", "null") };
		if (!splice_apply(text.at, text.len, &edit, 1, &out, &changed, &e))
			fail_msg("round %u: %s\n%s", round, e.text, text.at);
		const char *what = wrong(&d, &s, &edit, &out);
		if (what)
			fail_msg("round %u: %s: %s = %s\n%s\nbecame\n%s", round, what, edit.at,
				edit.value ? edit.value : "(removed)", text.at, out.at);
		made += changed;
		if (edit.value) {
			MUST(splice_apply(out.at, out.len, &edit, 1, &again, &changed, &e), &e);
			assert_false(changed);
		}
	}
	assert_true(made > ROUNDS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_stands_there_a_change_changes_nothing_else),
	};
	return cmocka_run_group_tests_name("service_splice_any", tests, NULL, NULL);
}
