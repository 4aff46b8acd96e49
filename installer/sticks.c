/* sticks.c - see sticks.h. */
#include "installer/sticks.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "manifest/base/scope.h"
#include "manifest/path.h"
#include "manifest/volumes.h"

#define SPOOL "/var/tmp" /* bundles are large: on a disk, not in memory */

/* The line without its end; false: nobody answers. */
static bool answer(char *line, int room)
{
	if (!fgets(line, room, stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool next_directory(const char *missing, char dir[static PATH_MAX])
{
	char line[PATH_MAX];
	fprintf(stderr,
		"missing: %s\nThe medium before may be taken out. Directory of the next one%s%s%s, or . to stop: ",
		missing, *dir ? " [" : "", dir, *dir ? "]" : "");
	if (!answer(line, sizeof line) || strcmp(line, ".") == 0)
		return false;
	if (*line)
		snprintf(dir, PATH_MAX, "%s", line);
	return true;
}

bool sticks_ask(struct medium *m, struct err *e)
{
	SCOPED(text_end) struct text missing = { 0 };
	char dir[PATH_MAX];
	size_t before = (size_t)(path_leaf(m->name) - m->name);
	if (volumes_missing(m, &missing) == 0 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	SCOPED_FD int spool = open(SPOOL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool < 0)
		return err_sys(e, "open " SPOOL);
	if (!volumes_copy(m, spool, e))
		return false;
	snprintf(dir, sizeof dir, "%.*s", (int)(before > 1 ? before - 1 : before), m->name);
	while (missing.len && next_directory(missing.at, dir)) {
		struct err why = { 0 };
		if (!volumes_fill(m, dir, spool, &why))
			fprintf(stderr, "%s\n", why.text);
		text_clear(&missing);
		(void)volumes_missing(m, &missing);
	}
	return true;
}
