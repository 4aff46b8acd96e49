/* profile - the built-in profiles keep the rules that every profile keeps. */
#include "manifest/profile.h"

#include "manifest/path.h"
#include "tests/unit/unit.h"

static const char *const names[] = { "generic", "openclaw" };

static void load(const char *name, struct profile *p, struct arena *arena)
{
	struct err e = { 0 };
	MUST(profile_load(name, p, arena, &e), &e);
	assert_string_equal(p->name, name);
}

SPEC(built_in_profiles_are_read_and_written_again)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		SCOPED(text_end) struct text once = { 0 }, twice = { 0 };
		struct profile p, again;
		struct err e = { 0 };
		size_t len = 0;
		const char *text = profile_builtin(names[i], &len);
		assert_non_null(text);
		assert_int_equal(strlen(text), len);
		assert_string_equal(text + len - 2, "}\n");
		load(names[i], &p, &arena);
		json_write(&profile_shape, &p, &once);
		MUST(profile_read(once.at, once.len, &again, &arena, &e), &e);
		json_write(&profile_shape, &again, &twice);
		assert_string_equal(text_str(&once), text_str(&twice));
	}
}

SPEC(built_in_gates_are_of_kinds_that_there_are)
{
	static const char *const kinds[] = { "service", "process", "log-present", "log-absent", "port",
		"command", "file", "no-worse" };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct profile p;
		load(names[i], &p, &arena);
		const struct profile_gate *g = p.gates.items;
		assert_true(p.gates.count > 0);
		for (size_t k = 0; k < p.gates.count; k++) {
			bool known = false;
			for (size_t n = 0; n < COUNT_OF(kinds); n++)
				known = known || strcmp(kinds[n], g[k].kind) == 0;
			if (!known)
				fail_msg("%s: the kind \"%s\" of \"%s\"", names[i], g[k].kind, g[k].name);
			for (size_t n = 0; n < k; n++)
				assert_string_not_equal(g[k].name, g[n].name);
			bool logs = strncmp(g[k].kind, "log-", 4) == 0,
			     command = strcmp(g[k].kind, "command") == 0;
			assert_int_equal(logs, *g[k].match != '\0');
			if (strcmp(g[k].kind, "no-worse") != 0) /* which may list names of its own */
				assert_int_equal(command, g[k].argv.count > 0);
			assert_true(g[k].deadline > 0);
		}
	}
}

SPEC(built_in_patterns_and_places_are_plain)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct profile p;
		struct err e = { 0 };
		load(names[i], &p, &arena);
		MUST(globs_check(&p.local, &e) && globs_check(&p.excluded, &e), &e);
		for (size_t k = 0; p.core && k < p.core->places.count; k++) {
			const char *place = ((char *const *)p.core->places.items)[k];
			assert_true(*place == '/' || strncmp(place, "${home}/", 8) == 0);
			assert_null(strstr(place, "//"));
		}
		const struct profile_state *s = p.state.items;
		for (size_t k = 0; k < p.state.count; k++)
			assert_true(strcmp(s[k].class, "restore") == 0 || strcmp(s[k].class, "keep") == 0);
	}
}

SPEC(what_is_no_profile_is_told)
{
	static const struct {
		const char *text, *complaint;
	} bad[] = { { "", "" }, { "{}", "name" }, { "{\"name\":\"x\",\"nmae\":1}", "nmae" },
		{ "{\"name\":\"x\",\"local\":[\"/../etc\"]}", "local" },
		{ "{\"name\":\"x\",\"local\":[\"a\",\"../b\"]}", "local: [1]" },
		{ "{\"name\":\"x\",\"excluded\":[\"./b\"]}", "excluded" },
		{ "{\"name\":\"x\",\"gates\":[{\"name\":\"y\"}]}", "kind" } };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		SCOPED_TEXT char *exact = exact_copy(bad[i].text, strlen(bad[i].text));
		struct profile p;
		struct err e = { 0 };
		assert_false(profile_read(exact, strlen(bad[i].text), &p, &arena, &e));
		assert_says(&e, ERR_FORMAT, bad[i].complaint);
	}
}

SPEC(a_file_is_a_profile_too)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED_FD int dir = scratch();
	char path[PATH_MAX];
	struct profile p;
	struct err e = { 0 }, why = { 0 };
	size_t len;
	given_file(dir, "my.json", "{\"name\":\"mine\",\"local\":[\"conf/*.local\"]}\n");
	MUST(profile_load(path_of(dir, "my.json", path), &p, &arena, &e), &e);
	assert_string_equal(p.name, "mine");
	assert_true(globs_match(&p.local, "conf/a.local"));
	assert_false(globs_match(&p.local, "conf/a"));
	assert_false(globs_match(&p.local, PATH_ROOT));
	given_file(dir, "my.json", "{\"name\":3}");
	assert_false(profile_load(path, &p, &arena, &why));
	assert_says(&why, ERR_FORMAT, "my.json: ");
	assert_null(profile_builtin("no-such", &len));
	assert_null(profile_builtin("", &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_in_profiles_are_read_and_written_again),
		cmocka_unit_test(built_in_gates_are_of_kinds_that_there_are),
		cmocka_unit_test(built_in_patterns_and_places_are_plain),
		cmocka_unit_test(what_is_no_profile_is_told),
		cmocka_unit_test(a_file_is_a_profile_too),
	};
	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
