/* site - what is true of this node: site.json, written by `adopt` and editable.
 *
 * For each application: its profile, where its components really lie, which units run it, as whom, and how
 * each of these was known.
 */
#ifndef INSTALLER_HOST_SITE_H
#define INSTALLER_HOST_SITE_H

#include "installer/host/inventory.h"
#include "manifest/digest.h"

#define SITE_FILE "site.json"
#define SITE_MAX  ((size_t)4 * 1024 * 1024)

struct site_component {
	char *id, *kind, *path; /* real path */
	uint64_t device, inode; /* what was there when it was adopted */
};

struct site_unit {
	char *name, *manager, *user;
	char *dropin;                         /* the hold's file */
	struct json_list start, stop, status; /* of char *: of the manager "command": programs that are run,
						 status says 0 while it is up */
};

struct site_place {
	char *name, *path; /* a variable of the profile */
};

struct site_application {
	char *application, *instance, *profile, *runtime, *user, *home;
	bool require_evidence;       /* bundles without evidence need --accept-unvalidated */
	uint64_t adopted;            /* seconds since 1970 */
	struct digest installer;     /* the copy that was put beside the records */
	struct json_list components; /* of struct site_component */
	struct json_list units;      /* of struct site_unit */
	struct json_list places;     /* of struct site_place */
	struct json_list local; /* of char *: globs of files that belong to this node, beside the profile's */
	struct json_list gates; /* of struct profile_gate: added to the profile's */
	struct json_list known; /* of char *: how each fact was known */
};

struct site {
	struct json_list applications; /* of struct site_application */
};

extern const struct json_shape site_shape, site_application_shape;

/* Reads the text strictly; it lives in `arena`. ERR_FORMAT names the field, or an application that is there
 * twice. */
MUST_CHECK bool site_read(const char *text, size_t len, struct site *out, struct arena *arena, struct err *e);

/* Appends the document as people edit it: a line for each field. */
void site_write(const struct site *s, struct text *out);

/* The entry of that application, or NULL. */
struct site_application *site_find(const struct site *s, const char *application, const char *instance);

/* The gates of h->profile are those that it has and the entry's; one of the entry's takes the place of the
 * profile's of the same name. `a` NULL: nothing is added. */
void site_gates(struct host *h, const struct site_application *a);

/* Puts the entry in the place of one of the same application and instance, or adds it; `remove` takes it out.
 */
void site_put(struct site *s, const struct site_application *a, struct arena *arena);
void site_remove(struct site *s, const char *application, const char *instance);

/* What the inventory says, as an entry. ERR_REFUSED says what it does not know. */
MUST_CHECK bool site_from(struct host *h, const struct inventory *inv, const char *instance,
	struct site_application *out, struct err *e);

#endif
