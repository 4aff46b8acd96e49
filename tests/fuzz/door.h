/* door - where bytes from outside come in, each as a fuzz target; build.mk links it with libFuzzer or with
 * replay.c.
 *
 * A door takes any bytes without a step too far, refuses with an error that says something, and what it lets
 * in it gives back byte for byte where the form is canonical. The bytes are a copy with nothing behind them.
 */
#ifndef TESTS_FUZZ_DOOR_H
#define TESTS_FUZZ_DOOR_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/base/text.h"
#include "manifest/digest.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(what)                                                                                        \
	do {                                                                                                 \
		if (!(what))                                                                                 \
			abort();                                                                             \
	} while (0)

/* A refusal has a kind and words, success has neither. */
static inline bool door_answered(bool good, const struct err *e)
{
	REQUIRE(good ? e->kind == ERR_NONE : e->kind != ERR_NONE && e->text[0]);
	return good;
}

/* An open file in memory that holds these bytes. */
int door_file(const uint8_t *data, size_t size);

#endif
