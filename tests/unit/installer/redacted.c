/* redacted - what a report may hold: no text of a document, no line of a log, keeps its secret. */
#include "installer/redacted.h"
#include "installer/act.h"
#include "manifest/manifest.h"
#include "tests/unit/unit.h"

#define WORDS(text) ((char *)(uintptr_t)(text))

static void assert_text(const char *from, const char *to)
{
	struct redact none = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	redacted_text(&none, from, strlen(from), &out);
	assert_string_equal(text_str(&out), to);
}

/* The act's own JSON after the copy; the caller frees it. */
static char *copied(const struct act *a)
{
	struct redact none = { 0 };
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	struct act copy;
	redacted_copy(&none, &act_shape, a, &copy, &arena);
	json_write(&act_shape, &copy, &out);
	return mem_copy(out.at, out.len);
}

static struct act act_that_says(const char *why)
{
	return (struct act){ .waybill = 1,
		.number = 1,
		.type = WORDS("act"),
		.kind = WORDS("apply"),
		.step = WORDS("gates"),
		.name = WORDS("app"),
		.why = WORDS(why) };
}

SPEC(lines_are_redacted_and_plain)
{
	assert_text("a\n\033[31mtoken=abc\033[0m b\r\nc\n", "a\ntoken=" REDACTED " b\nc\n");
}

SPEC(a_key_is_hidden_across_pieces)
{
	SCOPED(text_end) struct text log = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	struct redact none = { 0 };
	text_puts(&log, "before\n-----BEGIN RSA PRIVATE KEY-----\n");
	for (size_t i = 0; i < 4000; i++)
		text_puts(&log, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo\n");
	text_puts(&log, "-----END RSA PRIVATE KEY-----\nbehind\n");
	redacted_text(&none, log.at, log.len, &out);
	assert_null(strstr(text_str(&out), "QUJDREV"));
	assert_non_null(strstr(text_str(&out), "before\n"));
	assert_non_null(strstr(text_str(&out), "\nbehind\n"));
}

SPEC(a_long_log_keeps_every_line)
{
	SCOPED(text_end) struct text log = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	struct redact none = { 0 };
	for (size_t i = 0; i < 9000; i++)
		text_printf(&log, "line %zu of a log\n", i);
	redacted_text(&none, log.at, log.len, &out);
	assert_int_equal(out.len, log.len);
	assert_string_equal(text_str(&out), log.at);
}

SPEC(a_line_without_end_is_cut_in_pieces)
{
	SCOPED(text_end) struct text out = { 0 };
	struct redact none = { 0 };
	SCOPED_TEXT char *line = repeated('x', 200000);
	redacted_text(&none, line, strlen(line), &out);
	assert_true(out.len > 0 && out.len <= 200000 + 64);
}

SPEC(texts_of_a_document_are_redacted_all_the_way_down)
{
	char *exec[] = { WORDS("run"), WORDS("--token"), WORDS("abc"), WORDS("--port") };
	char *seen[] = { WORDS("url wss://me:pw@host/") };
	struct gate_result gate = { WORDS("command"), WORDS("g"), WORDS("failed"), true, { seen, 1 } };
	struct evidence evidence = { .verdict = WORDS("failed"), .reason = WORDS(""), .gates = { &gate, 1 } };
	struct act_file file = { .path = WORDS("etc/x"), .lines = { exec, 4 } };
	struct act a = act_that_says("password=hunter2 was wrong");
	a.evidence = &evidence;
	a.files = (struct json_list){ &file, 1 };
	SCOPED_TEXT char *said = copied(&a);
	assert_null(strstr(said, "hunter2"));
	assert_null(strstr(said, "me:pw"));
	assert_null(strstr(said, "\"abc\""));
	assert_non_null(strstr(said, "[\"run\",\"--token\",\"" REDACTED "\",\"--port\"]"));
	assert_string_equal(exec[2], "abc"); /* what it was copied from stays */
}

SPEC(a_document_without_secrets_stays_what_it_is)
{
	SCOPED(text_end) struct text before = { 0 };
	struct act a = act_that_says("gates: 2 did not pass its gates: load");
	char *made[] = { WORDS("opt"), WORDS("opt/demo") };
	a.made = (struct json_list){ made, 2 };
	memset(a.manifest.bytes, 7, sizeof a.manifest.bytes);
	json_write(&act_shape, &a, &before);
	SCOPED_TEXT char *said = copied(&a);
	assert_string_equal(said, before.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_redacted_and_plain),
		cmocka_unit_test(a_key_is_hidden_across_pieces),
		cmocka_unit_test(a_long_log_keeps_every_line),
		cmocka_unit_test(a_line_without_end_is_cut_in_pieces),
		cmocka_unit_test(texts_of_a_document_are_redacted_all_the_way_down),
		cmocka_unit_test(a_document_without_secrets_stays_what_it_is),
	};
	return cmocka_run_group_tests_name("redacted", tests, NULL, NULL);
}
