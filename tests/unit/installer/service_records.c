/* service_records - what a profile wants in the configuration, for the plugins of one node. */
#include "installer/service/records.h"

#include "installer/host/json5.h"
#include "tests/unit/unit.h"

#define EXTENSIONS "/home/ada/.openclaw/extensions/"

static const char *variable(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "home") == 0 ? "/home/\"ada\"" : strcmp(name, "raw") == 0 ? "\xff" : NULL;
}

static struct json_list list_of(struct profile_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		records[i].component = records[i].component ? records[i].component : "";
	return (struct json_list){ records, count };
}

/* The edits of the records, a line for each. */
static void asks(struct profile_record *records, size_t count, const struct records_plugin *plugins,
	size_t plugin_count, const char *expected)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text said = { 0 };
	const struct profile_config config = { .records = list_of(records, count) };
	const struct records_wish wish = { &config, "/installs", plugins, plugin_count, variable, NULL };
	struct splice *edits;
	size_t n;
	struct err e = { 0 };
	MUST(records_splices(&wish, &arena, &edits, &n, &e), &e);
	for (size_t i = 0; i < n; i++)
		text_printf(&said, "%s = %s%s%s\n", edits[i].at,
			edits[i].value ? edits[i].value : "(removed)", edits[i].under ? " under " : "",
			edits[i].under ? edits[i].under : "");
	assert_string_equal(text_str(&said), expected);
}

static const struct records_plugin two[] = {
	{ "old", "/p/old", "1.0.0", false },
	{ "new", "/p/new", NULL, true },
};

SPEC(a_record_is_for_whom_it_names)
{
	struct profile_record records[] = {
		{ .at = "/alone", .value = "true" },
		{ .at = "/${component}", .value = "1" },
		{ .at = "/paths/0", .value = "\"${place}\"" },
		{ .at = "/all", .component = "*", .value = "2" },
		{ .at = "/one", .component = "old", .value = "3" },
		{ .at = "/place", .component = "new", .value = "\"${place}\"" },
		{ .at = "/other", .component = "absent", .value = "4" },
		{ .at = "/gone", .value = "" },
	};
	asks(records, COUNT_OF(records), two, 2,
		"/alone = true\n"
		"/old = 1\n/new = 1\n"
		"/paths/0 = \"/p/old\"\n/paths/0 = \"/p/new\"\n"
		"/all = 2\n/all = 2\n"
		"/one = 3\n"
		"/place = \"/p/new\"\n"
		"/gone = (removed)\n");
	asks(records, COUNT_OF(records), NULL, 0, "/alone = true\n/gone = (removed)\n");
	asks(NULL, 0, two, 2, "");
}

SPEC(what_is_put_in_is_escaped_for_where_it_stands)
{
	static const struct records_plugin odd[] = { { "@a/b~c", "/p/\"q\\r\"", "1/2", true } };
	struct profile_record records[] = {
		{ .at = "/x/${component}/${version}", .value = "\"${place} ${component} $ ${home} ${\"" },
		{ .at = "/${home}", .value = "[\"${home}\"]" },
	};
	asks(records, COUNT_OF(records), odd, 1,
		"/x/@a~1b~0c/1~12 = \"/p/\\\"q\\\\r\\\" @a/b~c $ /home/\\\"ada\\\" ${\"\n"
		"/~1home~1\"ada\" = [\"/home/\\\"ada\\\"\"]\n");
}

SPEC(a_plugin_without_a_version_loses_the_one_in_its_record)
{
	struct profile_record records[] = { { .at = "/v/${component}", .value = "\"${version}\"" } };
	static const struct records_plugin empty[] = { { "x", "/x", "", false } };
	asks(records, 1, two, 2, "/v/old = \"1.0.0\"\n/v/new = (removed)\n");
	asks(records, 1, empty, 1, "/v/x = (removed)\n");
}

