/* plan.c - see plan.h. */
#include "installer/plan.h"

#include <stdio.h>
#include <string.h>

#include "installer/binding.h"
#include "installer/commands.h"
#include "installer/documents.h"
#include "installer/host/profile_check.h"
#include "installer/inventory.h"
#include "installer/own.h"
#include "installer/plan_service.h"
#include "installer/preflight.h"
#include "installer/service/living.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

struct plan_component {
	char *id, *kind, *change, *target, *version, *was_version, *slot;
	uint64_t files, bytes;
};

struct plan_doc {
	char *name, *release, *was_release;
	char *before; /* was_release, for people */
	uint64_t sequence, bytes;
	struct digest manifest;
	bool changed;
	struct json_list components, space, notes, refusals;
	struct plan_service *service;
};

#define AT(member) offsetof(struct plan_component, member)
static const struct json_field component_fields[] = {
	{ "bytes", JSON_COUNT, AT(bytes), false, NULL },
	{ "change", JSON_TEXT, AT(change), false, NULL },
	{ "files", JSON_COUNT, AT(files), false, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "slot", JSON_TEXT, AT(slot), true, NULL },
	{ "target", JSON_TEXT, AT(target), false, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
	{ "was_version", JSON_TEXT, AT(was_version), true, NULL },
};
#undef AT
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct plan_component) };

#define AT(member) offsetof(struct space, member)
static const struct json_field space_fields[] = {
	{ "free", JSON_COUNT, AT(free), false, NULL },
	{ "free_inodes", JSON_COUNT, AT(free_inodes), false, NULL },
	{ "need", JSON_COUNT, AT(need), false, NULL },
	{ "need_inodes", JSON_COUNT, AT(need_inodes), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
};
#undef AT
static const struct json_shape space_shape = { space_fields, COUNT_OF(space_fields), sizeof(struct space) };

#define AT(member) offsetof(struct plan_doc, member)
static const struct json_field plan_fields[] = {
	{ "bytes", JSON_COUNT, AT(bytes), false, NULL },
	{ "changed", JSON_FLAG, AT(changed), false, NULL },
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "manifest", JSON_DIGEST, AT(manifest), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "notes", JSON_TEXTS, AT(notes), false, NULL },
	{ "refusals", JSON_TEXTS, AT(refusals), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), false, NULL },
	{ "service", JSON_OBJECT, AT(service), true, &plan_service_shape },
	{ "space", JSON_LIST, AT(space), false, &space_shape },
	{ "was_release", JSON_TEXT, AT(was_release), true, NULL },
};
#undef AT
const struct json_shape plan_document = { plan_fields, COUNT_OF(plan_fields), sizeof(struct plan_doc) };

/* Signed or not: a profile that makes no sense is not acted upon. */
static bool check_profile(const struct transaction *t, struct err *e)
{
	const struct profile *p = t->bundle.manifest.profile;
	return !p || profile_check(p, e) || err_in(e, "%s: its profile", t->request->bundle);
}

bool plan_make(struct transaction *t, struct err *e)
{
	const struct manifest *m = &t->bundle.manifest;
	if (strcmp(text_str(&t->node.name), m->name) != 0)
		return err_set(e, ERR_REFUSED, "%s is a bundle of \"%s\", --name says \"%s\"",
			t->request->bundle, m->name, text_str(&t->node.name));
	if (!check_profile(t, e) || !container_check_end(&t->bundle.container, m, e) ||
		!bundle_rows(&t->bundle, &t->rows, e))
		return false;
	if (strcmp(m->evidence->verdict, MANIFEST_UNPROVEN) == 0)
		transaction_note(
			t, "the canary gave no evidence that this release works: %s", m->evidence->reason);
	return inventory(t, e) && living_plan(t, m->profile, e) && preflight(t, e) &&
	       (!t->request->plan || binding_check(t, t->request->plan, e));
}

bool plan_is_current(const struct transaction *t)
{
	const struct act *current = ledger_current(&t->ledger);
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]))
			return false;
	return current && digest_equal(&current->manifest, &t->act.manifest);
}

static struct json_list components(struct transaction *t, uint64_t *bytes)
{
	const struct act_component *c = t->act.components.items;
	struct plan_component *docs = arena_new(&t->arena, t->act.components.count * sizeof *docs);
	for (size_t i = 0; i < t->act.components.count; i++) {
		const struct component *from = manifest_component(&t->bundle.manifest, c[i].id);
		bool moves = act_moves(&c[i]);
		docs[i] = (struct plan_component){
			.id = c[i].id,
			.kind = c[i].kind,
			.change = c[i].change,
			.target = arena_printf(&t->arena, "/%s", c[i].target),
			.version = c[i].version,
			.was_version = c[i].was_version,
			.slot = moves && *c[i].slot ? arena_printf(&t->arena, "/%s", c[i].slot) : NULL,
			.files = moves && from ? from->files : 0,
			.bytes = moves && from ? from->bytes : 0,
		};
		*bytes += docs[i].bytes;
	}
	return (struct json_list){ docs, t->act.components.count };
}

