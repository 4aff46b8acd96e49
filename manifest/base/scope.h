/* scope - things end with their scope; keeping one alive is visible.
 *
 * Written files are the exception: their close is checked, so their writer takes
 * the descriptor out of its scope and closes it itself (fs.h).
 */
#ifndef MANIFEST_BASE_SCOPE_H
#define MANIFEST_BASE_SCOPE_H

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define SCOPED(end) __attribute__((cleanup(end)))

static inline void scope_close(int *fd)
{
	int keep = errno;
	if (*fd >= 0)
		close(*fd);
	errno = keep;
}

static inline void scope_free(void *p)
{
	free(*(void **)p);
}

static inline void scope_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Hands the descriptor to the caller: the scope no longer owns it. */
static inline int fd_take(int *fd)
{
	int out = *fd;
	*fd = -1;
	return out;
}

#define SCOPED_FD   SCOPED(scope_close)
#define SCOPED_TEXT SCOPED(scope_free)

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

#endif
