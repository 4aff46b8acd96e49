/* fit.c - see fit.h. */
#include "installer/host/fit.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/host/version.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/profile.h"

#define LIBC_MAX ((size_t)16 * 1024 * 1024)

struct asking {
	const struct manifest *m;
	const struct fit_machine *machine;
	const struct fit_answer *answer;
};

static void say_it(void (*how)(void *, const char *), void *ctx, const char *fmt, va_list args)
{
	char line[1024];
	vsnprintf(line, sizeof line, fmt, args);
	how(ctx, line);
}

__attribute__((format(printf, 2, 3))) static void no(const struct asking *a, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	say_it(a->answer->no, a->answer->ctx, fmt, args);
	va_end(args);
}

__attribute__((format(printf, 2, 3))) static void note(const struct asking *a, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	say_it(a->answer->note, a->answer->ctx, fmt, args);
	va_end(args);
}

static void ask_machine(const struct asking *a, const struct component *c)
{
	const struct platform *p = c->platform;
	const struct fit_machine *here = a->machine;
	if (*p->os && *here->os && strcmp(p->os, here->os) != 0)
		no(a, "%s is made for %s, this machine runs %s", c->id, p->os, here->os);
	else if (*p->arch && *here->arch && strcmp(p->arch, here->arch) != 0)
		no(a, "%s is made for %s, this machine is %s", c->id, p->arch, here->arch);
}

static void ask_libc(const struct asking *a, const struct component *c)
{
	const struct platform *p = c->platform;
	const struct fit_machine *here = a->machine;
	if (*p->libc && *here->libc && strcmp(p->libc, here->libc) != 0)
		no(a, "%s is made for %s, this machine has %s", c->id, p->libc, here->libc);
	else if (*p->libc_version && !*here->libc_version)
		note(a, "%s needs %s %s: the version here is not known", c->id, p->libc, p->libc_version);
	else if (*p->libc_version && version_dotted(here->libc_version, p->libc_version) == ORDER_OLDER)
		no(a, "%s needs %s %s, this machine has %s", c->id, p->libc, p->libc_version,
			here->libc_version);
}

/* A runtime that comes in the same bundle is the one that counts. */
static const char *runtime_of(const struct asking *a)
{
	const struct component *runtime = manifest_component(a->m, "runtime");
	return runtime && !a->machine->runtime_stays ? runtime->version : a->machine->runtime_version;
}

static void ask_engine(const struct asking *a, const struct component *c)
{
	const char *range = c->platform->engine, *here = runtime_of(a);
	if (!*range)
		return;
	if (!*here) {
		note(a, "%s wants Node.js %s: the version here is not known", c->id, range);
		return;
	}
	enum version_fit fit = version_in_range("semver", here, range);
	if (fit == FIT_NO)
		no(a, "%s wants Node.js %s, the service here runs %s", c->id, range, here);
	else if (fit == FIT_UNKNOWN)
		note(a, "%s wants Node.js \"%s\": not comparable with %s", c->id, range, here);
}

static const char *core_version(const struct asking *a)
{
	const struct component *core = manifest_component(a->m, "core");
	const struct fit_part *parts = a->machine->parts.items;
	if (core && *core->version)
		return core->version;
	for (size_t i = 0; i < a->machine->parts.count; i++)
		if (strcmp(parts[i].kind, "core") == 0)
			return parts[i].version;
	return "";
}

static void ask_range(const struct asking *a, const char *id, const char *range)
{
	const char *scheme = a->m->profile ? a->m->profile->scheme : "", *core = core_version(a);
	if (!*range || !*core || !*scheme)
		return;
	enum version_fit fit = version_in_range(scheme, core, range);
	if (fit == FIT_NO)
		no(a, "%s wants a core %s, it will be %s", id, range, core);
	else if (fit == FIT_UNKNOWN)
		note(a, "%s wants a core \"%s\": not comparable with %s", id, range, core);
}

/* Plugins that are here and not in the bundle must live with its core. */
static void ask_others(const struct asking *a)
{
	const struct fit_part *parts = a->machine->parts.items;
	for (size_t i = 0; manifest_component(a->m, "core") && i < a->machine->parts.count; i++)
		if (strcmp(parts[i].kind, "plugin") == 0 && !manifest_component(a->m, parts[i].id))
			ask_range(a, parts[i].id, parts[i].host);
}

void fit_ask(const struct manifest *m, const struct fit_machine *machine, const struct fit_answer *answer)
{
	struct asking a = { m, machine, answer };
	const struct component *c = m->components.items;
	for (size_t i = 0; i < m->components.count; i++) {
		if (c[i].platform) {
			ask_machine(&a, &c[i]);
			ask_libc(&a, &c[i]);
			ask_engine(&a, &c[i]);
		}
		if (strcmp(c[i].kind, "plugin") == 0)
			ask_range(&a, c[i].id, c[i].host);
	}
	ask_others(&a);
}

/* glibc says what it is when it is run: "GNU C Library (...) stable release version 2.36." stands in it. */
static bool read_glibc(int root, const char *path, char **version, struct arena *arena)
{
	static const char banner[] = "GNU C Library", release[] = "release version ";
	SCOPED(text_end) struct text bytes = { 0 };
	SCOPED_FD int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	char piece[65536];
	for (ssize_t n; fd >= 0 && bytes.len < LIBC_MAX && (n = read(fd, piece, sizeof piece)) > 0;)
		text_add(&bytes, piece, (size_t)n);
	const char *at = bytes.len ? memmem(bytes.at, bytes.len, banner, strlen(banner)) : NULL;
	size_t left = at ? (size_t)(bytes.at + bytes.len - at) : 0;
	at = at ? memmem(at, left < 300 ? left : 300, release, strlen(release)) : NULL;
	if (!at)
		return false;
	at += strlen(release);
	size_t len = 0;
	while (isdigit((unsigned char)at[len]) || (at[len] == '.' && isdigit((unsigned char)at[len + 1])))
		len++;
	*version = arena_copy(arena, at, len);
	return true;
}

void fit_libc(int root, const char *arch, char **family, char **version, struct arena *arena)
{
	static const char *const glibcs[] = { "lib/%s-linux-gnu/libc.so.6", "usr/lib/%s-linux-gnu/libc.so.6",
		"lib64/libc.so.6", "usr/lib64/libc.so.6", "lib/libc.so.6", "usr/lib/libc.so.6" };
	char path[128];
	*version = arena_str(arena, "");
	for (size_t i = 0; i < COUNT_OF(glibcs); i++) {
		snprintf(path, sizeof path, glibcs[i], arch);
		if (read_glibc(root, path, version, arena)) {
			*family = arena_str(arena, "glibc");
			return;
		}
	}
	snprintf(path, sizeof path, "lib/ld-musl-%s.so.1", arch);
	*family = arena_str(arena, faccessat(root, path, F_OK, 0) == 0 ? "musl" : "");
}
