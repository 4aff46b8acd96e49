/* act - one transaction. Its record is journal, history and truth at once: acts/000017.json.
 *
 * The record is replaced whole, durably, before each step begins, and is complete before the first: it holds
 * all that undo needs. While it has no outcome the act is unfinished. Commit *is* the replacement by one with
 * the outcome "committed". docs/transaction.md has every field.
 */
#ifndef INSTALLER_ACT_H
#define INSTALLER_ACT_H

#include "installer/node.h"
#include "manifest/digest.h"
#include "manifest/json.h"

#define ACT_COMMITTED "committed"
#define ACT_UNDONE    "undone"
#define ACT_STAGED    "staged" /* everything up to the switch is done; `apply` goes on from there */
#define ACT_MAX       ((size_t)8 * 1024 * 1024)
#define ACTS_MAX      999999

/* What an act does with a component. */
#define CHANGE_INSTALL "install" /* nothing was there */
#define CHANGE_UPDATE  "update"
#define CHANGE_REPAIR  "repair"  /* the same tree again: what is there differs from it */
#define CHANGE_RESTORE "restore" /* a rollback puts a stored tree back */
#define CHANGE_REMOVE  "remove"  /* a rollback goes back to where nothing was */
#define CHANGE_SAME    "same"

struct act_component {
	char *id, *kind, *change;
	char *target; /* real path below the root, without a leading "/" */
	char *slot;   /* where the staged tree lies before the switch and the displaced one after it; "" for
			 same */
	char *version, *was_version;
	char *live, *next; /* identities of what was at the target and in the slot; "" for nothing */
	struct digest tree,
		was_tree; /* listings of what this act puts there and of what was there; zero: nothing */
	struct json_list local, was_local; /* patterns of the node's own files, which no listing holds */
	struct digest bundle,
		was_bundle; /* tree digests in the manifests they came from; zero: not from a bundle */
};

struct act {
	uint64_t waybill, number, sequence, started, ended, to;
	char *type, *kind, *step, *outcome; /* kind: apply, rollback */
	char *name, *instance, *release, *was_release, *why;
	struct digest manifest, was_manifest, plan, installer;
	struct json_list components; /* of struct act_component: all that are installed, by id */
	struct json_list made;       /* directories that this act made, outermost first */
	bool failed, pinned, pruned, proven;
};

extern const struct json_shape act_shape;

/* The record is on disk, durably, or the old one still is. With ERR_STUCK nobody can say which. */
MUST_CHECK bool act_save(const struct node *n, const struct act *a, struct err *e);

/* Reads one record. ERR_STUCK if it is there and cannot be understood. */
MUST_CHECK bool act_load(
	const struct node *n, uint64_t number, struct act *out, struct arena *arena, struct err *e);

/* Numbers of all records, ascending; the caller frees *numbers. None is no failure. */
MUST_CHECK bool act_numbers(const struct node *n, uint64_t **numbers, size_t *count, struct err *e);

struct act_component *act_component(const struct act *a, const char *id);

/* What was installed after the act, and before it, for people: the release; where it was no release of a
 * bundle, the version that its core says it has, "(as found)"; "nothing". In `arena`. */
char *act_after(const struct act *a, struct arena *arena);
char *act_before(const struct act *a, struct arena *arena);

/* True if this component's trees changed place in this act. */
bool act_moves(const struct act_component *c);

#endif
