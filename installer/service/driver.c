/* driver.c - see driver.h. */
#include "installer/service/driver.h"

#include <string.h>

#include "installer/service/command.h"
#include "installer/service/systemd.h"
#include "manifest/base/scope.h"

const struct driver *driver_of(const struct act_unit *u)
{
	static const struct driver drivers[] = {
		{ "system", systemd_stop, systemd_start, systemd_look },
		{ "user", systemd_stop, systemd_start, systemd_look },
		{ "command", command_stop, command_start, command_look },
	};
	for (size_t i = 0; i < COUNT_OF(drivers); i++)
		if (strcmp(drivers[i].manager, u->manager) == 0)
			return &drivers[i];
	return &drivers[0];
}
