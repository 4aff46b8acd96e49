/* host - a machine below a root: every path and link stays inside it; users, patterns, and names for places.
 */
#include "installer/host/host.h"

#include "installer/host/unit_file.h"
#include "tests/unit/unit.h"

struct looking {
	int dir;
	char path[PATH_MAX];
	struct host h;
};

static void look(struct looking *l, int dir)
{
	struct err e = { 0 };
	l->dir = dir;
	MUST(host_begin(&l->h, path_of(dir, NULL, l->path), "generic", &e), &e);
}

static void end_looking(struct looking *l)
{
	host_end(&l->h);
	close(l->dir);
}

static const char *real_of(struct looking *l, const char *path)
{
	const char *real = host_real(&l->h, path);
	return real ? real : "(nothing)";
}

static const char *found(struct looking *l, const char *pattern)
{
	static char all[4096];
	struct json_list list = { NULL, 0 };
	host_glob(&l->h, pattern, &list);
	all[0] = '\0';
	for (size_t i = 0; i < list.count; i++)
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", ((char *const *)list.items)[i]);
	return all;
}

SPEC(links_stay_inside_the_root)
{
	SCOPED(end_looking) struct looking l = { 0 };
	SCOPED(text_end) struct text text = { 0 };
	int dir = scratch();
	given_file(dir, "opt/app/file", "inside");
	given_link(dir, "absolute", "/opt/app");
	given_link(dir, "opt/relative", "app/file");
	given_link(dir, "above", "../../../../../../../../opt/app/file");
	given_link(dir, "passwd", "/etc/passwd");
	given_link(dir, "proc", "/proc/self/root/etc/passwd");
	given_link(dir, "loop", "loop");
	look(&l, dir);
	assert_false(l.h.alive);
	assert_string_equal(real_of(&l, "/absolute/file"), "/opt/app/file");
	assert_string_equal(real_of(&l, "/opt/relative"), "/opt/app/file");
	assert_string_equal(real_of(&l, "/above"), "/opt/app/file");
	assert_string_equal(real_of(&l, "/../../../opt/app/../app/file"), "/opt/app/file");
	assert_string_equal(real_of(&l, "/"), "/");
	assert_string_equal(real_of(&l, "/.."), "/");
	assert_string_equal(real_of(&l, "/passwd"), "(nothing)");
	assert_string_equal(real_of(&l, "/proc"), "(nothing)");
	assert_string_equal(real_of(&l, "/loop"), "(nothing)");
	assert_string_equal(real_of(&l, "/no/such"), "(nothing)");
	assert_true(host_read(&l.h, "/absolute/file", 100, &text));
	assert_string_equal(text_str(&text), "inside");
	assert_false(host_read(&l.h, "/passwd", 1 << 20, &text));
	given_dir(dir, "etc");
	given_file(dir, "etc/passwd", "the root's own");
	assert_true(host_read(&l.h, "/passwd", 100, &text));
	assert_string_equal(text_str(&text), "the root's own");
}

SPEC(the_root_may_itself_be_a_link)
{
	SCOPED_FD int dir = scratch();
	char path[PATH_MAX];
	struct err e = { 0 };
	given_file(dir, "real/opt/file", "x");
	given_link(dir, "link", "real");
	SCOPED(host_end) struct host h = { .root = -1 };
	MUST(host_begin(&h, path_of(dir, "link", path), "generic", &e), &e);
	assert_string_equal(host_real(&h, "/opt/file"), "/opt/file");
}

SPEC(another_name_for_the_whole_machine_is_the_whole_machine)
{
	SCOPED(host_end) struct host h = { .root = -1 };
	struct err e = { 0 };
	MUST(host_begin(&h, "/usr/..", "generic", &e), &e);
	assert_string_equal(host_real(&h, "/etc/passwd"), "/etc/passwd");
	assert_string_equal(host_real(&h, "/"), "/");
}

SPEC(what_is_no_root_or_no_profile_is_told)
{
	SCOPED(host_end) struct host h = { .root = -1 };
	SCOPED(host_end) struct host other = { .root = -1 };
	struct err e = { 0 }, why = { 0 };
	assert_false(host_begin(&h, "/no/such/root", "generic", &e));
	assert_says(&e, ERR_SYSTEM, "open the root /no/such/root");
	assert_false(host_begin(&other, "/", "no-such-profile", &why));
	assert_says(&why, ERR_SYSTEM, "--profile no-such-profile (built in: generic, openclaw)");
}

SPEC(files_are_read_up_to_a_limit)
{
	SCOPED(end_looking) struct looking l = { 0 };
	SCOPED(text_end) struct text text = { 0 };
	int dir = scratch();
	given_file(dir, "file", "12345");
	given_file(dir, "empty", "");
	assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
	look(&l, dir);
	assert_true(host_read(&l.h, "/file", 5, &text));
	assert_int_equal(text.len, 5);
	assert_false(host_read(&l.h, "/file", 4, &text));
	assert_int_equal(errno, EFBIG);
	assert_true(host_read(&l.h, "/empty", 0, &text));
	assert_int_equal(text.len, 0);
	assert_false(host_read(&l.h, "/pipe", 5, &text)); /* and does not wait for a writer */
	assert_int_equal(errno, EINVAL);
	assert_false(host_read(&l.h, "/none", 5, &text));
	assert_int_equal(errno, ENOENT);
	assert_false(host_read(&l.h, "/file/x", 5, &text));
	assert_int_equal(errno, ENOTDIR);
}

