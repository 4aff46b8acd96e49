/* sources - trees on a canary that is a scratch directory: what the tests of scan and links share. */
#ifndef TESTS_UNIT_BUNDLER_SOURCES_H
#define TESTS_UNIT_BUNDLER_SOURCES_H

#include "bundler/scan.h"
#include "tests/unit/unit.h"

struct canary {
	int dir;
	struct sources s;
	char paths[4][PATH_MAX];
};

HELPER void canary_end(struct canary *c)
{
	if (c->s.items)
		sources_end(&c->s);
	scope_close(&c->dir);
}

/* The component `id` is captured from `path` below the scratch directory. */
HELPER void canary_add(struct canary *c, const char *id, const char *kind, const char *path)
{
	size_t i = c->s.count++;
	assert_true(i < COUNT_OF(c->paths));
	c->s.items = mem_grow(c->s.items, c->s.count, sizeof *c->s.items);
	c->s.items[i] = (struct source){
		.id = id, .kind = kind, .dir = path_of(c->dir, path, c->paths[i]), .fd = -1
	};
}

HELPER void canary_open(struct canary *c)
{
	struct err e = { 0 };
	MUST(sources_open(&c->s, &e), &e);
}

#endif
