/* status.c - waybill-install status: what is installed, what is at work, what has failed, how to go back. */
#include "installer/status.h"

#include <stdio.h>
#include <string.h>

#include "installer/commands.h"
#include "installer/documents.h"
#include "installer/follow.h"
#include "installer/outcome.h"
#include "installer/service/holding.h"
#include "manifest/base/report.h"
#include "manifest/base/sandbox.h"
#include "manifest/base/scope.h"

static char nothing[] = "";

struct status_args {
	struct cli_common common;
	bool follow;
};

static const struct cli_option options[] = {
	{ "follow", NULL, "show what the act at work says until it has its outcome",
		offsetof(struct status_args, follow) },
	{ 0 },
};

struct status_component {
	char *id, *kind, *target, *version;
	struct digest tree;
};

struct status_failure {
	uint64_t act, ended;
	char *release, *why;
	bool gates; /* it was the release: it did not pass its gates */
	struct json_list capsule;
};

/* What confines the decoder here. */
struct status_decoder {
	uint64_t landlock;
	bool seccomp;
};

struct status_doc {
	char *name, *instance, *release, *unfinished_step, *held_why;
	char *shown; /* the release, for people */
	uint64_t act, since, sequence, floor, unfinished, back_to, staged;
	bool at_work, held, proven;
	bool service; /* the act that is current has one */
	struct digest manifest;
	struct json_list components;
	struct status_failure *failure;
	struct status_decoder *decoder; /* NULL: it could not be tried */
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

#define AT(member) offsetof(struct status_failure, member)
static const struct json_field failure_fields[] = {
	{ "act", JSON_COUNT, AT(act), false, NULL },
	{ "capsule", JSON_TEXTS, AT(capsule), true, NULL },
	{ "ended", JSON_COUNT, AT(ended), true, NULL },
	{ "gates", JSON_FLAG, AT(gates), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "why", JSON_TEXT, AT(why), true, NULL },
};
#undef AT
static const struct json_shape failure_shape = { failure_fields, COUNT_OF(failure_fields),
	sizeof(struct status_failure) };

#define AT(member) offsetof(struct status_decoder, member)
static const struct json_field decoder_fields[] = {
	{ "landlock", JSON_COUNT, AT(landlock), true, NULL },
	{ "seccomp", JSON_FLAG, AT(seccomp), false, NULL },
};
#undef AT
static const struct json_shape decoder_shape = { decoder_fields, COUNT_OF(decoder_fields),
	sizeof(struct status_decoder) };

#define AT(member) offsetof(struct status_doc, member)
static const struct json_field status_fields[] = {
	{ "act", JSON_COUNT, AT(act), true, NULL },
	{ "at_work", JSON_FLAG, AT(at_work), false, NULL },
	{ "back_to", JSON_COUNT, AT(back_to), true, NULL },
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "decoder", JSON_OBJECT, AT(decoder), true, &decoder_shape },
	{ "failure", JSON_OBJECT, AT(failure), true, &failure_shape },
	{ "floor", JSON_COUNT, AT(floor), false, NULL },
	{ "held", JSON_FLAG, AT(held), false, NULL },
	{ "held_why", JSON_TEXT, AT(held_why), true, NULL },
	{ "instance", JSON_TEXT, AT(instance), true, NULL },
	{ "manifest", JSON_DIGEST, AT(manifest), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "proven", JSON_FLAG, AT(proven), false, NULL },
	{ "release", JSON_TEXT, AT(release), true, NULL },
	{ "since", JSON_COUNT, AT(since), true, NULL },
	{ "staged", JSON_COUNT, AT(staged), true, NULL },
	{ "unfinished", JSON_COUNT, AT(unfinished), true, NULL },
	{ "unfinished_step", JSON_TEXT, AT(unfinished_step), true, NULL },
};
#undef AT
const struct json_shape status_document = { status_fields, COUNT_OF(status_fields),
	sizeof(struct status_doc) };

/* ---- the document ---- */

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

static struct status_failure *last_failure(struct transaction *t)
{
	const struct act *a = outcome_failure(&t->ledger);
	struct status_failure *doc = a ? arena_new(&t->arena, sizeof *doc) : NULL;
	if (!a)
		return NULL;
	*doc = (struct status_failure){ .act = a->number,
		.ended = a->ended,
		.release = act_after(a, &t->arena),
		.why = a->why,
		.gates = a->failed };
	outcome_capsule(a, &doc->capsule, &t->arena);
	return doc;
}

static struct status_decoder *confinement(struct arena *arena)
{
	struct sandbox walls;
	struct err ignored = { 0 };
	if (!sandbox_try(&walls, &ignored))
		return NULL;
	struct status_decoder *doc = arena_new(arena, sizeof *doc);
	*doc = (struct status_decoder){ walls.landlock, walls.seccomp };
	return doc;
}

static char *why_held(struct transaction *t, const struct act *unfinished, bool at_work)
{
	if (!unfinished)
		return arena_printf(&t->arena, "a marker was left in /%s/%s, and no act is unfinished",
			text_str(&t->node.state_path), text_str(&t->node.application));
	return arena_printf(&t->arena,
		at_work ? "act %llu is at work" : "act %llu was interrupted; `waybill-install recover`",
		(unsigned long long)unfinished->number);
}

static void fill_work(struct transaction *t, struct status_doc *doc)
{
	const struct act *unfinished = ledger_unfinished(&t->ledger), *staged = ledger_staged(&t->ledger);
	doc->at_work = node_busy(&t->node);
	doc->unfinished = unfinished ? unfinished->number : 0;
	doc->unfinished_step = unfinished ? unfinished->step : nothing;
	doc->staged = staged ? staged->number : 0;
	doc->held = holding_marked(&t->node);
	doc->held_why = doc->held ? why_held(t, unfinished, doc->at_work) : nothing;
}

