/* no-exchange.c - no-exchange PROGRAM [ARGUMENT]...: runs the program on a kernel that exchanges no names:
 * renameat2(2) refuses RENAME_EXCHANGE with EINVAL, as file systems that cannot do so.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/refuse.h"

int main(int argc, char **argv)
{
	if (argc < 2 || !refuse_call(SYS_renameat2, RENAME_EXCHANGE, EINVAL)) {
		perror("no-exchange");
		return 126;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
