/* unit_file - unit files and drop-ins say what systemd would make of them. */
#include "installer/host/unit_file.h"

#include "tests/unit/unit.h"

#define UNIT "/etc/systemd/system/x.service"

struct merging {
	struct arena arena;
	struct unit_merge m;
};

static void end_merging(struct merging *m)
{
	arena_end(&m->arena);
}

static void say_in(struct merging *m, const char *file, const char *text)
{
	SCOPED_TEXT char *exact = exact_copy(text, strlen(text));
	if (!m->m.cwd)
		unit_merge_init(&m->m, &m->arena);
	unit_merge_add(&m->m, file, exact, strlen(text), &m->arena);
}

/* A list of texts, each in brackets. */
static const char *shown(const struct json_list *list)
{
	static char all[1024];
	all[0] = '\0';
	for (size_t i = 0; i < list->count; i++)
		snprintf(
			all + strlen(all), sizeof all - strlen(all), "[%s]", ((char *const *)list->items)[i]);
	return all;
}

static void words_are(const char *line, const char *expected)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED_TEXT char *exact = exact_copy(line, strlen(line) + 1);
	struct json_list list = { NULL, 0 };
	unit_words(exact, &list, &arena);
	assert_string_equal(shown(&list), expected);
}

static void exec_is(const char *text, const char *expected)
{
	SCOPED(end_merging) struct merging m = { 0 };
	say_in(&m, UNIT, text);
	if (strcmp(shown(&m.m.exec), expected) != 0)
		fail_msg("%s: %s, expected %s", text, shown(&m.m.exec), expected);
}

SPEC(words_have_quotes_and_escapes)
{
	words_are("", "");
	words_are(" \t ", "");
	words_are("a  b\tc\r\nd", "[a][b][c][d]");
	words_are("'a b' \"c d\" e' 'f", "[a b][c d][e f]");
	words_are("\"it's\" 'say \"x\"' \"\" ''", "[it's][say \"x\"][][]");
	words_are("a\\ b \\x41\\101\\s\\t\\\\\\\"", "[a\\][b][AA \t\\\"]");
	words_are("\\q \\x4 \\9", "[\\q][\\x4][\\9]");
	words_are("\"no end", "[no end]");
	words_are("back\\", "[back\\]");
	words_are("a\vb\fc", "[a\vb\fc]");
}

SPEC(a_unit_says_who_runs_what_where)
{
	SCOPED(end_merging) struct merging m = { 0 };
	say_in(&m, UNIT,
		"# comment\n"
		"[Unit]\n"
		"ExecStart=/not/this\n"
		"[Service]\n"
		"Type=simple\n"
		" ExecStart = /usr/bin/node \"/opt/my app/index.js\" gateway \n"
		"WorkingDirectory=-/opt/app\n"
		"User=claw\n"
		"Environment=A=1 \"B=two words\"\n"
		"Environment=C=3\n"
		"[Install]\n"
		"User=nobody\n"
		"WantedBy=default.target"); /* and no newline */
	assert_string_equal(shown(&m.m.exec), "[/usr/bin/node][/opt/my app/index.js][gateway]");
	assert_string_equal(m.m.exec_from, UNIT);
	assert_string_equal(m.m.cwd, "/opt/app");
	assert_string_equal(m.m.user, "claw");
	assert_string_equal(shown(&m.m.environment), "[A=1][B=two words][C=3]");
	assert_int_equal(m.m.overridden.count, 0);
}

SPEC(prefixes_of_a_command_are_no_part_of_it)
{
	exec_is("[Service]\nExecStart=-/bin/a b", "[/bin/a][b]");
	exec_is("[Service]\nExecStart=+!!:/bin/a", "[/bin/a]");
	exec_is("[Service]\nExecStart=@/bin/a called b c", "[/bin/a][b][c]");
	exec_is("[Service]\nExecStart=-@/bin/a called", "[/bin/a]");
	exec_is("[Service]\nExecStart=@/bin/a", "[/bin/a]");
}

SPEC(lines_are_joined_and_comments_between_them_dropped)
{
	exec_is("[Service]\nExecStart=/bin/a \\\n  b \\\n  c\nUser=x", "[/bin/a][b][c]");
	exec_is("[Service]\nExecStart=/bin/a \\\n# one\n ; two \\\n  b\nc=d", "[/bin/a][b]");
	exec_is("[Service]\nExecStart=/bin/a \\\n\nb", "[/bin/a]");
	exec_is("[Service]\nExecStart=/bin/a b\\\\\nUser=x",
		"[/bin/a][b\\]"); /* two are one, and join nothing */
	exec_is("[Service]\n# comment \\\nExecStart=/bin/a", "[/bin/a]");
	exec_is("[Service]\nExecStart=/bin/a \\", "[/bin/a]");
	exec_is("[Service]\n\\\nExecStart=/bin/a", "[/bin/a]");
}