SPEC(patterns_find_names_in_order)
{
	SCOPED(end_looking) struct looking l = { 0 };
	int dir = scratch();
	given_file(dir, "opt/b/lib/app/file", "");
	given_file(dir, "opt/a/lib/app/file", "");
	given_dir(dir, "opt/c/lib");
	given_dir(dir, "opt/.hidden/lib/app");
	given_link(dir, "opt/d", "/opt/a");
	given_link(dir, "opt/dangling", "/nowhere");
	look(&l, dir);
	assert_string_equal(found(&l, "/opt/*/lib/app"), "/opt/a/lib/app /opt/b/lib/app /opt/d/lib/app ");
	assert_string_equal(found(&l, "/opt/?"), "/opt/a /opt/b /opt/c /opt/d ");
	assert_string_equal(found(&l, "/opt/.h*"), "/opt/.hidden ");
	assert_string_equal(found(&l, "//opt//a/"), "/opt/a ");
	assert_string_equal(found(&l, "/opt/*/lib/app/file/*"), "");
	assert_string_equal(found(&l, "/none/*"), "");
	assert_string_equal(found(&l, "/*/../opt/[a]"), "");
}

SPEC(users_are_those_of_the_root)
{
	SCOPED(end_looking) struct looking l = { 0 };
	int dir = scratch();
	given_file(dir, "etc/passwd",
		"root:x:0:0:root:/root:/bin/sh\n"
		"short:x:1\n"
		"odd:x:none:0::/odd:/bin/sh\n"
		"+::::::\n"
		"nohome:x:5:5:::\n"
		"\n"
		"claw:x:1001:1002:Claw,,,:/home/claw:/bin/bash");
	look(&l, dir);
	assert_int_equal(l.h.users.count, 2);
	const struct user *claw = host_user_named(&l.h, "claw");
	assert_string_equal(claw->home, "/home/claw");
	assert_int_equal(claw->gid, 1002);
	assert_ptr_equal(host_user(&l.h, 1001), claw);
	assert_string_equal(host_user(&l.h, 0)->name, "root");
	assert_null(host_user(&l.h, 1002));
	assert_null(host_user_named(&l.h, "odd"));
}

SPEC(a_root_without_users_has_none)
{
	SCOPED(end_looking) struct looking l = { 0 };
	look(&l, scratch());
	assert_int_equal(l.h.users.count, 0);
	SCOPED(end_looking) struct looking empty = { 0 };
	int dir = scratch();
	given_file(dir, "etc/passwd", "");
	look(&empty, dir);
	assert_int_equal(empty.h.users.count, 0);
}

SPEC(names_for_places_are_replaced)
{
	SCOPED(end_looking) struct looking l = { 0 };
	look(&l, scratch());
	assert_null(host_get(&l.h, "home"));
	host_set(&l.h, "home", "/home/a");
	host_set(&l.h, "empty", "");
	host_set(&l.h, "home", "/home/b");
	assert_string_equal(host_get(&l.h, "home"), "/home/b");
	assert_string_equal(host_expand(&l.h, "${home}/x/${home}${empty}"), "/home/b/x//home/b");
	assert_string_equal(host_expand(&l.h, "$home ${home"), "$home ${home");
	assert_string_equal(host_expand(&l.h, ""), "");
	assert_null(host_expand(&l.h, "/x/${unknown}"));
	assert_null(host_expand(&l.h, "${}"));
	host_set(&l.h, "again", "${home}");
	assert_string_equal(host_expand(&l.h, "${again}"), "${home}");
}

SPEC(variables_of_a_profile_come_from_the_environment)
{
	SCOPED(host_end) struct host h = { .root = -1 };
	SCOPED_FD int dir = scratch();
	struct json_list around = { NULL, 0 };
	char path[PATH_MAX];
	struct err e = { 0 };
	MUST(host_begin(&h, path_of(dir, NULL, path), "openclaw", &e), &e);
	host_set(&h, "home", "/home/claw");
	host_profile_variables(&h, NULL, NULL);
	assert_string_equal(host_get(&h, "config"), "/home/claw/.openclaw/openclaw.json");
	texts_add(&around, "OPENCLAW_STATE_DIR=/first", &h.arena);
	texts_add(&around, "OPENCLAW_STATE_DIR=/srv/state", &h.arena);
	texts_add(&around, "TMPDIR=", &h.arena);
	texts_add(&around, "OPENCLAW_CONFIG_PATHS=/no", &h.arena);
	host_profile_variables(&h, &around, NULL);
	assert_string_equal(host_get(&h, "state"), "/srv/state");
	assert_string_equal(host_get(&h, "config"), "/srv/state/openclaw.json");
	assert_string_equal(host_get(&h, "tmp"), "/tmp");
}

SPEC(what_could_not_be_seen_is_noted_once)
{
	SCOPED(end_looking) struct looking l = { 0 };
	look(&l, scratch());
	host_unseen(&l.h, "%s", "a");
	host_unseen(&l.h, "b");
	host_unseen(&l.h, "a");
	assert_int_equal(l.h.unseen.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_stay_inside_the_root),
		cmocka_unit_test(the_root_may_itself_be_a_link),
		cmocka_unit_test(another_name_for_the_whole_machine_is_the_whole_machine),
		cmocka_unit_test(what_is_no_root_or_no_profile_is_told),
		cmocka_unit_test(files_are_read_up_to_a_limit),
		cmocka_unit_test(patterns_find_names_in_order),
		cmocka_unit_test(users_are_those_of_the_root),
		cmocka_unit_test(a_root_without_users_has_none),
		cmocka_unit_test(names_for_places_are_replaced),
		cmocka_unit_test(variables_of_a_profile_come_from_the_environment),
		cmocka_unit_test(what_could_not_be_seen_is_noted_once),
	};
	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
