/* show.c - history and points: what the acts say. They read and change nothing, but for pins. */
#include <stdio.h>
#include <string.h>

#include "installer/commands.h"
#include "installer/documents.h"
#include "installer/outcome.h"
#include "installer/status.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

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

/* What the service had of it, and why it was undone. */
static void print_notes(const struct act *a)
{
	SCOPED(text_end) struct text why = { 0 };
	if (a->units.count && *a->outcome && strcmp(a->outcome, ACT_STAGED) != 0)
		printf("  %s", a->proven ? "proven" : "UNPROVEN");
	if (outcome_downtime(a))
		printf("  down %.2f s", (double)outcome_downtime(a) / 1e6);
	outcome_why(a, 72, &why);
	if (why.len)
		printf("  %s", text_str(&why));
}

static void print_act(const struct act *a)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text when = { 0 };
	text_time(&when, a->started);
	printf("%6llu  %s  %-8s  %-10s  %s -> %s", (unsigned long long)a->number, text_str(&when), a->kind,
		*a->outcome ? a->outcome : "UNFINISHED", act_before(a, &arena), act_after(a, &arena));
	print_notes(a);
	printf("\n");
}

const void *history_make(struct transaction *t)
{
	struct history_doc *doc = arena_new(&t->arena, sizeof *doc);
	*doc = (struct history_doc){ arena_str(&t->arena, text_str(&t->node.application)),
		{ t->ledger.acts, t->ledger.count } };
	return doc;
}

static bool run_history(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct cli_common *common = args;
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	(void)operands;
	(void)count;
	if (!look_begin(&t, common, e))
		return false;
	if (common->json)
		json_print(&history_document, history_make(&t));
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

const struct cli_command command_history = { "history", "", "list every act", NULL, common_options,
	sizeof(struct cli_common), 0, 0, run_history };
const struct cli_command command_points = { "points", "", "list the restore points", points_options,
	common_options, sizeof(struct points_args), 0, 0, run_points };
