/* card - the text on a stick: what is there, whose keys, how the installer is checked, what to type. */
#ifndef BUNDLER_CARD_H
#define BUNDLER_CARD_H

#include "keys/verify.h"
#include "manifest/bundle.h"

#define CARD_PROGRAM_MAX ((size_t)64 * 1024 * 1024)

struct card {
	struct text bundles, programs, keys;
	char first[MEDIUM_LEAF], program[MEDIUM_LEAF]; /* what the examples name */
	bool single;                                   /* the program carries its bundle */
};

void card_end(struct card *c);
void card_bundle(struct card *c, const struct bundle *b);
void card_program(struct card *c, const char *name, const struct text *bytes);
/* A program with a bundle behind its own bytes. */
void card_single(struct card *c, const char *name, const struct text *program);
void card_keys(struct card *c, const struct keyring *ring);

/* Appends all of it. The same stick has the same card. */
void card_write(const struct card *c, struct text *out);

#endif
