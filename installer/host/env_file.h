/* env_file - files of EnvironmentFile= (systemd.exec(5)): NAME=VALUE lines, as the manager reads them. They
 * may hold secrets: what they say is never printed. */
#ifndef INSTALLER_HOST_ENV_FILE_H
#define INSTALLER_HOST_ENV_FILE_H

#include "installer/host/host.h"

#define ENV_FILE_MAX ((size_t)1024 * 1024)

/* Adds every assignment of the text, "NAME=VALUE"; what is none is passed over. */
void env_file_read(const char *text, size_t len, struct json_list *out, struct arena *arena);

/* The same for the files of a unit ("-" in front of one that need not be there, "*" in a name for several).
 * One that cannot be read is noted as unseen. */
void env_files_add(struct host *h, const struct json_list *files, struct json_list *out);

#endif