SPEC(lines_may_end_as_on_windows)
{
	exec_is("\xef\xbb\xbf[Service]\r\nExecStart=/bin/a \\\r\n  b\r\nUser=x\r\n", "[/bin/a][b]");
	exec_is("[Service]\r\n; no\r\nExecStart=/bin/a c\r\n", "[/bin/a][c]");
	exec_is("[Service]\nExecStart=/bin/a \r b", "[/bin/a][b]");
}

SPEC(other_sections_say_nothing)
{
	exec_is("ExecStart=/bin/a", "");
	exec_is("[Service]\n[X-A-section-with-a-name-that-is-much-longer-than-anything-that-systemd-knows]\n"
		"ExecStart=/bin/a",
		"");
	exec_is("[service]\nExecStart=/bin/a", "");
	exec_is("[Service]\nexecstart=/bin/a\nExecStartPre=/bin/b\nExecStart", "");
	exec_is("[Socket]\nExecStart=/bin/a\n[Service]\nExecStart=/bin/b\n", "[/bin/b]");
}

SPEC(an_empty_assignment_empties_the_list)
{
	SCOPED(end_merging) struct merging m = { 0 };
	say_in(&m, UNIT,
		"[Service]\nEnvironment=A=1\nUser=x\nExecStart=/bin/a\n"
		"Environment=\nUser=\nExecStart=\nEnvironment=B=2");
	assert_string_equal(shown(&m.m.exec), "");
	assert_string_equal(m.m.exec_from, "");
	assert_string_equal(m.m.user, "");
	assert_string_equal(shown(&m.m.environment), "[B=2]");
}

SPEC(a_later_file_overrides_and_is_named)
{
	SCOPED(end_merging) struct merging m = { 0 };
	say_in(&m, UNIT, "[Service]\nExecStart=/bin/a\nWorkingDirectory=/a\nEnvironment=A=1\n");
	say_in(&m, UNIT ".d/10-b.conf", "[Service]\nExecStart=\nExecStart=/bin/b x\nEnvironment=A=2\n");
	say_in(&m, UNIT ".d/20-c.conf", "[Service]\nWorkingDirectory=~\n");
	say_in(&m, UNIT ".d/30-d.conf", "[Service]\nExecStart=\nExecStart=/bin/d\n");
	assert_string_equal(shown(&m.m.exec), "[/bin/d]");
	assert_string_equal(m.m.exec_from, UNIT ".d/30-d.conf");
	assert_string_equal(m.m.cwd, "~");
	assert_string_equal(shown(&m.m.overridden), "[" UNIT "][" UNIT ".d/10-b.conf]");
	assert_string_equal(shown(&m.m.environment), "[A=1][A=2]");
}

SPEC(a_file_of_zeros_says_nothing)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct unit_merge m;
	static const char zeros[300];
	unit_merge_init(&m, &arena);
	unit_merge_add(&m, UNIT, zeros, sizeof zeros, &arena);
	unit_merge_add(&m, UNIT, "", 0, &arena);
	assert_int_equal(m.exec.count, 0);
}

SPEC(lists_of_texts_grow)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct json_list list = { NULL, 0 };
	char number[16];
	for (int i = 0; i < 1000; i++) {
		snprintf(number, sizeof number, "%d", i);
		texts_add(&list, number, &arena);
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(atoi(((char **)list.items)[i]), i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_have_quotes_and_escapes),
		cmocka_unit_test(a_unit_says_who_runs_what_where),
		cmocka_unit_test(prefixes_of_a_command_are_no_part_of_it),
		cmocka_unit_test(lines_are_joined_and_comments_between_them_dropped),
		cmocka_unit_test(lines_may_end_as_on_windows),
		cmocka_unit_test(other_sections_say_nothing),
		cmocka_unit_test(an_empty_assignment_empties_the_list),
		cmocka_unit_test(a_later_file_overrides_and_is_named),
		cmocka_unit_test(a_file_of_zeros_says_nothing),
		cmocka_unit_test(lists_of_texts_grow),
	};
	return cmocka_run_group_tests_name("unit_file", tests, NULL, NULL);
}
