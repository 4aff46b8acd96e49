/* show.c - status, history and points: what the acts say. They read and change nothing, but for pins. */
#include <stdio.h>
#include <string.h>

#include "installer/commands.h"
#include "installer/documents.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

static char nothing[] = "";

struct status_component {
	char *id, *kind, *target, *version;
	struct digest tree;
};

struct status_doc {
	char *name, *instance, *release, *unfinished_step;
	char *shown; /* the release, for people */
	uint64_t act, since, sequence, floor, unfinished, back_to, staged;
	struct digest manifest;
	struct json_list components;
};

#define AT(member) offsetof(struct status_component, member)
static const struct json_field component_fields[] = {
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "target", JSON_TEXT, AT(target), false, NULL },
	{ "tree", JSON_DIGEST, AT(tree), false, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
};
#undef AT
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct status_component) };

#define AT(member) offsetof(struct status_doc, member)
static const struct json_field status_fields[] = {
	{ "act", JSON_COUNT, AT(act), true, NULL },
	{ "back_to", JSON_COUNT, AT(back_to), true, NULL },
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "floor", JSON_COUNT, AT(floor), false, NULL },
	{ "instance", JSON_TEXT, AT(instance), true, NULL },
	{ "manifest", JSON_DIGEST, AT(manifest), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "release", JSON_TEXT, AT(release), true, NULL },
	{ "since", JSON_COUNT, AT(since), true, NULL },
	{ "staged", JSON_COUNT, AT(staged), true, NULL },
	{ "unfinished", JSON_COUNT, AT(unfinished), true, NULL },
	{ "unfinished_step", JSON_TEXT, AT(unfinished_step), true, NULL },
};
#undef AT
const struct json_shape status_document = { status_fields, COUNT_OF(status_fields),
	sizeof(struct status_doc) };

static struct json_list installed(struct transaction *t)
{
	const struct act *current = ledger_current(&t->ledger);
	const struct act_component *c = current ? current->components.items : NULL;
	size_t most = current ? current->components.count : 0, count = 0;
	struct status_component *docs = arena_new(&t->arena, most * sizeof *docs);
	for (size_t i = 0; i < most; i++)
		if (!digest_zero(&c[i].tree))
			docs[count++] = (struct status_component){ c[i].id, c[i].kind,
				arena_printf(&t->arena, "/%s", c[i].target), c[i].version, c[i].tree };
	return (struct json_list){ docs, count };
}

static void print_status(const struct status_doc *doc)
{
	SCOPED(text_end) struct text since = { 0 };
	const struct status_component *c = doc->components.items;
	char hex[DIGEST_HEX];
	text_time(&since, doc->since);
	printf("%s%s%s: %s", doc->name, *doc->instance ? "@" : "", doc->instance, doc->shown);
	if (doc->act)
		printf(" since %s (act %llu)", text_str(&since), (unsigned long long)doc->act);
	printf("\n");
	for (size_t i = 0; i < doc->components.count; i++) {
		digest_hex(&c[i].tree, hex);
		printf("  %-20s %-14s %s  tree %.12s\n", c[i].id, c[i].version, c[i].target, hex);
	}
	if (doc->unfinished)
		printf("UNFINISHED: act %llu stopped at %s; `waybill-install recover` undoes it\n",
			(unsigned long long)doc->unfinished, doc->unfinished_step);
	if (doc->staged)
		printf("staged: act %llu; `waybill-install apply` switches to it, `stage --discard` gives it up\n",
			(unsigned long long)doc->staged);
	if (doc->back_to)
		printf("rollback goes to restore point %llu\n", (unsigned long long)doc->back_to);
}

static bool run_status(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct cli_common *common = args;
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	const char *why;
	(void)operands;
	(void)count;
	if (!look_begin(&t, common, e))
		return false;
	const struct act *current = ledger_current(&t.ledger), *unfinished = ledger_unfinished(&t.ledger);
	const struct act *back = ledger_way_back(&t.ledger, &t.stored, &why);
	struct status_doc doc = {
		.name = arena_str(&t.arena, text_str(&t.node.name)),
		.instance = arena_str(&t.arena, text_str(&t.node.instance)),
		.release = current ? current->release : nothing,
		.shown = current ? act_after(current, &t.arena) : arena_str(&t.arena, "nothing"),
		.unfinished_step = unfinished ? unfinished->step : nothing,
		.act = current ? current->number : 0,
		.since = current ? current->ended : 0,
		.floor = ledger_floor(&t.ledger),
		.staged = ledger_staged(&t.ledger) ? ledger_staged(&t.ledger)->number : 0,
		.unfinished = unfinished ? unfinished->number : 0,
		.back_to = back ? back->number : 0,
		.components = installed(&t),
	};
	if (current)
		doc.manifest = current->manifest;
	if (common->json)
		json_print(&status_document, &doc);
	else
		print_status(&doc);
	return true;
}

struct history_doc {
	char *name;
	struct json_list acts;
};

#define AT(member) offsetof(struct history_doc, member)
static const struct json_field history_fields[] = {
	{ "acts", JSON_LIST, AT(acts), false, &act_shape },
	{ "name", JSON_TEXT, AT(name), false, NULL },
};
#undef AT
const struct json_shape history_document = { history_fields, COUNT_OF(history_fields),
	sizeof(struct history_doc) };

