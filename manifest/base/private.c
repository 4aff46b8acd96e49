/* private.c - see private.h. */
#include "manifest/base/private.h"

#include <fcntl.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

bool private_owner(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

bool private_check(int fd, const char *name, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "look at %s", name);
	if (private_owner(&st) && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return true;
	return err_set(e, ERR_REFUSED,
		"%s: others can write it (owner %u, mode %04o): what is in it is not believed", name,
		st.st_uid, st.st_mode & 07777);
}

bool private_read(int dir, const char *name, size_t limit, struct text *out, struct err *e)
{
	SCOPED_FD int fd = fs_open(dir, name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, "open %s", name);
	return private_check(fd, name, e) && fs_read_open(fd, name, limit, out, e);
}