static struct status_doc *make(struct transaction *t)
{
	const char *why;
	const struct act *current = ledger_current(&t->ledger);
	const struct act *back = ledger_way_back(&t->ledger, &t->stored, &why);
	struct status_doc *doc = arena_new(&t->arena, sizeof *doc);
	*doc = (struct status_doc){
		.name = arena_str(&t->arena, text_str(&t->node.name)),
		.instance = arena_str(&t->arena, text_str(&t->node.instance)),
		.release = current ? current->release : nothing,
		.shown = current ? act_after(current, &t->arena) : arena_str(&t->arena, "nothing"),
		.act = current ? current->number : 0,
		.since = current ? current->ended : 0,
		.floor = ledger_floor(&t->ledger),
		.back_to = back ? back->number : 0,
		.proven = outcome_proven(&t->ledger),
		.service = current && current->units.count,
		.components = installed(t),
		.failure = last_failure(t),
		.decoder = confinement(&t->arena),
	};
	if (current)
		doc->manifest = current->manifest;
	fill_work(t, doc);
	return doc;
}

const void *status_make(struct transaction *t)
{
	return make(t);
}

/* ---- for people ---- */

static void print_installed(const struct status_doc *doc)
{
	SCOPED(text_end) struct text since = { 0 };
	const struct status_component *c = doc->components.items;
	char hex[DIGEST_HEX];
	text_time(&since, doc->since);
	printf("%s%s%s: %s", doc->name, *doc->instance ? "@" : "", doc->instance, doc->shown);
	if (doc->act)
		printf(" since %s (act %llu)", text_str(&since), (unsigned long long)doc->act);
	printf("%s\n", !doc->service ? "" : doc->proven ? ", proven" : ", NOT proven");
	for (size_t i = 0; i < doc->components.count; i++) {
		digest_hex(&c[i].tree, hex);
		printf("  %-20s %-14s %s  tree %.12s\n", c[i].id, c[i].version, c[i].target, hex);
	}
}

static void print_unfinished(const struct status_doc *doc)
{
	unsigned long long number = doc->unfinished;
	if (doc->at_work && doc->unfinished)
		printf("at work: act %llu, step %s; `waybill-install status --follow` shows it\n", number,
			doc->unfinished_step);
	else if (doc->at_work)
		printf("at work: another waybill-install, which has begun no act\n");
	else if (doc->unfinished && strcmp(doc->unfinished_step, STEP_PROVE) == 0)
		printf("UNFINISHED: act %llu is undone but for the proof that the old release works; `waybill-install recover` asks for it\n",
			number);
	else if (doc->unfinished)
		printf("UNFINISHED: act %llu stopped at %s; `waybill-install recover` undoes it\n", number,
			doc->unfinished_step);
	if (doc->held)
		printf("HELD: the units do not start: %s\n", doc->held_why);
	if (doc->staged)
		printf("staged: act %llu; `waybill-install apply` switches to it, `stage --discard` gives it up\n",
			(unsigned long long)doc->staged);
}

static void print_failure(const struct status_failure *f, struct transaction *t)
{
	SCOPED(text_end) struct text when = { 0 };
	SCOPED(text_end) struct text why = { 0 };
	text_time(&when, f->ended);
	outcome_why(ledger_act(&t->ledger, f->act), 100, &why);
	printf("last failure: act %llu to %s, undone %s: %s\n", (unsigned long long)f->act, f->release,
		text_str(&when), text_str(&why));
	for (size_t i = 0; i < f->capsule.count; i++)
		printf("  what it wrote is kept in %s\n", ((char *const *)f->capsule.items)[i]);
	printf("  `waybill-install report %llu` collects what happened\n", (unsigned long long)f->act);
}

static void print_decoder(const struct status_decoder *d)
{
	static const char *const words[2][2] = {
		{ "NOT confined: this kernel has neither seccomp filters nor Landlock",
			"confined by Landlock; this kernel has no seccomp filters" },
		{ "confined by seccomp; this kernel has no Landlock", "confined by seccomp and Landlock" },
	};
	printf("decoding is %s\n",
		d ? words[d->seccomp][d->landlock > 0] : "confined by what could not be tried");
}

static void print_status(const struct status_doc *doc, struct transaction *t)
{
	print_installed(doc);
	print_unfinished(doc);
	if (doc->failure)
		print_failure(doc->failure, t);
	print_decoder(doc->decoder);
	if (doc->back_to)
		printf("rollback goes to restore point %llu\n", (unsigned long long)doc->back_to);
}

static bool print(struct transaction *t, bool json)
{
	const struct status_doc *doc = make(t);
	if (json)
		json_print(&status_document, doc);
	else
		print_status(doc, t);
	return true;
}

/* The document comes when all is over; its status is that of the act. */
static bool run_follow(const struct cli_common *common, struct err *e)
{
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	struct err ignored = { 0 };
	bool good = follow(common, e);
	e->told = true;
	return common->json && look_begin(&t, common, &ignored) ? print(&t, true) && good : good;
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct status_args *a = args;
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	(void)operands;
	(void)count;
	if (a->follow)
		return run_follow(&a->common, e);
	return look_begin(&t, &a->common, e) && print(&t, a->common.json);
}

const struct cli_command command_status = { "status", "",
	"say what is installed, since when, and how to go back", options, common_options,
	sizeof(struct status_args), 0, 0, run };
