/* service_splice - single values change, every other byte stays where it is, and what comes out can be read.
 */
#include "installer/service/splice.h"

#include "installer/host/json5.h"
#include "tests/unit/unit.h"

static bool splices(
	const char *text, const struct splice *edits, size_t count, struct text *out, struct err *e)
{
	SCOPED_TEXT char *exact = exact_copy(text, strlen(text));
	bool changed = false, good = splice_apply(exact, strlen(text), edits, count, out, &changed, e);
	bool differs = out->len != strlen(text) || strcmp(text_str(out), text) != 0;
	if (good && changed != differs)
		fail_msg("%s -> %s is said to be %schanged", text, text_str(out), changed ? "" : "un");
	if (!good && (changed || out->len))
		fail_msg("%s: a failure gives a text", text);
	return good;
}

static void becomes(const char *text, const char *at, const char *value, const char *expected)
{
	SCOPED(text_end) struct text out = { 0 }, again = { 0 };
	const struct splice edit = { .at = at, .value = value };
	struct err e = { 0 };
	MUST(splices(text, &edit, 1, &out, &e), &e);
	if (strcmp(text_str(&out), expected) != 0)
		fail_msg("%s = %s in\n%s\nis\n%s\nnot\n%s", at, value ? value : "(removed)", text,
			text_str(&out), expected);
	MUST(splices(expected, &edit, 1, &again, &e), &e);
	if (strcmp(text_str(&again), expected) != 0)
		fail_msg("%s a second time:\n%s\nis\n%s", at, expected, text_str(&again));
}

static void refused(
	const char *text, const char *at, const char *value, enum err_kind kind, const char *complaint)
{
	SCOPED(text_end) struct text out = { 0 };
	const struct splice edit = { .at = at, .value = value };
	struct err e = { 0 };
	if (splices(text, &edit, 1, &out, &e))
		fail_msg("%s in %s became %s", at, text, text_str(&out));
	assert_says(&e, kind, complaint);
	assert_says(&e, kind, at);
}

struct vector {
	const char *text, *at, *value, *expected;
};

static void all(const struct vector *v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		becomes(v[i].text, v[i].at, v[i].value, v[i].expected);
}

SPEC(a_value_is_replaced_where_it_stands)
{
	static const struct vector v[] = {
		{ "{\"a\": 1}", "/a", "2", "{\"a\": 2}" },
		{ "{ a : 'x' /* why */ , b: 2 } // end", "/a", " \"y\" ",
			"{ a : \"y\" /* why */ , b: 2 } // end" },
		{ "{'a': {b: [1, {c: 2}]}}", "/a/b/1/c", "[]", "{'a': {b: [1, {c: []}]}}" },
		{ "{a: [1, 2, 3,]}", "/a/0", "{\"x\": 1}", "{a: [{\"x\": 1}, 2, 3,]}" },
		{ "[1]", "/0", "true", "[true]" },
		{ "{\"a/b\": {\"m~n\": 1}}", "/a~1b/m~0n", "2", "{\"a/b\": {\"m~n\": 2}}" },
		{ "\xef\xbb\xbf{\r\n\t\"\xc3\xa4\": 1\r\n}\r\n", "/\xc3\xa4", "\"\xe2\x82\xac\"",
			"\xef\xbb\xbf{\r\n\t\"\xc3\xa4\": \"\xe2\x82\xac\"\r\n}\r\n" },
		{ "{\"\\u00e4\": 1}", "/\xc3\xa4", "2", "{\"\\u00e4\": 2}" },
		{ "{\"\": 1}", "/", "2", "{\"\": 2}" },
		{ "{a: {b: 1, /* gone */ c: 2}}", "/a", "null", "{a: null}" },
	};
	all(v, COUNT_OF(v));
}

SPEC(what_means_the_same_is_not_touched)
{
	static const struct vector v[] = {
		{ "{a: '\\u0078\\x79'}", "/a", "\"xy\"", NULL },
		{ "{a: 0x10}", "/a", "16", NULL },
		{ "{a: +1.50}", "/a", "15e-1", NULL },
		{ "{a: .5}", "/a", "0.5", NULL },
		{ "{a: true /* yes */}", "/a", "true", NULL },
		{ "{a: [1, 'b', {c: null, d: 4,},]}", "/a", "[1, \"b\", {\"d\": 4.0, \"c\": null}]", NULL },
		{ "{a: {}}", "/a", "{ }", NULL },
		{ "{a: []}", "/a", "[]", NULL },
	};
	for (size_t i = 0; i < COUNT_OF(v); i++)
		becomes(v[i].text, v[i].at, v[i].value, v[i].text);
}

