/* acts - a history of one component as the installer would have written it, and a node to write it to. */
#ifndef TESTS_UNIT_INSTALLER_ACTS_H
#define TESTS_UNIT_INSTALLER_ACTS_H

#include "installer/ledger.h"
#include "tests/unit/unit.h"

enum { HISTORY_ACTS = 16 };

struct history {
	struct ledger l;
	struct act acts[HISTORY_ACTS];
	char tree; /* what is installed now; 0: nothing */
};

HELPER void history_end(struct history *h)
{
	arena_end(&h->l.arena);
}

/* The digest that stands for the release or tree of this letter; zero for none. */
HELPER struct digest letter(char c)
{
	struct digest d = { { 0 } };
	memset(d.bytes, c, sizeof d.bytes);
	return d;
}

#define WORDS(text) ((char *)(uintptr_t)(text))

HELPER struct act *history_add(struct history *h, const char *kind, char tree, const char *change, char *slot)
{
	uint64_t number = ledger_next(&h->l);
	struct act_component *c = arena_new(&h->l.arena, sizeof *c);
	struct act *a = &h->acts[h->l.count];
	assert_true(h->l.count < HISTORY_ACTS);
	*c = (struct act_component){ .id = WORDS("app"),
		.kind = WORDS("core"),
		.change = WORDS(change),
		.target = WORDS("opt/app"),
		.slot = slot,
		.version = WORDS(""),
		.was_version = WORDS(""),
		.live = WORDS("x"),
		.next = WORDS("y"),
		.tree = letter(tree),
		.was_tree = letter(h->tree) };
	*a = (struct act){ .waybill = 1,
		.number = number,
		.started = 1,
		.type = WORDS("act"),
		.kind = WORDS(kind),
		.step = WORDS("commit"),
		.outcome = WORDS(ACT_COMMITTED),
		.name = WORDS("app"),
		.instance = WORDS(""),
		.release = WORDS(""),
		.was_release = WORDS(""),
		.why = WORDS(""),
		.manifest = letter(tree),
		.was_manifest = letter(h->tree),
		.components = { c, 1 } };
	h->l.acts = h->acts;
	h->l.count++;
	h->tree = tree;
	return a;
}

HELPER char *fresh_slot(struct history *h)
{
	return arena_printf(
		&h->l.arena, "opt/.waybill/app/%06llu/app", (unsigned long long)ledger_next(&h->l));
}

/* Applies the release of this letter, with the sequence of its place in the alphabet. */
HELPER struct act *applied(struct history *h, char tree)
{
	const char *change = !h->tree ? CHANGE_INSTALL : h->tree == tree ? CHANGE_REPAIR : CHANGE_UPDATE;
	struct act *a = history_add(h, "apply", tree, change, fresh_slot(h));
	a->sequence = (uint64_t)(tree - 'A' + 1);
	return a;
}

/* Rolls back to the state before that act. */
HELPER struct act *rolled_back(struct history *h, const struct act *point)
{
	const struct act_component *was = point->components.items;
	struct stored_list stored;
	ledger_stored(&h->l, &stored);
	const struct stored *s = stored_find(&stored, "app", "opt/app", &was->was_tree);
	char *slot = s ? WORDS(s->slot) : fresh_slot(h);
	struct act *a = history_add(
		h, "rollback", (char)was->was_tree.bytes[0], s ? CHANGE_RESTORE : CHANGE_REMOVE, slot);
	a->to = point->number;
	free(stored.items);
	return a;
}

/* ---- a node on the disk ---- */

HELPER struct node node_here(void)
{
	struct node n = { .root = scratch(), .root_path = "/", .state = -1, .lock = -1 };
	given_dir(n.root, "var/lib/waybill/app");
	text_puts(&n.state_path, "var/lib/waybill");
	text_puts(&n.application, "app");
	text_puts(&n.name, "app");
	n.state = openat(n.root, "var/lib/waybill/app", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(n.state >= 0);
	return n;
}

#endif
