/* profile_check - a profile that is well formed may still make no sense: each such field is named. */
#include "installer/host/profile_check.h"

#include "installer/host/pattern.h"
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

static void dropin_says(const char *name, const char *unit, const char *complaint)
{
	SCOPED(text_end) struct text text = { 0 };
	text_printf(&text, "\"dropins\":[{\"name\":\"%s\",\"unit\":\"%s\",\"lines\":[]}]", name, unit);
	says(text_str(&text), complaint);
}

SPEC(a_drop_in_is_a_file_in_the_directory_of_its_unit_and_before_the_hold)
{
	static const char *const bad[] = { "../x.conf", "/x.conf", "a/x.conf", ".x.conf", "x", "",
		"zz-waybill.conf", "zz-waybill-demo.conf", "zzz.conf", "waybill-runtime.conf" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		dropin_says(bad[i], "a.service", "no name of a drop-in");
	dropin_says("waybill-cwd.conf", "${unit}", NULL);
	dropin_says("x.conf", "../a.service", "no unit");
	dropin_says("x.conf", "${what}", "nothing says what ${what} is");
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

static const struct profile_gate *gate_called(const struct profile *p, const char *name)
{
	const struct profile_gate *g = p->gates.items;
	for (size_t i = 0; i < p->gates.count; i++)
		if (strcmp(g[i].name, name) == 0)
			return &g[i];
	fail_msg("there is no gate %s", name);
	return NULL;
}

/* As the loaders of OpenClaw 2026.3.13, 2026.3.23-2 and 2026.9.6 write them: each by itself, then what the
 * gateway makes of its diagnostics. */
static const char *const failures[] = {
	"[plugins] dingtalk failed to load from /x/index.ts: Error: Cannot find module 'openclaw/plugin-sdk'",
	"[plugins] dingtalk failed during register from /x/index.ts: TypeError: x is not a function",
	"[plugins] dingtalk failed during load from /x/index.ts: Error: x",
	"[plugins] dingtalk failed to load setup entry from /x/setup.ts: Error: x",
	"[plugins] dingtalk failed to register setup channel from /x/setup.ts: Error: x",
	"[plugins] dingtalk failed to apply setup-runtime channel runtime from /x/setup.ts: Error: x",
	"[plugins] dingtalk invalid config: /token: must be string",
	"[plugins] dingtalk missing register/activate export",
	"[plugins] slack bundled channel entry requires setup-runtime loader; ensure plugin is loaded via bundled",
	"[plugins] 2 plugin(s) failed to initialize (load: dingtalk; register: wecom). Run 'openclaw plugins inspect",
	"[gateway] [plugins] failed to load plugin: TypeError: x is not a function (plugin=dingtalk, source=/x/index.ts)",
	"[gateway] [plugins] plugin failed during register: Error: x (plugin=dingtalk, source=/x/index.ts)",
	"[gateway] [plugins] invalid config: /token: must be string (plugin=dingtalk, source=/x/index.ts)",
	"[gateway] [plugins] plugin export missing register/activate (plugin=dingtalk, source=/x/index.ts)",
	"[gateway] [plugins] missing config schema (plugin=dingtalk, source=/x/index.ts)",
	"[gateway] [plugins] plugin id mismatch (config uses \"dingtalk\", export uses \"ding\") (plugin=dingtalk, source=/x)",
	"[gateway] [plugins] plugin entry path escapes plugin root or fails alias checks (plugin=dingtalk, source=/x)",
	"[gateway] [plugins] plugin entry path not found: /x/index.ts (plugin=dingtalk, source=/x)",
	"[gateway] [plugins] extension entry escapes package directory: ./index.ts (source=/x)",
	"[gateway] [plugins] blocked plugin candidate: world-writable path (/x, mode=777) (plugin=dingtalk, source=/x)",
	"[gateway] [plugins] blocked plugin candidate: suspicious ownership (/x, uid=1, expected uid=0 or root)",
	"[gateway] [plugins] plugin requires OpenClaw >=2026.5.12, but this host is 2026.3.23-2; skipping load (plugin=x)",
	"[gateway] [plugins] plugin requires plugin API >=3, but this host is 2026.9.6; skipping load (plugin=x)",
	"[gateway] [plugins] plugin manifest invalid | x (plugin=x, source=/x)",
	"[gateway] [plugins] unsafe plugin manifest path: /x/openclaw.plugin.json (source=/x)",
};

/* What a gateway says whose plugins are loaded. */
static const char *const harmless[] = {
	"[plugins] plugins.allow is empty; discovered non-bundled plugins may auto-load: dingtalk (/x/index.ts).",
	"[gateway] [plugins] plugin id mismatch (manifest uses \"dingtalk\", entry hints \"ding\") (plugin=dingtalk, source=/x)",
	"[gateway] [plugins] plugin kind mismatch (manifest uses \"memory\", export uses \"tool\") (plugin=x, source=/x)",
	"[gateway] [plugins] plugin register returned a promise; async registration is ignored (plugin=x, source=/x)",
	"[gateway] [plugins] duplicate plugin id detected; global plugin will be overridden by global plugin (plugin=x)",
	"[plugins] dingtalk: loaded without install/load-path provenance; treat as untracked local code (/x/index.ts)",
	"[plugins] loaded 5 plugin(s) (5 attempted) in 30 ms",
	"[dingtalk] [default] failed to load cert (Error: x)",
	"[memory] invalid config: model",
};

SPEC(the_load_gate_of_openclaw_knows_each_way_in_which_a_plugin_fails_to_load)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(pattern_end) struct pattern load = { 0 };
	struct profile p;
	struct err e = { 0 };
	MUST(profile_load("openclaw", &p, &arena, &e), &e);
	MUST(pattern_open(gate_called(&p, "load")->match, &load, &e), &e);
	for (size_t i = 0; i < COUNT_OF(failures); i++)
		if (!pattern_in(&load, failures[i]))
			fail_msg("not seen: %s", failures[i]);
	for (size_t i = 0; i < COUNT_OF(harmless); i++)
		if (pattern_in(&load, harmless[i]))
			fail_msg("taken for a failure: %s", harmless[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_of_a_list),
		cmocka_unit_test(paths_are_absolute_and_their_names_known),
		cmocka_unit_test(a_drop_in_is_a_file_in_the_directory_of_its_unit_and_before_the_hold),
		cmocka_unit_test(patterns_and_gates_can_be_asked),
		cmocka_unit_test(what_is_built_in_makes_sense),
		cmocka_unit_test(the_load_gate_of_openclaw_knows_each_way_in_which_a_plugin_fails_to_load),
	};
	return cmocka_run_group_tests_name("profile_check", tests, NULL, NULL);
}
