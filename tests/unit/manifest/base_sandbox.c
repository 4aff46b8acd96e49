/* sandbox - who is in it reaches nothing: each thing that a decoder must not do is tried there. */
#include "manifest/base/sandbox.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "tests/unit/unit.h"

#define LANDLOCK_CREATE 444 /* landlock_create_ruleset */

static int opened = -1; /* before, and outside */

/* Each returns a number below 0 where it was kept from it. By number: no library is in the way. */
static long open_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}
static long open_to_write(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/tmp", O_TMPFILE | O_WRONLY, 0600);
}
static long open_old_way(void)
{
	return syscall(SYS_open, "/dev/null", O_RDONLY);
}
static long make_dir(void)
{
	return syscall(SYS_mkdir, "/tmp/waybill-sandbox", 0700);
}
static long use_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}
static long use_unix_socket(void)
{
	return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}
static long run_program(void)
{
	return syscall(SYS_execve, "/bin/true", NULL, NULL);
}
static long start_process(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}
static long kill_parent(void)
{
	return syscall(SYS_kill, getppid(), 0);
}
static long watch_parent(void)
{
	return syscall(SYS_ptrace, PTRACE_SEIZE, getppid(), 0, 0);
}
static long write_parent(void)
{
	return syscall(SYS_process_vm_writev, getppid(), NULL, 0, NULL, 0, 0);
}
static long become_nobody(void)
{
	return syscall(SYS_setuid, 65534);
}
static long see_names(void)
{
	return syscall(SYS_stat, "/etc/passwd", &(struct stat){ 0 });
}
static long mount_it(void)
{
	return syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL);
}
static long use_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}
static long read_old(void)
{
	return read(opened, &(char){ 0 }, 1);
}
static long write_standard(void)
{
	return write(STDERR_FILENO, "", 0);
}
static long drop_filter(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static const struct {
	const char *what;
	long (*call)(void);
	bool landlock; /* kept by that alone */
} things[] = {
	{ "open a file", open_file, true },
	{ "open a file to write", open_to_write, true },
	{ "open, the old way", open_old_way, true },
	{ "make a directory", make_dir, true },
	{ "use a socket", use_socket, false },
	{ "use a socket of this machine", use_unix_socket, false },
	{ "start a process", start_process, false },
	{ "signal its parent", kill_parent, false },
	{ "watch its parent", watch_parent, true },
	{ "write its parent's memory", write_parent, false },
	{ "become another user", become_nobody, false },
	{ "see what files there are", see_names, false },
	{ "mount", mount_it, false },
	{ "hand calls to the kernel", use_uring, false },
	{ "read what was open before", read_old, false },
	{ "write to standard error", write_standard, false },
	{ "get out again", drop_filter, false },
	{ "run a program", run_program, true },
};

static int outcome(pid_t child)
{
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* A bit for each thing that was possible; set before, for one of them does not come back. */
static void try_all(unsigned *bits)
{
	for (size_t i = 0; i < COUNT_OF(things); i++) {
		*bits |= 1U << i;
		long got = things[i].call();
		if (things[i].call == start_process && got == 0)
			_exit(0);
		if (got < 0)
			*bits &= ~(1U << i);
	}
}

static unsigned tried_inside(void (*before)(void), struct sandbox *walls)
{
	struct tried {
		unsigned bits;
		struct sandbox walls;
	} *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(t != MAP_FAILED);
	opened = open("/dev/zero", O_RDONLY);
	pid_t child = fork();
	if (child == 0) {
		before();
		t->walls = sandbox_enter();
		try_all(&t->bits);
		_exit(0);
	}
	assert_int_equal(outcome(child), 0);
	close(opened);
	unsigned bits = t->bits;
	*walls = t->walls;
	munmap(t, sizeof *t);
	return bits;
}

static void nothing(void)
{
}

/* As on a kernel that has not these two. */
static void refuse(unsigned one, unsigned other)
{
	struct sock_filter lines[] = { { BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, one }, { BPF_JMP | BPF_JEQ | BPF_K, 0, 1, other },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){ COUNT_OF(lines), lines }) < 0)
		_exit(1);
}

