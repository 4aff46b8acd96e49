/* chosen - which application is meant, and what a site file says of it: the command line, else the site, else
 * the standard. */
#ifndef INSTALLER_HOST_CHOSEN_H
#define INSTALLER_HOST_CHOSEN_H

#include "installer/host/site.h"
#include "manifest/base/cli.h"

#define CHOSEN_STANDARD "openclaw" /* the profile where nobody names one */

struct chosen {
	const char *file; /* the site file that was read; "": there is none */
	struct site site; /* all of it */
	struct site_application
		*entry; /* of the application that is meant; NULL: the site does not know it */
};

/* host_begin() with the profile that counts: `profile`, else the site's, else CHOSEN_STANDARD. The site is
 * the file `site`, else the program's own. Of several applications --name and --instance say which, else the
 * profile does. ERR_USAGE: more than one fits. ERR_REFUSED: the file `site` has none that does. */
MUST_CHECK bool chosen_begin(struct host *h, const struct cli_common *common, const char *profile,
	const char *site, struct chosen *out, struct err *e);

/* The site of `file`, strictly read; it lives in `arena`. */
MUST_CHECK bool chosen_read(const char *file, struct site *out, struct arena *arena, struct err *e);

/* The profile that a site names is h->profile: a file of the machine that is looked at, one of this machine,
 * or one that is built in. `own`: it is this node's site, and nobody else may be able to write the file. */
MUST_CHECK bool chosen_profile(struct host *h, const char *profile, bool own, struct err *e);

/* The only one of that name (NULL: any) and instance (NULL: any); NULL: none. ERR_USAGE: there are more. */
MUST_CHECK bool chosen_entry(const struct chosen *c, const char *name, const char *instance,
	struct site_application **out, struct err *e);

/* Each program's own: the site file of this node, its path in *file ("" and an empty site: none). */
MUST_CHECK bool site_own(const struct cli_common *common, struct site *out, const char **file,
	struct arena *arena, struct err *e);

#endif
