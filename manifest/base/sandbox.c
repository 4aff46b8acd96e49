/* sandbox.c - see sandbox.h. Refused calls fail with EPERM: a library that asks for something beside the
 * point goes on without it, and what is left is not enough for anybody.
 */
#include "manifest/base/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "manifest/base/scope.h"

#define FDS_MAX 65536 /* closed where close_range(2) is missing */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__arm__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#endif

/* ---- what is inherited ---- */

static void close_all(void)
{
	if (syscall(SYS_close_range, 0, UINT_MAX, 0) == 0)
		return;
	for (int fd = 0; fd < FDS_MAX; fd++)
		close(fd);
}

static void hear_nothing(void)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* ---- Landlock (linux/landlock.h of 6.12; older headers lack parts of it) ---- */

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif
#define ASK_VERSION 1U

struct ruleset {
	uint64_t files, network, scoped;
};

/* Everything that each version can refuse; no rule allows any of it. */
static const struct {
	unsigned since;
	struct ruleset rights;
} landlock[] = {
	{ 1, { 0x1fff, 0, 0 } }, /* execute, read, write, list, remove, make */
	{ 2, { 0x2000, 0, 0 } }, /* link and rename between directories */
	{ 3, { 0x4000, 0, 0 } }, /* truncate */
	{ 4, { 0, 0x3, 0 } },    /* bind and connect TCP */
	{ 5, { 0x8000, 0, 0 } }, /* ioctl on devices */
	{ 6, { 0, 0, 0x3 } },    /* abstract sockets, signals outside */
};

static unsigned enter_landlock(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	struct ruleset all = { 0 };
	for (size_t i = 0; i < COUNT_OF(landlock); i++)
		if (version >= (long)landlock[i].since) {
			all.files |= landlock[i].rights.files;
			all.network |= landlock[i].rights.network;
			all.scoped |= landlock[i].rights.scoped;
		}
	SCOPED_FD int rules =
		version > 0 ? (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0) : -1;
	return rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? (unsigned)version : 0;
}

/* ---- seccomp ---- */

#ifdef ARCHITECTURE

/* Memory, waiting, ending; and what the tools that watch a program in its tests do beside it. Reading and
 * writing need a descriptor, and there is none. */
static const unsigned allowed[] = { SYS_futex, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk,
	SYS_exit, SYS_exit_group, SYS_restart_syscall, SYS_sched_yield, SYS_nanosleep, SYS_getrandom,
	SYS_getpid, SYS_getppid, SYS_gettid, SYS_rt_sigreturn, SYS_rt_sigaction, SYS_rt_sigprocmask,
	SYS_sigaltstack, SYS_read, SYS_write, SYS_close,
#if defined(__arm__) /* the calls of 32 bits, and those with times of 64 */
	SYS_mmap2, SYS_futex_time64, SYS_clock_gettime64, SYS_clock_nanosleep_time64
#else
	SYS_mmap, SYS_clock_gettime, SYS_clock_nanosleep
#endif
};

#define SAYS(code, value)    ((struct sock_filter){ (code), 0, 0, (value) })
#define IF_NOT(value, steps) ((struct sock_filter){ BPF_JMP | BPF_JEQ | BPF_K, 0, (steps), (value) })
#define LOAD(member)         SAYS(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(what)         SAYS(BPF_RET | BPF_K, (what))

/* Speculation is left as it is: what this process may see is what it was given. */
static bool install(const struct sock_fprog *program)
{
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, program) == 0)
		return true;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) == 0;
}

static bool enter_seccomp(void)
{
	struct sock_filter lines[2 * COUNT_OF(allowed) + 5];
	unsigned short n = 0;
	lines[n++] = LOAD(arch);
	lines[n++] = IF_NOT(ARCHITECTURE, 2 * COUNT_OF(allowed) + 1);
	lines[n++] = LOAD(nr);
	for (size_t i = 0; i < COUNT_OF(allowed); i++) {
		lines[n++] = IF_NOT(allowed[i], 1);
		lines[n++] = ANSWER(SECCOMP_RET_ALLOW);
	}
	lines[n++] = ANSWER(SECCOMP_RET_ERRNO | EPERM);
	return install(&(struct sock_fprog){ n, lines });
}

#else

static bool enter_seccomp(void)
{
	return false;
}

#endif

/* ---- both ---- */

struct sandbox sandbox_enter(void)
{
	struct sandbox walls = { 0 };
	hear_nothing();
	close_all();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	walls.landlock = enter_landlock();
	walls.seccomp = enter_seccomp();
	return walls;
}

#define SECCOMP_BIT 1
#define VERSION_MAX 127

bool sandbox_try(struct sandbox *out, struct err *e)
{
	int status = 0;
	*out = (struct sandbox){ 0 };
	pid_t child = fork();
	if (child == 0) {
		struct sandbox walls = sandbox_enter();
		unsigned version = walls.landlock < VERSION_MAX ? walls.landlock : VERSION_MAX;
		_exit((int)(version << 1 | walls.seccomp));
	}
	while (child > 0 && waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			child = -1;
	if (child < 0 || !WIFEXITED(status))
		return err_sys(e, "try what confines the decoder");
	out->landlock = (unsigned)WEXITSTATUS(status) >> 1;
	out->seccomp = WEXITSTATUS(status) & SECCOMP_BIT;
	return true;
}