SPEC(an_install_record_is_made_only_with_its_plugin)
{
	struct profile_record records[] = {
		{ .at = "/installs/${component}/source", .value = "\"path\"" },
		{ .at = "/installs/${component}", .value = "" },
		{ .at = "/installs/${component}x/y", .value = "" },
		{ .at = "/installs/older/y", .value = "1" },
	};
	asks(records, COUNT_OF(records), two, 2,
		"/installs/old/source = \"path\" under /installs/old\n"
		"/installs/new/source = \"path\"\n"
		"/installs/old = (removed) under /installs/old\n"
		"/installs/new = (removed)\n"
		"/installs/oldx/y = (removed)\n"
		"/installs/newx/y = (removed)\n"
		"/installs/older/y = 1\n");
}

static void fails(const char *at, const char *value, enum err_kind kind, const char *complaint)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct profile_record record = {
		.at = (char *)(uintptr_t)at, .component = "", .value = (char *)(uintptr_t)value
	};
	const struct profile_config config = { .records = { &record, 1 } };
	const struct records_wish wish = { &config, NULL, two, 2, variable, NULL };
	struct splice *edits;
	size_t n;
	struct err e = { 0 };
	assert_false(records_splices(&wish, &arena, &edits, &n, &e));
	assert_says(&e, kind, complaint);
	assert_says(&e, kind, at);
}

SPEC(what_nobody_knows_is_said)
{
	fails("/a", "\"${nothing}\"", ERR_FORMAT, "nobody knows what ${nothing} is");
	fails("/${}", "1", ERR_FORMAT, "nobody knows what ${} is");
	fails("/${version}", "1", ERR_FORMAT, "nobody knows what ${version} is");
	fails("/a", "\"${raw}\"", ERR_REFUSED, "no plain UTF-8");
}

/* ---- the real profile, on the real file ---- */

static void openclaw(const char *text, const struct records_plugin *plugins, size_t count, struct text *out)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct profile p;
	struct splice *edits;
	size_t n;
	bool changed;
	struct err e = { 0 };
	MUST(profile_load("openclaw", &p, &arena, &e), &e);
	assert_int_equal(p.config.count, 1);
	const struct records_wish wish = { p.config.items, p.plugins->records, plugins, count, NULL, NULL };
	MUST(records_splices(&wish, &arena, &edits, &n, &e), &e);
	MUST(splice_apply(text, strlen(text), edits, n, out, &changed, &e), &e);
	SCOPED(text_end) struct text again = { 0 };
	MUST(splice_apply(out->at, out->len, edits, n, &again, &changed, &e), &e);
	assert_false(changed);
}

static const char from_npm[] = "{\n"
			       "  \"plugins\": {\n"
			       "    \"enabled\": true,\n"
			       "    \"entries\": {\"dingtalk\": {\"enabled\": true}},\n"
			       "    \"installs\": {\n"
			       "      \"dingtalk\": {\n"
			       "        \"source\": \"npm\",\n"
			       "        \"spec\": \"@soimy/dingtalk@3.1.4\",\n"
			       "        \"installPath\": \"" EXTENSIONS "dingtalk\",\n"
			       "        \"version\": \"3.1.4\",\n"
			       "        \"resolvedName\": \"@soimy/dingtalk\",\n"
			       "        \"resolvedVersion\": \"3.1.4\",\n"
			       "        \"resolvedSpec\": \"@soimy/dingtalk@3.1.4\",\n"
			       "        \"integrity\": \"sha512-57MR\",\n"
			       "        \"shasum\": \"dce4\",\n"
			       "        \"resolvedAt\": \"2026-11-22T13:30:41.771Z\",\n"
			       "        \"installedAt\": \"2026-11-22T13:31:10.648Z\"\n"
			       "      }\n"
			       "    }\n"
			       "  },\n"
			       "  \"gateway\": {\"port\": 18789}\n"
			       "}\n";

