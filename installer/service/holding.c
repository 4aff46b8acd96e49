/* holding.c - see holding.h. */
#include "installer/service/holding.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "installer/service/driver.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define SOCKET_TRIES 4

bool holding_mark(const struct node *n, struct err *e)
{
	static const char text[] =
		"The program of this application is being changed; its units are not started "
		"meanwhile.\n`waybill-install status` says more, `waybill-install recover` "
		"finishes it.\n";
	bool good = holding_marked(n) ? fs_flush_dir(n->state, e) /* who wrote it may not have come to that */
				      : fs_replace(n->state, HOLD_MARKER, text, sizeof text - 1, 0644, e);
	return good || err_in(e, "hold the service");
}

bool holding_unmark(const struct node *n, struct err *e)
{
	if (unlinkat(n->state, HOLD_MARKER, 0) < 0)
		return errno == ENOENT || err_sys(e, "release the service: remove the marker");
	return fs_flush_dir(n->state, e) || err_in(e, "release the service");
}

bool holding_marked(const struct node *n)
{
	struct stat st;
	return n->state >= 0 && fstatat(n->state, HOLD_MARKER, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool holding_look(struct act *a, struct err *e)
{
	struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++)
		if (!driver_of(&u[i])->look(&u[i], e))
			return false;
	return true;
}

static bool stop_all(const struct act *a, const char *role, struct err *e)
{
	const struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++)
		if (strcmp(u[i].role, role) == 0 && !driver_of(&u[i])->stop(&u[i], e))
			return false;
	return true;
}

bool holding_stop(const struct node *n, const struct act *a, struct err *e)
{
	static const char *const order[] = { UNIT_TRIGGER, UNIT_SERVICE, UNIT_DEPENDENT };
	if (!holding_mark(n, e))
		return false;
	for (size_t k = 0; k < COUNT_OF(order); k++)
		if (!stop_all(a, order[k], e))
			return false;
	return true;
}

static bool is_socket(const struct act_unit *u)
{
	const char *dot = strrchr(u->name, '.');
	return dot && strcmp(dot, ".socket") == 0;
}

/* In which round a unit is started: a socket hands itself over to its service, a timer only wakes it. */
static size_t start_round(const struct act_unit *u)
{
	if (strcmp(u->role, UNIT_TRIGGER) == 0)
		return is_socket(u) ? 0 : 3;
	return strcmp(u->role, UNIT_SERVICE) == 0 ? 1 : 2;
}

static bool start_all(const struct act *a, size_t round, struct err *e)
{
	const struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++)
		if (u[i].ran && start_round(&u[i]) == round && !driver_of(&u[i])->start(&u[i], e))
			return false;
	return true;
}

/* A socket is refused while its service runs: what somebody else started the moment that it could makes way.
 */
static bool start_sockets(const struct act *a, struct err *e)
{
	for (int tries = 1; !start_all(a, 0, e); tries++) {
		struct err refused = *e;
		*e = (struct err){ 0 };
		if (tries == SOCKET_TRIES || !stop_all(a, UNIT_SERVICE, e)) {
			*e = refused;
			return false;
		}
	}
	return true;
}

bool holding_start(const struct node *n, const struct act *a, struct err *e)
{
	if (!holding_unmark(n, e) || !start_sockets(a, e))
		return false;
	for (size_t round = 1; round < 4; round++)
		if (!start_all(a, round, e))
			return false;
	return true;
}
