/* inventory - what of the application is on this machine, and which of it really runs.
 *
 * One document; nothing is changed to make it.
 */
#ifndef INSTALLER_HOST_INVENTORY_H
#define INSTALLER_HOST_INVENTORY_H

#include "installer/host/host.h"
#include "installer/host/service.h"

/* A copy of the program. */
struct copy {
	char *path, *version, *owner; /* path without any link; owner by name */
	uint64_t device, inode;
	bool runs;                        /* an active unit runs it */
	struct json_list units, wrappers; /* of char *: units that would start it; commands that lead to it */
};

/* A component where it is: the core that runs, its runtime, and each plugin. */
struct part {
	char *id, *kind, *path, *real, *package, *version, *owner;
	char *host;          /* versions of the core that it wants; "" if it does not say */
	char *source, *spec; /* of the application's own install record: where from, and what was asked for */
	bool recorded;
	uint64_t device, inode;
};

/* Where the service listens, and who does. */
struct port {
	char *address, *from; /* from: where the port is said */
	uint64_t number;
	struct json_list holders; /* of struct holder */
};

struct holder {
	char *address;
	bool own;                /* a process of the unit */
	struct process *process; /* NULL: it may not be seen */
};

/* A place that the profile names. */
struct place {
	char *path, *what, *owner; /* what: config, state, cache, scanned */
	char *class;               /* of state: restore, keep */
	bool there, unseen;        /* unseen: it may be there */
	uint64_t device, inode;
};

struct file_system {
	char *mount, *type, *exchange; /* exchange: yes, no, unknown */
	uint64_t device, free, inodes, size;
	bool read_only, subvolume;
	struct json_list holds; /* of char *: paths of ours that lie there */
};

struct probe {
	char *name, *out;
	uint64_t status;
	bool late;
};

/* Where the site file and this machine do not say the same; "" is nothing. */
struct site_difference {
	char *what, *site, *found;
};

struct site_application;

struct inventory {
	char *site;                                     /* the file whose word counts; "": none */
	struct json_list differences;                   /* of struct site_difference */
	char *application, *profile, *scheme, *version; /* version: of the core that runs */
	char *arch, *kernel, *libc, *libc_version, *runtime_version;
	uint64_t main;             /* 1 + number of the service that counts; 0: none */
	struct json_list services; /* of struct service */
	struct json_list copies, components, orphans, places, file_systems, probes, unseen;
	struct port *port;
	char *top; /* what stands in front of every control group here; "" outside of containers */
};

extern const struct json_shape inventory_document;
#define INVENTORY_SAID_BY "waybill inventory --json, waybill-install inventory --json"

struct inventory_wish {
	const struct json_list *units;       /* of char *: more units than the profile has; NULL: none */
	bool probe;                          /* also ask the application's own commands */
	const char *site_file;               /* where `site` was read, or NULL */
	const struct site_application *site; /* what it says counts; NULL: only what is found does */
	/* Units of which this is false are none of the application's: another user may have one of that name.
	 * NULL: all that are found count. */
	bool (*counts)(const void *ctx, const struct unit *u);
	const void *ctx;
};

/* Fills *out; its texts live in h->arena. What could not be seen is listed in it. */
void inventory_make(struct host *h, const struct inventory_wish *wish, struct inventory *out);

/* The service that counts, or NULL. */
struct service *inventory_main(const struct inventory *inv);

/* Secrets in environments, command lines and what programs printed become REDACTED: before it is told. */
MUST_CHECK bool inventory_redact(struct host *h, struct inventory *inv, struct err *e);

/* For people, on standard output. */
void inventory_print(const struct inventory *inv);

/* The parts; each fills its own lists. */
void inventory_copies(struct host *h, struct inventory *inv);
void inventory_components(struct host *h, const struct site_application *site, struct inventory *inv);
void inventory_port(struct host *h, struct inventory *inv);
void inventory_file_systems(struct host *h, struct inventory *inv);

/* What the site says in place of what was found, and where they differ (inventory_site.c): its units' names
 * are added; true if it names that one; its home and places are set; all else is compared. */
void inventory_site_units(struct host *h, const struct site_application *site, struct json_list *units);
bool inventory_site_names(const struct site_application *site, const struct unit *u);
void inventory_site_places(struct host *h, const struct site_application *site,
	const struct json_list *environment, struct inventory *inv);
void inventory_site_compare(struct host *h, const struct site_application *site, struct inventory *inv);
void inventory_differs(
	struct host *h, struct inventory *inv, const char *what, const char *site, const char *found);

/* The owner's name, or the number. */
char *owner_name(struct host *h, uint64_t uid);

#endif
