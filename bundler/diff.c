/* diff.c - waybill diff: what changes from one bundle to the next. */
#include <stdio.h>
#include <string.h>

#include "bundler/assumed.h"
#include "bundler/commands.h"
#include "bundler/documents.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"

struct diff_args {
	struct cli_common common;
	bool files;
	struct cli_many volume_dirs;
};

static const struct cli_option options[] = {
	{ "files", NULL, "list every path that differs", offsetof(struct diff_args, files) },
	{ "volume-dir", "DIR...", "more places where volumes of the bundles are",
		offsetof(struct diff_args, volume_dirs) },
	{ 0 },
};

struct component_diff {
	char *id, *old_version, *new_version, *change; /* change: added, removed, changed, same */
	uint64_t added, removed, changed, bytes;       /* files; bytes of what is new */
};

struct path_diff {
	char *change, *component, *path;
};

struct diff_doc {
	char *name, *new_release, *old_release;
	bool same;
	struct json_list components, paths;
};

#define AT(member) offsetof(struct component_diff, member)
static const struct json_field component_fields[] = {
	{ "added", JSON_COUNT, AT(added), false, NULL },
	{ "bytes", JSON_COUNT, AT(bytes), false, NULL },
	{ "change", JSON_TEXT, AT(change), false, NULL },
	{ "changed", JSON_COUNT, AT(changed), false, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "new_version", JSON_TEXT, AT(new_version), false, NULL },
	{ "old_version", JSON_TEXT, AT(old_version), false, NULL },
	{ "removed", JSON_COUNT, AT(removed), false, NULL },
};
#undef AT
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct component_diff) };

#define AT(member) offsetof(struct path_diff, member)
static const struct json_field path_fields[] = {
	{ "change", JSON_TEXT, AT(change), false, NULL },
	{ "component", JSON_TEXT, AT(component), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
};
#undef AT
static const struct json_shape path_shape = { path_fields, COUNT_OF(path_fields), sizeof(struct path_diff) };

#define AT(member) offsetof(struct diff_doc, member)
static const struct json_field doc_fields[] = {
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "new_release", JSON_TEXT, AT(new_release), false, NULL },
	{ "old_release", JSON_TEXT, AT(old_release), false, NULL },
	{ "paths", JSON_LIST, AT(paths), true, &path_shape },
	{ "same", JSON_FLAG, AT(same), false, NULL },
};
#undef AT
const struct json_shape diff_document = { doc_fields, COUNT_OF(doc_fields), sizeof(struct diff_doc) };

struct side {
	struct bundle bundle;
	struct rows rows;
};

static void end_side(struct side *s)
{
	bundle_end(&s->bundle);
	rows_end(&s->rows);
}

static bool open_side(const char *path, const struct cli_many *dirs, struct side *s, struct err *e)
{
	return assumed_open(path, dirs, &s->bundle, e) && bundle_rows(&s->bundle, &s->rows, e);
}

struct comparing {
	const struct side *old, *new;
	struct arena *arena;
	struct diff_doc *doc;
	struct path_diff *paths;
	size_t path_count, path_room;
};

static void note(struct comparing *c, struct component_diff *d, const char *change, const char *path)
{
	c->doc->same = false;
	if (c->path_count == c->path_room) {
		c->path_room = c->path_room ? c->path_room * 2 : 64;
		c->paths = mem_grow(c->paths, c->path_room, sizeof *c->paths);
	}
	c->paths[c->path_count++] =
		(struct path_diff){ arena_str(c->arena, change), d->id, arena_str(c->arena, path) };
}

/* Both sides are sorted: one walk along both. An end is a number that has no rows. */
static void compare_rows(struct comparing *c, struct component_diff *d, long old, long new)
{
	const struct rows *a = &c->old->rows, *b = &c->new->rows;
	size_t i = old < 0 ? 0 : rows_first(a, (size_t)old),
	       i_end = old < 0 ? 0 : rows_first(a, (size_t)old + 1);
	size_t k = new < 0 ? 0 : rows_first(b, (size_t) new),
	       k_end = new < 0 ? 0 : rows_first(b, (size_t) new + 1);
	while (i < i_end || k < k_end) {
		char one[PATH_MAX], two[PATH_MAX];
		struct entry x = i < i_end ? rows_entry(a, i, one) : (struct entry){ 0 };
		struct entry y = k < k_end ? rows_entry(b, k, two) : (struct entry){ 0 };
		int order = i == i_end ? 1 : k == k_end ? -1 : path_order(x.path, y.path);
		i += order <= 0;
		k += order >= 0;
		if (order == 0 && entry_equal(&x, &y))
			continue;
		d->removed += order < 0;
		d->added += order > 0;
		d->changed += order == 0;
		d->bytes += order >= 0 ? y.size : 0;
		note(c, d,
			order < 0   ? "removed"
			: order > 0 ? "added"
				    : "changed",
			order < 0 ? x.path : y.path);
	}
}

