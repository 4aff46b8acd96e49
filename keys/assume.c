/* assume.c - see assume.h for who may call this: nobody who acts on what he reads. */
#include "keys/assume.h"

struct trusted keys_assume(const char *bytes, size_t len)
{
	return (struct trusted){ bytes, len };
}
