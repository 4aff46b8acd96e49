/* without - the same tests once more on a kernel that lacks a system call: seccomp(2) refuses it in a child.
 */
#ifndef TESTS_UNIT_WITHOUT_H
#define TESTS_UNIT_WITHOUT_H

#include <sys/syscall.h>
#include <sys/xattr.h>

#include "tests/refuse.h"
#include "tests/unit/unit.h"

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
