/* cli - commands and options are rows of a table; parsing, --help and exit status come from it alone. */
#ifndef MANIFEST_BASE_CLI_H
#define MANIFEST_BASE_CLI_H

#include <stddef.h>

#include "manifest/base/err.h"

/* An option. `value` is the name of its argument in the help; NULL: a flag; with "..." at its end: may be
 * given several times. */
struct cli_option {
	const char *name, *value, *help;
	size_t at; /* offset in the command's arguments: bool, const char * or struct cli_many */
};

struct cli_many {
	const char **items;
	size_t count;
};

/* What every command knows; the first member of every command's arguments. */
struct cli_common {
	bool json;
	const char *root, *name, *instance;
	struct cli_many publics;
};

#define CLI_OPERANDS_MAX 16

struct cli_command {
	const char *name, *operands, *help;
	const struct cli_option *options, *common; /* each ends with a row without a name; may be NULL */
	size_t size;                               /* of its arguments */
	unsigned least, most;                      /* operands */
	bool (*run)(const void *args, char *const *operands, size_t count, struct err *e);
};

struct cli_program {
	const char *name, *purpose;
	const struct cli_command *commands; /* ends with a row without a name */
	void (*version)(void);              /* prints it */
	void (*error)(const struct err *e); /* prints it as a JSON document */
};

/* Runs the command that the words say. Returns the exit status. */
int cli_main(const struct cli_program *program, int argc, char **argv);

#endif
