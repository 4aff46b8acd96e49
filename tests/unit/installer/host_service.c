/* service - whole chains over made-up machines: from the unit's files to the program that would run. */
#include "installer/host/service.h"

#include "installer/host/units.h"
#include "tests/unit/unit.h"

#define UNIT    "etc/systemd/system/openclaw-gateway.service"
#define PACKAGE "{\"name\":\"openclaw\",\"version\":\"2026.1.2\"}"

struct machine {
	int dir;
	char path[PATH_MAX];
	struct host h;
	struct json_list units;
	struct service s;
};

/* With node, a shell and two users. */
static void given_machine(struct machine *m)
{
	static const char *const programs[] = { "usr/bin/node", "usr/bin/env", "usr/bin/dash",
		"usr/bin/nohup", "opt/node/bin/node" };
	m->dir = scratch();
	for (size_t i = 0; i < COUNT_OF(programs); i++)
		given_file(m->dir, programs[i], "\177ELF");
	given_link(m->dir, "usr/bin/sh", "dash");
	given_link(m->dir, "usr/bin/bash", "dash");
	given_link(m->dir, "bin", "usr/bin");
	given_file(m->dir, "etc/passwd", "root:x:0:0::/root:/bin/sh\nclaw:x:1001:1001::/home/claw:/bin/sh\n");
}

static void given_package(struct machine *m, const char *at)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/package.json", at);
	given_file(m->dir, path, PACKAGE);
	snprintf(path, sizeof path, "%s/openclaw.mjs", at);
	given_file(m->dir, path, "#!/usr/bin/env node\n");
	snprintf(path, sizeof path, "%s/dist/index.js", at);
	given_file(m->dir, path, "run()\n");
}

static void end_machine(struct machine *m)
{
	host_end(&m->h);
	close(m->dir);
}

/* The first unit found, traced. */
static void trace_it(struct machine *m)
{
	struct err e = { 0 };
	struct json_list none = { NULL, 0 };
	MUST(host_begin(&m->h, path_of(m->dir, NULL, m->path), "openclaw", &e), &e);
	units_find(&m->h, &none, &m->units);
	assert_true(m->units.count > 0);
	m->s.unit = m->units.items;
	service_trace(&m->h, &m->s);
}

static void trace_exec(struct machine *m, const char *exec)
{
	SCOPED(text_end) struct text text = { 0 };
	text_printf(&text,
		"[Service]\nUser=claw\nEnvironment=APP=/opt/openclaw \"OPTS=--a --b\"\nExecStart=%s\n", exec);
	given_file(m->dir, UNIT, text_str(&text));
	trace_it(m);
}

static const char *notes(const struct machine *m)
{
	return m->s.notes.count ? ((char *const *)m->s.notes.items)[m->s.notes.count - 1] : "";
}

/* How each step was known. */
static const char *chain(const struct machine *m)
{
	static char all[1024];
	const struct link *l = m->s.chain.items;
	all[0] = '\0';
	for (size_t i = 0; i < m->s.chain.count; i++)
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "", l[i].how);
	return all;
}

static void leads_to(const char *exec, const char *core, const char *runtime)
{
	SCOPED(end_machine) struct machine m = { 0 };
	given_machine(&m);
	given_package(&m, "opt/openclaw");
	given_file(m.dir, "opt/run",
		"#!/bin/sh\nexport PATH=/opt/node/bin:$PATH\ncd /opt/openclaw/dist/..\n"
		"exec node dist/index.js \"$@\"\n");
	given_file(m.dir, "opt/plain", "exec node /opt/openclaw/dist/index.js \"$@\"\n");
	trace_exec(&m, exec);
	if (strcmp(m.s.core, core) != 0 || strcmp(m.s.runtime, runtime) != 0)
		fail_msg("%s: core %s, runtime %s (%s)", exec, m.s.core, m.s.runtime, notes(&m));
	assert_string_equal(notes(&m), "");
	assert_string_equal(m.s.version, "2026.1.2");
	assert_string_equal(m.s.home, "/home/claw");
}

