/* transaction - the steps of apply and rollback as a table, and what they share while they run.
 *
 * Steps up to preflight change nothing. The record is written before the first step that does; from then on
 * undo needs the record and nothing else.
 */
#ifndef INSTALLER_TRANSACTION_H
#define INSTALLER_TRANSACTION_H

#include "installer/act.h"
#include "installer/host/site.h"
#include "installer/ledger.h"
#include "installer/node.h"
#include "manifest/bundle.h"

/* What the command line asks for. */
struct request {
	const char *bundle; /* path; NULL for a rollback */
	struct cli_many publics, targets, only, without;
	uint64_t to;      /* rollback: the point; 0: the way back */
	const char *plan; /* an approved plan that the world must still equal, or NULL */
	bool accept_downgrade, accept_altered, json;
	bool audit; /* look for local changes that would be displaced */
};

struct transaction {
	const struct request *request;
	struct node node;
	struct ledger ledger;
	struct stored_list stored;
	struct bundle bundle;
	struct rows rows;
	struct site site; /* what is known of this node; empty where it was not adopted */
	struct act act;
	struct arena arena;
	struct text nos;        /* preflight: every no, a line each */
	enum err_kind no_kind;  /* of the gravest no */
	struct json_list notes; /* texts: what the user should know */
	bool recording;         /* the record is on disk */
	double downtime;        /* seconds that the switch took */
};

void transaction_end(struct transaction *t);

/* A step that changes the disk. Its undo is in transaction_undo(), which knows the record and nothing else.
 */
struct step {
	const char *name;
	bool (*run)(struct transaction *t, struct err *e);
};

/* Runs the steps; the record that names a step is durable before the step begins. A failure undoes what was
 * begun and is returned (ERR_STUCK if undo failed too). */
MUST_CHECK bool transaction_run(struct transaction *t, const struct step *steps, size_t count, struct err *e);

/* Undoes an unfinished act from its record: the old trees are back, what was staged is gone, the outcome is
 * "undone". */
MUST_CHECK bool transaction_undo(const struct node *n, struct act *a, struct err *e);

/* A staged act that waits for `apply` is given up: its trees are gone, its outcome is "undone". None is no
 * failure. */
MUST_CHECK bool transaction_discard(struct transaction *t, uint64_t *discarded, struct err *e);

/* Locks, finishes what an earlier run left unfinished, and loads the ledger. *recovered: the number of the
 * act that was undone, or 0. */
MUST_CHECK bool transaction_begin(struct transaction *t, uint64_t *recovered, struct err *e);

/* The steps that apply and rollback share. */
bool step_switch(struct transaction *t, struct err *e);
bool step_list_displaced(struct transaction *t, struct err *e);
bool step_commit(struct transaction *t, struct err *e);

/* Adds a text to the notes. */
void transaction_note(struct transaction *t, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Adds a "no" to the preflight. */
void transaction_no(struct transaction *t, enum err_kind kind, const char *fmt, ...) ERR_PRINTF(3, 4);

/* Fails with all the noes at once, if there are any. */
MUST_CHECK bool transaction_yes(struct transaction *t, struct err *e);

#endif
