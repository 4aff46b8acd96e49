/* splice_members - what stands where in an object or array of a JSON5 text: keys, values, commas and the gaps
 * between them.
 */
#ifndef INSTALLER_SERVICE_SPLICE_MEMBERS_H
#define INSTALLER_SERVICE_SPLICE_MEMBERS_H

#include "installer/host/json5.h"

/* The member of an object that stands for what is in other files. */
#define MEMBER_INCLUDE "$include"

/* A text that json5_read() took. */
struct document {
	const char *text;
	size_t len;
};

struct member {
	size_t gap;   /* behind what stands before it: the bracket or a comma */
	size_t begin; /* its key; in an array its value */
	struct json5_value value;
	size_t end;   /* behind its value */
	size_t comma; /* where the comma behind it is; 0: there is none */
};

/* The members of a container in order, and those that are called `key`. */
struct members {
	struct json5_value of;
	struct member *items;
	size_t count;
	size_t named, last_named; /* how many, and which is the last of them */
	bool include;             /* one is the MEMBER_INCLUDE */
};

/* *out is what `of` holds, nothing if it is no container; members_end() in any case. */
void members_of(const struct document *d, const struct json5_value *of, const char *key, struct members *out);
void members_end(struct members *m);

/* A line ends between the two offsets, outside of comments. */
bool member_breaks(const struct document *d, size_t from, size_t to);

/* Nothing but blanks stands between the beginning of a line and `at`; *first is where that line begins. */
bool member_begins_line(const struct document *d, size_t at, size_t *first);

#endif
