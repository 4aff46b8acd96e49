/* verify.c - waybill-install verify: who signed a bundle, and is every byte of the medium right. Changes
 * nothing. */
#include <string.h>

#include "installer/commands.h"
#include "installer/trust.h"
#include "manifest/base/scope.h"
#include "manifest/verdict.h"

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct cli_common *common = args;
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	struct verified_by by;
	char ids[SIGNATURES_MAX][KEY_ID_HEX], *keys[SIGNATURES_MAX];
	(void)count;
	if (!node_open(common, true, &t.node, e) ||
		!trust_open(&t.node, &common->publics, operands[0], "verify", &t.bundle, &by, e))
		return false;
	for (size_t i = 0; i < by.count; i++) {
		key_id_hex(by.ids[i], ids[i]);
		keys[i] = ids[i];
	}
	return verdict_print(&t.bundle, (struct json_list){ keys, by.count }, common->json, e);
}

const struct cli_command command_verify = { "verify", "BUNDLE", "check signatures and every byte of a bundle",
	NULL, common_options, sizeof(struct cli_common), 1, 1, run };
