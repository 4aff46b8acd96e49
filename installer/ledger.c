/* ledger.c - see ledger.h. */
#include "installer/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "installer/host/units.h"
#include "manifest/base/scope.h"
#include "manifest/manifest.h"

bool ledger_load(const struct node *n, struct ledger *out, struct err *e)
{
	SCOPED_TEXT uint64_t *numbers = NULL;
	size_t count = 0;
	*out = (struct ledger){ 0 };
	if (!act_numbers(n, &numbers, &count, e))
		return false;
	out->acts = mem_new(count, sizeof *out->acts);
	for (size_t i = 0; i < count; i++) {
		if (!act_load(n, numbers[i], &out->acts[i], &out->arena, e))
			return false;
		out->count++;
		if (i + 1 < count && out->acts[i].outcome[0] == '\0')
			return err_set(e, ERR_STUCK, "act %llu has no outcome, but a later one is there",
				(unsigned long long)numbers[i]);
	}
	return true;
}

static void damage(struct ledger *l, uint64_t number, const char *why)
{
	struct ledger_damage *d = list_add(&l->damaged, sizeof *d, &l->arena);
	*d = (struct ledger_damage){ number, arena_str(&l->arena, why) };
}

bool ledger_salvage(const struct node *n, struct ledger *out, struct err *e)
{
	SCOPED_TEXT uint64_t *numbers = NULL;
	size_t count = 0;
	*out = (struct ledger){ 0 };
	if (!act_numbers(n, &numbers, &count, e))
		return false;
	out->acts = mem_new(count, sizeof *out->acts);
	for (size_t i = 0; i < count; i++) {
		struct err why = { 0 };
		struct act *a = &out->acts[out->count];
		if (!act_load(n, numbers[i], a, &out->arena, &why)) {
			damage(out, numbers[i], why.text);
			continue;
		}
		out->count++;
		if (i + 1 < count && !*a->outcome)
			damage(out, numbers[i], "it has no outcome, but a later one is there");
	}
	return true;
}

void ledger_end(struct ledger *l)
{
	free(l->acts);
	arena_end(&l->arena);
	*l = (struct ledger){ 0 };
}

static bool committed(const struct act *a)
{
	return strcmp(a->outcome, ACT_COMMITTED) == 0;
}

struct act *ledger_unfinished(const struct ledger *l)
{
	struct act *last = l->count ? &l->acts[l->count - 1] : NULL;
	return last && last->outcome[0] == '\0' ? last : NULL;
}

struct act *ledger_staged(const struct ledger *l)
{
	struct act *last = l->count ? &l->acts[l->count - 1] : NULL;
	return last && strcmp(last->outcome, ACT_STAGED) == 0 ? last : NULL;
}

struct act *ledger_current(const struct ledger *l)
{
	for (size_t i = l->count; i-- > 0;)
		if (committed(&l->acts[i]))
			return &l->acts[i];
	return NULL;
}

struct act_component *ledger_installed(const struct ledger *l, const char *id)
{
	const struct act *current = ledger_current(l);
	struct act_component *c = current ? act_component(current, id) : NULL;
	return c && !digest_zero(&c->tree) ? c : NULL;
}

struct act *ledger_act(const struct ledger *l, uint64_t number)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->acts[i].number == number)
			return &l->acts[i];
	return NULL;
}

uint64_t ledger_next(const struct ledger *l)
{
	return l->count ? l->acts[l->count - 1].number + 1 : 1;
}

uint64_t ledger_floor(const struct ledger *l)
{
	uint64_t floor = 0;
	for (size_t i = 0; i < l->count; i++)
		if (committed(&l->acts[i]) && strcmp(l->acts[i].kind, "apply") == 0 &&
			l->acts[i].sequence > floor)
			floor = l->acts[i].sequence;
	return floor;
}

static struct stored *in_slot(struct stored_list *s, const char *slot)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->items[i].slot, slot) == 0)
			return &s->items[i];
	s->items = mem_grow(s->items, s->count + 1, sizeof *s->items);
	s->items[s->count] = (struct stored){ .slot = slot };
	return &s->items[s->count++];
}

/* After a committed act its slots hold what was displaced. */
static void walk_act(const struct act *a, struct stored_list *out)
{
	const struct act_component *c = a->components.items;
	for (size_t i = 0; i < a->components.count; i++) {
		if (!act_keeps(&c[i]))
			continue;
		struct stored *s = in_slot(out, c[i].slot);
		s->id = c[i].id;
		s->target = c[i].target;
		s->tree = c[i].was_tree;
		s->act = a->number;
	}
}