static void no_seccomp(void)
{
	refuse(SYS_seccomp, SYS_seccomp);
}

static void no_landlock(void)
{
	refuse(LANDLOCK_CREATE, LANDLOCK_CREATE);
}

static void neither(void)
{
	refuse(SYS_seccomp, LANDLOCK_CREATE);
}

SPEC(nothing_can_be_reached)
{
	struct sandbox walls;
	unsigned bits = tried_inside(nothing, &walls);
	if (!walls.seccomp)
		skip();
	for (size_t i = 0; i < COUNT_OF(things); i++)
		if (bits >> i & 1)
			fail_msg("can %s", things[i].what);
}

SPEC(each_wall_stands_without_the_other)
{
	struct sandbox here, walls;
	tried_inside(nothing, &here);
	unsigned bits = tried_inside(no_landlock, &walls);
	assert_int_equal(walls.landlock, 0);
	assert_int_equal(walls.seccomp, here.seccomp);
	assert_true(!walls.seccomp || bits == 0);
	bits = tried_inside(no_seccomp, &walls);
	assert_int_equal(walls.landlock, here.landlock);
	assert_false(walls.seccomp);
	for (size_t i = 0; i < COUNT_OF(things); i++)
		if (walls.landlock && things[i].landlock && (bits >> i & 1))
			fail_msg("by Landlock alone: can %s", things[i].what);
}

SPEC(without_both_it_goes_on_and_says_so)
{
	struct sandbox walls;
	unsigned bits = tried_inside(neither, &walls);
	assert_true(walls.landlock == 0 && !walls.seccomp);
	assert_int_not_equal(bits, 0);
	for (size_t i = 0; i < COUNT_OF(things); i++)
		if (things[i].call == read_old || things[i].call == write_standard)
			assert_false(bits >> i & 1); /* what was open is closed all the same */
}

/* The same attempts work where nobody keeps them: they are real. */
SPEC(outside_it_can_be_reached)
{
	long fd = open_file(), sock = use_unix_socket(), old = open_old_way();
	assert_true(fd >= 0 && sock >= 0 && old >= 0 && see_names() == 0 && kill_parent() == 0);
	close((int)fd), close((int)sock), close((int)old);
}

SPEC(it_computes_waits_and_gets_memory)
{
	pid_t child = fork();
	if (child == 0) {
		sandbox_enter();
		size_t len = 64 << 20;
		char *large = malloc(len), *more = NULL;
		if (!large)
			_exit(1);
		memset(large, 7, len);
		more = realloc(large, len * 2);
		_exit(more && more[len - 1] == 7 ? 0 : 2);
	}
	assert_int_equal(outcome(child), 0);
}

SPEC(what_is_there_is_told)
{
	struct sandbox told, walls;
	struct err e = { 0 };
	MUST(sandbox_try(&told, &e), &e);
	tried_inside(nothing, &walls);
	assert_int_equal(told.seccomp, walls.seccomp);
	assert_int_equal(told.landlock, walls.landlock);
	long version = syscall(LANDLOCK_CREATE, NULL, 0, 1);
	assert_int_equal(told.landlock, version > 0 ? version : 0);
	assert_int_equal(
		told.seccomp, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT);
}

SPEC(it_ends_with_its_parent)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid_t *inside = mmap(NULL, sizeof *inside, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t parent = fork();
	if (parent == 0) {
		pid_t child = fork();
		if (child == 0) {
			sandbox_enter();
			for (int i = 0; i < 600; i++)
				nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
			_exit(0);
		}
		*inside = child;
		usleep(200000);
		_exit(0);
	}
	assert_int_equal(outcome(parent), 0);
	int status = outcome(*inside);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	munmap(inside, sizeof *inside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_can_be_reached),
		cmocka_unit_test(each_wall_stands_without_the_other),
		cmocka_unit_test(without_both_it_goes_on_and_says_so),
		cmocka_unit_test(outside_it_can_be_reached),
		cmocka_unit_test(it_computes_waits_and_gets_memory),
		cmocka_unit_test(what_is_there_is_told),
		cmocka_unit_test(it_ends_with_its_parent),
	};
	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
