/* recover.c - waybill-install recover: finishes what an interrupted run left, and says what it did. */
#include <stdio.h>

#include "installer/commands.h"
#include "installer/documents.h"
#include "manifest/base/scope.h"

struct recovered {
	uint64_t act;
	bool recovered;
};

#define AT(member) offsetof(struct recovered, member)
static const struct json_field fields[] = {
	{ "act", JSON_COUNT, AT(act), true, NULL },
	{ "recovered", JSON_FLAG, AT(recovered), false, NULL },
};
#undef AT
const struct json_shape recover_document = { fields, COUNT_OF(fields), sizeof(struct recovered) };

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct cli_common *common = args;
	struct request request = { .json = true };
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	uint64_t act = 0;
	(void)operands;
	(void)count;
	t.request = &request;
	if (!change_begin(&t, common, &act, e))
		return false;
	struct recovered doc = { act, act != 0 };
	if (common->json)
		json_print(&recover_document, &doc);
	else if (act)
		printf("act %llu was interrupted: undone, the old trees are in place\n",
			(unsigned long long)act);
	else
		printf("nothing is unfinished\n");
	return true;
}

const struct cli_command command_recover = { "recover", "", "finish what an interrupted run left", NULL,
	common_options, sizeof(struct cli_common), 0, 0, run };
