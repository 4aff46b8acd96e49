/* records - what a profile wants to stand in the application's configuration, as changes for this node. */
#ifndef INSTALLER_SERVICE_RECORDS_H
#define INSTALLER_SERVICE_RECORDS_H

#include "installer/service/splice.h"
#include "manifest/profile.h"

struct records_plugin {
	const char *id, *place;
	const char *version; /* NULL or "": it has none */
	bool fresh;          /* nothing was at its place before */
};

struct records_wish {
	const struct profile_config *config;
	const char *installs; /* NULL, "" or the profile's pointer to install records by id */
	const struct records_plugin *plugins;
	size_t count;
	/* The value of ${name}; NULL: it is not known. Not asked for component, place and version. */
	const char *(*variable)(void *ctx, const char *name);
	void *ctx;
};

/* *edits are the changes that the records ask for, in their order; they live in `arena`.
 *
 * A record with a component is for the plugin of that id, or with "*" for each; one without is for each
 * plugin if it says ${component}, ${place} or ${version}, else it stands alone. One without a value, or with
 * the version of a plugin that has none, is a removal. What belongs to a plugin's install record is changed
 * where there is such a record (struct splice: under), or where the plugin is fresh.
 *
 * ERR_FORMAT: a variable is not known. ERR_REFUSED: what is put in is no UTF-8. */
MUST_CHECK bool records_splices(const struct records_wish *wish, struct arena *arena, struct splice **edits,
	size_t *count, struct err *e);

#endif
