/* copy_facts.c - see copy_facts.h. The order matters: a new owner clears bits of the mode, an ACL changes it,
 * a mode can keep us from setting attributes, and each of them changes the time of the last change.
 */
#include "installer/service/copy_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "installer/identity.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define LIST_MAX  ((size_t)64 * 1024) /* the kernel's limits of a list and of a value */
#define VALUE_MAX ((size_t)64 * 1024)
#define SELINUX   "security.selinux"
#define ACL       "system.posix_acl_"

/* A copy is not what it was made from: our mark tells the two apart. */
static bool is_mark(const char *name)
{
	return strcmp(name, IDENTITY_MARK) == 0;
}

/* The names of the attributes, each with its NUL. */
static bool list_attributes(int fd, struct text *names, struct err *e)
{
	ssize_t n = flistxattr(fd, NULL, 0);
	if (n <= 0)
		return n == 0 || errno == ENOTSUP || err_sys(e, "list its attributes");
	SCOPED_TEXT char *list = mem_new(LIST_MAX, 1);
	n = flistxattr(fd, list, LIST_MAX);
	if (n < 0)
		return err_sys(e, "list its attributes");
	text_add(names, list, (size_t)n);
	return true;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Without SELinux the label is an attribute that only root may set. */
static bool may_lack(int error)
{
	return error == ENOTSUP || ((error == EPERM || error == EACCES) && geteuid() != 0);
}

static bool copy_attribute(int from, int to, const char *name, char *value, struct err *e)
{
	ssize_t n = fgetxattr(from, name, value, VALUE_MAX);
	if (n < 0)
		return errno == ENODATA || may_lack(errno) || err_sys(e, "read its attribute %s", name);
	return fsetxattr(to, name, value, (size_t)n, 0) == 0 || may_lack(errno) ||
	       err_sys(e, "set its attribute %s", name);
}

static bool copy_attributes(int from, int to, const struct text *names, const char *kind, struct err *e)
{
	SCOPED_TEXT char *value = names->len ? mem_new(VALUE_MAX, 1) : NULL;
	for (size_t at = 0; at < names->len; at += strlen(names->at + at) + 1)
		if (begins(names->at + at, kind) && !is_mark(names->at + at) &&
			!copy_attribute(from, to, names->at + at, value, e))
			return false;
	return true;
}

static bool listed(const struct text *names, const char *name)
{
	for (size_t at = 0; at < names->len; at += strlen(names->at + at) + 1)
		if (strcmp(names->at + at, name) == 0)
			return true;
	return false;
}

/* What a directory has from an earlier pass, or anything has inherited from the directory that it is in. */
static bool drop_others(int to, const struct text *keep, struct err *e)
{
	SCOPED(text_end) struct text names = { 0 };
	if (!list_attributes(to, &names, e))
		return false;
	for (size_t at = 0; at < names.len; at += strlen(names.at + at) + 1) {
		const char *name = names.at + at;
		if ((!begins(name, "user.") && !begins(name, ACL)) || (listed(keep, name) && !is_mark(name)))
			continue;
		if (fremovexattr(to, name) < 0 && errno != ENODATA && !may_lack(errno))
			return err_sys(e, "remove the attribute %s", name);
	}
	return true;
}

static bool give_attributes(int from, int to, struct err *e)
{
	SCOPED(text_end) struct text names = { 0 };
	return list_attributes(from, &names, e) && drop_others(to, &names, e) &&
	       copy_attributes(from, to, &names, "user.", e) &&
	       copy_attributes(from, to, &names, SELINUX, e) && copy_attributes(from, to, &names, ACL, e);
}

/* *mode loses the bits that lend an owner's rights if that owner cannot be given. */
static bool give_owner(int to, const struct stat *st, mode_t *mode, struct err *e)
{
	if (fchown(to, st->st_uid, st->st_gid) == 0)
		return true;
	if (errno != EPERM || geteuid() == 0)
		return err_sys(e, "give it to user %u and group %u", st->st_uid, st->st_gid);
	struct stat have;
	(void)!fchown(to, (uid_t)-1, st->st_gid);
	if (fstat(to, &have) < 0)
		return err_sys(e, "look at it");
	if (have.st_uid != st->st_uid)
		*mode &= ~(mode_t)S_ISUID;
	if (have.st_gid != st->st_gid)
		*mode &= ~(mode_t)S_ISGID;
	return true;
}

bool facts_give(int from, int to, const struct stat *st, struct err *e)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	mode_t mode = st->st_mode & 07777;
	if (!give_owner(to, st, &mode, e) || !give_attributes(from, to, e))
		return false;
	return (fchmod(to, mode) == 0 && futimens(to, times) == 0) || err_sys(e, "set its mode and times");
}

/* There is no call for the attributes of a link in a directory that is held open, but for /proc. A link has
 * no others. */
static bool give_label(int from, const char *name, int to, const char *to_name, struct err *e)
{
	char value[1024], path[FS_LEAF + 40];
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", from, name);
	ssize_t n = lgetxattr(path, SELINUX, value, sizeof value);
	if (n < 0)
		return true;
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", to, to_name);
	return lsetxattr(path, SELINUX, value, (size_t)n, 0) == 0 || may_lack(errno) ||
	       err_sys(e, "set its attribute " SELINUX);
}

bool facts_give_link(
	int from, const char *name, int to, const char *to_name, const struct stat *st, struct err *e)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	if (fchownat(to, to_name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
		(errno != EPERM || geteuid() == 0))
		return err_sys(e, "give it to user %u and group %u", st->st_uid, st->st_gid);
	return give_label(from, name, to, to_name, e) &&
	       (utimensat(to, to_name, times, AT_SYMLINK_NOFOLLOW) == 0 || err_sys(e, "set its times"));
}