SPEC(what_means_something_else_is_written)
{
	static const struct vector v[] = {
		{ "{a: 1}", "/a", "\"1\"", "{a: \"1\"}" },
		{ "{a: 'true'}", "/a", "true", "{a: true}" },
		{ "{a: false}", "/a", "true", "{a: true}" },
		{ "{a: 1}", "/a", "1.01", "{a: 1.01}" },
		{ "{a: [1, 2]}", "/a", "[2, 1]", "{a: [2, 1]}" },
		{ "{a: [1, 2]}", "/a", "[1]", "{a: [1]}" },
		{ "{a: [1]}", "/a", "[1, 2]", "{a: [1, 2]}" },
		{ "{a: {x: 1, x: 1}}", "/a", "{\"x\": 1, \"y\": 2}", "{a: {\"x\": 1, \"y\": 2}}" },
		{ "{a: {x: 1, x: 1}}", "/a", "{\"x\": 1}", "{a: {\"x\": 1}}" },
		{ "{a: {x: 1, y: 2}}", "/a", "{\"x\": 1}", "{a: {\"x\": 1}}" },
		{ "{a: {x: 1, y: 2}}", "/a", "{\"x\": 1, \"x\": 1}", "{a: {\"x\": 1, \"x\": 1}}" },
		{ "{a: {x: 1}}", "/a", "{}", "{a: {}}" },
		{ "{a: [1]}", "/a", "[]", "{a: []}" },
		{ "{a: {x: 1}}", "/a", "{\"y\": 1}", "{a: {\"y\": 1}}" },
		{ "{a: {x: {y: 1}}}", "/a", "{\"x\": {\"y\": 2}}", "{a: {\"x\": {\"y\": 2}}}" },
		{ "{a: {}}", "/a", "[]", "{a: []}" },
		{ "{a: 'x\\u0000y'}", "/a", "\"x\"", "{a: \"x\"}" },
	};
	all(v, COUNT_OF(v));
}

SPEC(a_member_comes_as_its_neighbours_stand)
{
	static const struct vector v[] = {
		{ "{\"a\": 1}", "/b", "2", "{\"a\": 1, \"b\": 2}" },
		{ "{\"a\":1}", "/b", "2", "{\"a\":1,\"b\":2}" },
		{ "{ \"a\": 1 }", "/b", "2", "{ \"a\": 1, \"b\": 2 }" },
		{ "{a: 1,}", "/b", "2", "{a: 1, \"b\": 2,}" },
		{ "{a: 1, }", "/b", "2", "{a: 1, \"b\": 2, }" },
		{ "{\n  \"a\": 1\n}\n", "/b", "2", "{\n  \"a\": 1,\n  \"b\": 2\n}\n" },
		{ "{\n  a: 1 \n}", "/b", "2", "{\n  a: 1, \n  \"b\": 2\n}" },
		{ "{\n\ta: 1,\n}\n", "/b", "2", "{\n\ta: 1,\n\t\"b\": 2,\n}\n" },
		{ "{\r\n    a: 1\r\n}\r\n", "/b", "2", "{\r\n    a: 1,\r\n    \"b\": 2\r\n}\r\n" },
		{ "{\r  a: 1\r}", "/b", "2", "{\r  a: 1,\r  \"b\": 2\r}" },
		{ "{\n  a: 1\n }", "/b/c", "2", "{\n  a: 1,\n  \"b\": {\n   \"c\": 2\n  }\n }" },
		{ "{\n  a: 1, b: 2\n}", "/c", "3", "{\n  a: 1, b: 2, \"c\": 3\n}" },
		{ "{ a: 1,\n  b: 2 }", "/c", "3", "{ a: 1,\n  b: 2,\n  \"c\": 3 }" },
		{ "{\n  a: 1\n  , b: 2\n}", "/c", "3", "{\n  a: 1\n  , b: 2, \"c\": 3\n}" },
		{ "{a: 1}", "/\"\\\t", "2", "{a: 1, \"\\\"\\\\\\u0009\": 2}" },
		{ "{a: 1}", "/\xc3\xa4~1~0", "2", "{a: 1, \"\xc3\xa4/~\": 2}" },
		{ "{a: [\n  {b: 1}\n]}", "/a/0/c", "2", "{a: [\n  {b: 1, \"c\": 2}\n]}" },
		{ "{a: 1}", "/b", "{\n\"x\": 1}\n", "{a: 1, \"b\": {\n\"x\": 1}}" },
	};
	all(v, COUNT_OF(v));
}

