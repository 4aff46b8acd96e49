/* audit - what is on the disk against the listing of what should be there. */
#ifndef INSTALLER_AUDIT_H
#define INSTALLER_AUDIT_H

#include "installer/act.h"

struct progress;

/* A path that differs: "missing", "extra", or which of its facts: "content", "mode", "kind", "target". */
struct difference {
	char *component, *path, *what;
};

struct audit {
	struct arena *arena;
	struct difference *items;       /* at most AUDIT_MAX; audit_end() frees them */
	size_t count;                   /* of all differences */
	uint64_t entries, bytes;        /* looked at */
	struct progress *progress;      /* may be NULL */
	const struct json_list *ignore; /* patterns of the node's own files, which are no difference, nor are
					   directories that hold nothing else; may be NULL */
};

#define AUDIT_MAX 100000

/* Frees the differences; their texts stay in the arena. */
void audit_end(struct audit *a);

/* Compares the directory `top` with the stored listing and adds every difference. True when both could be
 * read. */
MUST_CHECK bool audit_tree(const struct node *n, const char *component, int top, const struct digest *want,
	struct audit *out, struct err *e);

/* As audit_tree() for the directory at `path` below the root; one that is not there is one difference. */
MUST_CHECK bool audit_path(const struct node *n, const char *component, const char *path,
	const struct digest *want, struct audit *out, struct err *e);

/* As audit_path(), of the tree with that identity: another one that has its name by now is one difference. */
MUST_CHECK bool audit_known(const struct node *n, const char *component, const char *path,
	const char *identity, const struct digest *want, struct audit *out, struct err *e);

/* Appends up to `most` differences, a line each. */
void audit_text(const struct audit *a, size_t most, struct text *out);

extern const struct json_shape difference_shape;

#endif
