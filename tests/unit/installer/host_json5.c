/* json5 - configuration files as people write them: each value is found where it stands, and what is not
 * well formed is refused with its line. */
#include "installer/host/json5.h"

#include "tests/unit/unit.h"

static const char sample[] = "// the gateway's own file\n"
			     "{\n"
			     "  gateway: { port: 18789, bind: 'loop\\'back', },\n"
			     "  \"a/b\": { \"m~n\": [0, [1, 2,], {x: +Infinity}] }, /* slashes\n"
			     "  and tildes */\n"
			     "  $under_score: 0x1F, half: .5, whole: 5., low: -1e-3,\n"
			     "  \xc3\xa4pfel: \"\\u00e4 \\ud83d\\ude00 \\x41\\t\\\"\",\n"
			     "  none: null, yes: true,\n"
			     "  long: 'one \\\n"
			     "two',\n"
			     "}\n";

/* What the pointer leads to, as a text: what json5_text() says, and its bytes for objects and arrays. */
static const char *at(const char *text, const char *pointer)
{
	static char said[512];
	SCOPED_TEXT char *exact = exact_copy(text, strlen(text));
	SCOPED(text_end) struct text out = { 0 };
	struct json5_value v;
	struct err e = { 0 };
	MUST(json5_find(exact, strlen(text), pointer, &v, &e), &e);
	json5_text(exact, &v, &out);
	if (v.kind == JSON5_OBJECT || v.kind == JSON5_ARRAY)
		text_add(&out, exact + v.at, v.len);
	snprintf(said, sizeof said, "%s", v.kind == JSON5_ABSENT ? "(absent)" : text_str(&out));
	return said;
}

static bool reads(const char *text, size_t len, struct err *e)
{
	SCOPED_TEXT char *exact = exact_copy(text, len);
	struct json5_value v;
	return json5_read(exact, len, &v, e);
}

static void refused(const char *text, const char *complaint)
{
	struct err e = { 0 };
	if (reads(text, strlen(text), &e))
		fail_msg("%s was read", text);
	assert_says(&e, ERR_FORMAT, complaint);
}

SPEC(values_are_found_by_pointers)
{
	static const struct {
		const char *pointer, *said;
	} found[] = {
		{ "/gateway/port", "18789" },
		{ "/gateway/bind", "loop'back" },
		{ "/gateway", "{ port: 18789, bind: 'loop\\'back', }" },
		{ "/a~1b/m~0n/0", "0" },
		{ "/a~1b/m~0n/1", "[1, 2,]" },
		{ "/a~1b/m~0n/1/1", "2" },
		{ "/a~1b/m~0n/2/x", "+Infinity" },
		{ "/$under_score", "0x1F" },
		{ "/half", ".5" },
		{ "/whole", "5." },
		{ "/low", "-1e-3" },
		{ "/\xc3\xa4pfel", "\xc3\xa4 \xf0\x9f\x98\x80 A\t\"" },
		{ "/none", "null" },
		{ "/yes", "true" },
		{ "/long", "one two" },
		{ "/nothing", "(absent)" },
		{ "/a~1b/m~0n/3", "(absent)" },
		{ "/a~1b/m~0n/01", "(absent)" },
		{ "/a~1b/m~0n/-", "(absent)" },
		{ "/gateway/port/deeper", "(absent)" },
		{ "/", "(absent)" },
		{ "gateway", "(absent)" },
	};
	for (size_t i = 0; i < COUNT_OF(found); i++)
		assert_string_equal(at(sample, found[i].pointer), found[i].said);
	assert_string_equal(at("[1]", ""), "[1]");
	assert_string_equal(at("{'': {'': 3}}", "//"), "3");
}

SPEC(the_last_of_equal_keys_counts)
{
	assert_string_equal(at("{a: 1, 'a': 2, \"\\u0061\": 3, b: 4}", "/a"), "3");
	assert_string_equal(at("{a: {x: 1}, a: {y: 2}}", "/a/x"), "(absent)");
}

