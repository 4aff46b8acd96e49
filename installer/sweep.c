/* sweep.c - see sweep.h. */
#include "installer/sweep.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "installer/place.h"
#include "installer/service/states.h"
#include "installer/store.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

struct owned {
	const struct ledger *ledger;
	struct stored_list stored;
	bool *points; /* per act: it left a restore point that can still be used */
};

static void end_owned(struct owned *o)
{
	free(o->stored.items);
	free(o->points);
}

/* A restore point that was not pruned goes back to such a tree. */
static bool wanted(const struct owned *o, const struct stored *s)
{
	for (size_t i = 0; i < o->ledger->count; i++) {
		const struct act *a = &o->ledger->acts[i];
		const struct act_component *c = act_component(a, s->id);
		if (!c || !o->points[i])
			continue;
		const struct digest *want = act_keeps(c) ? &c->was_tree : &c->tree;
		if (digest_equal(want, &s->tree) && strcmp(c->target, s->target) == 0)
			return true;
	}
	return false;
}

/* What an act put aside is its own point's as long as there is one, with the local files of that time; of
 * equal trees that other points need as well the last is enough. */
static bool needed(const struct owned *o, const struct stored *s)
{
	for (size_t i = 0; i < o->ledger->count; i++)
		if (o->points[i] && o->ledger->acts[i].number == s->act)
			return true;
	return wanted(o, s) && stored_find(&o->stored, s->id, s->target, &s->tree) == s;
}

static bool listing_wanted(const void *ctx, const struct digest *tree)
{
	const struct owned *o = ctx;
	const struct act *current = ledger_current(o->ledger);
	const struct act_component *c = current ? current->components.items : NULL;
	for (size_t i = 0; current && i < current->components.count; i++)
		if (digest_equal(&c[i].tree, tree))
			return true;
	const struct act *staged = ledger_staged(o->ledger);
	const struct act_component *next = staged ? staged->components.items : NULL;
	for (size_t i = 0; staged && i < staged->components.count; i++)
		if (digest_equal(&next[i].tree, tree))
			return true;
	for (size_t i = 0; i < o->stored.count; i++)
		if (digest_equal(&o->stored.items[i].tree, tree) && wanted(o, &o->stored.items[i]))
			return true;
	return false;
}

/* Copies of state belong to a restore point, to an act at work, or are the failure capsule of one that was
 * undone. */
static bool states_wanted(const struct owned *o, size_t number)
{
	const struct act *a = &o->ledger->acts[number];
	if (strcmp(a->outcome, ACT_COMMITTED) == 0)
		return o->points[number];
	return strcmp(a->outcome, ACT_UNDONE) != 0 || (a->capsule && !a->pruned);
}

/* A record, a marker: whoever sweeps has the lock, so none is being written. */
static bool half_written(const struct node *n, struct err *e)
{
	SCOPED_FD int acts = n->state < 0 ? -1 : fs_open(n->state, "acts", O_RDONLY | O_DIRECTORY, 0);
	return (n->state < 0 || fs_replaced(n->state, e)) && (acts < 0 || fs_replaced(acts, e));
}

bool sweep(const struct node *n, const struct ledger *l, struct err *e)
{
	SCOPED(end_owned) struct owned o = { .ledger = l };
	ledger_stored(l, &o.stored);
	o.points = mem_new(l->count, sizeof *o.points);
	for (size_t i = 0; i < l->count; i++)
		o.points[i] = ledger_point(l, &o.stored, &l->acts[i]);
	for (size_t i = 0; i < o.stored.count; i++)
		if (!needed(&o, &o.stored.items[i]) && !place_remove(n, o.stored.items[i].slot, e))
			return err_in(e, "remove a tree that no restore point needs");
	for (size_t i = 0; i < l->count; i++)
		if (!states_wanted(&o, i) && !states_remove(n, &l->acts[i], e))
			return err_in(e, "remove a copy of state that no restore point needs");
	return half_written(n, e) && store_sweep(n, listing_wanted, &o, e);
}
