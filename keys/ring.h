/* ring - the keys that count, from files that the user or the node names. */
#ifndef KEYS_RING_H
#define KEYS_RING_H

#include "keys/verify.h"

/* Adds the key in the file at `path`. The same key twice is held once. */
MUST_CHECK bool ring_add_file(struct keyring *ring, const char *path, struct err *e);

/* Adds the key in `text`, which is called `name` in messages. */
MUST_CHECK bool ring_add(struct keyring *ring, const char *text, size_t len, const char *name, struct err *e);

void ring_end(struct keyring *ring);

#endif
