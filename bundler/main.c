/* main.c - waybill, the bundler: what a connected canary runs. */
#include <locale.h>
#include <stdio.h>

#include "bundler/commands.h"
#include "installer/host/commands.h"
#include "manifest/base/surroundings.h"
#include "manifest/digest.h"
#include "manifest/frame.h"
#include "manifest/json.h"

static void version(void)
{
	printf("waybill %s (zstd %s, cJSON %s)\n", WAYBILL_VERSION, frame_library(), json_library());
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct cli_command commands[] = {
		command_keygen,
		command_inventory,
		command_gates,
		command_capture,
		command_sign,
		command_verify,
		command_inspect,
		command_plan,
		command_diff,
		command_carry,
		command_push,
		command_pull,
		{ 0 },
	};
	const struct cli_program program = { "waybill",
		"captures a proven installation into one signed bundle", commands, version,
		json_print_error };
	struct err e = { 0 };
	if (!surroundings_begin("SOURCE_DATE_EPOCH", &e) || !digest_start(&e)) {
		fprintf(stderr, "waybill: %s\n", e.text);
		return (int)e.kind;
	}
	return cli_main(&program, argc, argv);
}
