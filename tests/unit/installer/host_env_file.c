/* env_file - files of EnvironmentFile= say what the manager would read in them. */
#include "installer/host/env_file.h"

#include "tests/unit/unit.h"

static void reads(const char *text, const char *expected)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED_TEXT char *exact = exact_copy(text, strlen(text));
	SCOPED(text_end) struct text all = { 0 };
	struct json_list out = { NULL, 0 };
	env_file_read(exact, strlen(text), &out, &arena);
	for (size_t i = 0; i < out.count; i++)
		text_printf(&all, "[%s]", ((char *const *)out.items)[i]);
	if (strcmp(text_str(&all), expected) != 0)
		fail_msg("%s: %s, expected %s", text, text_str(&all), expected);
}

SPEC(lines_are_assignments)
{
	reads("", "");
	reads("A=1\nB=two words  \n\n  C = 3\n", "[A=1][B=two words][C=3]");
	reads("# A=1\n;B=2\n \t# C=3\nD=4 # five\n", "[D=4 # five]");
	reads("# joined \\\nA=1\nB=2", "[B=2]");
	reads("no assignment\n=x\n1A=x\nA-B=x\nA B=x\nexport C=1\nD=", "[D=]");
	reads("A=1\r\nB=2\r\n", "[A=1][B=2]");
}

SPEC(quotes_and_backslashes_are_the_managers)
{
	reads("A='x y # z'\nB=\"a\\\"b\\\\c\\$d\\`e\\nf\"\n", "[A=x y # z][B=a\"b\\c$d`e\\nf]");
	reads("A='one'\" two\" three\nB=it's\n", "[A=one twothree][B=it's]");
	reads("A=a\\ b\\\nc\\\\\nB=x\\  \nC=\"one \\\ntwo\"\nD='one\ntwo'",
		"[A=a bc\\][B=x ][C=one two][D=one\ntwo]");
	reads("A=\"no end", "[A=no end]");
	reads("A='", "[A=]");
	reads("A=\\", "[A=\\]");
}

SPEC(files_of_a_unit_are_read_in_order)
{
	char path[PATH_MAX], *files[] = { (char[]){ "/etc/default/a" }, (char[]){ "-/etc/none" },
		(char[]){ "/etc/more/*.env" }, (char[]){ "/etc/missing" }, (char[]){ "relative" } };
	struct json_list list = { files, COUNT_OF(files) }, out = { NULL, 0 };
	struct host h;
	struct err e = { 0 };
	int dir = scratch();
	given_file(dir, "etc/passwd", "");
	given_file(dir, "etc/default/a", "A=1\nB=1\n");
	given_file(dir, "etc/more/1.env", "B=2\n");
	given_file(dir, "etc/more/2.env", "C=3\n");
	MUST(host_begin(&h, path_of(dir, NULL, path), "generic", &e), &e);
	env_files_add(&h, &list, &out);
	assert_int_equal(out.count, 4);
	assert_string_equal(((char **)out.items)[2], "B=2");
	assert_int_equal(h.unseen.count, 2);
	assert_string_equal(((char **)h.unseen.items)[0], "EnvironmentFile=/etc/missing: it is not there");
	host_end(&h);
	close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_assignments),
		cmocka_unit_test(quotes_and_backslashes_are_the_managers),
		cmocka_unit_test(files_of_a_unit_are_read_in_order),
	};
	return cmocka_run_group_tests_name("env_file", tests, NULL, NULL);
}
