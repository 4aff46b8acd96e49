/* splice_same - whether two JSON5 values mean the same, however they are written. */
#ifndef INSTALLER_SERVICE_SPLICE_SAME_H
#define INSTALLER_SERVICE_SPLICE_SAME_H

#include "installer/service/splice_members.h"

/* Texts by what they say, numbers by their value, arrays in order, objects by key. An object with a key that
 * stands twice is the same as none. */
bool same_value(const struct document *a, const struct json5_value *av, const struct document *b,
	const struct json5_value *bv);

#endif
