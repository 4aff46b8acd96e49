/* watch - lines of an application against the patterns of gates, up to the verdict. The lines are OpenClaw's.
 */
#include "installer/host/watch.h"
#include "tests/unit/installer/gates.h"

#define OURS "0123456789abcdef0123456789abcdef"

/* One log gate over lines of a journal: the service began at second 100. */
struct story {
	struct gate gate;
	struct gate_own own;
	struct watch watch;
	struct journal journal;
};

static void begin(struct story *s, struct gate gate)
{
	struct err e = { 0 };
	static const struct redact none;
	*s = (struct story){ .gate = gate, .journal = { .invocation = OURS } };
	MUST(watch_open(&s->gate, &none, &s->own.log, &s->watch, &e), &e);
}

static void story_end(struct story *s)
{
	watch_end(&s->watch);
	gate_log_end(&s->own.log);
	journal_end(&s->journal);
}

/* `message` is the inside of a JSON text. */
static void line_at(struct story *s, unsigned second, const char *message)
{
	SCOPED(text_end) struct text entry = { 0 };
	struct watches all = { &s->watch, 1 };
	struct err e = { 0 };
	text_printf(&entry,
		"{\"_SYSTEMD_INVOCATION_ID\":\"" OURS
		"\",\"__MONOTONIC_TIMESTAMP\":\"%u000000\",\"MESSAGE\":\"%s\"}",
		second, message);
	MUST(journal_entry(&s->journal, text_str(&entry), entry.len, false, watch_lines, &all, &e), &e);
}

static const char *at(struct story *s, unsigned second, struct text *seen)
{
	watch_read(&s->watch, &s->journal, second * S);
	return judged(s->gate, (struct gate_facts){ .began = 100 * S, .now = second * S }, &s->own, seen);
}

#define CONNECTED "[dingtalk] [default] DingTalk Stream client connected successfully"
#define LOST      "[dingtalk] [default] Connection health check failed - detected disconnection"

static struct gate connected(unsigned settle)
{
	return GATE(.kind = lit("log-present"), .match = lit("connected successfully"),
		.against = lit("health check failed|disconnected"), .deadline = 60, .settle = settle);
}

SPEC(a_success_that_is_taken_back_ten_seconds_later_is_none)
{
	SCOPED(story_end) struct story s;
	SCOPED(text_end) struct text seen = { 0 };
	begin(&s, connected(15));
	assert_string_equal(at(&s, 101, NULL), "undecided");
	line_at(&s, 102, CONNECTED);
	assert_string_equal(at(&s, 103, NULL), "undecided");
	assert_string_equal(at(&s, 111, NULL), "undecided");
	line_at(&s, 112, LOST);
	assert_string_equal(at(&s, 117, NULL), "undecided");
	assert_string_equal(at(&s, 159, NULL), "undecided");
	assert_string_equal(at(&s, 160, &seen), "failed");
	assert_non_null(strstr(text_str(&seen), "taken back (1): " LOST));
	assert_non_null(strstr(text_str(&seen), "found (1): " CONNECTED));
}

SPEC(a_success_that_lasts_is_one_and_the_window_begins_anew_after_a_loss)
{
	SCOPED(story_end) struct story s;
	begin(&s, connected(15));
	line_at(&s, 102, CONNECTED);
	assert_string_equal(at(&s, 116, NULL), "undecided");
	assert_string_equal(at(&s, 117, NULL), "passed");
	line_at(&s, 118, LOST);
	assert_string_equal(at(&s, 119, NULL), "undecided");
	line_at(&s, 120, CONNECTED);
	assert_string_equal(at(&s, 134, NULL), "undecided");
	line_at(&s, 134, CONNECTED); /* once more is no new beginning */
	assert_string_equal(at(&s, 135, NULL), "passed");
}

SPEC(what_comes_after_the_deadline_is_too_late_and_what_came_before_may_settle_behind_it)
{
	SCOPED(story_end) struct story early;
	SCOPED(story_end) struct story late;
	begin(&early, connected(15));
	begin(&late, connected(15));
	line_at(&early, 159, CONNECTED);
	assert_string_equal(at(&early, 165, NULL), "undecided");
	assert_string_equal(at(&early, 174, NULL), "passed");
	line_at(&late, 161, CONNECTED);
	assert_string_equal(at(&late, 180, NULL), "failed");
}

SPEC(one_line_that_says_both_is_a_loss)
{
	SCOPED(story_end) struct story s;
	begin(&s, connected(0));
	line_at(&s, 102, CONNECTED " - disconnected");
	assert_string_equal(at(&s, 103, NULL), "undecided");
}