SPEC(a_plugin_from_npm_is_one_from_a_path)
{
	static const struct records_plugin plugins[] = {
		{ "dingtalk", EXTENSIONS "dingtalk", "3.2.0", false },
		{ "by-hand", EXTENSIONS "by-hand", "1.0.0", false },
	};
	SCOPED(text_end) struct text out = { 0 };
	openclaw(from_npm, plugins, 2, &out);
	assert_string_equal(text_str(&out), "{\n"
					    "  \"plugins\": {\n"
					    "    \"enabled\": true,\n"
					    "    \"entries\": {\"dingtalk\": {\"enabled\": true}},\n"
					    "    \"installs\": {\n"
					    "      \"dingtalk\": {\n"
					    "        \"source\": \"path\",\n"
					    "        \"installPath\": \"" EXTENSIONS "dingtalk\",\n"
					    "        \"version\": \"3.2.0\",\n"
					    "        \"installedAt\": \"2026-11-22T13:31:10.648Z\",\n"
					    "        \"sourcePath\": \"" EXTENSIONS "dingtalk\"\n"
					    "      }\n"
					    "    }\n"
					    "  },\n"
					    "  \"gateway\": {\"port\": 18789}\n"
					    "}\n");
}

SPEC(a_plugin_from_a_path_gets_this_nodes_place)
{
	static const struct records_plugin plugins[] = { { "dingtalk", "/srv/dingtalk", "3.1.4", false } };
	static const char before[] =
		"{plugins: {\n"
		"\tload: {paths: ['/src/weixin']}, // linked\n"
		"\tinstalls: {dingtalk: {source: 'path', sourcePath: '/src/dingtalk', installPath: "
		"'/srv/dingtalk', version: '3.1.4'},\n"
		"\t\t'weixin': {source: 'path', sourcePath: '/src/weixin'}},\n"
		"}}";
	SCOPED(text_end) struct text out = { 0 };
	openclaw(before, plugins, 1, &out);
	assert_string_equal(text_str(&out),
		"{plugins: {\n"
		"\tload: {paths: ['/src/weixin']}, // linked\n"
		"\tinstalls: {dingtalk: {source: 'path', sourcePath: \"/srv/dingtalk\", installPath: "
		"'/srv/dingtalk', version: '3.1.4'},\n"
		"\t\t'weixin': {source: 'path', sourcePath: '/src/weixin'}},\n"
		"}}");
}

SPEC(a_plugin_that_is_new_gets_a_record)
{
	static const struct records_plugin plugins[] = { { "weixin", EXTENSIONS "weixin", "2.1.1", true } };
	SCOPED(text_end) struct text out = { 0 };
	openclaw("// gateway\n{\n\tgateway: {port: 18789},\n}\n", plugins, 1, &out);
	assert_string_equal(text_str(&out), "// gateway\n{\n"
					    "\tgateway: {port: 18789},\n"
					    "\t\"plugins\": {\n"
					    "\t\t\"installs\": {\n"
					    "\t\t\t\"weixin\": {\n"
					    "\t\t\t\t\"source\": \"path\",\n"
					    "\t\t\t\t\"sourcePath\": \"" EXTENSIONS "weixin\",\n"
					    "\t\t\t\t\"installPath\": \"" EXTENSIONS "weixin\",\n"
					    "\t\t\t\t\"version\": \"2.1.1\"\n"
					    "\t\t\t}\n"
					    "\t\t}\n"
					    "\t},\n"
					    "}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_for_whom_it_names),
		cmocka_unit_test(what_is_put_in_is_escaped_for_where_it_stands),
		cmocka_unit_test(a_plugin_without_a_version_loses_the_one_in_its_record),
		cmocka_unit_test(an_install_record_is_made_only_with_its_plugin),
		cmocka_unit_test(what_nobody_knows_is_said),
		cmocka_unit_test(a_plugin_from_npm_is_one_from_a_path),
		cmocka_unit_test(a_plugin_from_a_path_gets_this_nodes_place),
		cmocka_unit_test(a_plugin_that_is_new_gets_a_record),
	};
	return cmocka_run_group_tests_name("service_records", tests, NULL, NULL);
}
