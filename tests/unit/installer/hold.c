/* hold - the drop-in that keeps a unit down: where it lies, what it says, and that it goes without a trace.
 */
#include "installer/hold.h"

#include "tests/unit/unit.h"

#define SYSTEM "etc/systemd/system/a.service.d/zz-waybill.conf"

static const char *path_for(const struct node *n, const char *manager)
{
	static char path[PATH_MAX];
	SCOPED(text_end) struct text text = { 0 };
	hold_path(n, manager, "a.service", NULL, &text);
	snprintf(path, sizeof path, "%s", text_str(&text));
	return path;
}

SPEC(the_drop_in_lies_where_its_manager_looks)
{
	struct node n = { .root = -1, .root_path = "/some/root" };
	assert_string_equal(path_for(&n, "system"), SYSTEM);
	assert_string_equal(path_for(&n, "user"), "etc/systemd/user/a.service.d/zz-waybill.conf");
	n.root_path = "/";
	assert_string_equal(path_for(&n, "system"), SYSTEM);
	setenv("HOME", "/home/claw", 1);
	assert_string_equal(path_for(&n, "user"),
		geteuid() == 0 ? "etc/systemd/user/a.service.d/zz-waybill.conf"
			       : "home/claw/.config/systemd/user/a.service.d/zz-waybill.conf");
}

SPEC(it_is_installed_again_and_removed)
{
	SCOPED_FD int root = scratch();
	struct node n = { .root = root, .root_path = "/some/root" };
	struct err e = { 0 };
	given_dir(root, "etc/systemd/system");
	MUST(hold_remove(&n, SYSTEM, &e), &e);
	MUST(hold_install(&n, SYSTEM, "/old", &e), &e);
	MUST(hold_install(&n, SYSTEM, "/var/lib/waybill/a/hold", &e), &e);
	assert_file(root, SYSTEM,
		"# Written by waybill-install. While the marker is there the unit is not started: a program is\n"
		"# being changed.\n"
		"[Unit]\n"
		"ConditionPathExists=!/var/lib/waybill/a/hold\n");
	MUST(hold_remove(&n, SYSTEM, &e), &e);
	assert_absent(root, "etc/systemd/system/a.service.d");
	assert_true(is_there(root, "etc/systemd/system"));
	MUST(hold_remove(&n, SYSTEM, &e), &e);
}

SPEC(drop_ins_of_others_stay)
{
	SCOPED_FD int root = scratch();
	struct node n = { .root = root, .root_path = "/some/root" };
	struct err e = { 0 };
	given_file(root, "etc/systemd/system/a.service.d/own.conf", "x");
	MUST(hold_install(&n, SYSTEM, "/m", &e), &e);
	MUST(hold_remove(&n, SYSTEM, &e), &e);
	assert_file(root, "etc/systemd/system/a.service.d/own.conf", "x");
	assert_absent(root, SYSTEM);
}

SPEC(a_link_on_the_way_is_not_followed)
{
	SCOPED_FD int root = scratch();
	struct node n = { .root = root, .root_path = "/some/root" };
	struct err e = { 0 }, why = { 0 };
	given_dir(root, "elsewhere");
	given_file(root, "elsewhere/zz-waybill.conf", "theirs");
	given_link(root, "etc/systemd/system/a.service.d", "/elsewhere");
	assert_false(hold_install(&n, SYSTEM, "/m", &e));
	assert_says(&e, ERR_SYSTEM, "install the drop-in /" SYSTEM);
	assert_false(hold_remove(&n, SYSTEM, &why));
	assert_says(&why, ERR_SYSTEM, "a.service.d");
	assert_file(root, "elsewhere/zz-waybill.conf", "theirs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_drop_in_lies_where_its_manager_looks),
		cmocka_unit_test(it_is_installed_again_and_removed),
		cmocka_unit_test(drop_ins_of_others_stay),
		cmocka_unit_test(a_link_on_the_way_is_not_followed),
	};
	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