SPEC(the_errors_of_real_plugins_are_found)
{
	static const char *const lines[] = {
		"[gateway] [plugins] dingtalk failed to load from /root/.openclaw/extensions/dingtalk/index.ts: Error: "
		"Cannot find module 'openclaw/plugin-sdk'\\nRequire stack:\\n- /root/.openclaw/extensions/dingtalk/index.ts",
		"[gateway] [plugins] failed to load plugin: TypeError: (0 , _pluginSdk.createPluginRuntimeStore) is not a "
		"function (plugin=dingtalk, source=/x/index.ts)",
		"\\u001b[31m[gateway]\\u001b[39m [plugins] failed \\u001b[1mto\\u001b[0m load plugin: TypeError: (0 , "
		"_pluginSdk.resolvePreferredOpenClawTmpDir) is not a function (plugin=dingtalk, source=/x/index.ts)",
	};
	struct gate gate = GATE(.kind = lit("log-absent"), .settle = 10,
		.match = lit("dingtalk failed to load|failed to load plugin:.*\\(plugin=dingtalk[,)]"));
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		SCOPED(story_end) struct story s;
		SCOPED(text_end) struct text seen = { 0 };
		begin(&s, gate);
		line_at(&s, 101, "[heartbeat] started");
		assert_string_equal(at(&s, 105, NULL), "undecided");
		assert_string_equal(at(&s, 110, NULL), "passed");
		line_at(&s, 111, lines[i]);
		assert_string_equal(at(&s, 111, &seen), "failed");
		assert_non_null(strstr(text_str(&seen), "found (1): [gateway] [plugins]"));
	}
}

SPEC(the_errors_of_another_plugin_are_not_its_own)
{
	SCOPED(story_end) struct story s;
	begin(&s, GATE(.kind = lit("log-absent"),
			  .match = lit("dingtalk failed to load|\\(plugin=dingtalk[,)]")));
	line_at(&s, 101, "[plugins] failed to load plugin: Error: x (plugin=dingtalk-two, source=/x)");
	assert_string_equal(at(&s, 102, NULL), "passed");
}

SPEC(silence_with_a_gap_is_undecided_and_so_is_no_log_at_all)
{
	SCOPED(story_end) struct story s;
	SCOPED(text_end) struct text seen = { 0 };
	begin(&s, GATE(.kind = lit("log-absent"), .match = lit("failed")));
	assert_string_equal(at(&s, 900, NULL), "undecided"); /* not one line */
	line_at(&s, 101, "fine");
	assert_string_equal(at(&s, 900, NULL), "passed");
	s.journal.suppressed = 12;
	assert_string_equal(at(&s, 900, &seen), "undecided");
	assert_string_equal(text_str(&seen), "12 messages were suppressed\n");
	s.journal.suppressed = 0;
	s.journal.unread = 1;
	assert_string_equal(at(&s, 900, NULL), "undecided");
	s.own.log.read = false;
	assert_string_equal(judged(s.gate, (struct gate_facts){ .now = 900 * S }, &s.own, NULL), "undecided");
	line_at(&s, 102, "failed"); /* what was seen was seen */
	assert_string_equal(at(&s, 900, NULL), "failed");
}

SPEC(a_loss_may_be_what_is_missing)
{
	SCOPED(story_end) struct story s;
	begin(&s, connected(15));
	line_at(&s, 102, CONNECTED);
	s.journal.suppressed = 1;
	assert_string_equal(at(&s, 130, NULL), "undecided");
}

SPEC(a_pattern_over_several_lines_counts_once)
{
	SCOPED(story_end) struct story s;
	begin(&s, GATE(.kind = lit("log-present"), .match = lit("two.three")));
	line_at(&s, 101, "one\\ntwo\\nthree");
	assert_int_equal(s.own.log.matches, 1);
	line_at(&s, 102, "two three\\nmore");
	assert_int_equal(s.own.log.matches, 2);
}

SPEC(a_token_in_a_line_does_not_reach_what_was_seen)
{
	SCOPED(story_end) struct story s;
	SCOPED(text_end) struct text seen = { 0 };
	begin(&s, GATE(.kind = lit("log-absent"), .match = lit("hunter2")));
	line_at(&s, 101, "login with password=hunter2 failed");
	assert_string_equal(at(&s, 102, &seen), "failed");
	assert_string_equal(text_str(&seen), "found (1): login with password=[redacted] failed\n");
	assert_string_equal(text_str(&s.own.log.first), "login with password=[redacted] failed");
}

SPEC(a_bad_pattern_names_its_gate)
{
	struct watch w;
	struct err e = { 0 };
	struct gate g = GATE(.kind = lit("log-absent"), .match = lit("("));
	assert_false(watch_open(&g, &(struct redact){ 0 }, NULL, &w, &e));
	assert_says(&e, ERR_FORMAT, "gate it: ");
	watch_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_success_that_is_taken_back_ten_seconds_later_is_none),
		cmocka_unit_test(a_success_that_lasts_is_one_and_the_window_begins_anew_after_a_loss),
		cmocka_unit_test(
			what_comes_after_the_deadline_is_too_late_and_what_came_before_may_settle_behind_it),
		cmocka_unit_test(one_line_that_says_both_is_a_loss),
		cmocka_unit_test(the_errors_of_real_plugins_are_found),
		cmocka_unit_test(the_errors_of_another_plugin_are_not_its_own),
		cmocka_unit_test(silence_with_a_gap_is_undecided_and_so_is_no_log_at_all),
		cmocka_unit_test(a_loss_may_be_what_is_missing),
		cmocka_unit_test(a_pattern_over_several_lines_counts_once),
		cmocka_unit_test(a_token_in_a_line_does_not_reach_what_was_seen),
		cmocka_unit_test(a_bad_pattern_names_its_gate),
	};
	return cmocka_run_group_tests_name("host_watch", tests, NULL, NULL);
}
