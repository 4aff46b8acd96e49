/* journal - which lines are of this start, what they are without their colours, and what is known to be
 * missing. */
#include "installer/host/journal.h"

#include <sys/resource.h>
#include <time.h>

#include "installer/host/lines.h"
#include "installer/host/plain.h"
#include "tests/unit/unit.h"

#define OURS   "0123456789abcdef0123456789abcdef"
#define OTHERS "ffffffffffffffffffffffffffffffff"
#define UNIT   "openclaw-gateway.service"

/* An entry of ours with these further fields. */
#define ENTRY(fields) "{\"_SYSTEMD_INVOCATION_ID\":\"" OURS "\"," fields "}"

static struct journal ours(void)
{
	return (struct journal){ .invocation = OURS, .unit = UNIT, .limited = "user@1000.service" };
}

/* "TEXT|" for each line, "<TEXT>|" for a whole. */
static bool note(void *ctx, const struct journal_line *line, struct err *e)
{
	(void)e;
	assert_int_equal(strlen(line->text), line->len);
	text_printf(ctx, line->whole ? "<%s>|" : "%s|", line->text);
	return true;
}

static void read_entry(struct journal *j, const char *json, struct text *seen)
{
	struct err e = { 0 };
	char *copy = exact_copy(json, strlen(json));
	MUST(journal_entry(j, copy, strlen(json), false, note, seen, &e), &e);
	free(copy);
}