SPEC(every_beginning_of_a_document_is_refused)
{
	size_t whole = (size_t)(strrchr(sample, '}') - sample) + 1;
	for (size_t len = 0; len < whole; len++) {
		struct err e = { 0 };
		if (reads(sample, len, &e))
			fail_msg("%zu bytes were read", len);
		assert_says(&e, ERR_FORMAT, "line ");
	}
	for (size_t len = whole; len < sizeof sample; len++) {
		struct err e = { 0 };
		MUST(reads(sample, len, &e), &e);
	}
}

SPEC(an_error_tells_its_line)
{
	refused("{\n\n  a: 1\n  b: 2\n}", "line 4: expected \",\" or \"}\"");
	refused("[1\n 2]", "line 2: expected \",\" or \"]\"");
	refused("{\n a 1}", "line 2: expected \":\"");
	refused("\n\n/* no end", "line 3: a comment without an end");
	refused("/*/", "a comment without an end");
	refused("{a: 'x\n'}", "line 1: a text without an end");
	refused("{a: 'x\r'}", "a text without an end");
	refused("{} {}", "something stands behind the document");
	refused("{,}", "the name of a member");
	refused("[,1]", "neither a value nor an end");
	refused("[1,,2]", "neither a value nor an end");
	refused("{a:}", "neither a value nor an end");
	refused("'\\u12g4'", "an escape without its digits");
	refused("'\\x4'", "an escape without its digits");
	refused("'\\", "a text without an end");
	refused("{'a\\0b': 1}", "a NUL in the name");
}

SPEC(numbers_are_those_of_json5)
{
	static const char *const good[] = { "0", "-0", "+1", "10", "1.5", ".5", "5.", "1e9", "1E+9", "5.e-1",
		"0x0", "-0xdeadBEEF", "Infinity", "-Infinity", "NaN", "+NaN" };
	static const char *const bad[] = { "", ".", "+", "01", "1.2.3", "1e", "1e+", "0x", "0xg", "1abc",
		"--1", "+-1", "infinity", "Infinity1", "nul", "truer", "undefined", "1-2" };
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_string_equal(at(good[i], ""), good[i]);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		refused(bad[i], "neither a value nor an end");
}

