/* watchdog - what the two units for the boot wait for. */
#include "installer/service/watchdog.h"

#include "manifest/base/fs.h"
#include "tests/unit/installer/acts.h"

static struct site_unit unit_of(const char *name, const char *manager)
{
	return (struct site_unit){
		.name = WORDS(name), .manager = WORDS(manager), .user = WORDS("claw"), .dropin = WORDS("")
	};
}

/* The unit's text, for a site of one application with that unit. */
static const char *written(const char *boot_unit, const char *name, const char *manager)
{
	static struct text text;
	SCOPED(node_end) struct node n = node_here();
	struct site_unit unit = unit_of(name, manager);
	struct site_component core = { .path = WORDS("/opt/my \"100%\" app") };
	struct site_application a = {
		.application = WORDS("app"), .components = { &core, 1 }, .units = { &unit, 1 }
	};
	struct site s = { { &a, 1 } };
	struct err e = { 0 };
	char path[128];
	if (geteuid() != 0)
		skip(); /* an ordinary user's lie in the home directory */
	MUST(watchdog_install(&n, &s, &e), &e);
	snprintf(path, sizeof path, "etc/systemd/system/%s", boot_unit);
	text_clear(&text);
	MUST(fs_read(n.root, path, 65536, &text, &e), &e);
	return text_str(&text);
}

static const char *prove(const char *name, const char *manager)
{
	return written("waybill-prove.service", name, manager);
}

static void assert_waits(const char *text, const char *for_what)
{
	if (!strstr(text, for_what))
		fail_msg("no \"%s\" in: %s", for_what, text);
}

SPEC(the_proof_comes_after_the_applications_units)
{
	const char *text = prove("app.service", "system");
	assert_waits(text, "\nAfter=app.service\n");
	assert_null(strstr(text, "user-sessions"));
	assert_null(strstr(text, "After=multi-user.target"));
}

SPEC(where_users_have_the_unit_it_comes_after_users_are_let_in_and_waits_for_no_target)
{
	const char *text = prove("app.service", "user");
	assert_waits(text, "\nAfter=systemd-user-sessions.service\n");
	assert_null(strstr(text, "After=app.service"));
	assert_null(strstr(text, "After=multi-user.target"));
}

SPEC(what_commands_start_may_be_started_by_anything_in_a_boot)
{
	const char *text = prove("app", "command");
	assert_waits(text, "\nAfter=multi-user.target\n");
	assert_null(strstr(text, "user-sessions"));
}

SPEC(files_are_put_back_when_their_mounts_are_there_and_before_any_unit)
{
	const char *text = written("waybill-recover.service", "app.service", "system");
	assert_waits(text, "\nRequiresMountsFor= \"/var/lib/waybill\" \"/opt/my \\\"100%%\\\" app\"\n");
	assert_waits(text, "\nBefore=sysinit.target shutdown.target\n");
	assert_waits(text, "\nDefaultDependencies=no\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_proof_comes_after_the_applications_units),
		cmocka_unit_test(
			where_users_have_the_unit_it_comes_after_users_are_let_in_and_waits_for_no_target),
		cmocka_unit_test(what_commands_start_may_be_started_by_anything_in_a_boot),
		cmocka_unit_test(files_are_put_back_when_their_mounts_are_there_and_before_any_unit),
	};
	return cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
}