SPEC(command_lines_lead_to_the_core)
{
	static const char *const by_node[] = { "/usr/bin/node /opt/openclaw/dist/index.js gateway",
		"/usr/bin/node --no-warnings -r /x.js /opt/openclaw/openclaw.mjs",
		"node ${APP}/dist/index.js", "/bin/node $OPTS ${APP}/openclaw.mjs",
		"/opt/openclaw/openclaw.mjs gateway", "/usr/bin/env node /opt/openclaw/openclaw.mjs",
		"/usr/bin/env -u X A=1 node /opt/openclaw/openclaw.mjs",
		"/usr/bin/env -S \"A=1 node --x\" /opt/openclaw/openclaw.mjs",
		"/bin/sh -c 'exec node /opt/openclaw/dist/index.js'",
		"/bin/bash -lc \"cd /opt/openclaw && node dist/index.js gateway | cat\"",
		"/bin/sh /opt/plain -c x", "/bin/sh -e -o pipefail /opt/plain",
		"@/usr/bin/node openclaw /opt/openclaw/dist/index.js", "/usr/bin/node /opt/openclaw",
		"/usr/bin/nohup /usr/bin/node /opt/openclaw/openclaw.mjs" };
	for (size_t i = 0; i < COUNT_OF(by_node); i++)
		leads_to(by_node[i], "/opt/openclaw", "/usr/bin/node");
	leads_to("/opt/run gateway", "/opt/openclaw", "/opt/node/bin/node");
	leads_to("/bin/sh /opt/run", "/opt/openclaw", "/opt/node/bin/node");
}

SPEC(a_global_package_that_is_linked)
{
	SCOPED(end_machine) struct machine m = { 0 };
	given_machine(&m);
	given_package(&m, "srv/checkout");
	given_link(m.dir, "usr/lib/node_modules/openclaw", "/srv/checkout");
	given_link(m.dir, "usr/bin/openclaw", "../lib/node_modules/openclaw/openclaw.mjs");
	trace_exec(&m, "openclaw gateway");
	assert_string_equal(m.s.core, "/srv/checkout");
	assert_string_equal(m.s.script, "/srv/checkout/openclaw.mjs");
	assert_string_equal(m.s.runtime, "/usr/bin/node");
	assert_string_equal(chain(&m), "unit path link interpreter argument package");
}

SPEC(a_node_of_a_version_manager)
{
	SCOPED(end_machine) struct machine m = { 0 };
	given_machine(&m);
	given_file(m.dir, "home/claw/.nvm/versions/node/v22/bin/node", "\177ELF");
	given_package(&m, "home/claw/.nvm/versions/node/v22/lib/node_modules/openclaw");
	given_link(m.dir, "home/claw/.nvm/versions/node/v22/bin/openclaw",
		"../lib/node_modules/openclaw/openclaw.mjs");
	given_file(m.dir, "home/claw/bin/start",
		"#!/usr/bin/env bash\nexport NVM_DIR=\"$HOME/.nvm\"\nPATH=\"$NVM_DIR/versions/node/v22/bin:$PATH\"\n"
		"exec openclaw gateway \"$@\"\n");
	trace_exec(&m, "/home/claw/bin/start");
	assert_string_equal(m.s.runtime, "/home/claw/.nvm/versions/node/v22/bin/node");
	assert_string_equal(m.s.core, "/home/claw/.nvm/versions/node/v22/lib/node_modules/openclaw");
	assert_string_equal(chain(&m), "unit wrapper path link interpreter argument package");
}

SPEC(drop_ins_override_wherever_they_are)
{
	SCOPED(end_machine) struct machine m = { 0 };
	given_machine(&m);
	given_package(&m, "opt/old");
	given_package(&m, "opt/new");
	given_file(m.dir, "usr/lib/systemd/system/openclaw-gateway.service",
		"[Service]\nExecStart=/usr/bin/node /opt/old/dist/index.js\n");
	given_file(m.dir, UNIT ".d/20-new.conf",
		"[Service]\nExecStart=\nExecStart=/usr/bin/node /opt/new/dist/index.js\n");
	given_file(m.dir, "usr/lib/systemd/system/openclaw-gateway.service.d/10-a.conf",
		"[Service]\nUser=claw\n");
	given_file(m.dir, "usr/lib/systemd/system/openclaw-gateway.service.d/20-new.conf",
		"[Service]\nUser=hidden\n");
	trace_it(&m);
	assert_int_equal(m.units.count, 1);
	assert_string_equal(m.s.core, "/opt/new");
	assert_string_equal(m.s.unit->user, "claw");
	assert_string_equal(m.s.unit->exec_from, "/" UNIT ".d/20-new.conf");
	assert_int_equal(m.s.unit->dropins.count, 2);
	assert_string_equal(chain(&m), "drop-in argument package");
	assert_non_null(strstr(
		notes(&m), "ExecStart of /usr/lib/systemd/system/openclaw-gateway.service does not count"));
}

