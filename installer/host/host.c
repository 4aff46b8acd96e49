/* host.c - see host.h. */
#include "installer/host/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "installer/host/run.h"
#include "installer/host/unit_file.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define PASSWD_MAX ((size_t)4 * 1024 * 1024)
#define FOUND_MAX  4096

int host_open(const struct host *h, const char *path, int flags)
{
	int all = flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY | O_NONBLOCK);
	struct open_how how = { .flags = (uint64_t)(unsigned)all,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, h->root, path, &how, sizeof how);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM) && h->alive)
		fd = open(path, all);
	return fd;
}

uint64_t host_number(uint64_t n)
{
	return n % JSON_COUNT_LIMIT;
}

bool host_stat(const struct host *h, const char *path, struct stat *st)
{
	SCOPED_FD int fd = host_open(h, path, O_PATH);
	return fd >= 0 && fstat(fd, st) == 0;
}

char *host_real(struct host *h, const char *path)
{
	SCOPED_FD int fd = host_open(h, path, O_PATH);
	char name[64], real[PATH_MAX];
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	ssize_t n = fd < 0 ? -1 : readlink(name, real, sizeof real - 1);
	if (n <= 0 || real[0] != '/')
		return NULL;
	real[n] = '\0';
	size_t top = strcmp(h->root_path, "/") == 0 ? 0 : strlen(h->root_path);
	return arena_str(&h->arena, real[top] ? real + top : "/");
}

bool host_read(const struct host *h, const char *path, size_t limit, struct text *out)
{
	SCOPED_FD int fd = host_open(h, path, O_RDONLY);
	struct stat st;
	char piece[65536];
	text_clear(out);
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	errno = S_ISREG(st.st_mode) ? 0 : EINVAL;
	for (ssize_t n = 1; errno == 0 && n != 0;) {
		n = read(fd, piece, sizeof piece);
		if (n > 0 && out->len + (size_t)n > limit)
			errno = EFBIG;
		else if (n > 0)
			text_add(out, piece, (size_t)n);
	}
	return errno == 0;
}

/* ---- patterns ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void glob_from(struct host *h, const char *dir, const char *rest, struct json_list *out);

/* Every name of `dir` that fits the pattern's next part. */
static void glob_names(
	struct host *h, const char *dir, const char *part, const char *rest, struct json_list *out)
{
	int fd = host_open(h, *dir ? dir : "/", O_RDONLY | O_DIRECTORY);
	SCOPED(scope_dir) DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct json_list names = { NULL, 0 };
	if (fd < 0 && errno == EACCES)
		host_unseen(h, "%s: %s", *dir ? dir : "/", strerror(EACCES));
	for (const struct dirent *entry; d && (entry = readdir(d)) != NULL;)
		if (fnmatch(part, entry->d_name, FNM_PERIOD) == 0 && names.count < FOUND_MAX)
			texts_add(&names, entry->d_name, &h->arena);
	if (names.count)
		qsort(names.items, names.count, sizeof(char *), by_text);
	for (size_t i = 0; i < names.count; i++) {
		SCOPED(text_end) struct text path = { 0 };
		text_printf(&path, "%s/%s", dir, ((char **)names.items)[i]);
		glob_from(h, text_str(&path), rest, out);
	}
}

static void glob_from(struct host *h, const char *dir, const char *rest, struct json_list *out)
{
	struct stat st;
	rest += strspn(rest, "/");
	if (*rest == '\0') {
		if (out->count < FOUND_MAX && host_stat(h, dir, &st))
			texts_add(out, dir, &h->arena);
		return;
	}
	SCOPED_TEXT char *part = mem_copy(rest, strcspn(rest, "/"));
	rest += strlen(part);
	if (strpbrk(part, "*?")) {
		glob_names(h, dir, part, rest, out);
		return;
	}
	SCOPED(text_end) struct text path = { 0 };
	text_printf(&path, "%s/%s", dir, part);
	glob_from(h, text_str(&path), rest, out);
}

void host_glob(struct host *h, const char *pattern, struct json_list *out)
{
	glob_from(h, "", pattern, out);
}

