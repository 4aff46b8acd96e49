/* plan.c - waybill plan: the questions that a node would ask of a bundle, asked at the desk over its
 * inventory. */
#include <stdio.h>
#include <string.h>

#include "bundler/assumed.h"
#include "bundler/commands.h"
#include "bundler/documents.h"
#include "installer/host/fit.h"
#include "installer/host/inventory.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"

#define INVENTORY_MAX ((size_t)16 * 1024 * 1024)

struct desk_args {
	struct cli_common common;
	const char *inventory;
	struct cli_many volume_dirs;
};

static const struct cli_option options[] = {
	{ "inventory", "FILE", "what the node's `inventory --json` said",
		offsetof(struct desk_args, inventory) },
	{ "volume-dir", "DIR...", "more places where volumes of the bundle are",
		offsetof(struct desk_args, volume_dirs) },
	{ 0 },
};

struct desk_component {
	char *change, *id, *target, *version, *was_version;
	uint64_t bytes;
};

struct desk_doc {
	char *name, *release;
	uint64_t sequence;
	struct digest manifest;
	struct json_list components, notes, refusals;
};

#define AT(member) offsetof(struct desk_component, member)
static const struct json_field component_fields[] = {
	{ "bytes", JSON_COUNT, AT(bytes), true, NULL },
	{ "change", JSON_TEXT, AT(change), false, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "target", JSON_TEXT, AT(target), true, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
	{ "was_version", JSON_TEXT, AT(was_version), true, NULL },
};
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct desk_component) };
#undef AT

#define AT(member) offsetof(struct desk_doc, member)
static const struct json_field fields[] = {
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "manifest", JSON_DIGEST, AT(manifest), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "notes", JSON_TEXTS, AT(notes), true, NULL },
	{ "refusals", JSON_TEXTS, AT(refusals), true, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), false, NULL },
};
#undef AT
const struct json_shape desk_document = { fields, COUNT_OF(fields), sizeof(struct desk_doc) };

struct desk {
	struct bundle bundle;
	struct inventory inv;
	struct desk_doc doc;
	struct arena arena;
};

static void end_desk(struct desk *d)
{
	bundle_end(&d->bundle);
	arena_end(&d->arena);
}

static void refuse(void *ctx, const char *text)
{
	struct desk *d = ctx;
	texts_add(&d->doc.refusals, text, &d->arena);
}

static void note(void *ctx, const char *text)
{
	struct desk *d = ctx;
	texts_add(&d->doc.notes, text, &d->arena);
}

static const struct part *part_here(const struct inventory *inv, const char *id)
{
	const struct part *p = inv->components.items;
	for (size_t i = 0; i < inv->components.count; i++)
		if (strcmp(p[i].id, id) == 0)
			return &p[i];
	return NULL;
}

static void compare(struct desk *d)
{
	const struct component *c = d->bundle.manifest.components.items;
	const struct part *p = d->inv.components.items;
	for (size_t i = 0; i < d->bundle.manifest.components.count; i++) {
		const struct part *here = part_here(&d->inv, c[i].id);
		struct desk_component *to = list_add(&d->doc.components, sizeof *to, &d->arena);
		*to = (struct desk_component){ .id = c[i].id,
			.change = arena_str(&d->arena, here ? "update" : "carried"),
			.target = here ? here->real : arena_str(&d->arena, ""),
			.version = c[i].version,
			.was_version = here ? here->version : arena_str(&d->arena, ""),
			.bytes = here ? c[i].bytes : 0 };
	}
	for (size_t i = 0; i < d->inv.components.count; i++)
		if (strcmp(p[i].kind, "plugin") == 0 && !manifest_component(&d->bundle.manifest, p[i].id))
			note(d, arena_printf(&d->arena, "%s %s is there and not in the bundle: it stays",
					p[i].id, p[i].version));
}

/* The new tree lies beside the old one before they change places. */
static void ask_space(struct desk *d)
{
	const struct file_system *f = d->inv.file_systems.items;
	const struct desk_component *c = d->doc.components.items;
	for (size_t i = 0; i < d->inv.file_systems.count; i++) {
		uint64_t need = 0;
		SCOPED(text_end) struct text wants = { 0 }, has = { 0 };
		for (size_t k = 0; k < d->doc.components.count; k++)
			for (size_t m = 0; m < f[i].holds.count; m++)
				if (strcmp(((char *const *)f[i].holds.items)[m], c[k].target) == 0)
					need += c[k].bytes;
		text_size(&wants, need);
		text_size(&has, f[i].free);
		if (need > f[i].free)
			refuse(d, arena_printf(&d->arena, "needs %s on %s, %s free", text_str(&wants),
					  f[i].mount, text_str(&has)));
		if (need && f[i].read_only)
			refuse(d, arena_printf(&d->arena, "%s cannot be written", f[i].mount));
		if (need && strcmp(f[i].exchange, "no") == 0)
			note(d, arena_printf(&d->arena,
					"%s (%s) cannot exchange directories: a path is absent for an instant",
					f[i].mount, f[i].type));
	}
}

