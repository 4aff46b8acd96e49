/* wrapper - what a shell script starts, as far as it can be told without running it. */
#ifndef INSTALLER_HOST_WRAPPER_H
#define INSTALLER_HOST_WRAPPER_H

#include "manifest/base/text.h"
#include "manifest/json.h"

/* *words are those of the script's last command that is an `exec` or passes the arguments on ("$@"), with
 * simple variables of the script and of `environment` ("NAME=value" texts) filled in; none if there is no
 * such line. *cwd is where a plain `cd` went; NULL if there is none. `file` is the script's own path ($0). */
void wrapper_read(const char *file, const char *text, size_t len, const struct json_list *environment,
	struct json_list *words, char **cwd, struct arena *arena);

#endif
