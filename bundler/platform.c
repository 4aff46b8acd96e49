/* platform.c - see platform.h. */
#include "bundler/platform.h"

#include <fcntl.h>
#include <string.h>

#include "installer/host/bits.h"
#include "installer/host/json5.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"
#include "manifest/profile.h"

#define PACKAGE_MAX ((size_t)1024 * 1024)

bool platform_code(const char *bytes, size_t len)
{
	static const char *const magics[] = { "\177ELF", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf",
		"\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe" };
	if (len >= 2 && memcmp(bytes, "MZ", 2) == 0)
		return true;
	for (size_t i = 0; i < COUNT_OF(magics); i++)
		if (len >= 4 && memcmp(bytes, magics[i], 4) == 0)
			return true;
	return false;
}

static struct platform *platform_of(struct component *c, struct arena *arena)
{
	static char nothing[] = "";
	if (!c->platform) {
		c->platform = arena_new(arena, sizeof *c->platform);
		*c->platform = (struct platform){ nothing, nothing, nothing, nothing, nothing, 0, 0 };
	}
	return c->platform;
}

static void add(struct component *c, const struct bits *file, struct platform_needs *sum, struct arena *arena)
{
	struct platform *p = platform_of(c, arena);
	bits_add(sum, file);
	p->os = file->os && *file->os ? file->os : p->os;
	p->arch = file->machine;
	if (sum->glibc) {
		p->libc = arena_str(arena, "glibc");
		p->libc_version = sum->glibc;
	} else if (strcmp(file->libc, "musl") == 0) {
		p->libc = file->libc;
	}
	p->napi = sum->napi;
	p->node_abi = sum->node_abi;
}

/* A text of package.json; NULL if it does not say. */
static char *package_says(const struct source *s, const char *pointer, struct arena *arena)
{
	SCOPED(text_end) struct text text = { 0 }, said = { 0 };
	struct json5_value value;
	struct err ignored = { 0 };
	if (!*pointer || !fs_read(s->fd, "package.json", PACKAGE_MAX, &text, &ignored) ||
		!json5_find(text_str(&text), text.len, pointer, &value, &ignored) ||
		value.kind != JSON5_STRING)
		return NULL;
	json5_text(text_str(&text), &value, &said);
	return utf8_plain(text_str(&said), said.len) ? arena_str(arena, text_str(&said)) : NULL;
}

/* The versions that it says it wants: of Node.js, and a plugin of the core. */
static void add_ranges(
	const struct source *s, const struct profile *profile, struct component *c, struct arena *arena)
{
	char *engine = strcmp(c->kind, "runtime") == 0 ? NULL : package_says(s, "/engines/node", arena);
	bool plugin = profile && profile->plugins && strcmp(c->kind, "plugin") == 0;
	char *host = plugin ? package_says(s, profile->plugins->host, arena) : NULL;
	if (plugin && !host)
		host = package_says(s, profile->plugins->peer, arena);
	if (engine)
		platform_of(c, arena)->engine = engine;
	if (host)
		c->host = host;
}

static bool fill_component(const struct source *s, const struct scan *scan, size_t number,
	const struct bits *service, const struct profile *profile, struct component *c, struct arena *arena,
	struct err *e)
{
	struct platform_needs sum = { 0 };
	char path[PATH_MAX];
	for (size_t i = rows_first(&scan->rows, number); i < rows_first(&scan->rows, number + 1); i++) {
		if (!scan->code[i])
			continue;
		struct bits file;
		SCOPED_FD int fd = fs_open(s->fd, rows_path(&scan->rows, i, path), O_RDONLY | O_NONBLOCK, 0);
		if (fd < 0)
			return err_sys(e, "%s: open %s", s->id, path);
		if (!bits_read(fd, &file, arena, e))
			return err_in(e, "%s", s->id);
		if (file.kind != BITS_NONE && bits_counts(&file, service))
			add(c, &file, &sum, arena);
	}
	add_ranges(s, profile, c, arena);
	return true;
}

bool platform_fill(const struct sources *sources, const struct scan *scan, const char *service,
	struct manifest *m, struct arena *arena, struct err *e)
{
	struct component *c = m->components.items;
	struct bits own;
	SCOPED_FD int fd = open(service ? service : "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", service);
	if (!bits_read(fd, &own, arena, e))
		return false;
	for (size_t i = 0; i < sources->count; i++)
		if (!fill_component(&sources->items[i], scan, i, &own, m->profile, &c[i], arena, e))
			return false;
	return true;
}
