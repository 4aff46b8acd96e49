/* json - documents are read strictly and written in one form; every refusal names its field. */
#include "manifest/json.h"
#include "tests/unit/unit.h"

struct inner {
	char *id;
	uint64_t n;
};

struct outer {
	char *text, *maybe;
	uint64_t count;
	bool flag;
	struct digest digest;
	struct inner *object;
	struct json_list digests, list, texts;
};

#define AT(member) offsetof(struct inner, member)
static const struct json_field inner_fields[] = {
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "n", JSON_COUNT, AT(n), true, NULL },
};
#undef AT
static const struct json_shape inner_shape = { inner_fields, COUNT_OF(inner_fields), sizeof(struct inner) };

#define AT(member) offsetof(struct outer, member)
static const struct json_field outer_fields[] = {
	{ "count", JSON_COUNT, AT(count), true, NULL },
	{ "digest", JSON_DIGEST, AT(digest), true, NULL },
	{ "digests", JSON_DIGESTS, AT(digests), true, NULL },
	{ "flag", JSON_FLAG, AT(flag), true, NULL },
	{ "list", JSON_LIST, AT(list), true, &inner_shape },
	{ "maybe", JSON_TEXT, AT(maybe), true, NULL },
	{ "object", JSON_OBJECT, AT(object), true, &inner_shape },
	{ "text", JSON_TEXT, AT(text), false, NULL },
	{ "texts", JSON_TEXTS, AT(texts), true, NULL },
};
#undef AT
static const struct json_shape outer_shape = { outer_fields, COUNT_OF(outer_fields), sizeof(struct outer) };

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define FULL                                                                                                 \
	"{\"count\":9007199254740991,\"digest\":\"" HEX "\",\"digests\":[\"" HEX "\",\"" HEX                 \
	"\"],\"flag\":true,"                                                                                 \
	"\"list\":[{\"id\":\"a\",\"n\":1},{\"id\":\"\"}],\"maybe\":\"\xc3\xb6\",\"object\":{\"id\":\"o\"},"  \
	"\"text\":\"a \\\"quoted\\\" \\\\ word\",\"texts\":[\"one\",\"\"]}"
#define LEAST "{\"text\":\"\"}"

static bool read_outer(const char *text, size_t len, struct outer *out, struct arena *arena, struct err *e)
{
	char *exact = exact_copy(text, len);
	bool yes = json_read(&outer_shape, exact, len, out, arena, e);
	free(exact);
	return yes;
}

SPEC(every_kind_of_field_is_read)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct outer o;
	struct err e = { 0 };
	MUST(read_outer(FULL, strlen(FULL), &o, &arena, &e), &e);
	assert_int_equal(o.count, JSON_COUNT_LIMIT - 1);
	assert_int_equal(o.digest.bytes[1], 0x11);
	assert_int_equal(o.digests.count, 2);
	assert_true(o.flag);
	assert_int_equal(o.list.count, 2);
	const struct inner *items = o.list.items;
	assert_string_equal(items[0].id, "a");
	assert_int_equal(items[0].n, 1);
	assert_string_equal(items[1].id, "");
	assert_int_equal(items[1].n, 0);
	assert_string_equal(o.object->id, "o");
	assert_string_equal(o.text, "a \"quoted\" \\ word");
	assert_string_equal(((char **)o.texts.items)[0], "one");
}

SPEC(what_is_absent_is_empty)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct outer o;
	struct err e = { 0 };
	memset(&o, 0xff, sizeof o);
	MUST(read_outer(LEAST, strlen(LEAST), &o, &arena, &e), &e);
	assert_string_equal(o.text, "");
	assert_string_equal(o.maybe, "");
	assert_int_equal(o.count + o.flag + o.digests.count + o.list.count + o.texts.count, 0);
	assert_null(o.object);
	assert_true(digest_zero(&o.digest));
}

SPEC(what_was_read_is_written_back)
{
	static const char *const texts[] = { FULL, LEAST };
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		SCOPED(text_end) struct text again = { 0 };
		struct outer o;
		struct err e = { 0 };
		MUST(read_outer(texts[i], strlen(texts[i]), &o, &arena, &e), &e);
		json_write(&outer_shape, &o, &again);
		assert_string_equal(text_str(&again), texts[i]);
		MUST(json_is_canonical(&outer_shape, &o, texts[i], strlen(texts[i]), &e), &e);
	}
}

