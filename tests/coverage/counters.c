/* counters.c - what a process counted is kept where gcc does not see that it ends or becomes another program:
 * _exit(2), execvpe(3) and fexecve(3). Linked with --wrap for each; only `make coverage` builds it.
 */
#include <gcov.h>
#include <unistd.h>

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
int __real_execvpe(const char *file, char *const argv[], char *const envp[]);
int __wrap_execvpe(const char *file, char *const argv[], char *const envp[]);
int __real_fexecve(int fd, char *const argv[], char *const envp[]);
int __wrap_fexecve(int fd, char *const argv[], char *const envp[]);

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
