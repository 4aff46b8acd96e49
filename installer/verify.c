/* verify.c - waybill-install verify: who signed a bundle, and is every byte of the medium right. Changes
 * nothing. */
#include <string.h>

#include "installer/commands.h"
#include "installer/own.h"
#include "installer/trust.h"
#include "manifest/base/scope.h"
#include "manifest/verdict.h"

struct verify_args {
	struct cli_common common;
	struct cli_many volume_dirs;
};

static const struct cli_option options[] = {
	{ "volume-dir", "DIR...", "more places where volumes of the bundle are",
		offsetof(struct verify_args, volume_dirs) },
	{ 0 },
};

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct verify_args *a = args;
	const struct cli_common *common = &a->common;
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	struct verified_by by;
	char ids[SIGNATURES_MAX][KEY_ID_HEX], *keys[SIGNATURES_MAX];
	const char *bundle;
	if (!own_or_named(operands, count, "verify", &bundle, e) || !node_open(common, true, &t.node, e) ||
		!trust_open(&t.node, &common->publics, bundle, &a->volume_dirs, "verify", &t.bundle, &by, e))
		return false;
	for (size_t i = 0; i < by.count; i++) {
		key_id_hex(by.ids[i], ids[i]);
		keys[i] = ids[i];
	}
	return verdict_print(&t.bundle, (struct json_list){ keys, by.count }, common->json, e);
}

const struct cli_command command_verify = { "verify", "[BUNDLE]",
	"check signatures and every byte of a bundle", options, common_options, sizeof(struct verify_args), 0,
	1, run };
