/* readme - what happened in an act, and what to do next, in words for a person who was not there. Pure. */
#ifndef INSTALLER_README_H
#define INSTALLER_README_H

#include "installer/act.h"

struct readme {
	const struct act *act;
	const char *application, *host, *options; /* options: as node_options() has them */
	const char *now;                          /* what is installed now, for people */
	uint64_t made;                            /* seconds since 1970 */
	bool proven;                              /* what runs now is */
	bool held, at_work;
	bool unreadable;                 /* the act's own record: of the act only its number is known */
	bool damaged;                    /* some record cannot be read */
	struct json_list capsule;        /* of char *: where it lies */
	struct json_list files, missing; /* of char *: "name  what it is"; "name: why it is not here" */
};

void readme_write(const struct readme *r, struct text *out);

#endif
