/* unit_file - what unit files say, merged as systemd merges them (systemd.unit(5), systemd.service(5)).
 *
 * Only what tells which program runs, as whom and with which surroundings; every other line is passed over.
 */
#ifndef INSTALLER_HOST_UNIT_FILE_H
#define INSTALLER_HOST_UNIT_FILE_H

#include "manifest/base/err.h"
#include "manifest/json.h"

#define UNIT_FILE_MAX ((size_t)1024 * 1024)

struct unit_merge {
	struct json_list exec;              /* of char *: the words of the last ExecStart= that counts */
	char *exec_from;                    /* the file that it stands in; "" if there is none */
	char *cwd, *user;                   /* WorkingDirectory=, User=; "" if nothing is said */
	struct json_list environment;       /* of char *: NAME=VALUE, in order */
	struct json_list environment_files; /* of char *: EnvironmentFile=, "-" in front: need not be there */
	struct json_list overridden;        /* of char *: files whose ExecStart= does not count any more */
};

/* Nothing is said yet. */
void unit_merge_init(struct unit_merge *m, struct arena *arena);

/* Adds one file's text to what the files before it said: an empty assignment empties a list. */
void unit_merge_add(
	struct unit_merge *m, const char *file, const char *text, size_t len, struct arena *arena);

/* Words of a line, parted by blanks; quotes and C escapes as in systemd.syntax(7): a list of char *. */
void unit_words(const char *line, struct json_list *out, struct arena *arena);

/* Adds a text to a list of char * that lives in the arena. */
void texts_add(struct json_list *list, const char *text, struct arena *arena);

#endif
