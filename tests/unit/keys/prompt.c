/* prompt - a passphrase comes from a pipe or a terminal. */
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "keys/prompt.h"
#include "tests/unit/keys/people.h"

/* Standard input is these bytes while `prompt_passphrase` runs; what it left is in `rest`. */
static bool prompt_with(
	const struct row *r, bool twice, char *to, size_t room, char rest[static 16], struct err *e)
{
	int ends[2], before = dup(STDIN_FILENO);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], r->text, r->len), r->len);
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	bool yes = prompt_passphrase("k.key", twice, to, room, e);
	ssize_t left = read(STDIN_FILENO, rest, 15);
	rest[left < 0 ? 0 : left] = '\0';
	close(ends[0]);
	if (before >= 0) {
		dup2(before, STDIN_FILENO);
		close(before);
	} else {
		close(STDIN_FILENO);
	}
	return yes;
}

SPEC(a_pipe_gives_one_line_and_keeps_the_rest)
{
	static const struct {
		struct row in;
		const char *rest;
	} cases[] = {
		{ ROW("secret\n", "secret"), "" },
		{ ROW("secret", "secret"), "" },
		{ ROW("secret\r\n", "secret"), "" },
		{ ROW(" a b \nmore\n", " a b "), "more\n" },
		{ ROW("\nmore", ""), "more" },
		{ ROW("1234567\n", "1234567"), "" },
	};
	for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
		const struct row *in = &cases[i / 2].in;
		char to[8], rest[16];
		struct err e = { 0 };
		if (!prompt_with(in, i % 2, to, sizeof to, rest, &e))
			fail_msg("row %zu: %s", i / 2, e.text);
		assert_string_equal(to, in->complaint);
		assert_string_equal(rest, cases[i / 2].rest);
	}
}

SPEC(a_pipe_without_a_passphrase_is_refused)
{
	static const struct row rows[] = {
		ROW("", "passphrase for k.key: standard input ended before a passphrase"),
		ROW("12345678\n", "passphrase for k.key: is longer than 7 bytes"),
		ROW("a\0b\n", "passphrase for k.key: has a NUL byte"),
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char to[8] = "before", rest[16];
		struct err e = { 0 };
		assert_false(prompt_with(&rows[i], false, to, sizeof to, rest, &e));
		assert_says(&e, ERR_USAGE, rows[i].complaint);
		for (size_t j = 0; j < sizeof to; j++)
			assert_int_equal(to[j], 0);
	}
}

/* A terminal of our own, whose session is led by a child that asks. */
struct typist {
	int master;
	pid_t child;
};

/* The child's verdict is its exit status: 0 when it read "secret". */
static _Noreturn void ask_on_terminal(int slave, bool twice)
{
	char to[PASSPHRASE_ROOM];
	struct err e = { 0 };
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) < 0 || dup2(slave, STDIN_FILENO) < 0 || dup2(slave, STDERR_FILENO) < 0)
		_exit(99);
	signal(SIGINT, SIG_DFL);
	alarm(20);
	bool yes = prompt_passphrase("k.key", twice, to, sizeof to, &e);
	_exit(yes && strcmp(to, "secret") == 0 ? 0 : (int)e.kind);
}

static struct typist start_asking(bool twice)
{
	struct typist t;
	t.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t.master < 0)
		skip(); /* a machine without pseudo-terminals */
	assert_int_equal(grantpt(t.master), 0);
	assert_int_equal(unlockpt(t.master), 0);
	SCOPED_FD int slave = open(ptsname(t.master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	t.child = fork();
	assert_true(t.child >= 0);
	if (t.child == 0)
		ask_on_terminal(slave, twice);
	return t;
}

/* Reads until the terminal shows `prompt`, then types. What was shown is added to `screen`. */
static void answer(const struct typist *t, const char *prompt, const char *typed, struct text *screen)
{
	size_t from = screen->len;
	while (!strstr(text_str(screen) + from, prompt)) {
		char some[64];
		ssize_t n = read(t->master, some, sizeof some);
		assert_true(n > 0);
		text_add(screen, some, (size_t)n);
	}
	assert_int_equal(write(t->master, typed, strlen(typed)), strlen(typed));
}

/* The status of the child; the terminal must echo as before. */
static int finish(const struct typist *t, struct text *screen)
{
	int status = 0;
	assert_int_equal(waitpid(t->child, &status, 0), t->child);
	struct termios after;
	assert_int_equal(tcgetattr(t->master, &after), 0);
	assert_true(after.c_lflag & ECHO);
	assert_false(after.c_lflag & ECHONL);
	char some[64];
	for (ssize_t n; (n = read(t->master, some, sizeof some)) > 0;)
		text_add(screen, some, (size_t)n);
	close(t->master);
	return status;
}

SPEC(what_is_typed_is_not_shown)
{
	SCOPED(text_end) struct text screen = { 0 };
	struct typist t = start_asking(false);
	answer(&t, "Passphrase for k.key: ", "secret\n", &screen);
	int status = finish(&t, &screen);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_null(strstr(text_str(&screen), "secret"));
}

SPEC(a_new_passphrase_is_typed_twice)
{
	static const struct {
		const char *second;
		int status;
	} cases[] = { { "secret\n", 0 }, { "Secret\n", ERR_USAGE } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text screen = { 0 };
		struct typist t = start_asking(true);
		answer(&t, "Passphrase for k.key: ", "secret\n", &screen);
		answer(&t, "Passphrase for k.key, once more: ", cases[i].second, &screen);
		int status = finish(&t, &screen);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), cases[i].status);
		assert_null(strstr(text_str(&screen), "ecret"));
	}
}

SPEC(an_interrupt_leaves_the_terminal_as_it_was)
{
	SCOPED(text_end) struct text screen = { 0 };
	struct typist t = start_asking(false);
	answer(&t, "Passphrase for k.key: ", "sec\003", &screen);
	int status = finish(&t, &screen);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_gives_one_line_and_keeps_the_rest),
		cmocka_unit_test(a_pipe_without_a_passphrase_is_refused),
		cmocka_unit_test(what_is_typed_is_not_shown),
		cmocka_unit_test(a_new_passphrase_is_typed_twice),
		cmocka_unit_test(an_interrupt_leaves_the_terminal_as_it_was),
	};
	return cmocka_run_group_tests_name("prompt", tests, start_digests, NULL);
}