static long number_of(const struct manifest *m, const char *id)
{
	const struct component *found = manifest_component(m, id);
	return found ? found - (const struct component *)m->components.items : -1;
}

static void compare_component(struct comparing *c, struct component_diff *d, const char *id)
{
	const struct component *old = manifest_component(&c->old->bundle.manifest, id);
	const struct component *new = manifest_component(&c->new->bundle.manifest, id);
	bool same = old && new &&digest_equal(&old->tree, &new->tree);
	*d = (struct component_diff){
		.id = arena_str(c->arena, id),
		.old_version = old ? old->version : NULL,
		.new_version = new ? new->version : NULL,
		.change = arena_str(c->arena, same   ? "same"
					      : !old ? "added"
					      : !new ? "removed"
						     : "changed"),
	};
	if (!same)
		compare_rows(c, d, number_of(&c->old->bundle.manifest, id),
			number_of(&c->new->bundle.manifest, id));
}

static void compare(struct comparing *c)
{
	const struct json_list *old = &c->old->bundle.manifest.components,
			       *new = &c->new->bundle.manifest.components;
	struct component_diff *items = arena_new(c->arena, (old->count + new->count) * sizeof *items);
	size_t count = 0;
	const struct component *o = old->items, *n = new->items;
	for (size_t i = 0, k = 0; i < old->count || k < new->count;) {
		int order = i == old->count ? 1 : k == new->count ? -1 : strcmp(o[i].id, n[k].id);
		compare_component(c, &items[count++], order <= 0 ? o[i].id : n[k].id);
		i += order <= 0;
		k += order >= 0;
	}
	c->doc->components = (struct json_list){ items, count };
}

static void print_text(const struct diff_doc *doc, bool files)
{
	const struct component_diff *d = doc->components.items;
	const struct path_diff *p = doc->paths.items;
	printf("%s %s -> %s\n", doc->name, doc->old_release, doc->new_release);
	for (size_t i = 0; i < doc->components.count; i++) {
		SCOPED(text_end) struct text size = { 0 };
		text_size(&size, d[i].bytes);
		printf("  %-20s %-8s %s -> %s  %llu added, %llu removed, %llu changed, %s new\n", d[i].id,
			d[i].change, d[i].old_version && *d[i].old_version ? d[i].old_version : "-",
			d[i].new_version && *d[i].new_version ? d[i].new_version : "-",
			(unsigned long long)d[i].added, (unsigned long long)d[i].removed,
			(unsigned long long)d[i].changed, size.at);
	}
	for (size_t i = 0; files && i < doc->paths.count; i++)
		printf("%-8s %s %s\n", p[i].change, p[i].component, p[i].path);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct diff_args *a = args;
	(void)count;
	SCOPED(end_side) struct side old = { .bundle.medium = NULL };
	SCOPED(end_side) struct side new = { .bundle.medium = NULL };
	SCOPED(arena_end) struct arena arena = { 0 };
	if (!open_side(operands[0], &a->volume_dirs, &old, e) ||
		!open_side(operands[1], &a->volume_dirs, &new, e))
		return false;
	struct diff_doc doc = { new.bundle.manifest.name, new.bundle.manifest.release,
		old.bundle.manifest.release, true, { 0 }, { 0 } };
	struct comparing c = { &old, &new, &arena, &doc, NULL, 0, 0 };
	compare(&c);
	doc.paths = (struct json_list){ c.paths, a->files ? c.path_count : 0 };
	if (a->common.json)
		json_print(&diff_document, &doc);
	else
		print_text(&doc, a->files);
	free(c.paths);
	e->told = true;
	return doc.same || err_set(e, ERR_DIFFERS, "the trees of %s and %s differ", operands[0], operands[1]);
}

const struct cli_command command_diff = { "diff", "OLD NEW", "show what changes between two bundles", options,
	common_options, sizeof(struct diff_args), 2, 2, run };
