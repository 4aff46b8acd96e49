/* main.c - waybill-install: verifies, plans, applies, audits and rolls back bundles. Holds no network code.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "installer/commands.h"
#include "installer/host/commands.h"
#include "manifest/base/surroundings.h"
#include "manifest/digest.h"
#include "manifest/frame.h"
#include "manifest/witness.h"

#ifndef LIBRARY_VERSIONS
#define LIBRARY_VERSIONS ""
#endif

static void version(void)
{
	printf("waybill-install %s\n%s, zstd %s, cJSON %s\n", WAYBILL_VERSION, witness_library(),
		frame_library(), json_library());
	if (LIBRARY_VERSIONS[0])
		printf("static, built from: %s\n", LIBRARY_VERSIONS);
}

/* Deep trees hold a descriptor per level. */
static void raise_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	const struct cli_command commands[] = {
		command_adopt,
		command_inventory,
		command_gates,
		command_verify,
		command_plan,
		command_stage,
		command_apply,
		command_rollback,
		command_status,
		command_history,
		command_points,
		command_checkpoint,
		command_audit,
		command_recover,
		command_report,
		command_prune,
		{ 0 },
	};
	const struct cli_program program = { "waybill-install",
		"verifies, applies and rolls back bundles, without a network", commands, version,
		json_print_error };
	struct err e = { 0 };
	setlocale(LC_CTYPE, "C.UTF-8"); /* libarchive gives names as UTF-8 only in such a locale */
	umask(0);                       /* every mode is said where a file is made */
	raise_limit();
	if (!surroundings_begin(NULL, &e) || !digest_start(&e)) {
		fprintf(stderr, "waybill-install: %s\n", e.text);
		return (int)e.kind;
	}
	signal(SIGPIPE,
		SIG_IGN); /* a reader that goes away is an error of the output, not the end of an act */
	return cli_main(&program, argc, argv);
}
