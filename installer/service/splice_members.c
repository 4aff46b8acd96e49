/* splice_members.c - see splice_members.h. */
#include "installer/service/splice_members.h"

#include <stdlib.h>
#include <string.h>

struct gathering {
	const struct document *d;
	const char *key;
	size_t gap;
	struct members *to;
};

static bool gather(void *ctx, const char *key, const struct json5_value *v, struct err *e)
{
	struct gathering *g = ctx;
	struct members *to = g->to;
	struct member m = { .gap = g->gap, .value = *v, .end = v->at + v->len };
	size_t next = json5_skip(g->d->text, g->d->len, m.end, false);
	(void)e;
	m.begin = json5_skip(g->d->text, g->d->len, m.gap, false);
	m.comma = g->d->text[next] == ',' ? next : 0;
	g->gap = next + 1;
	if (strcmp(key, g->key) == 0) {
		to->named++;
		to->last_named = to->count;
	}
	to->include = to->include || strcmp(key, MEMBER_INCLUDE) == 0;
	to->items = mem_grow(to->items, to->count + 1, sizeof *to->items);
	to->items[to->count++] = m;
	return true;
}

void members_of(const struct document *d, const struct json5_value *of, const char *key, struct members *out)
{
	struct err ignored = { 0 };
	*out = (struct members){ .of = *of };
	struct gathering g = { d, key, of->at + 1, out };
	if (!json5_each(d->text, d->len, of, gather, &g, &ignored))
		members_end(out);
}

void members_end(struct members *m)
{
	free(m->items);
	*m = (struct members){ .items = NULL };
}

bool member_breaks(const struct document *d, size_t from, size_t to)
{
	return json5_skip(d->text, d->len, from, true) < to;
}

bool member_begins_line(const struct document *d, size_t at, size_t *first)
{
	*first = at;
	while (*first > 0 && (d->text[*first - 1] == ' ' || d->text[*first - 1] == '\t'))
		--*first;
	return *first > 0 && (d->text[*first - 1] == '\n' || d->text[*first - 1] == '\r');
}
