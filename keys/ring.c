/* ring.c - see ring.h. */
#include "keys/ring.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define KEY_FILE_MAX ((size_t)4096)

bool ring_add(struct keyring *ring, const char *text, size_t len, const char *name, struct err *e)
{
	struct public_key key;
	if (!public_key_read(text, len, name, &key, e))
		return false;
	for (size_t i = 0; i < ring->count; i++)
		if (memcmp(ring->keys[i].bytes, key.bytes, sizeof key.bytes) == 0)
			return true;
	ring->keys = mem_grow(ring->keys, ring->count + 1, sizeof *ring->keys);
	ring->keys[ring->count++] = key;
	return true;
}

bool ring_add_file(struct keyring *ring, const char *path, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	return (fs_read_path(path, KEY_FILE_MAX, &text, e) &&
		       ring_add(ring, text_str(&text), text.len, path, e)) ||
	       err_in(e, "public key");
}

void ring_end(struct keyring *ring)
{
	free(ring->keys);
	*ring = (struct keyring){ 0 };
}
