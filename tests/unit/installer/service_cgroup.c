/* cgroup - whether a process is left is asked of the hierarchy that is there, and never guessed. */
#include "installer/service/cgroup.h"

#include "tests/unit/unit.h"

#define GROUP "/system.slice/x.service"

/* A top directory with these files in it. */
static const char *given_top(const char *const *files)
{
	static char top[PATH_MAX];
	char link[64];
	SCOPED_FD int fd = scratch();
	for (; *files; files += 2)
		given_file(fd, files[0], files[1]);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, top, sizeof top - 1);
	assert_true(len > 0);
	top[len] = '\0';
	return top;
}

static bool populated(const char *top)
{
	struct err e = { 0 };
	bool is = false;
	MUST(cgroup_populated(top, GROUP, &is, &e), &e);
	return is;
}

SPEC(the_unified_hierarchy_says_it_of_all_below)
{
	assert_true(populated(
		given_top((const char *[]){ "cgroup.controllers", "", "system.slice/x.service/cgroup.events",
			"populated 1\nfrozen 0\n", "system.slice/x.service/cgroup.procs", "", NULL })));
	assert_false(populated(given_top((const char *[]){ "cgroup.controllers", "",
		"system.slice/x.service/cgroup.events", "populated 0\nfrozen 0\n", NULL })));
}

SPEC(a_hybrid_machine_has_it_beside_the_old_ones)
{
	assert_true(populated(
		given_top((const char *[]){ "unified/cgroup.controllers", "", "systemd/cgroup.procs", "1\n",
			"unified/system.slice/x.service/cgroup.events", "populated 1\n", NULL })));
}

SPEC(the_old_hierarchy_is_asked_group_by_group)
{
	const char *here[] = { "systemd/cgroup.procs", "1\n", "systemd/system.slice/x.service/cgroup.procs",
		"12\n", NULL };
	const char *below[] = { "systemd/cgroup.procs", "1\n", "systemd/system.slice/x.service/cgroup.procs",
		"", "systemd/system.slice/x.service/payload/one/cgroup.procs", "13\n",
		"systemd/system.slice/x.service/payload/cgroup.procs", "", NULL };
	const char *none[] = { "systemd/cgroup.procs", "1\n", "systemd/system.slice/x.service/cgroup.procs",
		"", "systemd/system.slice/x.service/payload/cgroup.procs", "", NULL };
	assert_true(populated(given_top(here)));
	assert_true(populated(given_top(below)));
	assert_false(populated(given_top(none)));
}

SPEC(a_group_that_is_gone_has_none)
{
	assert_false(populated(given_top((const char *[]){ "cgroup.controllers", "", NULL })));
	assert_false(populated(given_top((const char *[]){ "systemd/cgroup.procs", "1\n", NULL })));
}

SPEC(without_a_hierarchy_nobody_can_tell)
{
	struct err e = { 0 }, why = { 0 };
	bool is = false;
	assert_false(cgroup_populated(
		given_top((const char *[]){ "memory/cgroup.procs", "", NULL }), GROUP, &is, &e));
	assert_says(&e, ERR_SYSTEM, "whether a process is left in system.slice/x.service cannot be told");
	assert_false(cgroup_populated(given_top((const char *[]){ "systemd/cgroup.procs", "1\n",
					      "systemd/system.slice/x.service/tasks", "", NULL }),
		GROUP, &is, &why));
	assert_says(&why, ERR_SYSTEM, "cgroup.procs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_unified_hierarchy_says_it_of_all_below),
		cmocka_unit_test(a_hybrid_machine_has_it_beside_the_old_ones),
		cmocka_unit_test(the_old_hierarchy_is_asked_group_by_group),
		cmocka_unit_test(a_group_that_is_gone_has_none),
		cmocka_unit_test(without_a_hierarchy_nobody_can_tell),
	};
	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