SPEC(halves_of_surrogate_pairs_are_no_letters)
{
	assert_string_equal(at("'\\ud83d'", ""), "\xef\xbf\xbd");
	assert_string_equal(at("'\\ud83d\\u0041'", ""), "\xef\xbf\xbd"
							"A");
	assert_string_equal(at("'\\ude00\\ud83d'", ""), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(at("'\\ud83d\\n'", ""), "\xef\xbf\xbd\n");
	assert_string_equal(at("'\\u20ac\\u0000'", ""), "\xe2\x82\xac");
}

SPEC(lines_end_in_all_ways_that_json5_has)
{
	assert_string_equal(at("// a\r{a: 1}", "/a"), "1");
	assert_string_equal(at("// a\xe2\x80\xa8{a: 1}", "/a"), "1");
	assert_string_equal(at("{a: 'x\\\r\ny'}\r\n", "/a"), "xy");
	assert_string_equal(at("{a: 'x\\\xe2\x80\xa9y'}", "/a"), "xy");
	assert_string_equal(at("{a: 'x\xe2\x80\xa8y'}", "/a"), "x\xe2\x80\xa8y");
	assert_string_equal(at("\xef\xbb\xbf{a\xc2\xa0: true\xc2\xa0}", "/a"), "true");
}

SPEC(depth_has_a_limit)
{
	for (size_t depth = 64; depth <= 65; depth++) {
		SCOPED_TEXT char *open = repeated('[', depth), *close = repeated(']', depth);
		SCOPED(text_end) struct text text = { 0 };
		struct err e = { 0 };
		text_printf(&text, "%s%s", open, close);
		if (depth == 64)
			MUST(reads(text.at, text.len, &e), &e);
		else
			refused(text_str(&text), "nested too deeply");
	}
	SCOPED_TEXT char *bottomless = repeated('[', 1000000);
	refused(bottomless, "nested too deeply");
}

static bool collect(void *ctx, const char *key, const struct json5_value *value, struct err *e)
{
	(void)e;
	text_printf(ctx, "%s:%d@%zu+%zu ", key, (int)value->kind, value->at, value->len);
	return true;
}

static bool stop(void *ctx, const char *key, const struct json5_value *value, struct err *e)
{
	(void)value;
	++*(int *)ctx;
	return err_set(e, ERR_REFUSED, "not %s", key);
}

SPEC(members_are_visited_in_order_with_their_bytes)
{
	static const char text[] = " {b: 'x', /* */ a: [2], 'c': null}", list[] = "[7, {}]";
	SCOPED(text_end) struct text seen = { 0 };
	struct json5_value v;
	struct err e = { 0 };
	MUST(json5_read(text, strlen(text), &v, &e) && json5_each(text, strlen(text), &v, collect, &seen, &e),
		&e);
	assert_string_equal(text_str(&seen), "b:3@5+3 a:2@19+3 c:5@29+4 ");
	text_clear(&seen);
	MUST(json5_read(list, strlen(list), &v, &e) && json5_each(list, strlen(list), &v, collect, &seen, &e),
		&e);
	assert_string_equal(text_str(&seen), "0:4@1+1 1:1@4+2 ");
	MUST(json5_find(list, strlen(list), "/0", &v, &e) &&
			json5_each(list, strlen(list), &v, stop, NULL, &e),
		&e);
	int visits = 0;
	MUST(json5_read(text, strlen(text), &v, &e), &e);
	assert_false(json5_each(text, strlen(text), &v, stop, &visits, &e));
	assert_says(&e, ERR_REFUSED, "not b");
	assert_int_equal(visits, 1);
}

SPEC(blanks_and_comments_are_passed_over)
{
	static const struct {
		const char *text;
		size_t all, line;
	} v[] = {
		{ "x", 0, 0 },
		{ "", 0, 0 },
		{ " \t/* a */x", 9, 9 },
		{ " // a\n x", 7, 5 },
		{ "/* a\n b */ \r\nx", 13, 11 },
		{ "\xc2\xa0// a\xe2\x80\xa8x", 9, 6 },
		{ " \n\n// end", 9, 1 },
	};
	for (size_t i = 0; i < COUNT_OF(v); i++) {
		SCOPED_TEXT char *exact = exact_copy(v[i].text, strlen(v[i].text));
		assert_int_equal(json5_skip(exact, strlen(v[i].text), 0, false), v[i].all);
		assert_int_equal(json5_skip(exact, strlen(v[i].text), 0, true), v[i].line);
	}
}

SPEC(a_pointer_is_taken_step_by_step)
{
	SCOPED(text_end) struct text step = { 0 };
	const char *rest = json5_step("/a~1b~0c//d", &step);
	assert_string_equal(text_str(&step), "a/b~c");
	rest = json5_step(rest, &step);
	assert_string_equal(text_str(&step), "");
	rest = json5_step(rest, &step);
	assert_string_equal(text_str(&step), "d");
	assert_string_equal(rest, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_by_pointers),
		cmocka_unit_test(the_last_of_equal_keys_counts),
		cmocka_unit_test(every_beginning_of_a_document_is_refused),
		cmocka_unit_test(an_error_tells_its_line),
		cmocka_unit_test(numbers_are_those_of_json5),
		cmocka_unit_test(halves_of_surrogate_pairs_are_no_letters),
		cmocka_unit_test(lines_end_in_all_ways_that_json5_has),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(members_are_visited_in_order_with_their_bytes),
		cmocka_unit_test(blanks_and_comments_are_passed_over),
		cmocka_unit_test(a_pointer_is_taken_step_by_step),
	};
	return cmocka_run_group_tests_name("json5", tests, NULL, NULL);
}
