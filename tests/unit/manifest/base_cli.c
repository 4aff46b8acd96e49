/* base_cli - what the words of a command line mean, as rows: words, exit status, what is said. */
#include <sys/mman.h>

#include "manifest/base/cli.h"
#include "tests/unit/unit.h"

struct args {
	struct cli_common common;
	bool flag;
	const char *text;
	struct cli_many many;
};

/* What the command was given, for a look afterwards. */
static struct {
	unsigned runs, errors;
	bool json, flag;
	char root[64], text[64], many[64], operands[128];
} got;

static bool run_take(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct args *a = args;
	(void)e;
	got.runs++;
	got.json = a->common.json;
	got.flag = a->flag;
	snprintf(got.root, sizeof got.root, "%s", a->common.root ? a->common.root : "-");
	snprintf(got.text, sizeof got.text, "%s", a->text ? a->text : "-");
	for (size_t i = 0; i < a->many.count; i++)
		snprintf(got.many + strlen(got.many), sizeof got.many - strlen(got.many), "%s,",
			a->many.items[i]);
	for (size_t i = 0; i < count; i++)
		snprintf(got.operands + strlen(got.operands), sizeof got.operands - strlen(got.operands),
			"%s,", operands[i]);
	return true;
}

static bool run_fail(const void *args, char *const *operands, size_t count, struct err *e)
{
	(void)args;
	int kind = atoi(operands[0]);
	if (kind)
		err_set(e, (enum err_kind)kind, "failed as told");
	e->told = count > 1;
	return false;
}

static bool run_print(const void *args, char *const *operands, size_t count, struct err *e)
{
	(void)args;
	(void)operands;
	(void)count;
	(void)e;
	puts("some output");
	return true;
}

#define AT(member) offsetof(struct args, member)
static const struct cli_option take_options[] = {
	{ "flag", NULL, "a flag", AT(flag) },
	{ "text", "WORD", "a text", AT(text) },
	{ "many", "WORD...", "several texts", AT(many) },
	{ 0 },
};
static const struct cli_option shared_options[] = {
	{ "json", NULL, "for machines", AT(common.json) },
	{ "root", "DIR", "where", AT(common.root) },
	{ 0 },
};
#undef AT

static const struct cli_command commands[] = {
	{ "take", "A [B]", "takes words", take_options, shared_options, sizeof(struct args), 1, 2, run_take },
	{ "fail", "KIND", "fails", NULL, shared_options, sizeof(struct args), 1, 2, run_fail },
	{ "print", "", "prints", NULL, NULL, sizeof(struct args), 0, 0, run_print },
	{ 0 },
};

static void version(void)
{
	puts("program 1.2.3");
}

static void json_error(const struct err *e)
{
	got.errors++;
	printf("{\"error\":\"%s\"}\n", err_word(e->kind));
}

static const struct cli_program program = { "program", "does things", commands, version, json_error };

struct heard {
	int status;
	char out[8192], err[8192];
};

static int divert(int stream, const char *to)
{
	fflush(NULL);
	int before = dup(stream), fd = to ? open(to, O_WRONLY) : memfd_create("heard", 0);
	assert_true(fd >= 0);
	dup2(fd, stream);
	close(fd);
	return before;
}

static void restore(int stream, int before, char *heard, size_t room)
{
	fflush(NULL);
	if (heard) {
		ssize_t n = pread(stream, heard, room - 1, 0);
		heard[n < 0 ? 0 : n] = '\0';
	}
	dup2(before, stream);
	close(before);
}

/* Runs the program with these words, parted by one space; "" can be said as _. */
static struct heard say_to(const char *words, const char *output)
{
	static struct heard h;
	char line[512], *argv[40] = { (char *)(uintptr_t) "program" };
	int argc = 1;
	snprintf(line, sizeof line, "%s", words);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "_") == 0 ? word + 1 : word;
	memset(&got, 0, sizeof got);
	int out = divert(STDOUT_FILENO, output), err = divert(STDERR_FILENO, NULL);
	h.status = cli_main(&program, argc, argv);
	restore(STDERR_FILENO, err, h.err, sizeof h.err);
	restore(STDOUT_FILENO, out, output ? NULL : h.out, sizeof h.out);
	clearerr(stdout);
	return h;
}

SPEC(words_become_arguments)
{
	static const struct {
		const char *words, *root, *text, *many, *operands;
		bool flag, json;
	} cases[] = {
		{ "take a", "-", "-", "", "a,", false, false },
		{ "take a b", "-", "-", "", "a,b,", false, false },
		{ "take --flag a --json", "-", "-", "", "a,", true, true },
		{ "take --text x a", "-", "x", "", "a,", false, false },
		{ "take --text=x=y a", "-", "x=y", "", "a,", false, false },
		{ "take --text --flag a", "-", "--flag", "", "a,", false, false },
		{ "take a --many 1 --many=2 b --many 3", "-", "-", "1,2,3,", "a,b,", false, false },
		{ "take --root / a --flag --flag", "/", "-", "", "a,", true, false },
		{ "take -- --flag --text", "-", "-", "", "--flag,--text,", false, false },
		{ "take -", "-", "-", "", "-,", false, false },
		{ "take -- --", "-", "-", "", "--,", false, false },
		{ "take _", "-", "-", "", ",", false, false },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct heard h = say_to(cases[i].words, NULL);
		if (h.status != 0 || got.runs != 1)
			fail_msg("%s: %d, %s", cases[i].words, h.status, h.err);
		assert_string_equal(got.root, cases[i].root);
		assert_string_equal(got.text, cases[i].text);
		assert_string_equal(got.many, cases[i].many);
		assert_string_equal(got.operands, cases[i].operands);
		assert_int_equal(got.flag, cases[i].flag);
		assert_int_equal(got.json, cases[i].json);
	}
}

