/* audit_command.c - waybill-install audit: is what was installed still what is there? */
#include <stdio.h>
#include <stdlib.h>

#include "installer/audit.h"
#include "installer/commands.h"
#include "installer/documents.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

struct audit_doc {
	char *name, *release;
	uint64_t entries, bytes, count;
	bool clean;
	struct json_list differences;
};

#define AT(member) offsetof(struct audit_doc, member)
static const struct json_field fields[] = {
	{ "bytes", JSON_COUNT, AT(bytes), false, NULL },
	{ "clean", JSON_FLAG, AT(clean), false, NULL },
	{ "count", JSON_COUNT, AT(count), false, NULL },
	{ "differences", JSON_LIST, AT(differences), false, &difference_shape },
	{ "entries", JSON_COUNT, AT(entries), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "release", JSON_TEXT, AT(release), true, NULL },
};
#undef AT
const struct json_shape audit_document = { fields, COUNT_OF(fields), sizeof(struct audit_doc) };

/* An interrupted act is undone first: what is there is only known then. Somebody else's running act is not
 * waited for. */
static bool begin(struct transaction *t, const struct cli_common *common, struct err *e)
{
	bool busy = false;
	uint64_t act;
	if (!node_open(common, false, &t->node, e) ||
		!node_choose(&t->node, common->name, common->instance, e) ||
		!node_try_lock(&t->node, &busy, e))
		return false;
	if (busy)
		return err_set(e, ERR_REFUSED,
			"another waybill-install is at work on %s; audit again when it is done",
			text_str(&t->node.application));
	return t->node.lock >= 0 ? transaction_begin(t, &act, e) : ledger_load(&t->node, &t->ledger, e);
}

static bool look(struct transaction *t, struct audit *audit, struct err *e)
{
	const struct act *current = ledger_current(&t->ledger);
	const struct act_component *c = current ? current->components.items : NULL;
	for (size_t i = 0; current && i < current->components.count; i++) {
		audit->ignore = &c[i].local;
		if (!digest_zero(&c[i].tree) &&
			!audit_path(&t->node, c[i].id, c[i].target, &c[i].tree, audit, e))
			return false;
	}
	return true;
}

static void print_text(const struct audit_doc *doc)
{
	const struct difference *d = doc->differences.items;
	for (size_t i = 0; i < doc->differences.count; i++)
		printf("%-8s %s %s\n", d[i].what, d[i].component, d[i].path);
	printf("%s%s%s: %llu entries, %llu differences\n", doc->name, *doc->release ? " " : "", doc->release,
		(unsigned long long)doc->entries, (unsigned long long)doc->count);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct cli_common *common = args;
	struct request request = { .json = common->json };
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	struct progress progress;
	(void)operands;
	(void)count;
	t.request = &request;
	if (!begin(&t, common, e))
		return false;
	progress_start(&progress, "audit", 0, common->json);
	struct audit audit = { .arena = &t.arena, .progress = &progress };
	bool good = look(&t, &audit, e);
	const struct act *current = ledger_current(&t.ledger);
	static char none[] = "";
	struct audit_doc doc = { text_str(&t.node.application)[0] ? t.node.application.at : none,
		current ? current->release : none, audit.entries, audit.bytes, audit.count, audit.count == 0,
		{ audit.items, audit.count < AUDIT_MAX ? audit.count : AUDIT_MAX } };
	if (good) {
		progress_end(&progress);
		if (common->json)
			json_print(&audit_document, &doc);
		else
			print_text(&doc);
		e->told = true;
		good = doc.clean || err_set(e, ERR_DIFFERS, "%llu entries are not as they were installed",
					    (unsigned long long)doc.count);
	}
	audit_end(&audit);
	return good;
}

const struct cli_command command_audit = { "audit", "", "compare what is installed with what was installed",
	NULL, common_options, sizeof(struct cli_common), 0, 0, run };