SPEC(a_unit_of_a_user_is_found_in_the_home)
{
	SCOPED(end_machine) struct machine m = { 0 };
	given_machine(&m);
	given_package(&m, "home/claw/openclaw");
	given_file(m.dir, "home/claw/.config/systemd/user/openclaw-gateway.service",
		"[Service]\nExecStart=/usr/bin/node openclaw/dist/index.js\n");
	trace_it(&m);
	assert_string_equal(m.s.unit->manager, "user");
	assert_string_equal(m.s.unit->user, "claw");
	assert_string_equal(m.s.core, "/home/claw/openclaw");
}

static void cannot_follow(const char *exec, const char *complaint)
{
	SCOPED(end_machine) struct machine m = { 0 };
	given_machine(&m);
	given_package(&m, "opt/openclaw");
	given_file(m.dir, "opt/other/package.json", "{\"name\":\"other\"}");
	given_file(m.dir, "opt/other/index.js", "");
	given_file(m.dir, "opt/loop", "#!/bin/sh\nexec /opt/pool \"$@\"\n");
	given_file(m.dir, "opt/pool", "#!/bin/sh\nexec /opt/loop \"$@\"\n");
	given_file(m.dir, "opt/nothing", "#!/bin/sh\necho nothing\n");
	given_file(m.dir, "opt/ruby", "#!/usr/bin/env ruby\n");
	trace_exec(&m, exec);
	if (!strstr(notes(&m), complaint))
		fail_msg("%s: %s, expected %s", exec, notes(&m), complaint);
	assert_string_equal(m.s.core, "");
}

SPEC(what_cannot_be_followed_is_noted)
{
	cannot_follow("", "the unit has no ExecStart");
	cannot_follow("/usr/bin/none", "the program /usr/bin/none is not there");
	cannot_follow("/usr/bin/node", "is started without a script");
	cannot_follow("/usr/bin/node --x", "is started without a script");
	cannot_follow("/bin/sh -x", "is started without a script");
	cannot_follow("/usr/bin/node /opt/gone.js", "the script /opt/gone.js is not there");
	cannot_follow("/bin/sh /opt/gone", "the script /opt/gone is not there");
	cannot_follow("/usr/bin/node /opt/other/index.js", "is the package \"openclaw\"");
	cannot_follow("/opt/loop", "too many scripts start one another");
	cannot_follow("/opt/nothing", "cannot be followed");
	cannot_follow("/bin/sh -c 'echo x'", "cannot be followed");
	cannot_follow("/opt/ruby", "wants the interpreter");
	cannot_follow("/usr/bin/env A=1", "a command line without a program");
	cannot_follow("/usr/bin/env -S", "a command line without a program");
	cannot_follow("${NONE}", "the program  is not there");
}

SPEC(a_traced_service_can_be_written)
{
	SCOPED(end_machine) struct machine m = { 0 };
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text once = { 0 }, twice = { 0 };
	struct service again;
	struct err e = { 0 };
	given_machine(&m);
	given_package(&m, "opt/openclaw");
	trace_exec(&m, "/opt/openclaw/openclaw.mjs");
	json_write(&service_shape, &m.s, &once);
	MUST(json_read(&service_shape, once.at, once.len, &again, &arena, &e), &e);
	json_write(&service_shape, &again, &twice);
	assert_string_equal(text_str(&once), text_str(&twice));
	assert_false(service_active(&m.s));
}

