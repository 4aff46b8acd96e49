/* copy_names.c - see copy_names.h. */
#include "installer/service/copy_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"

void names_end(struct names *n)
{
	text_end(&n->bytes);
	free(n->items);
	*n = (struct names){ 0 };
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names lie end to end in `bytes`; pointers to them are made when it grows no more. */
static void sort_names(struct names *n)
{
	char *at = n->bytes.at;
	n->items = mem_new(n->count, sizeof *n->items);
	for (size_t i = 0; i < n->count; i++, at += strlen(at) + 1)
		n->items[i] = at;
	if (n->count)
		qsort(n->items, n->count, sizeof *n->items, by_bytes);
}

bool names_read(int dir, struct names *n)
{
	int again = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	SCOPED(scope_dir) DIR *d = again < 0 ? NULL : fdopendir(again);
	if (!d) {
		scope_close(&again);
		return false;
	}
	errno = 0;
	for (const struct dirent *entry; (entry = readdir(d)) != NULL; errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		text_add(&n->bytes, entry->d_name, strlen(entry->d_name) + 1);
		n->count++;
	}
	if (errno)
		return false;
	sort_names(n);
	return true;
}
