/* ledger - what follows from the acts: what is current, the floor, the stored trees, the restore points.
 * Derived, never kept a second time.
 */
#ifndef INSTALLER_LEDGER_H
#define INSTALLER_LEDGER_H

#include "installer/act.h"

/* A record that cannot be understood, and why. */
struct ledger_damage {
	uint64_t number;
	char *why;
};

struct ledger {
	struct act *acts; /* ascending by number */
	size_t count;
	struct json_list damaged; /* of struct ledger_damage; only ledger_salvage() leaves any */
	struct arena arena;
};

/* A tree that an act displaced and that still lies in its slot. */
struct stored {
	const char *id, *target, *slot; /* borrowed from the acts */
	struct digest tree;
	uint64_t act; /* that put it there */
};

struct stored_list {
	struct stored *items;
	size_t count;
};

MUST_CHECK bool ledger_load(const struct node *n, struct ledger *out, struct err *e);

/* The same for somebody who only looks: records that cannot be read are told in out->damaged, all others are
 * there.
 */
MUST_CHECK bool ledger_salvage(const struct node *n, struct ledger *out, struct err *e);
void ledger_end(struct ledger *l);

/* The act without outcome, or NULL. Only the newest can be. */
struct act *ledger_unfinished(const struct ledger *l);

/* The newest act if it is staged and waits for `apply`, or NULL. */
struct act *ledger_staged(const struct ledger *l);

/* The newest committed act: its components are what is installed. NULL: nothing is. */
struct act *ledger_current(const struct ledger *l);

/* The installed component, or NULL. */
struct act_component *ledger_installed(const struct ledger *l, const char *id);

struct act *ledger_act(const struct ledger *l, uint64_t number);
uint64_t ledger_next(const struct ledger *l);

/* The highest sequence ever committed; 0 for none. Rolling back does not lower it. */
uint64_t ledger_floor(const struct ledger *l);

/* All stored trees, from walking through the committed acts. The caller frees items. */
void ledger_stored(const struct ledger *l, struct stored_list *out);

/* The stored tree of that component with that digest, or NULL; of several the one that was put aside last:
 * those before it may have been swept. */
const struct stored *stored_find(
	const struct stored_list *s, const char *id, const char *target, const struct digest *tree);

/* True if act `a` left a restore point (the state before it) whose every tree is still there. */
bool ledger_point(const struct ledger *l, const struct stored_list *s, const struct act *a);

/* What is known of the state that the point of act `a` goes back to: it passed the gates, it did not, or
 * nobody asked. */
enum ledger_proof { PROOF_NONE, PROOF_GOOD, PROOF_BAD };
enum ledger_proof ledger_proof(const struct ledger *l, const struct act *a);

/* The restore point that `rollback` without --to uses: see docs/transaction.md. NULL: none; `why` says so. */
struct act *ledger_way_back(const struct ledger *l, const struct stored_list *s, const char **why);

#endif
