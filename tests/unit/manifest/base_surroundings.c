/* surroundings - what was inherited does not count: looked at from inside, in a process of its own. */
#include "manifest/base/surroundings.h"

#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/unit.h"

extern char **environ;

/* Runs it in a child whose surroundings are `spoil`'s; nothing is said there, it ends with 0 if all is so. */
static int inside(void (*spoil)(void), bool (*so)(void))
{
	pid_t child = fork();
	if (child == 0) {
		struct err e = { 0 };
		spoil();
		_exit(surroundings_begin("COUNTS", &e) && so() ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void set_traps(void)
{
	setenv("PATH", "/tmp", 1);
	setenv("HOME", "/somewhere", 1);
	setenv("XDG_STATE_HOME", "/state", 1);
	setenv("XDG_RUNTIME_DIR", "/elsewhere", 1);
	setenv("SYSTEMD_PAGER", "false", 1);
	setenv("COUNTS", "so", 1);
}

static bool says(const char *name, const char *value)
{
	const char *have = getenv(name);
	return value ? have && strcmp(have, value) == 0 : !have;
}

static bool environment_is_ours(void)
{
	bool user = geteuid() != 0;
	size_t count = 0;
	while (environ[count])
		count++;
	return says("PATH", SURROUNDINGS_PATH) && says("LC_ALL", "C.UTF-8") && says("SYSTEMD_PAGER", NULL) &&
	       says("COUNTS", "so") && says("HOME", user ? "/somewhere" : NULL) &&
	       says("XDG_STATE_HOME", user ? "/state" : NULL) && !says("XDG_RUNTIME_DIR", "/elsewhere") &&
	       count <= (user ? 8 : 3);
}

SPEC(of_the_environment_an_ordinary_users_places_are_kept)
{
	assert_int_equal(inside(set_traps, environment_is_ours), 0);
}

static void become_ordinary(void)
{
	set_traps();
	if (geteuid() == 0 && setuid(4711) < 0)
		_exit(9);
}

SPEC(an_ordinary_user_has_his_places)
{
	assert_int_equal(inside(become_ordinary, environment_is_ours), 0);
}

static void close_all(void)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
}

/* Open, and no good for reading or writing. */
static bool standard_is_dead(void)
{
	char c = 'x';
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 || read(fd, &c, 1) >= 0 || errno != EBADF ||
			write(fd, &c, 1) >= 0 || errno != EBADF)
			return false;
	return dup(0) == 3;
}

static void close_all_but_nothing_else(void)
{
	close_all();
	for (int fd = 3; fd < 64; fd++)
		close(fd);
}

SPEC(a_closed_stream_is_taken_so_that_no_file_becomes_it)
{
	assert_int_equal(inside(close_all_but_nothing_else, standard_is_dead), 0);
}

static void open_many(void)
{
	for (int i = 0; i < 20; i++)
		dup(2);
}

static bool none_is_passed_on(void)
{
	for (int fd = 3; fd < 20; fd++)
		if (fcntl(fd, F_GETFD) >= 0 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			return false;
	return fcntl(10, F_GETFD) == FD_CLOEXEC && !(fcntl(2, F_GETFD) & FD_CLOEXEC);
}

SPEC(an_inherited_descriptor_reaches_no_program)
{
	assert_int_equal(inside(open_many, none_is_passed_on), 0);
}

static void deafen(void)
{
	sigset_t all;
	for (int i = 1; i <= SIGRTMAX; i++)
		signal(i, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

static bool ignored(int number)
{
	struct sigaction now;
	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static bool hears(void)
{
	sigset_t now, none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, NULL, &now);
	for (int i = 1; i <= SIGRTMAX; i++)
		if (sigismember(&now, i) == 1)
			return false;
	return !ignored(SIGCHLD) && !ignored(SIGTERM) && ignored(SIGHUP) && ignored(SIGINT) &&
	       ignored(SIGXFSZ);
}

SPEC(signals_are_heard_again_but_those_that_a_shell_keeps_away)
{
	assert_int_equal(inside(deafen, hears), 0);
}

static void loosen(void)
{
	deafen();
	umask(0);
}

static bool gives(void)
{
	struct rlimit limit;
	surroundings_give();
	for (int i = 1; i <= SIGRTMAX; i++)
		if (ignored(i))
			return false;
	return umask(0) == 022 && getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= 1024;
}

SPEC(another_program_gets_what_a_service_manager_gives)
{
	assert_int_equal(inside(loosen, gives), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_the_environment_an_ordinary_users_places_are_kept),
		cmocka_unit_test(an_ordinary_user_has_his_places),
		cmocka_unit_test(a_closed_stream_is_taken_so_that_no_file_becomes_it),
		cmocka_unit_test(an_inherited_descriptor_reaches_no_program),
		cmocka_unit_test(signals_are_heard_again_but_those_that_a_shell_keeps_away),
		cmocka_unit_test(another_program_gets_what_a_service_manager_gives),
	};
	return cmocka_run_group_tests_name("surroundings", tests, NULL, NULL);
}
