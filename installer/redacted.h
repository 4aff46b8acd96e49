/* redacted - documents and texts without their secrets, for a report that is sent on. Pure. */
#ifndef INSTALLER_REDACTED_H
#define INSTALLER_REDACTED_H

#include "installer/host/redact.h"

/* *to (of shape->size bytes) is a copy with every text redacted, all the way down. In a list of texts an item
 * is also seen behind the one before it: of `--token` and `abc` the second is hidden. */
void redacted_copy(const struct redact *r, const struct json_shape *shape, const void *from, void *to,
	struct arena *arena);

/* Appends the bytes as plain text (plain.h), redacted in pieces of whole lines; a private key in armour is
 * hidden however long it is. */
void redacted_text(const struct redact *r, const char *bytes, size_t len, struct text *out);

#endif
