/* wrapper - what a shell script starts, as far as it can be told without running it. */
#ifndef INSTALLER_HOST_WRAPPER_H
#define INSTALLER_HOST_WRAPPER_H

#include "manifest/base/text.h"
#include "manifest/json.h"

struct wrapper {
	struct json_list words;     /* of char *: the command; none if there is no such command */
	char *cwd;                  /* where plain `cd`s went; NULL if there is none */
	struct json_list variables; /* of char *: NAME=value, the environment's first: the last one counts */
};

/* *out tells of the script's last command that is an `exec` or passes the arguments on ("$@"), with simple
 * variables of the script and of `environment` ("NAME=value" texts) filled in. `file` is the script's own
 * path ($0). */
void wrapper_read(const char *file, const char *text, size_t len, const struct json_list *environment,
	struct wrapper *out, struct arena *arena);

/* The same for the text of `sh -c`, whose last command counts whatever it is. */
void wrapper_read_command(
	const char *text, const struct json_list *environment, struct wrapper *out, struct arena *arena);

#endif
