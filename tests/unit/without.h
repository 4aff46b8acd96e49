/* without - the same tests once more on a kernel that lacks a system call: seccomp(2) refuses it in a child.
 */
#ifndef TESTS_UNIT_WITHOUT_H
#define TESTS_UNIT_WITHOUT_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "tests/unit/unit.h"

/* From now on `call` fails with `error` in this process; with `flag`, only where its fifth argument is that.
 */
HELPER bool refuse_call(long call, unsigned flag, int error)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flag),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flag, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT_OF(steps), steps };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* True if a directory can have an attribute here. */
HELPER bool has_attributes(int dir)
{
	SCOPED_FD int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fsetxattr(fd, "user.probe", "1", 1, 0) == 0;
}

/* Runs the group in a child that lacks the call. The number of failed tests, as cmocka gives it. */
HELPER int run_without(long call, unsigned flag, int error, int (*group)(void))
{
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		if (!refuse_call(call, flag, error)) {
			fputs("seccomp is not to be had here: skipped\n", stderr);
			_exit(0);
		}
		int failed = group();
		fflush(NULL);
		_exit(failed > 100 ? 100 : failed);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

#endif
