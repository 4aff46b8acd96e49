/* expect - what is read, what holds, and where a document begins in what a program printed. */
#include "installer/host/expect.h"
#include "tests/unit/unit.h"

static const char plugins[] =
	"{\"plugins\":["
	"{\"id\":\"dingtalk\",\"status\":\"loaded\",\"enabled\":true},"
	"{\"id\":\"wecom\",\"status\":\"error\",\"error\":\"Error: Cannot find module\"}],"
	"\"none\":[],\"count\":3,\"nothing\":null}";

static void close_view(struct jsonview **v)
{
	jsonview_close(v);
}

SPEC(an_expectation_holds_of_every_value_or_says_of_which_not)
{
	static const struct {
		const char *text, *why; /* NULL: it holds */
	} cases[] = {
		{ "/plugins/[id=dingtalk]/status = loaded", NULL },
		{ "/plugins/[id=dingtalk]/enabled = true", NULL },
		{ "/plugins/[id=dingtalk]/error absent", NULL },
		{ "/plugins/*/status ~ ^(loaded|error)$", NULL },
		{ "/plugins/*/status != disabled", NULL },
		{ "/count = 3", NULL },
		{ "/count != 4", NULL },
		{ "/nothing = null", NULL },
		{ "/none/* absent", NULL },
		{ "/plugins/[id=nobody] absent", NULL },
		{ "exit = 7", NULL },
		{ "exit = 0", "exit: 7" },
		{ "/plugins/*/status = loaded", "/plugins/1/status: \"error\"" },
		{ "/plugins/*/error absent", "/plugins/1/error: \"Error: Cannot find module\"" },
		{ "/plugins/[id=nobody]/status = loaded", "/plugins/[id=nobody]: nothing" },
		{ "/plugins/[id=nobody]/status != error", "/plugins/[id=nobody]: nothing" },
		{ "/none/*/status != error", "/none/*: nothing" },
		{ "/plugins != x", "/plugins: a list of 2" },
		{ "/plugins/*/status ~ ^loa", "/plugins/1/status: \"error\"" },
		{ "/count = 3.0", "/count: 3" },
		{ "/count absent", "/count: 3" },
	};
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(close_view) struct jsonview *top = NULL;
	expect_document(plugins, strlen(plugins), &top);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text why = { 0 };
		struct expect x;
		struct err e = { 0 };
		MUST(expect_read(cases[i].text, &x, &arena, &e), &e);
		assert_int_equal(expect_holds(&x, top, 7, &why), !cases[i].why);
		assert_string_equal(text_str(&why), cases[i].why ? cases[i].why : "");
	}
}

SPEC(without_a_document_nothing_holds)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text why = { 0 };
	struct expect x;
	struct err e = { 0 };
	MUST(expect_read("/error absent", &x, &arena, &e), &e);
	assert_false(expect_holds(&x, NULL, 0, &why));
	assert_string_equal(text_str(&why), "no JSON");
}

SPEC(an_expectation_that_cannot_be_read_is_refused)
{
	static const char *const bad[] = { "", "/a", "/a =", "/a = ", "a = b", "/a ~ [", "/a ~ \\w",
		"exit = x", "exit != 0", "exit ~ 0", "/a/~7 = 1", "/[id] = 1", " absent" };
	SCOPED(arena_end) struct arena arena = { 0 };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct expect x;
		struct err e = { 0 };
		if (expect_read(bad[i], &x, &arena, &e))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(e.kind, ERR_FORMAT);
	}
}

SPEC(a_document_is_found_behind_other_text)
{
	static const struct {
		const char *output, *id; /* NULL: there is none */
	} cases[] = {
		{ "{\"id\":\"a\"}\n", "a" },
		{ "[plugins] loaded {x}\nwarning: {\n{\n \"id\": \"a\"\n}\n", "a" },
		{ "{\"id\":\"early\"}\n{\"id\":\"a\"}", "a" },
		{ "{\"id\":\"a\"}\nlater words", "a" },
		{ "{\"id\":\"a\"}\nlater {\"id\":\"b\"} words", "a" },
		{ "Gateway not reachable; showing config-only status.\n", NULL },
		{ "", NULL },
		{ "{{{{", NULL },
		{ "\"id\"", NULL },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(close_view) struct jsonview *top = NULL;
		size_t len = strlen(cases[i].output);
		char *copy = exact_copy(cases[i].output, len);
		expect_document(copy, len, &top);
		free(copy);
		const char *id = jsonview_text(jsonview_field(top, "id"));
		if (!cases[i].id)
			assert_null(top);
		else
			assert_string_equal(id ? id : "nothing", cases[i].id);
	}
}

SPEC(lists_are_what_pointers_lead_to)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(close_view) struct jsonview *top = NULL;
	struct json_list list = { 0 };
	struct err e = { 0 };
	const char json[] =
		"{\"plugins\":[{\"id\":\"a\",\"s\":\"loaded\"},{\"id\":\"b\",\"s\":\"off\"},{\"id\":\"c\",\"s\":"
		"\"loaded\"}],\"channels\":{\"x\":{\"up\":true},\"y\":{\"up\":false}}}";
	expect_document(json, strlen(json), &top);
	MUST(expect_collect("/plugins/[s=loaded]/id", top, &list, &arena, &e), &e);
	MUST(expect_collect("/channels/[up=true]", top, &list, &arena, &e), &e);
	MUST(expect_collect("/nowhere/*", top, &list, &arena, &e), &e);
	char *const *items = list.items;
	assert_int_equal(list.count, 3);
	assert_string_equal(items[0], "/plugins/[s=loaded]/id a");
	assert_string_equal(items[1], "/plugins/[s=loaded]/id c");
	assert_string_equal(items[2], "/channels/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_expectation_holds_of_every_value_or_says_of_which_not),
		cmocka_unit_test(without_a_document_nothing_holds),
		cmocka_unit_test(an_expectation_that_cannot_be_read_is_refused),
		cmocka_unit_test(a_document_is_found_behind_other_text),
		cmocka_unit_test(lists_are_what_pointers_lead_to),
	};
	return cmocka_run_group_tests_name("host_expect", tests, NULL, NULL);
}
