/* holds.c - see holds.h. */
#include "installer/service/holds.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "installer/hold.h"
#include "installer/service/holding.h"
#include "installer/service/systemd.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

void holds_plan(const struct node *n, struct act *a, struct arena *arena)
{
	struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++) {
		SCOPED(text_end) struct text path = { 0 };
		if (strcmp(u[i].role, UNIT_SERVICE) != 0)
			hold_path(n, u[i].manager, u[i].name, text_str(&n->application), &path);
		u[i].hold = arena_str(arena, text_str(&path));
	}
}

bool holds_write(const struct node *n, const struct act *a, bool *any, struct err *e)
{
	const struct act_unit *u = a->units.items;
	SCOPED(text_end) struct text marker = { 0 };
	text_printf(&marker, "/%s/%s/" HOLD_MARKER, text_str(&n->state_path), text_str(&n->application));
	*any = false;
	for (size_t i = 0; i < a->units.count; i++) {
		if (!*u[i].hold)
			continue;
		*any = true;
		if (!hold_install(n, u[i].hold, text_str(&marker), e))
			return false;
	}
	return true;
}

bool holds_check(const struct act *a, struct err *e)
{
	const struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++) {
		struct manager m;
		if (*u[i].hold && (!manager_of(&u[i], &m, e) || !hold_check(&m, u[i].name, u[i].hold, e)))
			return err_in(e, "hold the %s", u[i].role);
	}
	return true;
}

static bool is_there(const struct node *n, const char *path)
{
	SCOPED_FD int fd = fs_open(n->root, path, O_PATH | O_NOFOLLOW, 0);
	return fd >= 0;
}

bool holds_remove(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_unit *u = a->units.items;
	bool any = false;
	for (size_t i = 0; i < a->units.count; i++) {
		if (!*u[i].hold || !is_there(n, u[i].hold))
			continue;
		any = true;
		if (!hold_remove(n, u[i].hold, e))
			return false;
	}
	return !any || systemd_reload_all(a, e);
}
