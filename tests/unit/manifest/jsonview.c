/* jsonview - foreign JSON: what is refused before it costs something, and where pointers lead. */
#include "manifest/jsonview.h"
#include "tests/unit/unit.h"

static struct jsonview *opened(const char *text)
{
	struct jsonview *top;
	struct err e = { 0 };
	char *copy = exact_copy(text, strlen(text));
	MUST(jsonview_open(copy, strlen(text), NULL, &top, &e), &e);
	free(copy);
	return top;
}

/* "WHERE=VALUE;" for each value. */
static bool note(void *ctx, const char *where, const struct jsonview *v, struct err *e)
{
	struct text *out = ctx;
	(void)e;
	text_printf(out, "%s=", where);
	jsonview_show(v, out);
	text_puts(out, ";");
	return true;
}

static const char plugins[] =
	"{\"plugins\":[{\"id\":\"dingtalk\",\"status\":\"loaded\",\"n\":3},"
	"{\"id\":\"@x/y\",\"status\":\"error\",\"error\":\"Error: no\\nRequire stack:\"},"
	"{\"id\":\"off\",\"status\":\"disabled\",\"n\":1.5,\"on\":false,\"z\":null}],"
	"\"channels\":{\"dingtalk\":{\"running\":true},\"a~b/c\":{\"running\":false}},\"empty\":[]}";

SPEC(pointers_lead_to_values_each_with_its_own_pointer)
{
	static const struct {
		const char *pointer, *found;
	} cases[] = {
		{ "", "=an object of 3;" },
		{ "/plugins/0/status", "/plugins/0/status=\"loaded\";" },
		{ "/plugins/*/status",
			"/plugins/0/status=\"loaded\";/plugins/1/status=\"error\";/plugins/2/status=\"disabled\";" },
		{ "/plugins/[id=dingtalk]/status", "/plugins/0/status=\"loaded\";" },
		{ "/plugins/[id=@x~1y]/error", "/plugins/1/error=\"Error: no\\nRequire stack:\";" },
		{ "/plugins/[n=3]/id", "/plugins/0/id=\"dingtalk\";" },
		{ "/plugins/[on=false]/n", "/plugins/2/n=1.5;" },
		{ "/plugins/[id=nobody]/status", "/plugins/[id=nobody]=nothing;" },
		{ "/plugins/*/error", "/plugins/0/error=nothing;/plugins/1/error=\"Error: no\\nRequire "
				      "stack:\";/plugins/2/error=nothing;" },
		{ "/channels/*/running", "/channels/dingtalk/running=true;/channels/a~b/c/running=false;" },
		{ "/channels/a~0b~1c/running", "/channels/a~0b~1c/running=false;" },
		{ "/channels/[running=true]", "/channels/dingtalk=an object of 1;" },
		{ "/empty/*", "/empty/*=nothing;" },
		{ "/plugins/3", "/plugins/3=nothing;" },
		{ "/plugins/01", "/plugins/01=nothing;" },
		{ "/plugins/99999999999999999999", "/plugins/99999999999999999999=nothing;" },
		{ "/plugins/0/status/x", "/plugins/0/status/x=nothing;" },
		{ "/nowhere/a/b", "/nowhere=nothing;" },
		{ "/plugins/2/z", "/plugins/2/z=null;" },
	};
	struct jsonview *top = opened(plugins);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text found = { 0 };
		struct err e = { 0 };
		MUST(jsonview_each(top, cases[i].pointer, note, &found, &e), &e);
		assert_string_equal(text_str(&found), cases[i].found);
	}
	jsonview_close(&top);
	assert_null(top);
}

SPEC(what_is_no_pointer_is_refused)
{
	static const char *const bad[] = { "plugins", "/a/~2", "/a~", "/[id]", "/[=x]", "/[id=x" };
	struct err long_one = { 0 };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err e = { 0 };
		if (jsonview_pointer(bad[i], &e))
			fail_msg("%s", bad[i]);
		assert_int_equal(e.kind, ERR_FORMAT);
	}
	assert_false(jsonview_pointer(
		"/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", &long_one));
	assert_says(&long_one, ERR_FORMAT, "32 parts");
}

SPEC(what_is_not_json_is_refused)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{ "", "not a list or an object" },
		{ "  ", "not a list or an object" },
		{ "3", "not a list or an object" },
		{ "{", "ends before its end" },
		{ "{\"a", "ends before its end" },
		{ "{\"a\\", "ends before its end" },
		{ "{\"a\":1}}", "something follows" },
		{ "{\"a\":1} x", "something follows" },
		{ "[1,]", "not well-formed" },
		{ "{]", "not well-formed" },
		{ "[\"a\\u0000b\"]", "NUL" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = { 0 };
		struct jsonview *top;
		size_t len = strlen(cases[i].text);
		char *copy = exact_copy(cases[i].text, len);
		assert_false(jsonview_open(copy, len, NULL, &top, &e));
		assert_null(top);
		assert_says(&e, ERR_FORMAT, cases[i].complaint);
		free(copy);
	}
}

SPEC(what_would_be_costly_is_refused_before_it_is_parsed)
{
	struct jsonview *top;
	struct err deep = { 0 }, many = { 0 };
	char *brackets = repeated('[', 100000), *commas = repeated(',', JSONVIEW_VALUES_MAX + 2);
	commas[0] = '[';
	assert_false(jsonview_open(brackets, 100000, NULL, &top, &deep));
	assert_says(&deep, ERR_FORMAT, "in each other");
	assert_false(jsonview_open(commas, strlen(commas), NULL, &top, &many));
	assert_says(&many, ERR_FORMAT, "values");
	free(brackets);
	free(commas);
}

SPEC(a_name_that_stands_twice_is_absent)
{
	struct jsonview *top = opened("{\"status\":\"loaded\",\"status\":\"error\",\"Status\":\"x\"}");
	assert_null(jsonview_field(top, "status"));
	assert_string_equal(jsonview_text(jsonview_field(top, "Status")), "x");
	jsonview_close(&top);
}

SPEC(something_may_follow_where_that_is_asked)
{
	struct jsonview *top;
	struct err e = { 0 };
	size_t used = 0;
	MUST(jsonview_open("{\"a\":\"}\\\"{\"}\nwarning {", 22, &used, &top, &e), &e);
	assert_int_equal(used, 12);
	assert_string_equal(jsonview_text(jsonview_field(top, "a")), "}\"{");
	jsonview_close(&top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pointers_lead_to_values_each_with_its_own_pointer),
		cmocka_unit_test(what_is_no_pointer_is_refused),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(what_would_be_costly_is_refused_before_it_is_parsed),
		cmocka_unit_test(a_name_that_stands_twice_is_absent),
		cmocka_unit_test(something_may_follow_where_that_is_asked),
	};
	return cmocka_run_group_tests_name("jsonview", tests, NULL, NULL);
}
