/* own.c - see own.h. */
#include "installer/own.h"

#include <fcntl.h>
#include <string.h>

#include "manifest/appended.h"
#include "manifest/base/scope.h"

#define SELF "/proc/self/exe"

const char *own_bundle(void)
{
	SCOPED_FD int fd = open(SELF, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && appended_at(fd) ? SELF : NULL;
}

bool own_open(struct bundle *out, struct err *e)
{
	int fd = open(SELF, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? bundle_open_fd(fd, "this program", out, e) : err_sys(e, "open this program");
}

bool own_is(const char *path)
{
	return strcmp(path, SELF) == 0;
}

bool own_or_named(char *const *operands, size_t count, const char *command, const char **out, struct err *e)
{
	*out = count ? operands[0] : own_bundle();
	return *out || err_set(e, ERR_USAGE, "%s needs a BUNDLE: this program carries none", command);
}
