/* service_orphans_end - exactly the process that is meant is ended, and the port is free. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "installer/host/units.h"
#include "tests/unit/installer/listening.h"

SPEC(it_is_ended_and_the_port_is_free)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err e = { 0 };
	GIVEN(beside, .stubborn = false);
	GIVEN(other, .stubborn = false);
	struct orphan o = orphan_of(other.pid, other.port, &arena);
	MUST(orphan_end(&o, 30, &e), &e);
	assert_int_equal(ended_by(&other), SIGTERM);
	assert_int_equal(ended_by(&beside), 0);
	assert_free(other.port);
}

SPEC(one_that_ignores_it_is_killed_after_the_grace)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err e = { 0 };
	struct timespec from, to;
	GIVEN(other, .stubborn = true);
	struct orphan o = orphan_of(other.pid, other.port, &arena);
	clock_gettime(CLOCK_MONOTONIC, &from);
	MUST(orphan_end(&o, 1, &e), &e);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(ended_by(&other), SIGKILL);
	assert_true(to.tv_sec - from.tv_sec + (to.tv_nsec >= from.tv_nsec) >= 1);
	assert_free(other.port);
}

SPEC(another_process_with_its_number_is_not_touched)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err e = { 0 };
	GIVEN(other, .stubborn = false);
	struct orphan stale = orphan_of(other.pid, other.port, &arena);
	stale.ticks -= 100;
	assert_false(orphan_end(&stale, 0, &e));
	assert_says(&e, ERR_REFUSED, "is another process by now");
	assert_says(&e, ERR_REFUSED, "end pid ");
	assert_int_equal(ended_by(&other), 0);
}

SPEC(one_that_is_over_already_is_no_failure)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err e = { 0 };
	GIVEN(other, .stubborn = false);
	struct orphan o = orphan_of(other.pid, other.port, &arena);
	siginfo_t info;
	kill(other.pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)other.pid, &info, WEXITED | WNOWAIT), 0);
	MUST(orphan_end(&o, 0, &e), &e); /* over, and not waited for */
	assert_int_equal(ended_by(&other), SIGKILL);
	MUST(orphan_end(&o, 0, &e), &e);
}

SPEC(one_that_has_let_go_of_the_port_is_left_alone)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err e = { 0 };
	GIVEN(other, .lets_go = true);
	struct orphan o = orphan_of(other.pid, other.port, &arena);
	kill(other.pid, SIGUSR1);
	for (int fd = -1, i = 0; i < 500 && fd < 0; i++, usleep(10000))
		if ((fd = listen_at("127.0.0.1", &other.port)) >= 0)
			close(fd);
	MUST(orphan_end(&o, 0, &e), &e);
	assert_int_equal(ended_by(&other), 0);
}

SPEC(what_it_started_is_not_touched_but_named)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err e = { 0 };
	char heir[64];
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	GIVEN(other, .shares = true);
	struct orphan o = orphan_of(other.pid, other.port, &arena);
	assert_false(orphan_end(&o, 30, &e));
	snprintf(heir, sizeof heir, "port %u stays taken: pid %d (", other.port, (int)other.heir);
	assert_says(&e, ERR_SYSTEM, heir);
	assert_int_equal(ended_by(&other), SIGTERM);
	assert_int_equal(kill(other.heir, 0), 0);
}

/* Takes the port as soon as it is free. */
static pid_t take_over(uint16_t port)
{
	pid_t pid = fork();
	while (pid == 0) {
		if (listen_at("127.0.0.1", &port) >= 0)
			for (;;)
				pause();
		usleep(1000);
	}
	return pid;
}

SPEC(who_takes_the_port_over_is_named_and_lives)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err e = { 0 };
	char taker[64];
	GIVEN(other, .stubborn = false);
	SCOPED(stop) struct listening next = { .pid = take_over(other.port) };
	struct orphan o = orphan_of(other.pid, other.port, &arena);
	assert_false(orphan_end(&o, 30, &e));
	snprintf(taker, sizeof taker, "stays taken: pid %d (", (int)next.pid);
	assert_says(&e, ERR_SYSTEM, taker);
	assert_int_equal(ended_by(&other), SIGTERM);
	assert_int_equal(ended_by(&next), 0);
}

static void assert_never(const struct orphan *o, const char *why)
{
	struct err e = { 0 }, again = { 0 };
	assert_false(orphan_may_end(o, &e));
	assert_says(&e, ERR_REFUSED, why);
	assert_false(orphan_end(o, 0, &again));
	assert_says(&again, ERR_REFUSED, why);
}