SPEC(the_nearest_package_of_that_name_counts)
{
	SCOPED(end_machine) struct machine m = { 0 };
	char *version;
	given_machine(&m);
	given_package(&m, "opt/openclaw");
	given_file(m.dir, "opt/openclaw/dist/package.json", "{\"type\":\"module\"}");
	given_file(m.dir, "opt/openclaw/node_modules/x/package.json", "{\"name\":\"x\"}");
	given_file(m.dir, "opt/broken/package.json", "{\"name\":\"openclaw\"");
	trace_exec(&m, "/usr/bin/node /opt/openclaw/dist/index.js");
	assert_string_equal(m.s.core, "/opt/openclaw");
	assert_string_equal(
		package_root(&m.h, "/opt/openclaw/node_modules/x/a.js", &version), "/opt/openclaw");
	assert_string_equal(package_root(&m.h, "/opt/openclaw", &version), "/opt/openclaw");
	assert_string_equal(version, "2026.1.2");
	assert_null(package_root(&m.h, "/opt/broken/a.js", &version));
	assert_null(package_root(&m.h, "/", &version));
}

SPEC(specifiers_and_environment_files_are_filled_in)
{
	SCOPED(end_machine) struct machine m = { 0 };
	given_machine(&m);
	given_package(&m, "home/claw/apps/openclaw-gateway");
	given_file(m.dir, "etc/default/openclaw", "APPS='apps'\nTOKEN=secret\n");
	given_file(m.dir, "home/claw/.config/systemd/user/openclaw-gateway.service",
		"[Service]\nEnvironment=HERE=%h\nEnvironmentFile=-/etc/default/openclaw\n"
		"ExecStart=/usr/bin/node ${HERE}/${APPS}/%N/dist/index.js\n");
	trace_it(&m);
	assert_string_equal(notes(&m), "");
	assert_string_equal(m.s.core, "/home/claw/apps/openclaw-gateway");
	for (size_t i = 0; i < m.s.unit->environment.count; i++)
		assert_null(strstr(((char *const *)m.s.unit->environment.items)[i], "secret"));
}

SPEC(a_template_runs_as_its_instances)
{
	SCOPED(end_machine) struct machine m = { 0 };
	given_machine(&m);
	given_package(&m, "srv/one");
	given_package(&m, "srv/two");
	given_file(m.dir, "etc/systemd/system/openclaw-gateway@.service",
		"[Service]\nUser=%i\nExecStart=/usr/bin/node /srv/%i/dist/index.js\n");
	given_file(m.dir, "etc/systemd/system/openclaw-gateway@two.service.d/b.conf",
		"[Service]\nUser=claw\nExecStart=\nExecStart=/usr/bin/node /srv/two/openclaw.mjs\n");
	given_file(
		m.dir, "etc/systemd/system/openclaw-.service.d/a.conf", "[Service]\nWorkingDirectory=/srv\n");
	given_link(m.dir, "etc/systemd/system/multi-user.target.wants/openclaw-gateway@two.service",
		"../openclaw-gateway@.service");
	trace_it(&m);
	assert_int_equal(m.units.count, 1);
	assert_string_equal(m.s.unit->name, "openclaw-gateway@two.service");
	assert_string_equal(m.s.unit->user, "claw");
	assert_string_equal(m.s.unit->cwd, "/srv");
	assert_int_equal(m.s.unit->dropins.count, 2);
	assert_string_equal(m.s.core, "/srv/two");
	assert_string_equal(m.s.script, "/srv/two/openclaw.mjs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines_lead_to_the_core),
		cmocka_unit_test(a_global_package_that_is_linked),
		cmocka_unit_test(a_node_of_a_version_manager),
		cmocka_unit_test(drop_ins_override_wherever_they_are),
		cmocka_unit_test(a_unit_of_a_user_is_found_in_the_home),
		cmocka_unit_test(what_cannot_be_followed_is_noted),
		cmocka_unit_test(a_traced_service_can_be_written),
		cmocka_unit_test(the_nearest_package_of_that_name_counts),
		cmocka_unit_test(specifiers_and_environment_files_are_filled_in),
		cmocka_unit_test(a_template_runs_as_its_instances),
	};
	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