SPEC(a_message_is_its_lines_and_then_the_whole)
{
	static const struct {
		const char *message, *seen;
		uint64_t unread;
	} cases[] = {
		{ "\"plain\"", "plain|", 0 },
		{ "\"one\\ntwo\\n\\nthree\\n\"", "one|two|three|<one\ntwo\n\nthree\n>|", 0 },
		{ "[102,111,27,91,51,49,109,111,10,98,97,114]", "foo|bar|<foo\nbar>|", 0 },
		{ "[255,97,0,98]", "?ab|", 0 },
		{ "null", "", 1 },
		{ "[\"first\",\"second\"]", "first|second|", 0 },
		{ "[\"first\",[50],null]", "first|2|", 1 },
		{ "[1,\"x\"]", "", 1 },
		{ "[256]", "", 1 },
		{ "[-1]", "", 1 },
		{ "{}", "", 1 },
		{ "true", "", 1 },
		{ "\"\"", "", 0 },
		{ "[]", "", 0 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text seen = { 0 };
		SCOPED(text_end) struct text entry = { 0 };
		SCOPED(journal_end) struct journal j = ours();
		text_printf(&entry, ENTRY("\"MESSAGE\":%s"), cases[i].message);
		read_entry(&j, text_str(&entry), &seen);
		assert_string_equal(text_str(&seen), cases[i].seen);
		assert_int_equal(j.unread, cases[i].unread);
		assert_int_equal(journal_gap(&j), cases[i].unread > 0);
	}
}

static bool take(void *ctx, const struct journal_line *line, struct err *e)
{
	(void)e;
	*(struct journal_line *)ctx = *line;
	return true;
}

SPEC(a_line_knows_when_and_by_whom)
{
	SCOPED(journal_end) struct journal j = ours();
	struct journal_line line;
	struct err e = { 0 };
	const char json[] =
		ENTRY("\"MESSAGE\":\"x\",\"__REALTIME_TIMESTAMP\":\"1763800000123456\","
		      "\"__MONOTONIC_TIMESTAMP\":\"77000001\",\"_PID\":\"20760\",\"PRIORITY\":\"3\","
		      "\"__CURSOR\":\"s=1;i=2\"");
	MUST(journal_entry(&j, json, strlen(json), false, take, &line, &e), &e);
	assert_true(line.at == 1763800000123456 && line.passed == 77000001 && line.pid == 20760);
	assert_int_equal(line.priority, 3);
	assert_int_equal(line.entry, 1);
	assert_string_equal(text_str(&j.cursor), "s=1;i=2");
}

SPEC(what_terminals_are_told_is_left_out)
{
	static const char *const cases[][2] = {
		{ "\033[31mred\033[0m \033[38;5;12mblue\033[m", "red blue" },
		{ "\033]0;title\apast \033]8;;http://x\033\\link\033]8;;\033\\", "past link" },
		{ "\033(Bascii\033[2K\033[1G\0337", "ascii" },
		{ "a\tb\bc\x7f"
		  "d\x01",
			"a bcd" },
		{ "one\r\ntwo\rthree", "one\ntwo\nthree" },
		{ "gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0\xf0\x9f\xa6\x80",
			"gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0\xf0\x9f\xa6\x80" },
		{ "bad \xc3 \xff\xc0\xaf \xc2\x9b", "bad ? ??? ??" },
		{ "\033]0;failed to load", "0;failed to load" }, /* without an end: nothing is hidden */
		{ "\033[31", "31" },
		{ "\033[31\nfailed", "31\nfailed" },
		{ "\033", "" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text out = { 0 };
		size_t len = strlen(cases[i][0]);
		char *copy = exact_copy(cases[i][0], len);
		plain_add(copy, len, &out);
		assert_string_equal(text_str(&out), cases[i][1]);
		free(copy);
	}
}

SPEC(a_cut_does_not_halve_a_character)
{
	SCOPED(text_end) struct text out = { 0 };
	plain_cut("ab\xe4\xbd\xa0", 4, &out);
	assert_string_equal(text_str(&out), "ab...");
}

SPEC(lines_of_others_do_not_count_whatever_they_say)
{
	static const char *const forged[] = {
		/* another service that names us in every field that it can write */
		"{\"_SYSTEMD_INVOCATION_ID\":\"" OTHERS "\",\"MESSAGE\":\"m\",\"UNIT\":\"" UNIT
		"\",\"INVOCATION_ID\":\"" OURS "\",\"SYSTEMD_INVOCATION_ID\":\"" OURS
		"\",\"OBJECT_SYSTEMD_INVOCATION_ID\":\"" OURS "\"}",
		"{\"MESSAGE\":\"m\",\"INVOCATION_ID\":\"" OURS "\"}",
		/* a message that looks like an entry */
		"{\"_SYSTEMD_INVOCATION_ID\":\"" OTHERS
		"\",\"MESSAGE\":\"\\n{\\\"_SYSTEMD_INVOCATION_ID\\\":\\\"" OURS
		"\\\",\\\"MESSAGE\\\":\\\"m\\\"}\"}",
		/* two values, and another case */
		"{\"_SYSTEMD_INVOCATION_ID\":[\"" OURS "\",\"" OTHERS "\"],\"MESSAGE\":\"m\"}",
		"{\"_SYSTEMD_INVOCATION_ID\":\"" OTHERS "\",\"_SYSTEMD_INVOCATION_ID\":\"" OURS
		"\",\"MESSAGE\":\"m\"}",
		"{\"_systemd_invocation_id\":\"" OURS "\",\"MESSAGE\":\"m\"}",
	};
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED(journal_end) struct journal j = ours();
	for (size_t i = 0; i < COUNT_OF(forged); i++)
		read_entry(&j, forged[i], &seen);
	assert_string_equal(text_str(&seen), "");
	assert_int_equal(j.entries, 0);
	assert_false(journal_gap(&j));
}

#define DROPPED(transport, id, message, more)                                                                \
	"{\"_TRANSPORT\":\"" transport "\",\"MESSAGE_ID\":\"" id "\",\"MESSAGE\":\"" message "\"," more      \
	"\"_SYSTEMD_INVOCATION_ID\":\"" OTHERS "\"}"

SPEC(only_journald_itself_says_that_messages_of_ours_are_missing)
{
	static const struct {
		const char *entry;
		uint64_t suppressed;
	} cases[] = {
		{ DROPPED("driver", JOURNAL_DROPPED, "Suppressed 42 messages from " UNIT,
			  "\"N_DROPPED\":\"42\","),
			42 },
		{ DROPPED("driver", JOURNAL_DROPPED, "Suppressed 7 messages from user@1000.service",
			  "\"N_DROPPED\":\"7\","),
			7 },
		{ DROPPED("driver", JOURNAL_DROPPED, "Suppressed 3 messages from x.service",
			  "\"N_DROPPED\":\"3\",\"OBJECT_SYSTEMD_INVOCATION_ID\":\"" OURS "\","),
			3 },
		{ DROPPED("driver", JOURNAL_DROPPED, "other words", ""), 1 },
		{ DROPPED("driver", JOURNAL_DROPPED, "Suppressed 9 messages from x.service",
			  "\"N_DROPPED\":\"9\","),
			0 },
		{ DROPPED("journal", JOURNAL_DROPPED, "Suppressed 9 messages from " UNIT,
			  "\"N_DROPPED\":\"9\","),
			0 },
		{ DROPPED("driver", OTHERS, "Suppressed 9 messages from " UNIT, "\"N_DROPPED\":\"9\","), 0 },
		{ ENTRY("\"MESSAGE\":\"Suppressed 9 messages from " UNIT "\""), 0 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text seen = { 0 };
		SCOPED(journal_end) struct journal j = ours();
		read_entry(&j, cases[i].entry, &seen);
		assert_int_equal(j.suppressed, cases[i].suppressed);
		assert_int_equal(journal_gap(&j), cases[i].suppressed > 0);
	}
}

SPEC(what_is_no_entry_or_too_long_is_a_gap)
{
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED(text_end) struct text entry = { 0 };
	SCOPED(journal_end) struct journal j = ours();
	struct err e = { 0 };
	char *long_one = repeated('x', JOURNAL_MESSAGE_MAX + 1);
	read_entry(&j, "", &seen);
	assert_false(journal_gap(&j));
	read_entry(&j, "-- No entries --", &seen);
	read_entry(&j, "{\"MESSAGE\":", &seen);
	MUST(journal_entry(&j, "{}", 2, true, note, &seen, &e), &e);
	assert_int_equal(j.unread, 3);
	text_printf(&entry, ENTRY("\"MESSAGE\":\"%s\""), long_one);
	read_entry(&j, text_str(&entry), &seen);
	assert_int_equal(j.unread, 4);
	assert_int_equal(seen.len, JOURNAL_MESSAGE_MAX + 1);
	free(long_one);
}

static void assert_words(const char *const *argv, const char *expected)
{
	SCOPED(text_end) struct text words = { 0 };
	for (; *argv; argv++)
		text_printf(&words, "%s ", *argv);
	assert_string_equal(text_str(&words), expected);
}

SPEC(the_journal_is_asked_for_one_start_and_goes_on_behind_what_was_read)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(journal_end) struct journal j = ours();
	j.since = 1763800000;
#define BEGIN                                                                                                \
	"journalctl --output=json --output-fields=MESSAGE,MESSAGE_ID,PRIORITY,N_DROPPED,_PID,_TRANSPORT,"    \
	"_SYSTEMD_INVOCATION_ID,OBJECT_SYSTEMD_INVOCATION_ID --all --no-pager --quiet "
#define END "_SYSTEMD_INVOCATION_ID=" OURS " + MESSAGE_ID=" JOURNAL_DROPPED " _TRANSPORT=driver "
	assert_words(journal_argv(&j, &arena), BEGIN "--since=@1763800000 " END);
	text_puts(&j.cursor, "s=1;i=2");
	assert_words(journal_argv(&j, &arena), BEGIN "--after-cursor=s=1;i=2 " END);
}

/* ---- a million lines ---- */

/* A sanitizer keeps what was freed. */
#ifdef __SANITIZE_ADDRESS__
#define WATCHED_MEMORY
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define WATCHED_MEMORY
#endif
#endif

static bool split_entry(void *ctx, const char *line, size_t len, bool cut, struct err *e)
{
	struct journal_line last;
	return journal_entry(ctx, line, len, cut, take, &last, e);
}

SPEC(a_million_entries_take_no_memory)
{
	SCOPED(journal_end) struct journal j = ours();
	SCOPED(text_end) struct text batch = { 0 };
	SCOPED(lines_end) struct lines l = { .longest = JOURNAL_ENTRY_MAX, .visit = split_entry, .ctx = &j };
	struct rusage before, after;
	struct err e = { 0 };
	for (int i = 0; i < 1000; i++)
		text_printf(&batch, "%s\n",
			ENTRY("\"__CURSOR\":\"s=0123456789abcdef;i=1;b=0123456789abcdef;m=1;t=1;x=1\",\"__REALTIME_TIMESTAMP\":"
			      "\"1763800000123456\",\"__MONOTONIC_TIMESTAMP\":\"77000001\",\"_BOOT_ID\":\"" OTHERS
			      "\",\"_PID\":\"20760\",\"PRIORITY\":\"6\",\"_TRANSPORT\":\"stdout\",\"MESSAGE\":"
			      "\"2026-11-22T13:22:07.013+00:00 \\u001b[32m[gateway]\\u001b[0m a line like any other\""));
	getrusage(RUSAGE_SELF, &before);
	clock_t start = clock();
	for (int i = 0; i < 1000; i++)
		MUST(lines_add(&l, batch.at, batch.len, &e), &e);
	getrusage(RUSAGE_SELF, &after);
	printf("a million entries: %.1f s\n", (double)(clock() - start) / CLOCKS_PER_SEC);
	assert_int_equal(j.entries, 1000000);
	assert_int_equal(j.lines, 1000000);
	assert_false(journal_gap(&j));
#ifndef WATCHED_MEMORY
	assert_true(after.ru_maxrss - before.ru_maxrss < 8 * 1024);
#endif
}

/* ---- files ---- */

static uint64_t read_file(int dir, uint64_t *offset, struct journal *j, const char *expected)
{
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED_FD int fd = openat(dir, "log", O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };
	bool more = true;
	MUST(journal_file(j, fd, offset, 5, &more, note, &seen, &e), &e);
	assert_string_equal(text_str(&seen), expected);
	assert_false(more);
	return *offset;
}

SPEC(a_log_file_is_read_from_where_it_was_at_the_start)
{
	SCOPED_FD int dir = scratch();
	SCOPED(journal_end) struct journal j = ours();
	uint64_t offset = 4;
	given_file(dir, "log", "old\n\033[31mred\033[0m\nhalf");
	assert_int_equal(read_file(dir, &offset, &j, "red|"), 17);
	given_file(dir, "log", "old\n\033[31mred\033[0m\nhalf a line\nnext\n");
	assert_int_equal(read_file(dir, &offset, &j, "half a line|next|"), 34);
	assert_int_equal(read_file(dir, &offset, &j, ""), 34);
	assert_false(journal_gap(&j));
	given_file(dir, "log", "cut\n"); /* shorter than before: somebody began it anew */
	assert_int_equal(read_file(dir, &offset, &j, "cut|"), 4);
	assert_true(journal_gap(&j));
	assert_int_equal(j.entries, 4);
}

SPEC(a_line_without_an_end_is_cut_and_a_gap)
{
	SCOPED_FD int dir = scratch();
	SCOPED_FD int fd = -1;
	SCOPED(journal_end) struct journal j = ours();
	SCOPED(text_end) struct text seen = { 0 };
	char *long_one = repeated('x', JOURNAL_MESSAGE_MAX + 100);
	uint64_t offset = 0;
	struct err e = { 0 };
	bool more;
	given_file(dir, "log", long_one);
	fd = openat(dir, "log", O_RDONLY | O_CLOEXEC);
	MUST(journal_file(&j, fd, &offset, 5, &more, note, &seen, &e), &e);
	assert_int_equal(offset, JOURNAL_MESSAGE_MAX + 100);
	assert_int_equal(j.unread, 1);
	free(long_one);
}

/* ---- the program ---- */

SPEC(journalctl_is_read_and_its_failure_is_ours)
{
	char path[PATH_MAX], *before = getenv("PATH");
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED(journal_end) struct journal j = ours();
	struct err e = { 0 };
	char *kept = exact_copy(before, strlen(before) + 1);
	given_file(dir, "journalctl",
		"#!/bin/sh\necho '" ENTRY(
			"\"MESSAGE\":\"hello\"") "'\n[ ! -e \"$0.bad\" ] || { echo oh no >&2; exit 1; }\n");
	assert_int_equal(fchmodat(dir, "journalctl", 0755, 0), 0);
	SCOPED(text_end) struct text all = { 0 };
	text_printf(&all, "%s:%s", path_of(dir, NULL, path), kept);
	setenv("PATH", text_str(&all), 1);
	MUST(journal_read(&j, 20, note, &seen, &e), &e);
	assert_string_equal(text_str(&seen), "hello|");
	given_file(dir, "journalctl.bad", "");
	assert_false(journal_read(&j, 20, note, &seen, &e));
	assert_says(&e, ERR_SYSTEM, "journalctl ended with 1: oh no");
	setenv("PATH", kept, 1);
	free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_its_lines_and_then_the_whole),
		cmocka_unit_test(a_line_knows_when_and_by_whom),
		cmocka_unit_test(what_terminals_are_told_is_left_out),
		cmocka_unit_test(a_cut_does_not_halve_a_character),
		cmocka_unit_test(lines_of_others_do_not_count_whatever_they_say),
		cmocka_unit_test(only_journald_itself_says_that_messages_of_ours_are_missing),
		cmocka_unit_test(what_is_no_entry_or_too_long_is_a_gap),
		cmocka_unit_test(the_journal_is_asked_for_one_start_and_goes_on_behind_what_was_read),
		cmocka_unit_test(a_million_entries_take_no_memory),
		cmocka_unit_test(a_log_file_is_read_from_where_it_was_at_the_start),
		cmocka_unit_test(a_line_without_an_end_is_cut_and_a_gap),
		cmocka_unit_test(journalctl_is_read_and_its_failure_is_ours),
	};
	return cmocka_run_group_tests_name("host_journal", tests, NULL, NULL);
}
