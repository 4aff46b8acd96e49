/* process - processes with odd names, and who listens where: what /proc says is read as it is meant. */
#include "installer/host/process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/unit/unit.h"

/* A child that has done `begin` and then sleeps; of a test that fails it is not left over. */
static pid_t child(void (*begin)(const char *), const char *with)
{
	int ready[2];
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		begin(with);
		close(ready[1]);
		for (;;)
			pause();
	}
	char none;
	close(ready[1]);
	assert_int_equal(read(ready[0], &none, 1), 0);
	close(ready[0]);
	return pid;
}

static void end_child(const pid_t *pid)
{
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
}

static void be_called(const char *name)
{
	prctl(PR_SET_NAME, name);
}

static void read_it(pid_t pid, struct process *p, struct arena *arena)
{
	if (!process_read((uint64_t)pid, p, arena))
		fail_msg("process %d is not there", (int)pid);
}

SPEC(this_process_is_known)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct process p;
	char here[PATH_MAX], self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	assert_true(n > 0);
	self[n] = '\0';
	read_it(getpid(), &p, &arena);
	assert_int_equal(p.pid, getpid());
	assert_int_equal(p.parent, getppid());
	assert_int_equal(p.uid, geteuid());
	assert_string_equal(p.program, self);
	assert_string_equal(p.cwd, getcwd(here, sizeof here));
	assert_non_null(strstr(p.command, "host_process"));
	assert_true(p.ticks > 0);
	int64_t age = (int64_t)time(NULL) - (int64_t)p.started;
	assert_in_range(age + 60, 0, 660);
}

SPEC(nobody_is_nowhere)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct process p;
	assert_false(process_read(0, &p, &arena));
	assert_false(process_read(4194305, &p, &arena));
	assert_false(process_read(UINT64_MAX, &p, &arena));
}

SPEC(odd_names_hide_nothing)
{
	static const char *const names[] = { "a) b (c", ")", "(", ") S 1 2 3", "x\ny", "" };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		SCOPED(end_child) pid_t pid = child(be_called, names[i]);
		struct process p;
		read_it(pid, &p, &arena);
		assert_int_equal(p.parent, getpid());
		assert_true(p.ticks > 0);
	}
}

static void touch(const char *path, struct timespec *changed)
{
	struct stat st;
	SCOPED_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(fstat(fd, &st), 0);
	*changed = st.st_ctim;
}

/* At any moment of a second: start times are known to the tick, which is a hundredth of it. */
SPEC(a_process_is_older_than_what_changed_after_it_and_than_nothing_that_was_there)
{
	const struct timespec ticks = { .tv_nsec = 30000000 }, odd = { .tv_nsec = 17000000 };
	char path[] = "/tmp/process-XXXXXX";
	SCOPED_FD int fd = mkstemp(path);
	assert_true(fd >= 0);
	for (int i = 0; i < 20; i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct timespec before, after;
		struct process p;
		nanosleep(&odd, NULL);
		touch(path, &before);
		SCOPED(end_child) pid_t pid = child(be_called, "young");
		nanosleep(&ticks, NULL);
		touch(path, &after);
		read_it(pid, &p, &arena);
		assert_false(process_older(&p, &before));
		assert_true(process_older(&p, &after));
	}
	unlink(path);
}

static void be_program(const char *name)
{
	int null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	(void)name;
}

SPEC(a_process_that_is_over_has_its_name_in_brackets)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(end_child) pid_t pid = child(be_called, "a) b (c");
	struct process p;
	siginfo_t info;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	read_it(pid, &p, &arena);
	assert_string_equal(p.command, "[a) b (c]");
	assert_string_equal(p.program, "");
	assert_int_equal(p.parent, getpid());
}

/* Starts `argv`, which does not end by itself. */
static pid_t program(const char *const *argv, const char *cwd)
{
	pid_t pid = fork();
	if (pid == 0) {
		be_program(NULL);
		if (chdir(cwd) == 0)
			execvp(argv[0], (char *const *)(void *)(uintptr_t)argv);
		_exit(127);
	}
	char path[64];
	struct process p;
	snprintf(path, sizeof path, "sleep");
	for (int i = 0; i < 500; i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		if (process_read((uint64_t)pid, &p, &arena) && strstr(p.program, path) && p.command[0] != '[')
			break;
		usleep(10000);
	}
	return pid;
}

