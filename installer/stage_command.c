/* stage_command.c - waybill-install stage: everything up to the switch. Afterwards the stick can go. */
#include <stdio.h>

#include "installer/commands.h"
#include "installer/documents.h"
#include "installer/own.h"
#include "installer/plan.h"
#include "installer/stage.h"
#include "manifest/base/scope.h"

struct stage_doc {
	uint64_t act;
	char *name, *release;
	bool changed, discarded;
};

#define AT(member) offsetof(struct stage_doc, member)
static const struct json_field fields[] = {
	{ "act", JSON_COUNT, AT(act), true, NULL },
	{ "changed", JSON_FLAG, AT(changed), false, NULL },
	{ "discarded", JSON_FLAG, AT(discarded), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "release", JSON_TEXT, AT(release), true, NULL },
};
#undef AT
const struct json_shape stage_document = { fields, COUNT_OF(fields), sizeof(struct stage_doc) };

static void tell(const struct transaction *t, const struct stage_doc *doc)
{
	if (t->request->json)
		json_print(&stage_document, doc);
	else if (doc->discarded)
		printf("act %llu is discarded\n", (unsigned long long)doc->act);
	else if (!doc->changed)
		printf("%s %s is installed and whole; nothing was staged\n", doc->name, doc->release);
	else
		printf("%s %s is staged as act %llu; the bundle is not needed any more: waybill-install apply\n",
			doc->name, doc->release, (unsigned long long)doc->act);
}

static bool discard(struct transaction *t, const struct select_args *a, struct err *e)
{
	struct stage_doc doc = { .discarded = true };
	uint64_t recovered;
	if (!change_begin(t, &a->common, &recovered, e) || !transaction_discard(t, &doc.act, e))
		return false;
	doc.name = text_str(&t->node.application)[0] ? t->node.application.at : NULL;
	if (!doc.act)
		return err_set(e, ERR_REFUSED, "nothing is staged here");
	tell(t, &doc);
	return true;
}

static bool mark_staged(struct transaction *t, struct err *e)
{
	struct act staged = t->act;
	static char outcome[] = ACT_STAGED;
	staged.outcome = outcome;
	return act_save(&t->node, &staged, e);
}

static bool stage(struct transaction *t, const struct select_args *a, struct err *e)
{
	uint64_t recovered, discarded;
	if (!select_begin(t, &a->common, true, "stage", e) || !transaction_begin(t, &recovered, e) ||
		!transaction_discard(t, &discarded, e) || !plan_make(t, e) || !transaction_yes(t, e))
		return false;
	struct stage_doc doc = { t->act.number, t->act.name, t->act.release, !plan_is_current(t), false };
	if (!doc.changed)
		doc.act = 0;
	if (doc.changed && (!(a->common.json || plan_show(t, e)) || !transaction_stage(t, stage_run, e) ||
				   !mark_staged(t, e)))
		return false;
	tell(t, &doc);
	return true;
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct select_args *a = args;
	const char *own = a->discard ? NULL : own_bundle(), *bundle = count ? operands[0] : own;
	struct request request = select_request(a, bundle);
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	t.request = &request;
	if (!bundle == !a->discard)
		return err_set(e, ERR_USAGE, "stage needs a BUNDLE, or --discard");
	return bundle ? stage(&t, a, e) : discard(&t, a, e);
}

const struct cli_command command_stage = { "stage", "[BUNDLE]",
	"do everything up to the switch; the bundle can go then", stage_options, common_options,
	sizeof(struct select_args), 0, 1, run };
