/* peak.c - peak FILE PROGRAM [ARGUMENT]...: runs the program, adds its peak of resident memory to FILE as a
 * line in KiB, and ends as it did. Small itself: what a process has before exec(2) counts to its peak.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage used;
	int status;
	pid_t child = argc > 2 ? fork() : -1;
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) != child)
		return 126;
	FILE *to = fopen(argv[1], "ae");
	if (!to || fprintf(to, "%ld\n", used.ru_maxrss) < 0 || fclose(to) != 0)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