/* Parsed all the same, but not in the one form that is signed. */
SPEC(what_a_lenient_parser_lets_through_is_not_canonical)
{
	static const char *const texts[] = {
		" {\"text\":\"\"}",
		"{\"text\":\"\"}\n",
		"{ \"text\":\"\"}",
		"{\"text\" :\"\"}",
		"\xef\xbb\xbf{\"text\":\"\"}",
		"{\"text\":\"\\u0061\"}",
		"{\"text\":\"\\/\"}",
		"{\"text\":\"a\\u0000b\"}",
		"{\"te\\u0078t\":\"a\"}",
		"{\"count\":1.0,\"text\":\"\"}",
		"{\"count\":1e2,\"text\":\"\"}",
		"{\"count\":0,\"text\":\"\"}",
		"{\"count\":-0,\"text\":\"\"}",
		"{\"flag\":false,\"text\":\"\"}",
		"{\"maybe\":\"\",\"text\":\"\"}",
		"{\"text\":\"\",\"texts\":[]}",
		"{\"text\":\"\",\"count\":1}",
		"{\"list\":[{\"n\":1,\"id\":\"a\"}],\"text\":\"\"}",
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct outer o;
		struct err e = { 0 };
		if (read_outer(texts[i], strlen(texts[i]), &o, &arena, &e)) {
			if (json_is_canonical(&outer_shape, &o, texts[i], strlen(texts[i]), &e))
				fail_msg("%s", texts[i]);
			assert_says(&e, ERR_FORMAT, "not in canonical form: differs from byte ");
		}
		assert_int_equal(e.kind, ERR_FORMAT);
	}
}

struct refusal {
	const char *text, *complaint;
};

static const struct refusal refusals[] = {
	{ "", "not one JSON object" },
	{ "[]", "not one JSON object" },
	{ "null", "not one JSON object" },
	{ "\"text\"", "not one JSON object" },
	{ "{", "not one JSON object" },
	{ "{\"text\":\"\"", "not one JSON object" },
	{ "{\"text\":\"\",}", "not one JSON object" },
	{ "{'text':''}", "not one JSON object" },
	{ "{\"text\":\"\\x\"}", "not one JSON object" },
	{ LEAST "x", "not one JSON object: something follows it" },
	{ LEAST LEAST, "not one JSON object: something follows it" },
	{ LEAST " \n x", "not one JSON object: something follows it" },
	{ "{}", "text: missing" },
	{ "{\"text\":7}", "text: expected a text" },
	{ "{\"text\":null}", "text: expected a text" },
	{ "{\"text\":\"a\\u0001\"}", "text: expected UTF-8 without control characters" },
	{ "{\"text\":\"a\nb\"}", "text: expected UTF-8 without control characters" },
	{ "{\"text\":\"a\\nb\"}", "text: expected UTF-8 without control characters" },
	{ "{\"text\":\"\xff\"}", "text: expected UTF-8 without control characters" },
	{ "{\"text\":\"\xed\xa0\x80\"}", "text: expected UTF-8 without control characters" },
	{ "{\"text\":\"a\",\"text\":\"a\"}", "text: given twice" },
	{ "{\"Text\":\"a\"}", "Text: no such field" },
	{ "{\"text\":\"a\",\"\":1}", ": no such field" },
	{ "{\"text\":\"a\",\"x\":1}", "x: no such field" },
	{ "{\"text\":\"\",\"count\":\"1\"}", "count: expected a whole number below 2^53" },
	{ "{\"text\":\"\",\"count\":-1}", "count: expected a whole number below 2^53" },
	{ "{\"text\":\"\",\"count\":7.5}", "count: expected a whole number below 2^53" },
	{ "{\"text\":\"\",\"count\":9007199254740992}", "count: expected a whole number below 2^53" },
	{ "{\"text\":\"\",\"count\":9007199254740993}", "count: expected a whole number below 2^53" },
	{ "{\"text\":\"\",\"count\":1e400}", "count: expected a whole number below 2^53" },
	{ "{\"text\":\"\",\"flag\":1}", "flag: expected true or false" },
	{ "{\"text\":\"\",\"flag\":\"true\"}", "flag: expected true or false" },
	{ "{\"text\":\"\",\"digest\":\"00\"}", "digest: expected a digest of 64 lower-case hex digits" },
	{ "{\"text\":\"\",\"digest\":\"" HEX "0\"}", "digest: expected a digest" },
	{ "{\"text\":\"\",\"digest\":\"A0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}",
		"digest: expected a digest" },
	{ "{\"text\":\"\",\"object\":[]}", "object: expected an object" },
	{ "{\"text\":\"\",\"object\":{}}", "object: id: missing" },
	{ "{\"text\":\"\",\"object\":{\"id\":\"a\",\"x\":1}}", "object: x: no such field" },
	{ "{\"text\":\"\",\"list\":{}}", "list: expected a list" },
};

