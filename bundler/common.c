/* common.c - what every command of the bundler knows. */
#include <stddef.h>

#include "bundler/commands.h"
#include "installer/host/chosen.h"

const struct cli_option common_options[] = {
	{ "json", NULL, "one JSON document on standard output", offsetof(struct cli_common, json) },
	{ 0 },
};

/* The canary is no node of ours: only a file that is named counts. */
bool site_own(const struct cli_common *common, struct site *out, const char **file, struct arena *arena,
	struct err *e)
{
	(void)common;
	(void)arena;
	(void)e;
	*out = (struct site){ { NULL, 0 } };
	*file = "";
	return true;
}