static void print_act(const struct act *a)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text when = { 0 };
	text_time(&when, a->started);
	printf("%6llu  %s  %-8s  %-10s  %s -> %s%s%s\n", (unsigned long long)a->number, text_str(&when),
		a->kind, *a->outcome ? a->outcome : "UNFINISHED", act_before(a, &arena), act_after(a, &arena),
		*a->why ? "  " : "", a->why);
}

static bool run_history(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct cli_common *common = args;
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	(void)operands;
	(void)count;
	if (!look_begin(&t, common, e))
		return false;
	struct history_doc doc = { arena_str(&t.arena, text_str(&t.node.application)),
		{ t.ledger.acts, t.ledger.count } };
	if (common->json)
		json_print(&history_document, &doc);
	for (size_t i = 0; !common->json && i < t.ledger.count; i++)
		print_act(&t.ledger.acts[i]);
	return true;
}

struct points_args {
	struct cli_common common;
	const char *pin, *unpin;
};

static const struct cli_option points_options[] = {
	{ "pin", "POINT", "prune never takes this one", offsetof(struct points_args, pin) },
	{ "unpin", "POINT", "prune may take it again", offsetof(struct points_args, unpin) },
	{ 0 },
};

struct point_doc {
	uint64_t point, made;
	char *release;
	bool pinned, proven, back;
};

struct points_doc {
	char *name;
	struct json_list points;
};

#define AT(member) offsetof(struct point_doc, member)
static const struct json_field point_fields[] = {
	{ "back", JSON_FLAG, AT(back), false, NULL },
	{ "made", JSON_COUNT, AT(made), false, NULL },
	{ "pinned", JSON_FLAG, AT(pinned), false, NULL },
	{ "point", JSON_COUNT, AT(point), false, NULL },
	{ "proven", JSON_FLAG, AT(proven), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
};
#undef AT
static const struct json_shape point_shape = { point_fields, COUNT_OF(point_fields),
	sizeof(struct point_doc) };

#define AT(member) offsetof(struct points_doc, member)
static const struct json_field points_fields[] = {
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "points", JSON_LIST, AT(points), false, &point_shape },
};
#undef AT
const struct json_shape points_document = { points_fields, COUNT_OF(points_fields),
	sizeof(struct points_doc) };

static bool set_pin(struct transaction *t, const char *point, bool pinned, struct err *e)
{
	uint64_t number = 0;
	struct act *a = listing_number(point, &number) ? ledger_act(&t->ledger, number) : NULL;
	if (!a || !ledger_point(&t->ledger, &t->stored, a))
		return err_set(e, ERR_REFUSED, "there is no restore point %s", point);
	a->pinned = pinned;
	return act_save(&t->node, a, e);
}

static struct json_list list_points(struct transaction *t)
{
	const char *why;
	const struct act *back = ledger_way_back(&t->ledger, &t->stored, &why);
	struct point_doc *docs = arena_new(&t->arena, t->ledger.count * sizeof *docs);
	size_t count = 0;
	for (size_t i = 0; i < t->ledger.count; i++) {
		const struct act *a = &t->ledger.acts[i];
		if (ledger_point(&t->ledger, &t->stored, a))
			docs[count++] = (struct point_doc){ a->number, a->ended, act_before(a, &t->arena),
				a->pinned, ledger_proof(&t->ledger, a) == PROOF_GOOD, a == back };
	}
	return (struct json_list){ docs, count };
}

static void print_point(const struct point_doc *p)
{
	SCOPED(text_end) struct text when = { 0 };
	text_time(&when, p->made);
	printf("%6llu  %s  %s%s%s%s\n", (unsigned long long)p->point, text_str(&when), p->release,
		p->pinned ? "  pinned" : "", p->proven ? "  proven" : "", p->back ? "  <- rollback" : "");
}

static bool run_points(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct points_args *a = args;
	struct request request = { .json = a->common.json };
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	bool change = a->pin || a->unpin;
	uint64_t act;
	(void)operands;
	(void)count;
	t.request = &request;
	if (!(change ? change_begin(&t, &a->common, &act, e) : look_begin(&t, &a->common, e)))
		return false;
	if ((a->pin && !set_pin(&t, a->pin, true, e)) || (a->unpin && !set_pin(&t, a->unpin, false, e)))
		return false;
	struct points_doc doc = { arena_str(&t.arena, text_str(&t.node.application)), list_points(&t) };
	const struct point_doc *p = doc.points.items;
	if (a->common.json)
		json_print(&points_document, &doc);
	for (size_t i = 0; !a->common.json && i < doc.points.count; i++)
		print_point(&p[i]);
	return true;
}

const struct cli_command command_status = { "status", "",
	"say what is installed, since when, and how to go back", NULL, common_options,
	sizeof(struct cli_common), 0, 0, run_status };
const struct cli_command command_history = { "history", "", "list every act", NULL, common_options,
	sizeof(struct cli_common), 0, 0, run_history };
const struct cli_command command_points = { "points", "", "list the restore points", points_options,
	common_options, sizeof(struct points_args), 0, 0, run_points };
