/* text - growable bytes, always followed by a NUL that is not counted.
 *
 * Memory that cannot be had ends the process (text_out_of_memory): every size that
 * comes from outside is bounded before it is asked for, so this is the machine's end, not input's.
 */
#ifndef MANIFEST_BASE_TEXT_H
#define MANIFEST_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
	char *at; /* NULL while empty and never grown; then NUL-terminated */
	size_t len, room;
};

/* Frees the bytes; the text is empty again. For SCOPED(text_end). */
void text_end(struct text *t);

/* Empties the text and keeps its room. */
void text_clear(struct text *t);

void text_add(struct text *t, const void *bytes, size_t len);
void text_puts(struct text *t, const char *s);
/* One byte; a decimal number. Called for every file of a tree: no format string to parse. */
void text_byte(struct text *t, char c);
void text_number(struct text *t, unsigned long long n);

void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The bytes as a C string; "" when nothing was added. */
const char *text_str(const struct text *t);

/* calloc() and strdup() that do not return NULL. */
void *mem_new(size_t count, size_t size);
void *mem_grow(void *old, size_t count, size_t size);
char *mem_copy(const char *s, size_t len);

/* A pool of small pieces that are freed together. */
struct arena {
	struct arena_chunk *last;
};
void *arena_new(struct arena *a, size_t size);
char *arena_copy(struct arena *a, const char *s, size_t len);
char *arena_str(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_end(struct arena *a);

#endif
