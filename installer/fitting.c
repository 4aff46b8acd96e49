/* fitting.c - see fitting.h. */
#include "installer/fitting.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "installer/host/fit.h"
#include "installer/host/host.h"
#include "installer/host/json5.h"
#include "installer/host/run.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/package.h"

#define PACKAGE_MAX ((size_t)1024 * 1024)

static void no(void *ctx, const char *text)
{
	transaction_no(ctx, ERR_REFUSED, "%s", text);
}

static void note(void *ctx, const char *text)
{
	transaction_note(ctx, "%s", text);
}

static const char *host_range(struct transaction *t, int dir)
{
	const struct profile *profile = t->bundle.manifest.profile;
	SCOPED(text_end) struct text text = { 0 }, said = { 0 };
	struct json5_value value;
	struct err ignored = { 0 };
	if (!profile || !profile->plugins || !fs_read(dir, "package.json", PACKAGE_MAX, &text, &ignored))
		return "";
	const char *pointers[] = { profile->plugins->host, profile->plugins->peer };
	for (size_t i = 0; i < COUNT_OF(pointers) && said.len == 0; i++)
		if (*pointers[i] && json5_find(text_str(&text), text.len, pointers[i], &value, &ignored))
			json5_text(text_str(&text), &value, &said);
	return arena_str(&t->arena, text_str(&said));
}

/* What the site says is here, and what it says of itself. */
static void find_parts(struct transaction *t, const struct site_application *a, struct json_list *out)
{
	const struct site_component *c = a->components.items;
	struct fit_part *parts = arena_new(&t->arena, (a->components.count + 1) * sizeof *parts);
	*out = (struct json_list){ parts, 0 };
	for (size_t i = 0; i < a->components.count; i++) {
		SCOPED_FD int dir =
			fs_open(t->node.root, c[i].path + strspn(c[i].path, "/"), O_RDONLY | O_DIRECTORY, 0);
		char *name, *version;
		if (dir < 0)
			continue;
		package_facts(dir, &t->arena, &name, &version);
		parts[out->count++] = (struct fit_part){ c[i].id, c[i].kind, version, host_range(t, dir) };
	}
}

/* As the service's user, with nothing of ours around it. Not inside another root: it would be run here. */
static const char *runtime_version(struct transaction *t, const struct site_application *a)
{
	const char *argv[] = { a->runtime, "-p", "process.versions.node", NULL },
		   *env[] = { "LC_ALL=C", NULL };
	SCOPED(ran_end) struct ran ran = { 0 };
	SCOPED(host_end) struct host h = { .root = -1 };
	struct err ignored = { 0 };
	if (!*a->runtime || strcmp(t->node.root_path, "/") != 0 || !host_begin(&h, NULL, "generic", &ignored))
		return "";
	struct run run = { .argv = argv, .env = env, .cwd = "/", .seconds = 10, .limit = 4096 };
	if (!host_as(&h, a->user, &run) || !run_program(&run, &ran, &ignored) || ran.status != 0)
		return "";
	return arena_copy(&t->arena, text_str(&ran.out), strcspn(text_str(&ran.out), "\n"));
}

bool ask_fit(struct transaction *t, struct err *e)
{
	struct utsname here;
	char *libc, *version;
	(void)e;
	uname(&here);
	fit_libc(t->node.root, here.machine, &libc, &version, &t->arena);
	struct fit_machine machine = { .os = "linux",
		.arch = here.machine,
		.libc = libc,
		.libc_version = version,
		.runtime_version = "",
		.runtime_stays = !act_component(&t->act, "runtime") };
	const struct site_application *a =
		site_find(&t->site, text_str(&t->node.name), text_str(&t->node.instance));
	if (a) {
		machine.runtime_version = runtime_version(t, a);
		find_parts(t, a, &machine.parts);
	}
	fit_ask(&t->bundle.manifest, &machine, &(struct fit_answer){ no, note, t });
	return true;
}
