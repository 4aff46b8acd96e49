/* exchange.c - see exchange.h. */
#include "installer/exchange.h"

#include <errno.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

void exchange_aside(const char *slot, struct text *out)
{
	text_clear(out);
	text_printf(out, "%s.out", slot);
}

bool exchange(int slots, const char *slot, int parent, const char *leaf)
{
	SCOPED(text_end) struct text aside = { 0 };
	if (fs_exchange(slots, slot, parent, leaf))
		return true;
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return false;
	exchange_aside(slot, &aside);
	return fs_rename_new(parent, leaf, slots, text_str(&aside)) &&
	       fs_rename_new(slots, slot, parent, leaf) && exchange_finish(slots, slot);
}

bool exchange_finish(int slots, const char *slot)
{
	SCOPED(text_end) struct text aside = { 0 };
	exchange_aside(slot, &aside);
	return fs_rename_new(slots, text_str(&aside), slots, slot);
}
