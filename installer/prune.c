/* prune.c - waybill-install prune: lets go of restore points that nobody will go back to.
 *
 * What failed releases wrote goes by age too. Kept are: what is younger than the business cycle, the newest
 * points, pinned ones, and the one that `rollback` would use. The record says `pruned` before the first file
 * goes, so a cut in between is finished by the next run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "installer/commands.h"
#include "installer/documents.h"
#include "installer/kept.h"
#include "installer/sweep.h"
#include "manifest/base/scope.h"

#define DAY         ((uint64_t)24 * 3600)
#define KEEP_DAYS   30
#define KEEP_POINTS 2
#define STEP_MAX                                                                                             \
	(400 * DAY) /* a longer pause between two acts is a clock that jumped, and counts for nothing */

struct prune_args {
	struct cli_common common;
	const char *days, *keep;
	bool dry_run;
};

static const struct cli_option options[] = {
	{ "dry-run", NULL, "say what would go; change nothing", offsetof(struct prune_args, dry_run) },
	{ "days", "N", "keep what is younger (default 30)", offsetof(struct prune_args, days) },
	{ "keep", "N", "keep at least so many points (default 2, at least 1)",
		offsetof(struct prune_args, keep) },
	{ 0 },
};

struct prune_doc {
	char *name;
	bool dry_run;
	struct json_list pruned; /* texts: numbers */
};

#define AT(member) offsetof(struct prune_doc, member)
static const struct json_field fields[] = {
	{ "dry_run", JSON_FLAG, AT(dry_run), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "pruned", JSON_TEXTS, AT(pruned), false, NULL },
};
#undef AT
const struct json_shape prune_document = { fields, COUNT_OF(fields), sizeof(struct prune_doc) };

/* Age as the sum of plausible steps from act to act, so that one jump of the clock makes nothing old. */
static uint64_t age(const struct ledger *l, size_t from)
{
	uint64_t sum = 0, now = (uint64_t)time(NULL);
	for (size_t i = from; i < l->count; i++) {
		uint64_t next = i + 1 < l->count ? l->acts[i + 1].started : now;
		if (next > l->acts[i].started && next - l->acts[i].started < STEP_MAX)
			sum += next - l->acts[i].started;
	}
	return sum;
}

static bool limits(const struct prune_args *a, uint64_t *days, uint64_t *keep, struct err *e)
{
	*days = KEEP_DAYS;
	*keep = KEEP_POINTS;
	if (a->days && (!listing_number(a->days, days) || *days > 100000))
		return err_set(e, ERR_USAGE, "--days %s: expected a number of days", a->days);
	if (a->keep && (!listing_number(a->keep, keep) || *keep < 1))
		return err_set(e, ERR_USAGE, "--keep %s: expected 1 or more", a->keep);
	return true;
}

/* What a failed release wrote, which is kept as long as a restore point. */
static bool is_capsule(const struct act *a)
{
	return a->capsule && strcmp(a->outcome, ACT_UNDONE) == 0;
}

/* The points and failure capsules that go, newest first; `chosen` has room for all acts. */
static size_t choose(const struct transaction *t, uint64_t days, uint64_t keep, struct act **chosen)
{
	const char *why;
	const struct act *back = ledger_way_back(&t->ledger, &t->stored, &why);
	uint64_t newer = 0;
	size_t count = 0;
	for (size_t i = t->ledger.count; i-- > 0;) {
		struct act *a = &t->ledger.acts[i];
		bool point = ledger_point(&t->ledger, &t->stored, a);
		if (!point && (!is_capsule(a) || a->pruned))
			continue;
		/* points that are known not to work do not count, and may go */
		bool kept = point && ledger_proof(&t->ledger, a) != PROOF_BAD && newer++ < keep;
		if (kept || a == back || a->pinned)
			continue;
		if (age(&t->ledger, i) >= days * DAY)
			chosen[count++] = a;
	}
	return count;
}

static bool let_go(struct transaction *t, struct act *const *chosen, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		chosen[i]->pruned = true;
		if (!act_save(&t->node, chosen[i], e))
			return false;
	}
	return sweep(&t->node, &t->ledger, e) && kept_sweep(&t->node, e);
}

bool prune_old(struct transaction *t, struct err *e)
{
	ledger_end(&t->ledger);
	free(t->stored.items);
	t->stored = (struct stored_list){ 0 };
	if (!ledger_load(&t->node, &t->ledger, e))
		return false;
	ledger_stored(&t->ledger, &t->stored);
	struct act **chosen = arena_new(&t->arena, t->ledger.count * sizeof(struct act *));
	size_t count = choose(t, KEEP_DAYS, KEEP_POINTS, chosen);
	return let_go(t, chosen, count, e);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct prune_args *a = args;
	struct request request = { .json = a->common.json };
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	uint64_t act, days, keep;
	(void)operands;
	(void)count;
	t.request = &request;
	if (!limits(a, &days, &keep, e) ||
		!(a->dry_run ? look_begin(&t, &a->common, e) : change_begin(&t, &a->common, &act, e)))
		return false;
	struct act **chosen = arena_new(&t.arena, t.ledger.count * sizeof(struct act *));
	size_t chosen_count = choose(&t, days, keep, chosen);
	char **numbers = arena_new(&t.arena, chosen_count * sizeof *numbers);
	for (size_t i = 0; i < chosen_count; i++)
		numbers[i] = arena_printf(&t.arena, "%llu", (unsigned long long)chosen[i]->number);
	if (!a->dry_run && !let_go(&t, chosen, chosen_count, e))
		return false;
	struct prune_doc doc = { t.node.application.at, a->dry_run, { numbers, chosen_count } };
	if (a->common.json)
		json_print(&prune_document, &doc);
	for (size_t i = 0; !a->common.json && i < chosen_count; i++)
		printf("%s %s %s\n", is_capsule(chosen[i]) ? "failure capsule" : "restore point", numbers[i],
			a->dry_run ? "would go" : "is gone");
	if (!a->common.json && chosen_count == 0)
		printf("nothing to prune\n");
	return true;
}

const struct cli_command command_prune = { "prune", "", "let go of old restore points", options,
	common_options, sizeof(struct prune_args), 0, 0, run };
