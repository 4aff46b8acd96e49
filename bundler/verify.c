/* verify.c - waybill verify: who signed a bundle, and is every byte of it right. */
#include <string.h>

#include "bundler/commands.h"
#include "bundler/counted.h"
#include "keys/seal.h"
#include "manifest/base/scope.h"
#include "manifest/verdict.h"

struct verify_args {
	struct cli_common common;
	const char *threshold;
	struct cli_many publics, volume_dirs;
};

static const struct cli_option options[] = {
	{ "public", "FILE...", "a public key that counts", offsetof(struct verify_args, publics) },
	{ "threshold", "N", "how many of them must have signed (default 1)",
		offsetof(struct verify_args, threshold) },
	{ "volume-dir", "DIR...", "more places where volumes of the bundle are",
		offsetof(struct verify_args, volume_dirs) },
	{ 0 },
};

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct verify_args *a = args;
	(void)count;
	SCOPED(ring_end) struct keyring ring = { 0 };
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	struct trusted text;
	struct verified_by by;
	if (!counted_keys("verify", &a->publics, a->threshold, &ring, e) ||
		!bundle_open(operands[0], &a->volume_dirs, &b, e) ||
		!seal_check(&b.container, &ring, &text, &by, e) || !bundle_believe(&b, text, e))
		return false;
	char ids[SIGNATURES_MAX][KEY_ID_HEX], *keys[SIGNATURES_MAX];
	for (size_t i = 0; i < by.count; i++) {
		key_id_hex(by.ids[i], ids[i]);
		keys[i] = ids[i];
	}
	return verdict_print(&b, (struct json_list){ keys, by.count }, a->common.json, e);
}

const struct cli_command command_verify = { "verify", "BUNDLE", "check signatures and every byte of a bundle",
	options, common_options, sizeof(struct verify_args), 1, 1, run };
