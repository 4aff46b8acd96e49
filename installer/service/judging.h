/* judging - does what was started work: the gates of the profile and of the site, asked of the live service.
 */
#ifndef INSTALLER_SERVICE_JUDGING_H
#define INSTALLER_SERVICE_JUDGING_H

#include "installer/act.h"
#include "installer/host/site.h"

struct judging {
	const struct act *act;
	const struct site_application *site; /* NULL: none */
	uint64_t switched;                   /* clock ticks since boot; 0: nothing was switched */
	bool back;                           /* an undo: the old release is where it was */
	bool old;                            /* it ran before: what was red then need not be green now */
	bool compare;                        /* with what was loaded before the act */
	bool silent;
	size_t width; /* columns of what people see; 0: those of standard error */
};

/* *out is what the gates saw (in `arena`), whatever the verdict; *lists what was loaded or running, for a
 * later comparison (may be NULL). ERR_REFUSED: no unit of it is here. */
MUST_CHECK bool judging_ask(const struct judging *j, struct evidence **out, struct json_list *lists,
	struct arena *arena, struct err *e);

/* True if every required gate passed. */
bool judging_green(const struct evidence *e);

/* True if every required gate that passed before passes now. What does not is appended to `why`, by name or
 * `whole` (gate_lines.h). */
bool judging_no_worse(
	const struct evidence *before, const struct evidence *now, bool whole, struct text *why);

/* Every gate and its verdict, on standard error. */
void judging_show(const struct evidence *e, const struct judging *j);

/* Clock ticks since boot, now. */
uint64_t judging_ticks(void);

#endif