SPEC(process_1_and_who_started_us_are_never_ended)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	uint16_t port = 0;
	SCOPED_FD int fd = listen_at("127.0.0.1", &port);
	assert_true(fd >= 0);
	struct orphan o = orphan_of(getpid(), port, &arena);
	assert_never(&o, "it is this process, or one that started it");
	for (struct process p; process_read(o.pid, &p, &arena) && p.parent > 1;) {
		o = orphan_of((pid_t)p.parent, port, &arena);
		assert_never(&o, "it is this process, or one that started it");
	}
	o.pid = 1;
	assert_never(&o, "process 1 is never ended");
	o.pid = 0;
	assert_never(&o, geteuid() == 0 ? "where it can be seen" : "only root can see it");
	o.pid = UINT64_C(1) << 32;
	assert_never(&o, "no such process number");
}

SPEC(of_several_all_are_ended_or_none)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err e = { 0 }, none = { 0 };
	GIVEN(one, .stubborn = false);
	GIVEN(two, .address = "127.0.0.2", .port = one.port);
	struct orphan both[3] = { orphan_of(one.pid, one.port, &arena), orphan_of(two.pid, two.port, &arena),
		orphan_of(getpid(), one.port, &arena) };
	assert_false(orphans_end(&(struct json_list){ both, 3 }, 30, &none));
	assert_says(&none, ERR_REFUSED, "it is this process");
	assert_int_equal(ended_by(&one), 0);
	assert_int_equal(ended_by(&two), 0);
	MUST(orphans_end(&(struct json_list){ both, 2 }, 30, &e), &e);
	assert_int_equal(ended_by(&one), SIGTERM);
	assert_int_equal(ended_by(&two), SIGTERM);
}

/* ---- elsewhere ---- */

/* The rest of this process's life is on a kernel that answers so to pidfd_open(2). */
static bool refuse_pidfds(uint32_t errnum)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errnum),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT_OF(code), code };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { ENDED = 40, REFUSED, FAILED, NO_FILTER };

/* What orphan_end() says in a process of its own. */
static int end_without_pidfds(const struct orphan *o, unsigned grace, uint32_t errnum)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct err e = { 0 };
		_exit(!refuse_pidfds(errnum)       ? NO_FILTER
			: orphan_end(o, grace, &e) ? ENDED
			: e.kind == ERR_REFUSED    ? REFUSED
						   : FAILED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

SPEC(a_kernel_without_pidfds_ends_the_same)
{
	static const uint32_t answers[] = { ENOSYS, EPERM };
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		GIVEN(other, .stubborn = i == 0);
		struct orphan o = orphan_of(other.pid, other.port, &arena), stale = o;
		stale.ticks++;
		int said = end_without_pidfds(&stale, 1, answers[i]);
		if (said == NO_FILTER)
			skip();
		assert_int_equal(said, REFUSED);
		assert_int_equal(ended_by(&other), 0);
		assert_int_equal(end_without_pidfds(&o, i == 0 ? 1 : 30, answers[i]), ENDED);
		assert_int_equal(ended_by(&other), i == 0 ? SIGKILL : SIGTERM);
	}
}

SPEC(a_user_does_not_end_what_is_roots)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	int status;
	if (geteuid() != 0)
		skip();
	GIVEN(other, .stubborn = false);
	struct orphan o = orphan_of(other.pid, other.port, &arena);
	pid_t pid = fork();
	if (pid == 0) {
		struct err e = { 0 };
		bool good = setresuid(65534, 65534, 65534) == 0 && !orphan_may_end(&o, &e) &&
			    strstr(e.text, "this user may not end it") && e.kind == ERR_REFUSED;
		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(ended_by(&other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_ended_and_the_port_is_free),
		cmocka_unit_test(one_that_ignores_it_is_killed_after_the_grace),
		cmocka_unit_test(another_process_with_its_number_is_not_touched),
		cmocka_unit_test(one_that_is_over_already_is_no_failure),
		cmocka_unit_test(one_that_has_let_go_of_the_port_is_left_alone),
		cmocka_unit_test(what_it_started_is_not_touched_but_named),
		cmocka_unit_test(who_takes_the_port_over_is_named_and_lives),
		cmocka_unit_test(process_1_and_who_started_us_are_never_ended),
		cmocka_unit_test(of_several_all_are_ended_or_none),
		cmocka_unit_test(a_kernel_without_pidfds_ends_the_same),
		cmocka_unit_test(a_user_does_not_end_what_is_roots),
	};
	return cmocka_run_group_tests_name("service_orphans_end", tests, NULL, NULL);
}
