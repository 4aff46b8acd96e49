/* components.c - the parts of the installation that runs: core, runtime, plugins, and what the application's
 * own configuration says of them. */
#include <string.h>

#include "installer/host/inventory.h"
#include "installer/host/json5.h"
#include "installer/host/site.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/base/scope.h"

#define FILE_MAX ((size_t)4 * 1024 * 1024)

struct loading {
	struct host *h;
	struct inventory *inv;
	const struct site_application *site; /* NULL: nothing is said */
	const struct text *config;
};

/* The text that a pointer leads to in a file's text; "" if it leads nowhere. */
static char *said(struct host *h, const struct text *text, const char *pointer)
{
	struct json5_value value;
	struct err ignored = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	if (*pointer && json5_find(text_str(text), text->len, pointer, &value, &ignored))
		json5_text(text_str(text), &value, &out);
	return arena_str(&h->arena, text_str(&out));
}

static char *file_says(struct host *h, const char *dir, const char *name, const char *pointer)
{
	SCOPED(text_end) struct text text = { 0 };
	if (!host_read(h, arena_printf(&h->arena, "%s/%s", dir, name), FILE_MAX, &text))
		return arena_str(&h->arena, "");
	return said(h, &text, pointer);
}

static struct part *add_part(struct host *h, struct inventory *inv, const char *kind, const char *path)
{
	struct stat st;
	char *real = host_real(h, path), *nothing = arena_str(&h->arena, "");
	if (!real || !host_stat(h, real, &st))
		return NULL;
	struct part *p = list_add(&inv->components, sizeof *p, &h->arena);
	*p = (struct part){ .id = arena_str(&h->arena, kind),
		.kind = arena_str(&h->arena, kind),
		.path = arena_str(&h->arena, path),
		.real = real,
		.package = nothing,
		.version = nothing,
		.host = nothing,
		.source = nothing,
		.spec = nothing,
		.owner = owner_name(h, st.st_uid),
		.device = host_number(st.st_dev),
		.inode = host_number(st.st_ino) };
	return p;
}

/* The install record of a plugin, in the application's own configuration. */
static void add_record(struct host *h, const struct text *config, struct part *p)
{
	struct json5_value record;
	struct err ignored = { 0 };
	SCOPED(text_end) struct text name = { 0 };
	for (const char *c = p->id; *c; c++)
		text_puts(&name, *c == '~' ? "~0" : *c == '/' ? "~1" : (char[]){ *c, '\0' });
	const char *at = arena_printf(&h->arena, "%s/%s", h->profile.plugins->records, text_str(&name));
	if (!*h->profile.plugins->records ||
		!json5_find(text_str(config), config->len, at, &record, &ignored) ||
		record.kind != JSON5_OBJECT)
		return;
	p->recorded = true;
	p->source = said(h, config, arena_printf(&h->arena, "%s/source", at));
	p->spec = said(h, config, arena_printf(&h->arena, "%s/spec", at));
}

/* Where the site says that plugin is; NULL: it says nothing of it. */
static const char *site_path(const struct loading *l, const char *id)
{
	const struct site_component *c = l->site ? l->site->components.items : NULL;
	for (size_t i = 0; l->site && i < l->site->components.count; i++)
		if (strcmp(c[i].id, id) == 0)
			return c[i].path;
	return NULL;
}

static bool known(const struct inventory *inv, const char *real)
{
	const struct part *parts = inv->components.items;
	for (size_t i = 0; i < inv->components.count; i++)
		if (strcmp(parts[i].real, real) == 0)
			return true;
	return false;
}

