/* counters.c - what a process counted is kept where gcc does not see that it ends or becomes another program:
 * _exit(2), execvpe(3) and fexecve(3). Linked with --wrap for each; only `make coverage` builds it.
 */
#include <errno.h>
#include <gcov.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "manifest/base/sandbox.h"

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
int __real_execvpe(const char *file, char *const argv[], char *const envp[]);
int __wrap_execvpe(const char *file, char *const argv[], char *const envp[]);
int __real_fexecve(int fd, char *const argv[], char *const envp[]);
int __wrap_fexecve(int fd, char *const argv[], char *const envp[]);
struct sandbox __real_sandbox_enter(void);
struct sandbox __wrap_sandbox_enter(void);

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

int __wrap_execvpe(const char *file, char *const argv[], char *const envp[])
{
	__gcov_dump();
	int failed = __real_execvpe(file, argv, envp);
	__gcov_reset();
	return failed;
}

int __wrap_fexecve(int fd, char *const argv[], char *const envp[])
{
	__gcov_dump();
	int failed = __real_fexecve(fd, argv, envp);
	__gcov_reset();
	return failed;
}

/* Behind its walls a decoder could write down nothing: in the programs there are none, only the call at which
 * a story cuts. The unit tests try the real ones. */
struct sandbox __wrap_sandbox_enter(void)
{
	const unsigned action = SECCOMP_RET_ALLOW;
	if (strncmp(program_invocation_short_name, "waybill", 7) != 0)
		return __real_sandbox_enter();
	syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
	return (struct sandbox){ 0 };
}
