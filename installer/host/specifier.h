/* specifier - "%h" and its like in unit files (systemd.unit(5)), filled in where no manager did. */
#ifndef INSTALLER_HOST_SPECIFIER_H
#define INSTALLER_HOST_SPECIFIER_H

#include "installer/host/host.h"
#include "installer/host/unit_file.h"

#define SPECIFIER_MAX ((size_t)1024 * 1024) /* bytes of one unit, filled in */

struct specifiers {
	const char *unit;        /* its name, with the suffix */
	const struct user *user; /* whose manager runs it; NULL: the system's */
	const struct host *host;
};

/* Appends the text with every specifier replaced. ERR_FORMAT: one is not known, or only a running manager
 * knows what it means. */
MUST_CHECK bool specifiers_fill(
	const struct specifiers *s, const char *text, struct text *out, struct err *e);

/* Every text of the merged unit. What cannot be filled in stays as it stands; *e says which is the first
 * (false). */
MUST_CHECK bool specifiers_merge(
	const struct specifiers *s, struct unit_merge *m, struct arena *arena, struct err *e);

#endif