SPEC(comments_stay_with_what_they_are_about)
{
	static const struct vector v[] = {
		{ "{\n  a: 1 // one\n}", "/b", "2", "{\n  a: 1, // one\n  \"b\": 2\n}" },
		{ "{\n  a: 1, // one\n  // b: 2\n}", "/c", "3",
			"{\n  a: 1, // one\n  \"c\": 3,\n  // b: 2\n}" },
		{ "{a: 1 /* one */}", "/b", "2", "{a: 1, /* one */ \"b\": 2}" },
		{ "{a: 1 /* one */ }", "/b", "2", "{a: 1, /* one */ \"b\": 2 }" },
		{ "{a: 1 // one\n}", "/b", "2", "{a: 1, // one\n  \"b\": 2\n}" },
		{ "{a: 1 // one\xe2\x80\xa8}", "/b", "2", "{a: 1, // one\n  \"b\": 2\xe2\x80\xa8}" },
		{ "{\n  a: 1 /* one\n  more */\n}", "/b", "2",
			"{\n  a: 1, /* one\n  more */\n  \"b\": 2\n}" },
		{ "{\n  /* one */ a: 1\n}", "/b", "2", "{\n  /* one */ a: 1,\n  \"b\": 2\n}" },
		{ "{\n  a: 'x // y'\n}", "/b", "2", "{\n  a: 'x // y',\n  \"b\": 2\n}" },
		{ "{\n  a: 1 // one\n  , // comma\n}", "/b", "2",
			"{\n  a: 1 // one\n  , // comma\n  \"b\": 2,\n}" },
	};
	all(v, COUNT_OF(v));
}

SPEC(an_empty_object_opens_as_what_is_around_it)
{
	static const struct vector v[] = {
		{ "{}", "/a", "1", "{\n  \"a\": 1\n}" },
		{ "{}\r\n", "/a", "1", "{\r\n  \"a\": 1\r\n}\r\n" },
		{ "{\n}", "/a", "1", "{\n  \"a\": 1\n}" },
		{ "{\n  // nothing yet\n}\n", "/a", "1", "{\n  // nothing yet\n  \"a\": 1\n}\n" },
		{ "{\n\ta: {}\n}", "/a/b", "1", "{\n\ta: {\n\t\t\"b\": 1\n\t}\n}" },
		{ "{\n    a: {},\n}", "/a/b", "1", "{\n    a: {\n        \"b\": 1\n    },\n}" },
		{ "{\n\ta: {\n\t}\n}", "/a/b", "1", "{\n\ta: {\n\t\t\"b\": 1\n\t}\n}" },
		{ "{a: {}}", "/a/b", "1", "{a: {\"b\": 1}}" },
		{ "{\"a\":{}}", "/a/b", "1", "{\"a\":{\"b\":1}}" },
		{ "{a: { }}", "/a/b", "1", "{a: { \"b\": 1 }}" },
		{ "{a: {/* none */}}", "/a/b", "1", "{a: {/* none */ \"b\": 1}}" },
		{ "{a: {// none\n}}", "/a/b", "1", "{a: {// none\n  \"b\": 1\n}}" },
	};
	all(v, COUNT_OF(v));
}

SPEC(objects_on_the_way_are_made)
{
	static const struct vector v[] = {
		{ "{\n  \"a\": 1\n}", "/b/c/d", "2",
			"{\n  \"a\": 1,\n  \"b\": {\n    \"c\": {\n      \"d\": 2\n    }\n  }\n}" },
		{ "{\"a\": 1}", "/b/c", "2", "{\"a\": 1, \"b\": {\"c\": 2}}" },
		{ "{\"a\":1}", "/b/c", "2", "{\"a\":1,\"b\":{\"c\":2}}" },
		{ "{}", "/a/b", "1", "{\n  \"a\": {\n    \"b\": 1\n  }\n}" },
		{ "{a: 1,}", "/b/0", "2", "{a: 1, \"b\": {\"0\": 2},}" },
		{ "{\n\ta: 1,\n}", "/b/c", "2", "{\n\ta: 1,\n\t\"b\": {\n\t\t\"c\": 2\n\t},\n}" },
	};
	all(v, COUNT_OF(v));
}

