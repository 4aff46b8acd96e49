/* calls.c - see cut.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "manifest/base/scope.h"
#include "tests/sweep/cut.h"

static const struct call calls[] = {
	{ SYS_open, "open", CALL_OPEN, 0 },
	{ SYS_creat, "creat", CALL_NAME, 0 },
	{ SYS_openat, "openat", CALL_OPEN, 0 },
	{ SYS_openat2, "openat2", CALL_OPEN2, 0 },
	{ SYS_write, "write", CALL_FD, 3 },
	{ SYS_writev, "writev", CALL_FD, 0 },
	{ SYS_pwrite64, "pwrite64", CALL_FD, 3 },
	{ SYS_pwritev, "pwritev", CALL_FD, 0 },
	{ SYS_pwritev2, "pwritev2", CALL_FD, 0 },
	{ SYS_sendfile, "sendfile", CALL_FD, 4 },
	{ SYS_copy_file_range, "copy_file_range", CALL_COPY, 5 },
	{ SYS_ioctl, "ioctl", CALL_CLONE, 0 },
	{ SYS_ftruncate, "ftruncate", CALL_FD, 0 },
	{ SYS_truncate, "truncate", CALL_NAME, 0 },
	{ SYS_fallocate, "fallocate", CALL_FD, 0 },
	{ SYS_fsync, "fsync", CALL_FD, 0 },
	{ SYS_fdatasync, "fdatasync", CALL_FD, 0 },
	{ SYS_syncfs, "syncfs", CALL_FD, 0 },
	{ SYS_sync, "sync", CALL_NAME, 0 },
	{ SYS_sync_file_range, "sync_file_range", CALL_FD, 0 },
	{ SYS_msync, "msync", CALL_NAME, 0 },
	{ SYS_rename, "rename", CALL_NAME, 0 },
	{ SYS_renameat, "renameat", CALL_NAME, 0 },
	{ SYS_renameat2, "renameat2", CALL_NAME, 0 },
	{ SYS_link, "link", CALL_NAME, 0 },
	{ SYS_linkat, "linkat", CALL_NAME, 0 },
	{ SYS_symlink, "symlink", CALL_NAME, 0 },
	{ SYS_symlinkat, "symlinkat", CALL_NAME, 0 },
	{ SYS_unlink, "unlink", CALL_NAME, 0 },
	{ SYS_unlinkat, "unlinkat", CALL_NAME, 0 },
	{ SYS_rmdir, "rmdir", CALL_NAME, 0 },
	{ SYS_mkdir, "mkdir", CALL_NAME, 0 },
	{ SYS_mkdirat, "mkdirat", CALL_NAME, 0 },
	{ SYS_mknod, "mknod", CALL_NAME, 0 },
	{ SYS_mknodat, "mknodat", CALL_NAME, 0 },
	{ SYS_chmod, "chmod", CALL_NAME, 0 },
	{ SYS_fchmod, "fchmod", CALL_FD, 0 },
	{ SYS_fchmodat, "fchmodat", CALL_NAME, 0 },
	{ SYS_chown, "chown", CALL_NAME, 0 },
	{ SYS_lchown, "lchown", CALL_NAME, 0 },
	{ SYS_fchown, "fchown", CALL_FD, 0 },
	{ SYS_fchownat, "fchownat", CALL_NAME, 0 },
	{ SYS_utimensat, "utimensat", CALL_NAME, 0 },
	{ SYS_setxattr, "setxattr", CALL_NAME, 0 },
	{ SYS_lsetxattr, "lsetxattr", CALL_NAME, 0 },
	{ SYS_fsetxattr, "fsetxattr", CALL_FD, 0 },
	{ SYS_removexattr, "removexattr", CALL_NAME, 0 },
	{ SYS_lremovexattr, "lremovexattr", CALL_NAME, 0 },
	{ SYS_fremovexattr, "fremovexattr", CALL_FD, 0 },
	{ SYS_mount, "mount", CALL_NAME, 0 },
	{ SYS_umount2, "umount2", CALL_NAME, 0 },
	{ SYS_kill, "kill", CALL_KILL, 0 },
	{ SYS_tgkill, "tgkill", CALL_NAME, 0 },
	{ SYS_pidfd_send_signal, "pidfd_send_signal", CALL_KILL, 0 },
	{ SYS_execve, "execve", CALL_EXEC, 0 },
	{ SYS_execveat, "execveat", CALL_NAME, 0 },
	{ SYS_fork, "fork", CALL_FORK, 0 },
	{ SYS_vfork, "vfork", CALL_FORK, 0 },
};

static const struct {
	const char *word;
	int error;
} errors[] = {
	{ "ENOSPC", ENOSPC },
	{ "EIO", EIO },
	{ "EDQUOT", EDQUOT },
	{ "EROFS", EROFS },
	{ "EINTR", EINTR },
	{ "EPERM", EPERM },
	{ "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM },
	{ "EXDEV", EXDEV },
	{ "EINVAL", EINVAL },
	{ "EOPNOTSUPP", EOPNOTSUPP },
};

const struct call *call_of(uint64_t number)
{
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		if ((uint64_t)calls[i].number == number)
			return &calls[i];
	return NULL;
}

const struct call *call_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	return NULL;
}

int call_error(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(errors); i++)
		if (strcmp(errors[i].word, word) == 0)
			return errors[i].error;
	return 0;
}

/* What is outside, such as standard output, is not the node's. */
static bool fd_is_below(pid_t pid, uint64_t fd, const char *below, char where[PATH_MAX])
{
	char link[64];
	struct stat st;
	snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, (int)fd);
	ssize_t n = readlink(link, where, PATH_MAX - 1);
	where[n < 0 ? 0 : n] = '\0';
	size_t len = strlen(below);
	return strncmp(where, below, len) == 0 && (where[len] == '/' || where[len] == '\0') &&
	       stat(link, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

static bool program_is_there(pid_t pid, const char *path)
{
	char seen[PATH_MAX + 32];
	snprintf(seen, sizeof seen, "/proc/%d/%s%s", pid, *path == '/' ? "root" : "cwd/", path);
	return access(seen, X_OK) == 0;
}

static bool opens_to_change(uint64_t flags)
{
	return flags & (O_CREAT | O_TRUNC);
}

bool call_counts(const struct call *c, pid_t pid, const struct user_regs_struct *r, const char *below,
	char where[PATH_MAX])
{
	struct open_how how = { 0 };
	bool first = c->number == SYS_open || c->number == SYS_execve; /* no directory before the name */
	*where = '\0';
	switch (c->kind) {
	case CALL_FD:
		return fd_is_below(pid, r->rdi, below, where);
	case CALL_COPY:
		return fd_is_below(pid, r->rdx, below, where);
	case CALL_CLONE:
		return r->rsi == FICLONE && fd_is_below(pid, r->rdi, below, where);
	case CALL_OPEN2:
		memory_read(pid, r->rdx, &how, sizeof how.flags);
		break;
	case CALL_OPEN:
		how.flags = first ? r->rsi : r->rdx;
		break;
	case CALL_KILL:
		return r->rsi != 0;
	case CALL_FORK:
		return true;
	case CALL_NAME:
	case CALL_EXEC:
		break;
	}
	memory_text(pid, first ? r->rdi : r->rsi, where, PATH_MAX);
	if (c->kind == CALL_EXEC)
		return program_is_there(pid, where);
	return c->kind == CALL_NAME || opens_to_change(how.flags);
}
