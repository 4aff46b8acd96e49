/* driver - how a service is stopped, started and looked at, by what manages it. */
#ifndef INSTALLER_SERVICE_DRIVER_H
#define INSTALLER_SERVICE_DRIVER_H

#include "installer/act.h"

struct driver {
	const char *manager; /* of struct act_unit */
	/* It is down, and nothing of it is left. */
	bool (*stop)(const struct act_unit *u, struct err *e);
	/* It was asked to come up; whether it works is for the gates to say. */
	bool (*start)(const struct act_unit *u, struct err *e);
	/* u->ran says whether it is up. */
	bool (*look)(struct act_unit *u, struct err *e);
};

const struct driver *driver_of(const struct act_unit *u);

#endif