SPEC(a_member_goes_with_its_comma_and_line)
{
	static const struct vector v[] = {
		{ "{\n  a: 1,\n  b: 2,\n  c: 3\n}", "/a", NULL, "{\n  b: 2,\n  c: 3\n}" },
		{ "{\n  a: 1,\n  b: 2,\n  c: 3\n}", "/b", NULL, "{\n  a: 1,\n  c: 3\n}" },
		{ "{\n  a: 1,\n  b: 2,\n  c: 3\n}", "/c", NULL, "{\n  a: 1,\n  b: 2\n}" },
		{ "{\n  a: 1,\n  b: 2,\n}", "/b", NULL, "{\n  a: 1,\n}" },
		{ "{\r\n\ta: 1,\r\n\tb: 2\r\n}", "/b", NULL, "{\r\n\ta: 1\r\n}" },
		{ "{\r\n\ta: 1,\r\n\tb: 2\r\n}", "/a", NULL, "{\r\n\tb: 2\r\n}" },
		{ "{\n  a: 1\n}", "/a", NULL, "{\n}" },
		{ "{\n  a: 1, b: 2\n}", "/a", NULL, "{\n  b: 2\n}" },
		{ "{\n  a: 1, b: 2\n}", "/b", NULL, "{\n  a: 1\n}" },
		{ "{a: 1}", "/a", NULL, "{}" },
		{ "{ a: 1 }", "/a", NULL, "{ }" },
		{ "{a: 1, b: 2, c: 3}", "/a", NULL, "{b: 2, c: 3}" },
		{ "{a: 1, b: 2, c: 3}", "/b", NULL, "{a: 1, c: 3}" },
		{ "{a: 1, b: 2, c: 3}", "/c", NULL, "{a: 1, b: 2}" },
		{ "{\"a\":1,\"b\":2}", "/b", NULL, "{\"a\":1}" },
		{ "{ a: 1,\n  b: 2 }", "/b", NULL, "{ a: 1 }" },
		{ "{ a: 1,\n  b: 2 }", "/a", NULL, "{ \n  b: 2 }" },
		{ "{a: [1, 2, 3]}", "/a/1", NULL, "{a: [1, 3]}" },
		{ "{a: [1, 2, 3]}", "/a/2", NULL, "{a: [1, 2]}" },
		{ "{a: [\n  1,\n  2\n]}", "/a/0", NULL, "{a: [\n  2\n]}" },
		{ "{a: [1,]}", "/a/0", NULL, "{a: []}" },
		{ "{\n  a: {\n    x: 1\n  },\n  b: 2\n}", "/a", NULL, "{\n  b: 2\n}" },
	};
	for (size_t i = 0; i < COUNT_OF(v); i++) {
		SCOPED(text_end) struct text out = { 0 };
		const struct splice edit = { .at = v[i].at };
		struct err e = { 0 };
		MUST(splices(v[i].text, &edit, 1, &out, &e), &e);
		assert_string_equal(text_str(&out), v[i].expected);
	}
}

SPEC(comments_on_lines_of_their_own_outlive_a_member)
{
	static const struct vector v[] = {
		{ "{\n  // about a\n  a: 1, // one\n  // about b\n  b: 2\n}", "/a", NULL,
			"{\n  // about a\n  // about b\n  b: 2\n}" },
		{ "{\n  a: 1, // one\n  // about b\n  b: 2 // two\n  // end\n}", "/b", NULL,
			"{\n  a: 1 // one\n  // about b\n  // end\n}" },
		{ "{\n  a: 1 /* one */, /* more */\n  b: 2\n}", "/a", NULL, "{\n  b: 2\n}" },
		{ "{\n  a: 1, /* about\n  b */\n  b: 2\n}", "/a", NULL, "{\n  /* about\n  b */\n  b: 2\n}" },
		{ "{\n  a: 1\n  // about b\n  , b: 2\n}", "/a", NULL, "{\n  // about b\n   b: 2\n}" },
		{ "{\n  a: 1 // one\n  , b: 2\n}", "/b", NULL, "{\n  a: 1 // one\n  \n}" },
		{ "{\n  /* x */ a: 1,\n  b: 2\n}", "/a", NULL, "{\n  /* x */ \n  b: 2\n}" },
		{ "{a: 1, /* b */ b: 2}", "/a", NULL, "{/* b */ b: 2}" },
		{ "{a: 1, /* b */ b: 2}", "/b", NULL, "{a: 1 /* b */ }" },
		{ "{a: 1, // x\n b: 2 }", "/b", NULL, "{a: 1 // x\n  }" },
		{ "{a: /* in */ 1/* on */}", "/a", NULL, "{/* on */}" },
		{ "{a: 1, // one\xe2\x80\xa8 b: 2}", "/b", NULL, "{a: 1 // one\xe2\x80\xa8 }" },
	};
	all(v, COUNT_OF(v));
}