static struct json_list refusals(struct transaction *t)
{
	size_t count = 0;
	char *text = arena_str(&t->arena, text_str(&t->nos)),
	     **items = arena_new(&t->arena, (t->nos.len + 1) * sizeof *items);
	for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;)
		if (*line)
			items[count++] = line + strspn(line, " ");
	return (struct json_list){ items, count };
}

static bool fill(struct transaction *t, struct plan_doc *doc, struct err *e)
{
	*doc = (struct plan_doc){
		.name = t->act.name,
		.release = t->act.release,
		.was_release = t->act.was_release,
		.before = act_before(&t->act, &t->arena),
		.sequence = t->act.sequence,
		.manifest = t->act.manifest,
		.changed = !plan_is_current(t),
		.notes = t->notes,
		.refusals = refusals(t),
	};
	doc->components = components(t, &doc->bytes);
	return (!doc->changed || plan_service_make(t, &doc->service, e)) &&
	       preflight_space(t, &doc->space, e);
}

static void write_component(const struct plan_component *c, struct text *out)
{
	text_printf(out, "  %-8s %-20s", c->change, c->id);
	if (strcmp(c->change, CHANGE_UPDATE) == 0 && (*c->was_version || *c->version))
		text_printf(out, " %s ->", *c->was_version ? c->was_version : "(as found)");
	if (*c->version)
		text_printf(out, " %s", c->version);
	text_printf(out, "  %s", c->target);
	if (c->files) {
		text_printf(out, "  %llu files, ", (unsigned long long)c->files);
		text_size(out, c->bytes);
	}
	text_puts(out, "\n");
}

static void write_space(const struct space *s, struct text *out)
{
	text_puts(out, "  needs ");
	text_size(out, s->need);
	text_printf(out,
		" and %llu inodes on the file system of /%s; free: ", (unsigned long long)s->need_inodes,
		s->path);
	text_size(out, s->free);
	if (s->free_inodes < JSON_COUNT_LIMIT - 1)
		text_printf(out, ", %llu inodes", (unsigned long long)s->free_inodes);
	text_puts(out, "\n");
}

static void write_text(const struct plan_doc *doc, struct text *out)
{
	const struct plan_component *c = doc->components.items;
	const struct space *s = doc->space.items;
	char *const *notes = doc->notes.items;
	text_printf(out, "%s %s -> %s, sequence %llu\n", doc->name, doc->before, doc->release,
		(unsigned long long)doc->sequence);
	for (size_t i = 0; i < doc->components.count; i++)
		write_component(&c[i], out);
	plan_service_write(doc->service, out);
	for (size_t i = 0; i < doc->space.count; i++)
		write_space(&s[i], out);
	for (size_t i = 0; i < doc->notes.count; i++)
		text_printf(out, "  note: %s\n", notes[i]);
	if (!doc->changed)
		text_puts(out, "  nothing would change: this release is installed and whole\n");
}

bool plan_print(struct transaction *t, bool json, struct err *e)
{
	struct plan_doc doc;
	SCOPED(text_end) struct text text = { 0 };
	if (!fill(t, &doc, e))
		return false;
	if (json) {
		json_print(&plan_document, &doc);
		return true;
	}
	write_text(&doc, &text);
	fputs(text_str(&text), stdout);
	return true;
}

bool plan_show(struct transaction *t, struct err *e)
{
	struct plan_doc doc;
	SCOPED(text_end) struct text text = { 0 };
	if (!fill(t, &doc, e))
		return false;
	write_text(&doc, &text);
	fputs(text_str(&text), stderr);
	return true;
}

static bool write_file(struct transaction *t, const char *path, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	char hex[DIGEST_HEX];
	if (!binding_make(t, &text, e) || !fs_create_path(path, text.at, text.len, 0644, e))
		return err_in(e, "--output");
	struct digest d = digest_of(text.at, text.len);
	digest_hex(&d, hex);
	say(t->request->json, "plan %s written to %s", hex, path);
	return true;
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct select_args *a = args;
	const char *bundle;
	if (!own_or_named(operands, count, "plan", &bundle, e))
		return false;
	struct request request = select_request(a, bundle);
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	request.audit = true;
	t.request = &request;
	if (!select_begin(&t, &a->common, true, "plan", e) || !ledger_load(&t.node, &t.ledger, e))
		return false;
	if (ledger_unfinished(&t.ledger))
		transaction_note(&t,
			"act %llu is unfinished: the next apply, rollback or recover undoes it first",
			(unsigned long long)ledger_unfinished(&t.ledger)->number);
	ledger_stored(&t.ledger, &t.stored);
	if (!plan_make(&t, e) || !plan_print(&t, a->common.json, e))
		return false;
	e->told = true;
	return transaction_yes(&t, e) && (!a->output || write_file(&t, a->output, e));
}

const struct cli_command command_plan = { "plan", "[BUNDLE]",
	"show exactly what apply would do; change nothing", plan_options, common_options,
	sizeof(struct select_args), 0, 1, run };