SPEC(a_wrong_command_line_is_refused_with_its_word)
{
	static const struct {
		const char *words, *complaint;
	} cases[] = {
		{ "tkae a", "program: there is no command \"tkae\"" },
		{ "take", "take needs A [B]" },
		{ "take a b c", "take: one word too many: c" },
		{ "take a -f", "take has no option -f" },
		{ "take a --flags", "take has no option --flags" },
		{ "take a --fla", "take has no option --fla;" },
		{ "take a --none=x", "take has no option --none;" },
		{ "take a --flag=yes", "--flag takes no value" },
		{ "take a --text", "--text needs a value: WORD" },
		{ "take a --text=", "--text needs a value: WORD" },
		{ "take a --text _", "--text needs a value: WORD" },
		{ "take a --many=", "--many needs a value: WORD..." },
		{ "take a --text x --text y", "--text is given twice" },
		{ "print x", "print: one word too many: x" },
		{ "print --json", "print has no option --json" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct heard h = say_to(cases[i].words, NULL);
		if (h.status != ERR_USAGE || !strstr(h.err, cases[i].complaint))
			fail_msg("%s: %d, %s", cases[i].words, h.status, h.err);
		assert_int_equal(got.runs, 0);
	}
}

SPEC(a_failure_is_the_exit_status)
{
	static const int kinds[] = { 2, 3, 4, 5, 6, 7, 8, 9 };
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		char words[32];
		snprintf(words, sizeof words, "fail %d", kinds[i]);
		struct heard h = say_to(words, NULL);
		assert_int_equal(h.status, kinds[i]);
		assert_string_equal(h.err, "program: failed as told\n");
		assert_string_equal(h.out, "");
	}
	struct heard h = say_to("fail 0", NULL);
	assert_int_equal(h.status, ERR_SYSTEM);
	assert_string_equal(h.err, "program: fail failed without a reason\n");
}

SPEC(a_failure_is_a_document_where_one_was_asked_for)
{
	struct heard h = say_to("fail 6 --json", NULL);
	assert_int_equal(h.status, 6);
	assert_string_equal(h.out, "{\"error\":\"refused\"}\n");
	h = say_to("fail 6 told --json", NULL);
	assert_int_equal(h.status, 6);
	assert_int_equal(got.errors, 0);
	h = say_to("take --none --json", NULL);
	assert_string_equal(h.out, "{\"error\":\"usage\"}\n");
	h = say_to("none --json", NULL);
	assert_string_equal(h.out, "{\"error\":\"usage\"}\n");
}

SPEC(help_comes_from_the_table)
{
	static const char *const ways[] = { "--help", "-h", "help" };
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct heard h = say_to(ways[i], NULL);
		assert_int_equal(h.status, 0);
		for (const struct cli_command *c = commands; c->name; c++) {
			assert_non_null(strstr(h.out, c->name));
			assert_non_null(strstr(h.out, c->help));
		}
		assert_non_null(strstr(h.out, "program - does things"));
		assert_non_null(strstr(h.out, " 9 differs."));
	}
	assert_int_equal(say_to("", NULL).status, ERR_USAGE);
}

SPEC(a_commands_help_lists_its_options)
{
	static const char *const ways[] = { "take --help", "take -h", "take a b --help", "take --flag -h" };
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct heard h = say_to(ways[i], NULL);
		assert_int_equal(h.status, 0);
		assert_int_equal(got.runs, 0);
		assert_non_null(strstr(h.out, "program take A [B] [OPTION]..."));
		assert_non_null(strstr(h.out, "--many WORD..."));
		assert_non_null(strstr(h.out, "--root DIR"));
	}
	assert_string_equal(say_to("--version", NULL).out, "program 1.2.3\n");
}

SPEC(output_that_cannot_be_written_is_a_failure)
{
	assert_int_equal(say_to("print", NULL).status, 0);
	struct heard h = say_to("print", "/dev/full");
	assert_int_equal(h.status, ERR_SYSTEM);
	assert_non_null(strstr(h.err, "standard output cannot be written"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_arguments),
		cmocka_unit_test(a_wrong_command_line_is_refused_with_its_word),
		cmocka_unit_test(a_failure_is_the_exit_status),
		cmocka_unit_test(a_failure_is_a_document_where_one_was_asked_for),
		cmocka_unit_test(help_comes_from_the_table),
		cmocka_unit_test(a_commands_help_lists_its_options),
		cmocka_unit_test(output_that_cannot_be_written_is_a_failure),
	};
	return cmocka_run_group_tests_name("base_cli", tests, NULL, NULL);
}
