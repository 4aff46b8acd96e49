/* node - this machine as the installer sees it: the root, where records are kept, which application is meant.
 *
 *     /etc/waybill/keys/NAME.pub                  keys that count
 *     /var/lib/waybill/APPLICATION/acts/          one record per transaction
 *     /var/lib/waybill/APPLICATION/trees/DIGEST   listings of trees, named by their own digest
 *     /var/lib/waybill/APPLICATION/lock
 *
 * APPLICATION is NAME, or NAME@INSTANCE. With --root everything lies inside that directory. An ordinary user
 * without
 * --root has the XDG places instead (~/.config/waybill, ~/.local/state/waybill).
 */
#ifndef INSTALLER_NODE_H
#define INSTALLER_NODE_H

#include "manifest/base/cli.h"
#include "manifest/base/err.h"
#include "manifest/base/text.h"
#include "manifest/json.h"

struct node {
	int root;               /* the directory that every path is inside of */
	const char *root_path;  /* as given; "/" without --root */
	struct text state_path; /* below root, without a leading "/" */
	struct text config_path;
	struct text application; /* NAME or NAME@INSTANCE; empty until chosen */
	struct text name, instance;
	int state;      /* .../APPLICATION; -1 while there is none */
	int lock;       /* held while >= 0 */
	bool made_root; /* by this run, as were the directories of state_path from byte `made` on, while
			   `fresh` */
	bool fresh;
	size_t made;
};

/* Opens the root. `make`: it is made where it is missing; node_end() takes it away again if nothing came into
 * it. */
MUST_CHECK bool node_open(const struct cli_common *common, bool make, struct node *out, struct err *e);

/* Gives everything back. Where this run made the places for records and nothing was recorded, they are gone
 * again: a refused command leaves the node as it was. */
void node_end(struct node *n);

/* Says which application is meant: `name` from a bundle or --name; NULL: the only one that is here (ERR_USAGE
 * lists several, ERR_REFUSED if there is none). Opens its records where there are any. */
MUST_CHECK bool node_choose(struct node *n, const char *name, const char *instance, struct err *e);

/* The application's directory is there and locked for this process; ERR_REFUSED if another holds it. */
MUST_CHECK bool node_lock(struct node *n, struct err *e);

/* Locks only if there is something to lock and nobody holds it; *busy says that somebody does. */
MUST_CHECK bool node_try_lock(struct node *n, bool *busy, struct err *e);

/* True if another process holds the lock. Nothing is made, and it is let go of at once; where the lock may
 * not be opened nobody is said to hold it. */
bool node_busy(const struct node *n);

/* Appends the options that say which node and application this is, as a shell takes them, for the next line
 * to type:
 * "--root DIR --name NAME --instance NAME ", each only where it is needed. */
void node_options(const struct node *n, struct text *out);

/* The names of all applications with records here (texts in `arena`). A place that is not there has none. */
MUST_CHECK bool node_applications(
	const struct node *n, struct json_list *out, struct arena *arena, struct err *e);

#endif
