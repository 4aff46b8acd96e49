/* challenge - what a registry that answers 401 wants: WWW-Authenticate of RFC 9110, 11.6.1, with the ways
 * that registries have.
 */
#ifndef BUNDLER_CHALLENGE_H
#define BUNDLER_CHALLENGE_H

#include "manifest/base/text.h"

enum challenge_way {
	CHALLENGE_UNKNOWN,
	CHALLENGE_PASSWORD, /* Basic */
	CHALLENGE_TOKEN,    /* Bearer, as the distribution project has it */
};

struct challenge {
	enum challenge_way way;
	struct text realm, service, scope; /* of a token: where it is fetched, and what it is for */
};

/* What is not said stays empty. */
void challenge_read(const char *header, struct challenge *out);
void challenge_end(struct challenge *c);

#endif
