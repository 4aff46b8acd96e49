/* spool.c - see spool.h. */
#include "bundler/spool.h"

#include <stdlib.h>

#include "manifest/base/scope.h"

bool spool_start(const struct output *out, size_t blocks, size_t most, struct spool *s, struct err *e)
{
	*s = (struct spool){ .fd = -1, .count = blocks, .most = most };
	s->items = mem_new(blocks, sizeof *s->items);
	return output_scratch(out, &s->fd, e);
}

void spool_end(struct spool *s)
{
	scope_close(&s->fd);
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].bytes);
	free(s->items);
}

bool spool_keep(struct spool *s, size_t block, char *bytes, size_t len)
{
	if (len > s->most - s->kept)
		return false;
	s->kept += len;
	s->items[block] = (struct spooled){ bytes, 0, len };
	return true;
}

bool spool_put(struct spool *s, size_t block, const char *bytes, size_t len, struct err *e)
{
	char member[32];
	container_member(CONTAINER_BLOCK, block, member);
	s->items[block] = (struct spooled){ NULL, s->end, len };
	s->end += container_padded(len);
	return container_put(s->fd, member, bytes, len, e);
}

static bool write_kept(const struct spooled *i, size_t block, const struct output *out, struct err *e)
{
	char member[32];
	container_member(CONTAINER_BLOCK, block, member);
	return output_put(out, member, i->bytes, i->len, e);
}

bool spool_write(const struct spool *s, const struct output *out, struct err *e)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct spooled *item = &s->items[i];
		if (!(item->bytes ? write_kept(item, i, out, e)
				  : output_copy(out, s->fd, item->where, container_padded(item->len), e)))
			return false;
	}
	return true;
}