SPEC(what_is_not_there_need_not_go)
{
	static const struct vector v[] = {
		{ "{a: 1}", "/b", NULL, "{a: 1}" },
		{ "{a: {}}", "/a/b/c", NULL, "{a: {}}" },
		{ "{}", "/a", NULL, "{}" },
		{ "{a: [1]}", "/a/1", NULL, "{a: [1]}" },
		{ "{a: [1]}", "/a/7/b", NULL, "{a: [1]}" },
	};
	all(v, COUNT_OF(v));
}

SPEC(what_cannot_be_changed_is_refused_by_name)
{
	static const char twice[] = "{a: 1, 'a': 2}", include[] = "{$include: './x.json5', b: {}}";
	refused(include, "/a", "1", ERR_REFUSED, "the document has an \"$include\"");
	refused(include, "/b/c", NULL, ERR_REFUSED, "the document has an \"$include\"");
	refused("{a: {'\\u0024include': ['x']}}", "/a/b", NULL, ERR_REFUSED, "/a has an \"$include\"");
	refused("{a: {$include: 'x'}}", "/a", "{}", ERR_REFUSED, "/a has an \"$include\"");
	refused("{a: {b: {$include: 'x'}}}", "/a/b/c/d", "1", ERR_REFUSED, "/a/b has an \"$include\"");
	refused("{}", "/a/$include", "1", ERR_REFUSED, "/a/$include would bring an \"$include\"");
	refused("{}", "/$include/a", NULL, ERR_REFUSED, "/$include/a would bring an");
	refused("{}", "/a", "{\"$include\": 1}", ERR_REFUSED, "{\"$include\": 1} would bring an");
	refused("{a: {b: 1}}", "/a/b/c", "1", ERR_REFUSED, "/a/b is neither an object nor a list");
	refused("{a: null}", "/a/b", NULL, ERR_REFUSED, "/a is neither an object nor a list");
	refused("'text'", "/a", "1", ERR_REFUSED, "the document is neither an object nor a list");
	refused(twice, "/a", "1", ERR_REFUSED, "the document has a member twice: a");
	refused(twice, "/a", NULL, ERR_REFUSED, "the document has a member twice: a");
	refused("{x: {a: {}, a: {}}}", "/x/a/b", "1", ERR_REFUSED, "/x has a member twice: a");
	refused("{a: [1]}", "/a/-", "1", ERR_REFUSED, "/a is a list: its elements have numbers");
	refused("{a: [1]}", "/a/01", NULL, ERR_REFUSED, "/a is a list: its elements have numbers");
	refused("{a: [1]}", "/a/1", "1", ERR_REFUSED, "/a is a list without that element");
	refused("{a: [1]}", "/a/1/b", "1", ERR_REFUSED, "/a is a list without that element");
	refused("{\n a: 1\n b: 2}", "/a", "1", ERR_FORMAT, "line 3: expected");
	refused("", "/a", "1", ERR_FORMAT, "line 1: neither a value nor an end");
	refused("{}", "", "1", ERR_FORMAT, "no JSON pointer");
	refused("{}", "a", "1", ERR_FORMAT, "\"a\" is no JSON pointer");
	refused("{}", "/a~2", "1", ERR_FORMAT, "\"/a~2\" is no JSON pointer");
	refused("{}", "/a~", NULL, ERR_FORMAT, "\"/a~\" is no JSON pointer");
}

