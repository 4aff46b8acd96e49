/* starts - where in some bytes a word may begin, told by its first two letters: at most 64 words. */
#ifndef BUNDLER_STARTS_H
#define BUNDLER_STARTS_H

#include <stddef.h>
#include <stdint.h>

/* The words that a byte may begin, and those whose second letter it may be: a bit for each. The same once
 * more by the halves of a byte, eight sets of words, for vector instructions: coarser, never finer. */
struct starts {
	uint64_t first[256], second[256];
	uint8_t low[2][16], high[2][16];
};

/* Word number `number` begins with these two letters. */
void starts_add(struct starts *s, size_t number, const char *word);

/* The words that may begin at `p`; there are two bytes. */
static inline uint64_t starts_at(const struct starts *s, const unsigned char *p)
{
	return s->first[p[0]] & s->second[p[1]];
}

/* The first place from `p` on where a word may begin, or one near it, or near the end: none is passed over.
 */
const unsigned char *starts_next(const struct starts *s, const unsigned char *p, const unsigned char *end);

/* The same without vector instructions. */
const unsigned char *starts_next_plain(
	const struct starts *s, const unsigned char *p, const unsigned char *end);

#endif
