/* memory.c - see cut.h. */
#include <string.h>
#include <sys/uio.h>

#include "tests/sweep/cut.h"

bool memory_read(pid_t pid, uint64_t at, void *to, size_t len)
{
	struct iovec here = { to, len }, there = { (void *)(uintptr_t)at, len };
	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)len;
}

bool memory_write(pid_t pid, uint64_t at, const void *from, size_t len)
{
	struct iovec here = { (void *)(uintptr_t)from, len }, there = { (void *)(uintptr_t)at, len };
	return process_vm_writev(pid, &here, 1, &there, 1, 0) == (ssize_t)len;
}

/* Up to the end of a page at once: what is behind it need not be there. */
void memory_text(pid_t pid, uint64_t at, char *to, size_t room)
{
	size_t n = 0;
	while (n + 1 < room) {
		size_t piece = 4096 - (at + n) % 4096;
		piece = piece < room - 1 - n ? piece : room - 1 - n;
		if (!memory_read(pid, at + n, to + n, piece))
			break;
		size_t len = strnlen(to + n, piece);
		n += len;
		if (len < piece)
			break;
	}
	to[n] = '\0';
}