void ledger_stored(const struct ledger *l, struct stored_list *out)
{
	*out = (struct stored_list){ 0 };
	for (size_t i = 0; i < l->count; i++)
		if (committed(&l->acts[i]))
			walk_act(&l->acts[i], out);
}

const struct stored *stored_find(
	const struct stored_list *s, const char *id, const char *target, const struct digest *tree)
{
	const struct stored *last = NULL;
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].id && !digest_zero(tree) && digest_equal(&s->items[i].tree, tree) &&
			strcmp(s->items[i].id, id) == 0 && strcmp(s->items[i].target, target) == 0 &&
			(!last || s->items[i].act > last->act))
			last = &s->items[i];
	return last;
}

/* State changed places too: what was written until then lies in the act's slots. */
static bool brought_state(const struct act *a)
{
	const struct act_state *s = a->states.items;
	for (size_t i = 0; i < a->states.count; i++)
		if (s[i].brings)
			return true;
	return false;
}

bool ledger_point(const struct ledger *l, const struct stored_list *s, const struct act *a)
{
	const struct act_component *c = a->components.items;
	bool moved = brought_state(a);
	if (!committed(a) || a->pruned)
		return false;
	for (size_t i = 0; i < a->components.count; i++) {
		const struct act_component *now = ledger_installed(l, c[i].id);
		const struct digest *want = act_keeps(&c[i]) ? &c[i].was_tree : &c[i].tree;
		moved |= act_keeps(&c[i]);
		if (digest_zero(want) || (now && digest_equal(&now->tree, want)))
			continue;
		if (!stored_find(s, c[i].id, c[i].target, want))
			return false;
	}
	return moved;
}

enum ledger_proof ledger_proof(const struct ledger *l, const struct act *a)
{
	if (a->baseline && strcmp(a->kind, "rollback") != 0)
		return strcmp(a->baseline->verdict, "passed") == 0 ? PROOF_GOOD : PROOF_BAD;
	for (size_t i = l->count; i-- > 0;) {
		const struct act *was = &l->acts[i];
		if (was->number >= a->number || !committed(was))
			continue;
		if (was->evidence)
			return strcmp(was->evidence->verdict, "passed") == 0 ? PROOF_GOOD : PROOF_BAD;
		return was->proven ? PROOF_GOOD : PROOF_NONE;
	}
	return a->units.count ? PROOF_NONE : PROOF_GOOD;
}

/* The first act that brought this release; 0 for what was here before all acts. */
static uint64_t brought_by(const struct ledger *l, const struct digest *manifest)
{
	for (size_t i = 0; i < l->count && !digest_zero(manifest); i++)
		if (committed(&l->acts[i]) && digest_equal(&l->acts[i].manifest, manifest))
			return l->acts[i].number;
	return 0;
}

/* True if a rollback went from this release to an older one: nobody is brought back to it unasked. */
static bool rolled_away(const struct ledger *l, const struct digest *manifest)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct act *a = &l->acts[i];
		if (committed(a) && strcmp(a->kind, "rollback") == 0 &&
			digest_equal(&a->was_manifest, manifest) &&
			brought_by(l, &a->manifest) < brought_by(l, manifest))
			return true;
	}
	return false;
}

static bool before_anything(const struct act *a)
{
	const struct act_component *c = a->components.items;
	for (size_t i = 0; i < a->components.count; i++)
		if (!act_moves(&c[i]) || !digest_zero(&c[i].was_tree))
			return false;
	return true;
}

/* The state before act `a` is older than what is current, and not one that was rolled away from. */
static bool leads_back(const struct ledger *l, const struct act *a, const struct act *current)
{
	if (strcmp(a->kind, "apply") != 0 || digest_equal(&a->was_manifest, &current->manifest))
		return false;
	if (!digest_zero(&a->was_manifest) && rolled_away(l, &a->was_manifest))
		return false;
	bool undoes_current = a == current;
	return undoes_current || (!before_anything(a) && a->number <= brought_by(l, &current->manifest));
}

struct act *ledger_way_back(const struct ledger *l, const struct stored_list *s, const char **why)
{
	const struct act *current = ledger_current(l);
	*why = "nothing was installed here";
	if (!current)
		return NULL;
	*why = "no older release is kept here that was not rolled away from already; `points` lists what --to can name";
	struct act *unwell = NULL; /* better than nothing: it was what ran here */
	for (size_t i = l->count; i-- > 0;) {
		if (!ledger_point(l, s, &l->acts[i]) || !leads_back(l, &l->acts[i], current))
			continue;
		if (ledger_proof(l, &l->acts[i]) != PROOF_BAD)
			return &l->acts[i];
		unwell = unwell ? unwell : &l->acts[i];
	}
	return unwell;
}