/* The place in a list is part of the field's path. */
static const struct refusal refusals_in_lists[] = {
	{ "{\"text\":\"\",\"list\":[1]}", "expected an object" },
	{ "{\"text\":\"\",\"list\":[{\"id\":\"a\"},{\"id\":\"b\"},{}]}", "id: missing" },
	{ "{\"text\":\"\",\"list\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\",\"n\":-1}]}",
		"n: expected a whole number" },
	{ "{\"text\":\"\",\"texts\":[\"a\",\"b\",3]}", "expected a text" },
	{ "{\"text\":\"\",\"digests\":[\"" HEX "\",\"" HEX "\",\"x\"]}", "expected a digest" },
};

static void assert_refused(const struct refusal *r)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct outer o;
	struct err e = { 0 };
	if (read_outer(r->text, strlen(r->text), &o, &arena, &e))
		fail_msg("%s was read", r->text);
	assert_says(&e, ERR_FORMAT, r->complaint);
	assert_int_equal(strncmp(e.text, r->complaint, strlen(r->complaint)), 0);
}

SPEC(a_refusal_begins_with_the_field)
{
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		assert_refused(&refusals[i]);
}

SPEC(a_refusal_in_a_list_says_the_place)
{
	for (size_t i = 0; i < COUNT_OF(refusals_in_lists); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct outer o;
		struct err e = { 0 };
		const struct refusal *r = &refusals_in_lists[i];
		assert_false(read_outer(r->text, strlen(r->text), &o, &arena, &e));
		assert_says(&e, ERR_FORMAT, r->complaint);
		assert_non_null(strstr(e.text, i ? "[2]: " : "[0]: "));
		assert_true(strncmp(e.text, "list", 4) == 0 || strncmp(e.text, "texts", 5) == 0 ||
			    strncmp(e.text, "digests", 7) == 0);
	}
}

SPEC(a_nul_ends_no_document)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct outer o;
	struct err e = { 0 };
	assert_false(read_outer(LEAST "\0", sizeof LEAST, &o, &arena, &e));
	assert_says(&e, ERR_FORMAT, "not one JSON object: something follows it");
}

SPEC(a_document_cut_short_is_refused_at_every_length)
{
	for (size_t len = 0; len < strlen(FULL); len++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct outer o;
		struct err e = { 0 };
		assert_false(read_outer(FULL, len, &o, &arena, &e));
		assert_says(&e, ERR_FORMAT, "not one JSON object");
	}
}

SPEC(a_document_nested_without_end_is_refused)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text deep = { 0 };
	char *many = repeated('[', 100000);
	struct outer o;
	struct err e = { 0 };
	text_printf(&deep, "{\"text\":%s", many);
	free(many);
	assert_false(read_outer(deep.at, deep.len, &o, &arena, &e));
	assert_says(&e, ERR_FORMAT, "not one JSON object");
}

SPEC(a_first_look_passes_over_what_it_does_not_know)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	static const char text[] = "{\"future\":{\"a\":[1]},\"text\":\"x\",\"zz\":null}";
	struct outer o;
	struct err e = { 0 };
	MUST(json_peek(&outer_shape, text, strlen(text), &o, &arena, &e), &e);
	assert_string_equal(o.text, "x");
	assert_false(json_peek(&outer_shape, "{\"x\":1}", 7, &o, &arena, &e));
	assert_says(&e, ERR_FORMAT, "text: missing");
}

SPEC(any_text_can_be_quoted)
{
	static const struct {
		const char *text, *quoted;
	} cases[] = {
		{ "", "\"\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "one\ntwo\n", "\"one\\ntwo\\n\"" },
		{ "\xc3\xb6", "\"\xc3\xb6\"" },
		{ "a\xff", "\"a?\"" },
		{ "a\x1b[2J", "\"a?[2J\"" },
		{ "\xc3\xb6\n\xff\"", "\"\xc3\xb6\\n?\\\"\"" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text out = { 0 };
		json_quote(cases[i].text, &out);
		assert_string_equal(text_str(&out), cases[i].quoted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_field_is_read),
		cmocka_unit_test(what_is_absent_is_empty),
		cmocka_unit_test(what_was_read_is_written_back),
		cmocka_unit_test(what_a_lenient_parser_lets_through_is_not_canonical),
		cmocka_unit_test(a_refusal_begins_with_the_field),
		cmocka_unit_test(a_refusal_in_a_list_says_the_place),
		cmocka_unit_test(a_nul_ends_no_document),
		cmocka_unit_test(a_document_cut_short_is_refused_at_every_length),
		cmocka_unit_test(a_document_nested_without_end_is_refused),
		cmocka_unit_test(a_first_look_passes_over_what_it_does_not_know),
		cmocka_unit_test(any_text_can_be_quoted),
	};
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