/* The plugin of that id, as it lies at `path`. */
static void take_plugin(const struct loading *l, const char *id, const char *path)
{
	struct host *h = l->h;
	const struct profile_plugins *plugins = h->profile.plugins;
	struct part *p = add_part(h, l->inv, "plugin", path);
	if (!p)
		return;
	p->id = arena_str(&h->arena, id);
	p->package = file_says(h, path, "package.json", "/name");
	p->version = file_says(h, path, "package.json", "/version");
	p->host = file_says(h, path, "package.json", plugins->host);
	if (*p->host == '\0')
		p->host = file_says(h, path, "package.json", plugins->peer);
	add_record(h, l->config, p);
}

/* A directory that may be a plugin. The site's word counts: what it does not say is a difference. */
static void found_plugin(const struct loading *l, const char *path)
{
	char *real = host_real(l->h, path), *id = file_says(l->h, path, l->h->profile.plugins->marker, "/id");
	const char *said = site_path(l, id);
	if (!real || !*id || known(l->inv, real))
		return;
	if (l->site)
		inventory_differs(l->h, l->inv, id, said ? said : "", real);
	if (!said)
		take_plugin(l, id, path);
}

/* An entry of the list of more plugin directories. */
static bool load_path(void *ctx, const char *key, const struct json5_value *value, struct err *e)
{
	struct loading *l = ctx;
	SCOPED(text_end) struct text path = { 0 };
	(void)key;
	(void)e;
	json5_text(text_str(l->config), value, &path);
	if (*text_str(&path) == '/')
		found_plugin(l, text_str(&path));
	return true;
}

static void site_plugins(const struct loading *l)
{
	const struct site_component *c = l->site ? l->site->components.items : NULL;
	for (size_t i = 0; l->site && i < l->site->components.count; i++)
		if (strcmp(c[i].kind, "plugin") == 0)
			take_plugin(l, c[i].id, c[i].path);
}

static void add_plugins(struct host *h, const struct site_application *site, struct inventory *inv)
{
	const struct profile_plugins *plugins = h->profile.plugins;
	SCOPED(text_end) struct text config = { 0 };
	struct json_list found = { NULL, 0 };
	struct json5_value paths;
	struct err ignored = { 0 };
	const char *file = host_get(h, "config");
	if (file && !host_read(h, file, FILE_MAX, &config))
		text_clear(&config);
	for (size_t i = 0; i < plugins->places.count; i++) {
		char *pattern = host_expand(h, ((char *const *)plugins->places.items)[i]);
		if (pattern)
			host_glob(h, pattern, &found);
	}
	struct loading loading = { h, inv, site, &config };
	site_plugins(&loading);
	for (size_t i = 0; i < found.count; i++)
		found_plugin(&loading, ((char *const *)found.items)[i]);
	if (*plugins->paths && json5_find(text_str(&config), config.len, plugins->paths, &paths, &ignored) &&
		!json5_each(text_str(&config), config.len, &paths, load_path, &loading, &ignored))
		host_unseen(h, "%s: %s", file, ignored.text);
}

/* Where the core is: as the site says, else what the service runs; "" if neither is known. */
static const char *core_path(const struct site_application *site, const struct service *s)
{
	const struct site_component *c = site ? site->components.items : NULL;
	for (size_t i = 0; site && i < site->components.count; i++)
		if (strcmp(c[i].kind, "core") == 0)
			return c[i].path;
	return s ? s->core : "";
}

void inventory_components(struct host *h, const struct site_application *site, struct inventory *inv)
{
	const struct service *s = inventory_main(inv);
	const char *core = core_path(site, s);
	struct part *p = *core ? add_part(h, inv, "core", core) : NULL;
	if (p) {
		bool runs = s && strcmp(p->real, s->core) == 0;
		p->package = file_says(h, core, "package.json", "/name");
		p->version = runs ? s->version : file_says(h, core, "package.json", "/version");
		p->host = file_says(h, core, "package.json", "/engines/node");
	}
	p = s && *s->runtime ? add_part(h, inv, "runtime", s->runtime) : NULL;
	if (p)
		p->version = inv->runtime_version;
	if (h->profile.plugins)
		add_plugins(h, site, inv);
}
