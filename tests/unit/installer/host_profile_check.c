/* profile_check - a profile that is well formed may still make no sense: each such field is named. */
#include "installer/host/profile_check.h"

#include "tests/unit/unit.h"

static void says(const char *fields, const char *complaint)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text text = { 0 };
	struct profile p;
	struct err e = { 0 };
	text_printf(&text, "{\"name\":\"x\",%s}", fields);
	if (strncmp(fields, "\"name\"", 6) == 0) {
		text_clear(&text);
		text_printf(&text, "{%s}", fields);
	}
	MUST(profile_read(text_str(&text), text.len, &p, &arena, &e), &e);
	bool good = profile_check(&p, &e);
	if (!complaint) {
		MUST(good, &e);
		return;
	}
	if (good)
		fail_msg("%s makes sense", fields);
	assert_says(&e, ERR_FORMAT, complaint);
}

SPEC(words_are_of_a_list)
{
	says("\"scheme\":\"date\"", NULL);
	says("\"scheme\":\"semvar\"", "scheme: there is no \"semvar\"");
	says("\"name\":\"../x\"", "name: \"../x\"");
	says("\"state\":[{\"class\":\"restor\",\"path\":\"/x\"}]", "state: class: there is no \"restor\"");
	says("\"config\":[{\"path\":\"/x\",\"syntax\":\"yaml\",\"records\":[]}]", "config: syntax");
	says("\"units\":[\"a@*.service\"]", NULL);
	says("\"units\":[\"../a.service\"]", "units[0]");
	says("\"units\":[\"a.timer\"]", "units[0]");
	says("\"units\":[\"-a.service\"]", "units[0]");
}

SPEC(paths_are_absolute_and_their_names_known)
{
	static const char variables[] = "\"variables\":[{\"name\":\"a\",\"default\":\"${home}/a\"},"
					"{\"name\":\"b\",\"default\":\"${a}/b\"}]";
	SCOPED(text_end) struct text text = { 0 };
	text_printf(&text, "%s,\"caches\":[\"${b}/c\",\"/tmp/x\"]", variables);
	says(text_str(&text), NULL);
	text_clear(&text);
	text_printf(&text, "%s,\"caches\":[\"${c}/c\"]", variables);
	says(text_str(&text), "caches: \"${c}/c\": nothing says what ${c} is");
	says("\"caches\":[\"x/y\"]", "no absolute path");
	says("\"caches\":[\"/x/${home\"]", "nothing says");
	says("\"variables\":[{\"name\":\"a\",\"default\":\"${b}\"},{\"name\":\"b\",\"default\":\"/\"}]",
		"${b}");
	says("\"variables\":[{\"name\":\"home\",\"default\":\"/\"}]", "variables[0]");
	says("\"core\":{\"package\":\"x\",\"places\":[\"opt/x\"]}", "core.places");
}

SPEC(patterns_and_gates_can_be_asked)
{
	says("\"processes\":[\"a\",\"(\"]", "processes[1]");
	says("\"redactions\":[\"(\"]", "redactions");
	says("\"gates\":[{\"name\":\"a\",\"kind\":\"http\"}]", "gate a: kind: there is no kind \"http\"");
	says("\"gates\":[{\"name\":\"a\",\"kind\":\"log-absent\",\"match\":\"(\"}]", "gate a: match");
	says("\"gates\":[{\"name\":\"a\",\"kind\":\"port\",\"component\":\"core\"}]", NULL);
}

SPEC(what_is_built_in_makes_sense)
{
	static const char *const names[] = { "openclaw", "generic" };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct profile p;
		struct err e = { 0 };
		MUST(profile_load(names[i], &p, &arena, &e), &e);
		MUST(profile_check(&p, &e), &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_of_a_list),
		cmocka_unit_test(paths_are_absolute_and_their_names_known),
		cmocka_unit_test(patterns_and_gates_can_be_asked),
		cmocka_unit_test(what_is_built_in_makes_sense),
	};
	return cmocka_run_group_tests_name("profile_check", tests, NULL, NULL);
}
