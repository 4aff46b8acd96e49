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
#define CHANGE_KEPT    "kept" /* a checkpoint: the slot gets a copy of what is there */

/* The steps that a record can name, in their order. */
#define STEP_STAGE    "stage"    /* before it ends no tree has moved */
#define STEP_SNAPSHOT "snapshot" /* first copy of the state; the service still runs */
#define STEP_HOLD     "hold"
#define STEP_SETTLE   "settle" /* second copy, nobody writes */
#define STEP_SWITCH   "switch"
#define STEP_CLEAR    "clear"
#define STEP_START    "start"
#define STEP_GATES    "gates"
#define STEP_COMMIT   "commit"
#define STEP_PROVE    "prove" /* undone but for the proof that the old release works */

/* A directory as this process saw it last: device and inode. In no record. */
struct act_pin {
	uint64_t device, inode; /* 0: not seen */
};

struct act_component {
	char *id, *kind, *change;
	char *target; /* real path below the root, without a leading "/" */
	char *slot;   /* where the staged tree lies before the switch and the displaced one after it; "" for
			 same */
	char *version, *was_version;
	char *live, *next; /* identities of what was at the target and in the slot; "" for nothing */
	char *mount;       /* where the file system of both is mounted, below the root; "": the root's own */
	struct digest tree,
		was_tree; /* listings of what this act puts there and of what was there; zero: nothing */
	struct act_pin live_pin, next_pin; /* see switch_pin() */
	struct json_list local, was_local; /* patterns of the node's own files, which no listing holds */
	struct digest bundle,
		was_bundle; /* tree digests in the manifests they came from; zero: not from a bundle */
};

/* A unit that the act stops and starts. */
#define UNIT_SERVICE   "service"
#define UNIT_TRIGGER   "trigger"   /* a socket, timer or path that starts a service */
#define UNIT_DEPENDENT "dependent" /* stops with a service */
struct act_unit {
	char *name, *manager, *role;          /* manager: system, user, command */
	char *user;                           /* whom the service runs as; of a user's manager, whose it is */
	struct json_list start, stop, status; /* of char *: of the manager "command": what is run */
	char *hold; /* below the root: the drop-in that holds it as long as the act; "": `adopt` has prepared
		       it */
	bool ran;   /* it was up before the act stopped it, and is to be up again */
};

/* A place of the application's state or configuration. */
#define STATE_RESTORE "restore" /* what a release migrates: databases, indexes */
#define STATE_KEEP    "keep"    /* credentials, identity, what users made */
#define STATE_CONFIG  "config"
struct act_state {
	char *path, *slot, *class; /* below the root, without a leading "/" */
	char *live;  /* identity of what undo puts back: the copy in the slot, or what `next` displaced;
			"" for nothing */
	char *next;  /* rollback: identity of what the switch puts there; "": nothing is put there */
	char *mount; /* where the file system of both is mounted, below the root; "": the root's own */
	bool brings; /* the switch exchanges the two */
};

/* A small file of the machine's that the act writes: a drop-in. */
struct act_file {
	char *path;
	struct json_list lines, was; /* of char *: what the act writes, what undo writes again */
	bool there, gone;            /* there was one; the act takes it away */
};

struct act {
	uint64_t waybill, number, sequence, started, ended, to;
	uint64_t stop_us, settle_us, ours_us, start_us; /* the downtime, in microseconds */
	char *type, *kind, *step, *outcome;             /* kind: apply, rollback, checkpoint */
	char *name, *instance, *release, *was_release, *why;
	struct digest manifest, was_manifest, plan, installer;
	struct json_list components;          /* of struct act_component: all that are installed, by id */
	struct json_list made;                /* directories that this act made, outermost first */
	struct json_list units;               /* of struct act_unit: triggers first */
	struct json_list states;              /* of struct act_state */
	struct json_list files;               /* of struct act_file */
	struct json_list caches;              /* of char *: absolute paths */
	struct json_list lists;               /* of struct health_list: what was loaded before the act */
	struct profile *profile;              /* what the act knows of the application; NULL without units */
	struct evidence *baseline, *evidence; /* what the gates saw before it and after it; NULL: not asked */
	bool failed, pinned, pruned, proven, capsule;
};

extern const struct json_shape act_shape;

/* The record is on disk, durably, or the old one still is. With ERR_STUCK nobody can say which. */
MUST_CHECK bool act_save(const struct node *n, const struct act *a, struct err *e);

/* The room that is kept for records is given up, for an undo on a full disk. False: there is none any more.
 */
bool act_give_reserve(const struct node *n);

/* Reads one record. ERR_STUCK if it is there and cannot be understood. */
MUST_CHECK bool act_load(
	const struct node *n, uint64_t number, struct act *out, struct arena *arena, struct err *e);

/* Numbers of all records, ascending; the caller frees *numbers. None is no failure. */
MUST_CHECK bool act_numbers(const struct node *n, uint64_t **numbers, size_t *count, struct err *e);

struct act_component *act_component(const struct act *a, const char *id);

/* The targets of all components (texts, in `arena`). */
struct json_list act_targets(const struct act *a, struct arena *arena);

/* What was installed after the act, and before it, for people: the release; where it was no release of a
 * bundle, the version that its core says it has, "(as found)"; "nothing". In `arena`. */
char *act_after(const struct act *a, struct arena *arena);
char *act_before(const struct act *a, struct arena *arena);

/* True if this component's trees change place in this act. */
bool act_moves(const struct act_component *c);

/* True if afterwards the slot holds what was there before: displaced, or copied. */
bool act_keeps(const struct act_component *c);

/* True if `step` had begun when the record was written. */
bool act_reached(const struct act *a, const char *step);

/* True if it is that one: a unit of a user's manager is told by its user, too. */
bool act_unit_is(const struct act_unit *u, const char *name, const char *manager, const char *user);

/* The unit that runs the application, or NULL where the act touches no service. */
struct act_unit *act_service(const struct act *a);

#endif