SPEC(an_include_elsewhere_is_left_alone)
{
	becomes("{g: {$include: 'g'}, $inc: 1}", "/a", "1", "{g: {$include: 'g'}, $inc: 1, \"a\": 1}");
	becomes("{g: ['$include']}", "/g/0", "1", "{g: [1]}");
	becomes("{g: {h: '$include'}}", "/g/h", NULL, "{g: {}}");
}

SPEC(a_value_has_to_be_json)
{
	static const char *const bad[] = { "", "x", "'a'", "{a: 1}", "[1,]", "1 2", "1, 2", "0x1", "+1",
		"// c\n1", "1]", "[" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		refused("{}", "/a", bad[i], ERR_FORMAT, "the value ");
}

SPEC(a_result_that_is_too_deep_is_refused)
{
	SCOPED_TEXT char *open = repeated('[', 60), *close = repeated(']', 60);
	SCOPED(text_end) struct text value = { 0 }, whole = { 0 };
	text_printf(&value, "%s%s", open, close);
	text_printf(&whole, "[%s]", text_str(&value));
	becomes("[1]", "/0", text_str(&value), text_str(&whole));
	refused("{}", "/a/b/c/d/e", text_str(&value), ERR_FORMAT, "nested too deeply");
}

SPEC(a_change_may_hang_on_something_that_is_there)
{
	static const struct splice edits[] = {
		{ "/i/a/source", "\"path\"", "/i/a" },
		{ "/i/b/source", "\"path\"", "/i/b" },
		{ "/x", "1", "/i/0" },
		{ "/i/a/spec", NULL, "/i/a" },
	};
	SCOPED(text_end) struct text out = { 0 };
	struct err e = { 0 };
	MUST(splices("{i: {a: {spec: 'x'}}}", edits, COUNT_OF(edits), &out, &e), &e);
	assert_string_equal(text_str(&out), "{i: {a: {\"source\": \"path\"}}}");
	assert_false(splices("{i: {$include: 'x'}}", edits, 1, &out, &e));
	assert_says(&e, ERR_REFUSED, "/i has an \"$include\"");
}

SPEC(edits_follow_each_other)
{
	static const struct splice edits[] = {
		{ "/a/b", "1", NULL },
		{ "/a/c", "[1, 2]", NULL },
		{ "/a/c/0", NULL, NULL },
		{ "/a/b", NULL, NULL },
	};
	SCOPED(text_end) struct text out = { 0 };
	struct err e = { 0 };
	bool changed;
	MUST(splices("{\n\tz: 0,\n}\n", edits, COUNT_OF(edits), &out, &e), &e);
	assert_string_equal(text_str(&out), "{\n\tz: 0,\n\t\"a\": {\n\t\t\"c\": [2]\n\t},\n}\n");
	MUST(splices("{b: 1}", NULL, 0, &out, &e), &e);
	assert_string_equal(text_str(&out), "{b: 1}");
	static const struct splice round[] = { { "/a", "1", NULL }, { "/a", NULL, NULL } };
	MUST(splice_apply("{b: 1}", 6, round, 2, &out, &changed, &e), &e);
	assert_false(changed);
	assert_false(splices("{b: }", NULL, 0, &out, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_replaced_where_it_stands),
		cmocka_unit_test(what_means_the_same_is_not_touched),
		cmocka_unit_test(what_means_something_else_is_written),
		cmocka_unit_test(a_member_comes_as_its_neighbours_stand),
		cmocka_unit_test(comments_stay_with_what_they_are_about),
		cmocka_unit_test(an_empty_object_opens_as_what_is_around_it),
		cmocka_unit_test(objects_on_the_way_are_made),
		cmocka_unit_test(a_member_goes_with_its_comma_and_line),
		cmocka_unit_test(comments_on_lines_of_their_own_outlive_a_member),
		cmocka_unit_test(what_is_not_there_need_not_go),
		cmocka_unit_test(what_cannot_be_changed_is_refused_by_name),
		cmocka_unit_test(an_include_elsewhere_is_left_alone),
		cmocka_unit_test(a_value_has_to_be_json),
		cmocka_unit_test(a_result_that_is_too_deep_is_refused),
		cmocka_unit_test(a_change_may_hang_on_something_that_is_there),
		cmocka_unit_test(edits_follow_each_other),
	};
	return cmocka_run_group_tests_name("service_splice", tests, NULL, NULL);
}