static void ask_port(struct desk *d)
{
	const struct port *p = d->inv.port;
	const struct holder *holders = p ? p->holders.items : NULL;
	for (size_t i = 0; p && i < p->holders.count; i++)
		if (!holders[i].own && holders[i].process)
			refuse(d, arena_printf(&d->arena,
					  "port %llu is held by pid %llu, which is not the unit's: %s",
					  (unsigned long long)p->number,
					  (unsigned long long)holders[i].process->pid,
					  holders[i].process->command));
}

static void ask_copies(struct desk *d)
{
	const struct copy *c = d->inv.copies.items;
	for (size_t i = 0; i < d->inv.copies.count; i++)
		if (!c[i].runs)
			note(d, arena_printf(&d->arena, "another copy is left alone: %s %s", c[i].path,
					c[i].version));
}

static void ask_bits(struct desk *d)
{
	const struct inventory *inv = &d->inv;
	const struct part *p = inv->components.items;
	struct fit_part *parts = arena_new(&d->arena, (inv->components.count + 1) * sizeof *parts);
	for (size_t i = 0; i < inv->components.count; i++)
		parts[i] = (struct fit_part){ p[i].id, p[i].kind, p[i].version, p[i].host };
	struct fit_machine machine = { .os = "linux",
		.arch = inv->arch,
		.libc = inv->libc,
		.libc_version = inv->libc_version,
		.runtime_version = inv->runtime_version,
		.parts = { parts, inv->components.count } };
	fit_ask(&d->bundle.manifest, &machine, &(struct fit_answer){ refuse, note, d });
}

static bool open_both(struct desk *d, const char *operand, const struct desk_args *a, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	if (!assumed_open(operand, &a->volume_dirs, &d->bundle, e))
		return false;
	if (!fs_read_path(a->inventory, INVENTORY_MAX, &text, e) ||
		!json_read(&inventory_document, text_str(&text), text.len, &d->inv, &d->arena, e))
		return err_in(e, "--inventory %s", a->inventory);
	const struct manifest *m = &d->bundle.manifest;
	d->doc.name = m->name;
	d->doc.release = m->release;
	d->doc.sequence = m->sequence;
	d->doc.manifest = d->bundle.digest;
	if (strcmp(m->name, d->inv.application) != 0)
		refuse(d, arena_printf(&d->arena, "the bundle is of \"%s\", the inventory of \"%s\"", m->name,
				  d->inv.application));
	return true;
}

static void print(const struct desk_doc *doc)
{
	const struct desk_component *c = doc->components.items;
	printf("%s %s, sequence %llu\n", doc->name, doc->release, (unsigned long long)doc->sequence);
	for (size_t i = 0; i < doc->components.count; i++)
		printf("  %-8s %-20s %s%s%s  %s\n", c[i].change, c[i].id, c[i].was_version,
			*c[i].was_version ? " -> " : "", c[i].version, c[i].target);
	for (size_t i = 0; i < doc->notes.count; i++)
		printf("  note: %s\n", ((char *const *)doc->notes.items)[i]);
	for (size_t i = 0; i < doc->refusals.count; i++)
		printf("  no: %s\n", ((char *const *)doc->refusals.items)[i]);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct desk_args *a = args;
	SCOPED(end_desk) struct desk d = { .bundle.medium = NULL };
	(void)count;
	if (!a->inventory)
		return err_set(
			e, ERR_USAGE, "plan needs --inventory FILE: what the node's `inventory --json` said");
	if (!open_both(&d, operands[0], a, e))
		return false;
	compare(&d);
	ask_bits(&d);
	ask_space(&d);
	ask_port(&d);
	ask_copies(&d);
	if (a->common.json)
		json_print(&desk_document, &d.doc);
	else
		print(&d.doc);
	e->told = true;
	return d.doc.refusals.count == 0 || err_set(e, ERR_REFUSED, "the node would refuse it");
}

const struct cli_command command_plan = { "plan", "BUNDLE",
	"the node's questions, asked at the desk over its inventory", options, common_options,
	sizeof(struct desk_args), 1, 1, run };
