/* splice_same.c - see splice_same.h. */
#include "installer/service/splice_same.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"

static double number_of(const struct text *t)
{
	return strtod(text_str(t), NULL);
}

static bool same_scalar(const struct document *a, const struct json5_value *av, const struct document *b,
	const struct json5_value *bv)
{
	SCOPED(text_end) struct text x = { 0 }, y = { 0 };
	json5_text(a->text, av, &x);
	json5_text(b->text, bv, &y);
	if (x.len == y.len && memcmp(text_str(&x), text_str(&y), x.len) == 0)
		return true;
	return av->kind == JSON5_NUMBER && number_of(&x) == number_of(&y);
}

struct comparing {
	const struct document *a, *b;
	const struct json5_value *av, *bv;
};

/* Each key of one object stands once in both, with the same value: with equal numbers of members they are the
 * same. */
static bool same_member(void *ctx, const char *key, const struct json5_value *v, struct err *e)
{
	const struct comparing *c = ctx;
	struct members mine, other;
	(void)e;
	members_of(c->a, c->av, key, &other);
	members_of(c->b, c->bv, key, &mine);
	bool same = mine.named == 1 && other.named == 1 &&
		    same_value(c->a, &other.items[other.last_named].value, c->b, v);
	members_end(&mine);
	members_end(&other);
	return same;
}

static bool same_container(const struct document *a, const struct json5_value *av, const struct document *b,
	const struct json5_value *bv)
{
	struct comparing c = { a, b, av, bv };
	struct members all;
	struct err ignored = { 0 };
	members_of(a, av, "", &all);
	size_t count = all.count;
	members_end(&all);
	members_of(b, bv, "", &all);
	bool same = count == all.count && json5_each(b->text, b->len, bv, same_member, &c, &ignored);
	members_end(&all);
	return same;
}

bool same_value(const struct document *a, const struct json5_value *av, const struct document *b,
	const struct json5_value *bv)
{
	if (av->kind != bv->kind)
		return false;
	if (av->kind == JSON5_OBJECT || av->kind == JSON5_ARRAY)
		return same_container(a, av, b, bv);
	return same_scalar(a, av, b, bv);
}
