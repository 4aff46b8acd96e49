/* process.c - see process.h (proc(5)). */
#include "installer/host/process.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define FILE_MAX ((size_t)1024 * 1024)

#define AT(member) offsetof(struct process, member)
static const struct json_field process_fields[] = {
	{ "cgroup", JSON_TEXT, AT(cgroup), true, NULL },
	{ "command", JSON_TEXT, AT(command), false, NULL },
	{ "cwd", JSON_TEXT, AT(cwd), true, NULL },
	{ "parent", JSON_COUNT, AT(parent), true, NULL },
	{ "pid", JSON_COUNT, AT(pid), false, NULL },
	{ "program", JSON_TEXT, AT(program), true, NULL },
	{ "started", JSON_COUNT, AT(started), false, NULL },
	{ "ticks", JSON_COUNT, AT(ticks), false, NULL },
	{ "uid", JSON_COUNT, AT(uid), true, NULL },
	{ "unit", JSON_TEXT, AT(unit), true, NULL },
};
const struct json_shape process_shape = { process_fields, COUNT_OF(process_fields), sizeof(struct process) };
#undef AT

#define AT(member) offsetof(struct listener, member)
static const struct json_field listener_fields[] = {
	{ "address", JSON_TEXT, AT(address), false, NULL },
	{ "pid", JSON_COUNT, AT(pid), true, NULL },
	{ "port", JSON_COUNT, AT(port), false, NULL },
};
const struct json_shape listener_shape = { listener_fields, COUNT_OF(listener_fields),
	sizeof(struct listener) };
#undef AT

/* A text that a document may hold: blanks for control bytes, "?" for what is not UTF-8. */
static char *plain(struct arena *arena, const char *bytes, size_t len)
{
	char *out = arena_copy(arena, bytes, len);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			out[i] = ' ';
	if (!utf8_plain(out, len))
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)out[i] > 0x7e)
				out[i] = '?';
	return out;
}

static char *link_of(uint64_t pid, const char *what, struct arena *arena)
{
	char path[64], to[PATH_MAX];
	snprintf(path, sizeof path, "/proc/%llu/%s", (unsigned long long)pid, what);
	ssize_t n = readlink(path, to, sizeof to);
	return n < 0 ? arena_str(arena, "") : plain(arena, to, (size_t)n);
}

static bool file_of(uint64_t pid, const char *what, struct text *out)
{
	char path[64];
	struct err ignored = { 0 };
	snprintf(path, sizeof path, "/proc/%llu/%s", (unsigned long long)pid, what);
	return fs_read_path(path, FILE_MAX, out, &ignored);
}

