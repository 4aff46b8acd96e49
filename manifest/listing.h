/* listing - the text whose BLAKE2b-256 is a tree's digest.
 *
 * One line per entry in the order of path_order(), the top "." first, fields separated by TAB:
 *
 *     path  kind  mode  size  digest  target  LF
 *
 * kind   f file, d directory, l symbolic link, r reference (a link to another component), o anything else
 * mode   four octal digits; 0777 for l and r
 * size   bytes of a file, else 0
 * digest of a file's content, else "-"
 * target of l and r, else "-"
 *
 * path and target are written with path_escape(). No times, no owners. The same six fields are the middle
 * of a bundle's index row, so a tree on disk and a component in a bundle are compared by one digest.
 */
#ifndef MANIFEST_LISTING_H
#define MANIFEST_LISTING_H

#include <stdint.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"
#include "manifest/digest.h"

enum entry_kind {
	ENTRY_FILE = 'f',
	ENTRY_DIR = 'd',
	ENTRY_LINK = 'l',
	ENTRY_REFERENCE = 'r',
	ENTRY_OTHER = 'o'
};

struct entry {
	const char *path;   /* borrowed */
	const char *target; /* borrowed; NULL unless l or r */
	uint64_t size;
	struct digest digest; /* of a file; else zero */
	uint16_t mode;        /* permission bits, 07777 */
	char kind;
};

/* Appends the entry's line. */
void listing_add(const struct entry *entry, struct text *out);

/* Parses one line (without LF) strictly; the line's bytes are changed and borrowed by *out. */
MUST_CHECK bool listing_parse(char *line, struct entry *out, struct err *e);

/* Cuts the next TAB-separated field off *rest; NULL where there is none. */
char *listing_field(char **rest);

/* A decimal number without sign or leading zero, below 2^53. */
MUST_CHECK bool listing_number(const char *s, uint64_t *out);

/* True if both say the same of the tree (path, kind, mode, size, digest, target). */
bool entry_equal(const struct entry *a, const struct entry *b);

#endif
