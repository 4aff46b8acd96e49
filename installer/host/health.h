/* health - collects the facts that gates judge, from a service that runs.
 *
 * Only looks: systemctl, journalctl, /proc, files, and the commands that gates of kind `command` name.
 */
#ifndef INSTALLER_HOST_HEALTH_H
#define INSTALLER_HOST_HEALTH_H

#include "installer/host/inventory.h"
#include "manifest/manifest.h"

/* What a no-worse gate found: what was loaded or running, by name. */
struct health_list {
	char *gate;
	struct json_list items; /* of char * */
};

extern const struct json_shape health_list_shape;

struct health_wish {
	const struct json_list
		*red;  /* of char *: gates that are red whatever comes: nobody waits for them; NULL: none */
	uint64_t soak; /* seconds: no gate passes before */
	uint64_t switched; /* clock ticks since boot: older processes run what was there before; 0: any */
	const char *core, *before; /* where the program lies and where the one lies that it replaced:
				      absolute;    NULL: what the unit runs, and nothing */
	bool silent;               /* nothing for people on standard error */
	const struct json_list
		*baseline; /* of struct health_list: what was found before; NULL: nothing is compared */
	bool (*go_on)(struct err *e); /* asked in every round; false: this is the failure. NULL: always */
};

/* The gates of the profile, for the components that are here, are judged until each is decided. *out is as a
 * manifest has it; *lists is what no-worse gates found (struct health_list): the baseline of a later
 * asking. `verdict` is "passed" if every required gate is, else "failed". ERR_REFUSED: nothing runs
 * here that could be judged. ERR_FORMAT: a gate that cannot be asked. */
MUST_CHECK bool health_ask(struct host *h, const struct inventory *inv, const struct health_wish *wish,
	struct evidence *out, struct json_list *lists, struct err *e);

/* *out: list of struct gate in `arena`: those of `from` (struct profile_gate) for these plugins (ids);
 * without `compare` those that compare with what was before are left out. ERR_FORMAT: one that cannot be
 * asked. */
MUST_CHECK bool health_gates(const struct json_list *from, const struct json_list *plugins, bool compare,
	struct json_list *out, struct arena *arena, struct err *e);

#define EVIDENCE_PASSED "passed"
#define EVIDENCE_FAILED "failed"

#endif