void host_unseen(struct host *h, const char *fmt, ...)
{
	char line[PATH_MAX + 256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	for (size_t i = 0; i < h->unseen.count; i++)
		if (strcmp(((char **)h->unseen.items)[i], line) == 0)
			return;
	texts_add(&h->unseen, line, &h->arena);
}

/* ---- users ---- */

/* "name:password:uid:gid:comment:home:shell" (passwd(5)). */
static bool read_user(struct host *h, char *line, struct user *out)
{
	char *fields[6] = { NULL };
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if ((fields[i] = strsep(&line, ":")) == NULL)
			return false;
	out->name = arena_str(&h->arena, fields[0]);
	out->home = arena_str(&h->arena, fields[5]);
	out->uid = strtoull(fields[2], NULL, 10);
	out->gid = strtoull(fields[3], NULL, 10);
	return *out->name != '\0' && *out->home == '/' && *fields[2] >= '0' && *fields[2] <= '9';
}

static void read_users(struct host *h)
{
	SCOPED(text_end) struct text passwd = { 0 };
	size_t lines = 1;
	if (!host_read(h, "/etc/passwd", PASSWD_MAX, &passwd))
		return;
	for (size_t i = 0; i < passwd.len; i++)
		lines += passwd.at[i] == '\n';
	struct user *users = arena_new(&h->arena, lines * sizeof *users);
	h->users.items = users;
	for (char *rest = passwd.at, *line; (line = strsep(&rest, "\n")) != NULL;)
		h->users.count += read_user(h, line, &users[h->users.count]);
}

const struct user *host_user(const struct host *h, uint64_t uid)
{
	const struct user *users = h->users.items;
	for (size_t i = 0; i < h->users.count; i++)
		if (users[i].uid == uid)
			return &users[i];
	return NULL;
}

const struct user *host_user_named(const struct host *h, const char *name)
{
	const struct user *users = h->users.items;
	for (size_t i = 0; i < h->users.count; i++)
		if (strcmp(users[i].name, name) == 0)
			return &users[i];
	return NULL;
}

bool host_as(const struct host *h, const char *name, struct run *run)
{
	const struct user *user = host_user_named(h, name);
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	if (!user && *name && *end == '\0')
		user = host_user(h, number);
	if (!user || (geteuid() != 0 && geteuid() != user->uid))
		return false;
	run->as_user = geteuid() == 0;
	run->uid = (uid_t)user->uid;
	run->gid = (gid_t)user->gid;
	return true;
}

/* ---- names for places ---- */

const char *host_get(const struct host *h, const char *name)
{
	const struct variable *v = h->variables.items;
	for (size_t i = h->variables.count; i-- > 0;)
		if (strcmp(v[i].name, name) == 0)
			return v[i].value;
	return NULL;
}

void host_set(struct host *h, const char *name, const char *value)
{
	struct variable *v = h->variables.items;
	for (size_t i = 0; i < h->variables.count; i++)
		if (strcmp(v[i].name, name) == 0) {
			v[i].value = arena_str(&h->arena, value);
			return;
		}
	struct variable *more = arena_new(&h->arena, (h->variables.count + 1) * sizeof *more);
	if (h->variables.count)
		memcpy(more, v, h->variables.count * sizeof *more);
	more[h->variables.count++] =
		(struct variable){ arena_str(&h->arena, name), arena_str(&h->arena, value) };
	h->variables.items = more;
}

char *host_expand(struct host *h, const char *text)
{
	SCOPED(text_end) struct text out = { 0 };
	while (*text) {
		const char *end = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
		if (!end) {
			text_byte(&out, *text++);
			continue;
		}
		SCOPED_TEXT char *name = mem_copy(text + 2, (size_t)(end - text - 2));
		const char *value = host_get(h, name);
		if (!value)
			return NULL;
		text_puts(&out, value);
		text = end + 1;
	}
	return arena_str(&h->arena, text_str(&out));
}

static const char *in_environment(const struct json_list *environment, const char *name)
{
	size_t len = strlen(name);
	const char *found = NULL;
	for (size_t i = 0; len && environment && i < environment->count; i++) {
		const char *item = ((char *const *)environment->items)[i];
		if (strncmp(item, name, len) == 0 && item[len] == '=')
			found = item + len + 1;
	}
	return found;
}

void host_profile_variables(
	struct host *h, const struct json_list *environment, const struct json_list *known)
{
	const struct profile_variable *v = h->profile.variables.items;
	for (size_t i = 0; i < h->profile.variables.count; i++) {
		const char *said = in_environment(known, v[i].name);
		said = said ? said : in_environment(environment, v[i].environment);
		const char *value = said && *said ? said : host_expand(h, v[i].standard);
		if (value)
			host_set(h, v[i].name, value);
	}
}

/* ---- */

bool host_begin(struct host *h, const char *root, const char *profile, struct err *e)
{
	*h = (struct host){ .root = -1, .alive = !root || strcmp(root, "/") == 0 };
	SCOPED_TEXT char *real = realpath(root ? root : "/", NULL);
	h->root = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (h->root < 0 || !real)
		return err_sys(e, "open the root %s", root ? root : "/");
	h->root_path = arena_str(&h->arena, real);
	read_users(h);
	return !profile || profile_load(profile, &h->profile, &h->arena, e);
}

void host_end(struct host *h)
{
	scope_close(&h->root);
	h->root = -1;
	arena_end(&h->arena);
}
