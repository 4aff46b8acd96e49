/* copy_seen.c - see copy_seen.h. */
#include "installer/service/copy_seen.h"

#include <stdlib.h>

#define FNV_PRIME 0x100000001b3u

struct seen_entry {
	uint64_t key, inode, size, mtime, ctime;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

uint64_t seen_key(uint64_t above, const char *name)
{
	uint64_t key = (above ^ '/') * FNV_PRIME;
	for (const char *c = name; *c; c++)
		key = (key ^ (unsigned char)*c) * FNV_PRIME;
	return key;
}

/* Only compared for being equal: far away years may wrap around. */
static uint64_t nanoseconds(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
}

void seen_add(struct seen *s, uint64_t key, const struct stat *st)
{
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 256;
		s->entries = mem_grow(s->entries, s->room, sizeof *s->entries);
	}
	s->entries[s->count++] = (struct seen_entry){ key, st->st_ino, (uint64_t)st->st_size,
		nanoseconds(&st->st_mtim), nanoseconds(&st->st_ctim), st->st_mode, st->st_uid, st->st_gid };
}

static int by_key(const void *a, const void *b)
{
	const struct seen_entry *x = a, *y = b;
	return (x->key > y->key) - (x->key < y->key);
}

void seen_sort(struct seen *s)
{
	if (s->count)
		qsort(s->entries, s->count, sizeof *s->entries, by_key);
}

bool seen_same(const struct seen *s, uint64_t key, const struct stat *st)
{
	struct seen_entry want = { .key = key };
	const struct seen_entry *was =
		s->count ? bsearch(&want, s->entries, s->count, sizeof want, by_key) : NULL;
	return was && was->inode == st->st_ino && was->size == (uint64_t)st->st_size &&
	       was->mtime == nanoseconds(&st->st_mtim) && was->ctime == nanoseconds(&st->st_ctim) &&
	       was->mode == st->st_mode && was->uid == st->st_uid && was->gid == st->st_gid;
}

void seen_end(struct seen *s)
{
	free(s->entries);
	*s = (struct seen){ 0 };
}

struct links_entry {
	uint64_t inode;
	const char *path; /* NULL: free */
};

/* The inode's place in the table, or the free one where it would be put. */
static struct links_entry *place_of(const struct links *l, uint64_t inode)
{
	size_t mask = l->room - 1, at = (size_t)((inode * 0x9e3779b97f4a7c15u) >> 32) & mask;
	while (l->entries[at].path && l->entries[at].inode != inode)
		at = (at + 1) & mask;
	return &l->entries[at];
}

const char *links_find(const struct links *l, ino_t inode)
{
	return l->count ? place_of(l, inode)->path : NULL;
}

static void make_room(struct links *l)
{
	struct links wider = { .count = l->count, .room = l->room ? l->room * 2 : 64, .paths = l->paths };
	wider.entries = mem_new(wider.room, sizeof *wider.entries);
	for (size_t i = 0; i < l->room; i++)
		if (l->entries[i].path)
			*place_of(&wider, l->entries[i].inode) = l->entries[i];
	free(l->entries);
	*l = wider;
}

void links_add(struct links *l, ino_t inode, const char *path)
{
	if ((l->count + 1) * 2 > l->room)
		make_room(l);
	*place_of(l, inode) = (struct links_entry){ inode, arena_str(&l->paths, path) };
	l->count++;
}

void links_end(struct links *l)
{
	arena_end(&l->paths);
	free(l->entries);
	*l = (struct links){ 0 };
}