SPEC(a_command_line_is_a_plain_text)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(end_child) pid_t pid = program((const char *const[]){ "sleep", "100", NULL }, "/usr");
	struct process p;
	read_it(pid, &p, &arena);
	assert_string_equal(p.command, "sleep 100");
	assert_string_equal(p.cwd, "/usr");
	SCOPED(end_child) pid_t odd = fork();
	if (odd == 0) {
		execlp("sh", "sh\xff", "-c", "sleep 100 # \n\t\x7f", "", (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 500; i++) {
		read_it(odd, &p, &arena);
		if (strncmp(p.command, "sh", 2) == 0)
			break;
		usleep(10000);
	}
	assert_string_equal(p.command, "sh? -c sleep 100 #    ");
}

SPEC(all_processes_come_by_number)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct json_list all;
	bool self = false;
	process_all(&all, &arena);
	const struct process *p = all.items;
	for (size_t i = 0; i < all.count; i++) {
		assert_true(i == 0 || p[i - 1].pid < p[i].pid);
		self = self || p[i].pid == (uint64_t)getpid();
	}
	assert_true(self);
}

/* ---- who listens ---- */

struct listening {
	int fd;
	uint64_t port;
};

static void end_listening(const struct listening *l)
{
	close(l->fd);
}

/* This process listens on a free port of the address; fd is -1 where the machine has no such address. */
static struct listening listen_on(const char *address)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	bool is_six = strchr(address, ':') != NULL;
	struct sockaddr *to = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t len = is_six ? sizeof six : sizeof four;
	struct listening l = { socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), 0 };
	inet_pton(to->sa_family, address, is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr);
	if (l.fd < 0 || bind(l.fd, to, len) < 0 || listen(l.fd, 5) < 0 || getsockname(l.fd, to, &len) < 0) {
		close(l.fd);
		return (struct listening){ -1, 0 };
	}
	l.port = ntohs(is_six ? six.sin6_port : four.sin_port);
	return l;
}

static const struct listener *find_listener(const struct json_list *all, uint64_t port)
{
	const struct listener *l = all->items;
	for (size_t i = 0; i < all->count; i++)
		if (l[i].port == port)
			return &l[i];
	return NULL;
}

SPEC(listeners_are_known_by_address_port_and_process)
{
	static const char *const addresses[] = { "127.0.0.1", "127.1.2.3", "0.0.0.0", "::1",
		"::", "::ffff:127.0.0.1" };
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		SCOPED(end_listening) struct listening here = listen_on(addresses[i]);
		if (here.fd < 0)
			continue;
		struct json_list all;
		process_listeners(&all, &arena);
		const struct listener *l = find_listener(&all, here.port);
		assert_non_null(l);
		assert_string_equal(l->address, i == 5 ? "127.0.0.1" : addresses[i]);
		assert_int_equal(l->pid, getpid());
	}
}

SPEC(who_only_connects_does_not_listen)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(end_listening) struct listening here = listen_on("127.0.0.1");
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)here.port) }, from;
	socklen_t len = sizeof from;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	SCOPED_FD int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(getsockname(client, (struct sockaddr *)&from, &len), 0);
	struct json_list all;
	process_listeners(&all, &arena);
	assert_null(find_listener(&all, ntohs(from.sin_port)));
	const struct listener *l = all.items;
	for (size_t i = 1; i < all.count; i++)
		assert_true(l[i - 1].port <= l[i].port);
}

static void keep(const char *nothing)
{
	(void)nothing;
}

SPEC(of_several_holders_the_first_is_told)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(end_listening) struct listening here = listen_on("127.0.0.1");
	SCOPED(end_child) pid_t other = child(keep, NULL);
	struct json_list all;
	process_listeners(&all, &arena);
	const struct listener *l = find_listener(&all, here.port);
	assert_non_null(l);
	assert_int_equal(l->pid, getpid() < other ? getpid() : other);
}

SPEC(what_one_process_listens_on_is_known_whoever_else_does)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(end_child) pid_t none = child(keep, NULL);
	SCOPED(end_listening) struct listening here = listen_on("127.0.0.1");
	SCOPED(end_child) pid_t other = child(keep, NULL);
	const pid_t both[] = { getpid(), other };
	struct json_list list;
	for (size_t i = 0; i < COUNT_OF(both); i++) {
		process_listening((uint64_t)both[i], &list, &arena);
		const struct listener *l = find_listener(&list, here.port);
		assert_non_null(l);
		assert_int_equal(l->pid, both[i]);
		assert_string_equal(l->address, "127.0.0.1");
	}
	process_listening((uint64_t)none, &list, &arena);
	assert_null(find_listener(&list, here.port));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_process_is_known),
		cmocka_unit_test(nobody_is_nowhere),
		cmocka_unit_test(odd_names_hide_nothing),
		cmocka_unit_test(
			a_process_is_older_than_what_changed_after_it_and_than_nothing_that_was_there),
		cmocka_unit_test(a_process_that_is_over_has_its_name_in_brackets),
		cmocka_unit_test(a_command_line_is_a_plain_text),
		cmocka_unit_test(all_processes_come_by_number),
		cmocka_unit_test(listeners_are_known_by_address_port_and_process),
		cmocka_unit_test(who_only_connects_does_not_listen),
		cmocka_unit_test(of_several_holders_the_first_is_told),
		cmocka_unit_test(what_one_process_listens_on_is_known_whoever_else_does),
	};
	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