/* Ticks since boot as seconds since 1970. The boot time of /proc/stat would do for neither: it is rounded. */
static double since_1970(uint64_t ticks)
{
	struct timespec now, up;
	clock_gettime(CLOCK_BOOTTIME, &up);
	clock_gettime(CLOCK_REALTIME, &now);
	return (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9 +
	       (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

bool process_older(const struct process *p, const struct timespec *than)
{
	return (double)than->tv_sec + (double)than->tv_nsec / 1e9 > since_1970(p->ticks + 1);
}

/* Parent and start time stand behind the name, which may hold blanks and brackets. */
static bool read_stat(struct process *p, struct text *name)
{
	SCOPED(text_end) struct text stat = { 0 };
	unsigned long long parent = 0, ticks = 0;
	if (!file_of(p->pid, "stat", &stat))
		return false;
	const char *open = strchr(text_str(&stat), '('), *close = strrchr(text_str(&stat), ')');
	if (!open || !close || close < open ||
		sscanf(close,
			") %*c %llu %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
			&parent, &ticks) != 2)
		return false;
	text_add(name, open + 1, (size_t)(close - open - 1));
	p->parent = parent;
	p->ticks = ticks;
	p->started = (uint64_t)since_1970(ticks);
	return true;
}

static char *command_of(uint64_t pid, const struct text *name, struct arena *arena)
{
	SCOPED(text_end) struct text line = { 0 };
	if (file_of(pid, "cmdline", &line))
		while (line.len && (line.at[line.len - 1] == '\0' || line.at[line.len - 1] == ' '))
			line.len--;
	if (line.len)
		return plain(arena, line.at, line.len);
	SCOPED(text_end) struct text shown = { 0 };
	text_printf(&shown, "[%s]", text_str(name));
	return plain(arena, shown.at, shown.len);
}

/* "0::/PATH" of the unified hierarchy, else the path of systemd's own. */
static char *cgroup_of(uint64_t pid, struct arena *arena)
{
	SCOPED(text_end) struct text all = { 0 };
	const char *best = NULL;
	if (!file_of(pid, "cgroup", &all))
		return arena_str(arena, "");
	for (char *rest = all.at, *line; rest && (line = strsep(&rest, "\n")) != NULL;) {
		const char *path = strchr(line, '/');
		if (path && (strncmp(line, "0::/", 4) == 0 || (strstr(line, ":name=systemd:") && !best)) &&
			path[1] != '\0')
			best = path;
	}
	return best ? plain(arena, best, strlen(best)) : arena_str(arena, "");
}

/* The innermost part of the cgroup that is a unit which holds processes. */
static char *unit_of(const char *cgroup, struct arena *arena)
{
	static const char *const kinds[] = { ".service", ".scope" };
	for (const char *end = cgroup + strlen(cgroup); end > cgroup;) {
		const char *slash = memrchr(cgroup, '/', (size_t)(end - cgroup));
		const char *part = slash ? slash + 1 : cgroup;
		for (size_t i = 0; i < COUNT_OF(kinds); i++) {
			size_t len = strlen(kinds[i]);
			if ((size_t)(end - part) > len && strncmp(end - len, kinds[i], len) == 0)
				return arena_copy(arena, part, (size_t)(end - part));
		}
		end = slash ? slash : cgroup;
	}
	return arena_str(arena, "");
}

bool process_read(uint64_t pid, struct process *out, struct arena *arena)
{
	SCOPED(text_end) struct text name = { 0 };
	char path[64];
	struct stat st;
	*out = (struct process){ .pid = pid };
	snprintf(path, sizeof path, "/proc/%llu", (unsigned long long)pid);
	if (stat(path, &st) < 0 || !read_stat(out, &name))
		return false;
	out->uid = st.st_uid;
	out->command = command_of(pid, &name, arena);
	out->program = link_of(pid, "exe", arena);
	out->cwd = link_of(pid, "cwd", arena);
	out->cgroup = cgroup_of(pid, arena);
	out->unit = unit_of(out->cgroup, arena);
	return true;
}

/* The next number that names a directory of /proc; 0 at the end. */
static uint64_t next_pid(DIR *proc)
{
	for (const struct dirent *d; proc && (d = readdir(proc)) != NULL;)
		if (isdigit((unsigned char)d->d_name[0]))
			return strtoull(d->d_name, NULL, 10);
	return 0;
}

static void *append(struct json_list *list, size_t size, struct arena *arena)
{
	if ((list->count & (list->count - 1)) == 0) {
		void *more = arena_new(arena, (list->count ? list->count * 2 : 1) * size);
		if (list->count)
			memcpy(more, list->items, list->count * size);
		list->items = more;
	}
	return (char *)list->items + list->count++ * size;
}

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

void process_all(struct json_list *out, struct arena *arena)
{
	SCOPED(scope_dir) DIR *proc = opendir("/proc");
	*out = (struct json_list){ NULL, 0 };
	for (uint64_t pid; (pid = next_pid(proc)) != 0;) {
		struct process p;
		if (process_read(pid, &p, arena))
			*(struct process *)append(out, sizeof p, arena) = p;
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(struct process), by_pid);
}

/* ---- who listens ---- */

struct sockets {
	struct json_list listeners;
	uint64_t *inodes; /* of each listener */
	struct arena *arena;
};

/* The kernel writes each 32 bits of an address as a number in hexadecimal, in the machine's order. */
static void address_text(const char *hex, char *out, size_t size)
{
	uint8_t bytes[16] = { 0 };
	size_t len = strlen(hex) / 2;
	for (size_t i = 0; i < len && i < sizeof bytes; i += 4) {
		char word[9] = "";
		memcpy(word, hex + 2 * i, 8);
		uint32_t n = (uint32_t)strtoul(word, NULL, 16);
		memcpy(bytes + i, &n, sizeof n);
	}
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	const uint8_t *four = len == 4                                    ? bytes
			      : memcmp(bytes, mapped, sizeof mapped) == 0 ? bytes + 12
									  : NULL;
	if (four) {
		snprintf(out, size, "%u.%u.%u.%u", four[0], four[1], four[2], four[3]);
		return;
	}
	static const uint8_t any[16] = { 0 }, loopback[16] = { [15] = 1 };
	if (memcmp(bytes, any, sizeof any) == 0 || memcmp(bytes, loopback, sizeof loopback) == 0) {
		snprintf(out, size, "::%s", bytes[15] ? "1" : "");
		return;
	}
	size_t at = 0;
	for (size_t i = 0; i < 8 && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%x", i ? ":" : "",
			(unsigned)(bytes[2 * i] << 8 | bytes[2 * i + 1]));
}

static void read_sockets(struct sockets *s, const char *file)
{
	SCOPED(text_end) struct text table = { 0 };
	struct err ignored = { 0 };
	if (!fs_read_path(file, (size_t)64 * 1024 * 1024, &table, &ignored))
		return;
	for (char *rest = table.at, *line; rest && (line = strsep(&rest, "\n")) != NULL;) {
		char local[40], text[64];
		unsigned port, state;
		unsigned long long inode;
		if (sscanf(line, " %*u: %39[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*u %*u %llu", local,
			    &port, &state, &inode) != 4 ||
			state != 0x0a)
			continue;
		address_text(local, text, sizeof text);
		struct listener *l = append(&s->listeners, sizeof *l, s->arena);
		*l = (struct listener){ arena_str(s->arena, text), port, 0 };
		s->inodes = mem_grow(s->inodes, s->listeners.count, sizeof *s->inodes);
		s->inodes[s->listeners.count - 1] = inode;
	}
}

/* Gives the process's number to the sockets that it holds open; the lowest number keeps it. */
static void claim(struct sockets *s, uint64_t pid)
{
	char path[64], to[64];
	snprintf(path, sizeof path, "/proc/%llu/fd", (unsigned long long)pid);
	SCOPED(scope_dir) DIR *fds = opendir(path);
	struct listener *l = s->listeners.items;
	for (const struct dirent *d; fds && (d = readdir(fds)) != NULL;) {
		ssize_t n = readlinkat(dirfd(fds), d->d_name, to, sizeof to - 1);
		unsigned long long inode;
		to[n > 0 ? n : 0] = '\0';
		if (sscanf(to, "socket:[%llu]", &inode) != 1)
			continue;
		for (size_t i = 0; i < s->listeners.count; i++)
			if (s->inodes[i] == inode && (l[i].pid == 0 || pid < l[i].pid))
				l[i].pid = pid;
	}
}

static int by_port(const void *a, const void *b)
{
	const struct listener *x = a, *y = b;
	return x->port != y->port ? (x->port < y->port ? -1 : 1) : strcmp(x->address, y->address);
}

void process_listeners(struct json_list *out, struct arena *arena)
{
	struct sockets s = { .arena = arena };
	SCOPED(scope_dir) DIR *proc = opendir("/proc");
	read_sockets(&s, "/proc/net/tcp");
	read_sockets(&s, "/proc/net/tcp6");
	for (uint64_t pid; s.listeners.count && (pid = next_pid(proc)) != 0;)
		claim(&s, pid);
	if (s.listeners.count)
		qsort(s.listeners.items, s.listeners.count, sizeof(struct listener), by_port);
	*out = s.listeners;
	free(s.inodes);
}

void process_listening(uint64_t pid, struct json_list *out, struct arena *arena)
{
	struct sockets s = { .arena = arena };
	read_sockets(&s, "/proc/net/tcp");
	read_sockets(&s, "/proc/net/tcp6");
	claim(&s, pid);
	struct listener *l = s.listeners.items;
	*out = (struct json_list){ l, 0 };
	for (size_t i = 0; i < s.listeners.count; i++)
		if (l[i].pid == pid)
			l[out->count++] = l[i];
	free(s.inodes);
}
