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
	struct cli_many publics, targets, only, without, adds, volume_dirs;
	uint64_t to;      /* rollback: the point; 0: the way back */
	const char *plan; /* an approved plan that the world must still equal, or NULL */
	bool accept_downgrade, accept_altered, json;
	bool recovering; /* the command tells by itself what was recovered */
	bool end_orphans, accept_unvalidated, retry;
	struct cli_many unproven;   /* plugins that may stay although the bundle was not proven with them */
	bool keep_state, all_state; /* rollback: which classes are put back */
	bool audit;                 /* look for local changes that would be displaced */
};

struct transaction {
	const struct request *request;
	struct node node;
	struct ledger ledger;
	struct stored_list stored;
	struct bundle bundle;
	struct rows rows;
	struct site site;          /* what is known of this node; empty where it was not adopted */
	struct living *living;     /* the running service, or NULL where the act touches none */
	struct json_list orphans;  /* of struct orphan: they hold the port and are to be ended */
	struct snapshot *snapshot; /* what the first pass over the state saw */
	struct act act;
	struct arena arena;
	struct text nos;        /* preflight: every no, a line each */
	enum err_kind no_kind;  /* of the gravest no */
	struct json_list notes; /* texts: what the user should know */
	bool recording;         /* the record is on disk */
	char *unproven;         /* rollback: which gates are red; NULL: none */
	size_t width;           /* columns of what people see; 0: those of standard error */
	bool watched;           /* the work was done, and told, by another process of ours */
	double downtime;        /* seconds that the switch took */
	uint64_t switched;      /* when: clock ticks since boot */
	struct timespec held;   /* when the first unit was asked to stop */
};

void transaction_end(struct transaction *t);

/* How the new trees come beside the old ones: the first step. */
typedef bool (*stage_step)(struct transaction *t, struct err *e);

/* Runs the steps, from `stage` on, or, where that is NULL, from the one after it; the record that names a
 * step is durable before the step begins. A failure undoes what was begun and is returned (ERR_STUCK if undo
 * failed too, or left the old release unproven). With a service the work after staging is done by a process
 * of its own that nobody has to watch; `watched` is then set in the one that returns. */
MUST_CHECK bool transaction_run(struct transaction *t, stage_step stage, struct err *e);

/* Only the first step. */
MUST_CHECK bool transaction_stage(struct transaction *t, stage_step stage, struct err *e);

/* What recovery may do. */
enum undo_how {
	UNDO_ALL,   /* the old release runs again and was judged */
	UNDO_FILES, /* early in a boot: files and the hold; nothing is started, the proof comes later */
};

/* Undoes an unfinished act from its record: the old trees, configuration and state are back, what was staged
 * is gone, what ran before runs, the outcome is "undone". a->proven says whether the old release is no worse
 * than it was; ERR_STUCK if it could not be put back. */
MUST_CHECK bool transaction_undo(struct transaction *t, struct act *a, enum undo_how how, struct err *e);

/* A staged act that waits for `apply` is given up: its trees are gone, its outcome is "undone". None is no
 * failure. */
MUST_CHECK bool transaction_discard(struct transaction *t, uint64_t *discarded, struct err *e);

/* Locks, finishes what an earlier run left unfinished, and loads the ledger. *recovered: the number of the
 * act that was undone, or 0. */
MUST_CHECK bool transaction_begin(struct transaction *t, uint64_t *recovered, struct err *e);

/* Adds a text to the notes. */
void transaction_note(struct transaction *t, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Adds a "no" to the preflight. */
void transaction_no(struct transaction *t, enum err_kind kind, const char *fmt, ...) ERR_PRINTF(3, 4);

/* Fails with all the noes at once, if there are any. */
MUST_CHECK bool transaction_yes(struct transaction *t, struct err *e);

#endif
