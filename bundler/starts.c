/* starts.c - see starts.h. */
#include "bundler/starts.h"

void starts_add(struct starts *s, size_t number, const char *word)
{
	for (int i = 0; i < 2; i++) {
		unsigned char c = (unsigned char)word[i];
		uint8_t set = (uint8_t)(1 << ((unsigned char)word[0] >> 3 & 7));
		(i ? s->second : s->first)[c] |= UINT64_C(1) << number;
		s->low[i][c & 15] |= set;
		s->high[i][c >> 4] |= set;
	}
}

const unsigned char *starts_next_plain(
	const struct starts *s, const unsigned char *p, const unsigned char *end)
{
	while (end - p > 4) {
		if (starts_at(s, p) | starts_at(s, p + 1) | starts_at(s, p + 2) | starts_at(s, p + 3))
			break;
		p += 4;
	}
	return p;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define WIDE __attribute__((target("avx2")))

static inline WIDE __m256i twice(const uint8_t *table)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* The sets whose letter number `i` each of the bytes may be. */
static inline WIDE __m256i sets(const struct starts *s, int i, const unsigned char *p)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i low = _mm256_and_si256(bytes, half);
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
	return _mm256_and_si256(
		_mm256_shuffle_epi8(twice(s->low[i]), low), _mm256_shuffle_epi8(twice(s->high[i]), high));
}

static WIDE const unsigned char *next_wide(
	const struct starts *s, const unsigned char *p, const unsigned char *end)
{
	for (; end - p > 32; p += 32) {
		__m256i both = _mm256_and_si256(sets(s, 0, p), sets(s, 1, p + 1));
		__m256i none = _mm256_cmpeq_epi8(both, _mm256_setzero_si256());
		unsigned some = ~(unsigned)_mm256_movemask_epi8(none);
		if (some)
			return p + __builtin_ctz(some);
	}
	return p;
}

const unsigned char *starts_next(const struct starts *s, const unsigned char *p, const unsigned char *end)
{
	if (!__builtin_cpu_supports("avx2"))
		return starts_next_plain(s, p, end);
	p = next_wide(s, p, end);
	return end - p > 32 ? p : starts_next_plain(s, p, end);
}
#else
const unsigned char *starts_next(const struct starts *s, const unsigned char *p, const unsigned char *end)
{
	return starts_next_plain(s, p, end);
}
#endif
