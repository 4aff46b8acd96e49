/* living - the running service of an act: which units, which state, which files, as the site and the profile
 * say.
 *
 * Only where the node was adopted and the root is "/": elsewhere an act touches no service.
 */
#ifndef INSTALLER_SERVICE_LIVING_H
#define INSTALLER_SERVICE_LIVING_H

#include "installer/host/inventory.h"
#include "installer/transaction.h"

struct living {
	struct host host;
	struct inventory inv;
	const struct site_application *site;
};

/* Fills units, states, files and caches of t->act, and t->living, which living_end() ends. Nothing is
 * changed; what stands in the way is a "no". `profile`: of the bundle, or of the act that is gone back to;
 * NULL: the site's. */
MUST_CHECK bool living_plan(struct transaction *t, const struct profile *profile, struct err *e);

/* Where the profile has its plugins on this node, as the site knows its places, for the plugin `id`; NULL:
 * that is not known. */
char *living_plugin_place(struct transaction *t, const struct profile *profile, const char *id);

void living_end(struct living **l);

/* The node's entry for this application; NULL: it was not adopted, or no service is touched. */
const struct site_application *living_site(const struct transaction *t);

#endif
