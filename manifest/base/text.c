/* text.c - see text.h. */
#include "manifest/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)64 * 1024)

static _Noreturn void out_of_memory(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

void *mem_grow(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count ? count : 1, size);
	if (!p)
		out_of_memory();
	return p;
}

void *mem_new(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);
	if (!p)
		out_of_memory();
	return p;
}

char *mem_copy(const char *s, size_t len)
{
	char *p = mem_grow(NULL, len + 1, 1);
	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

void text_end(struct text *t)
{
	free(t->at);
	*t = (struct text){ 0 };
}

void text_clear(struct text *t)
{
	t->len = 0;
	if (t->at)
		t->at[0] = '\0';
}

static void make_room(struct text *t, size_t more)
{
	size_t need = t->len + more + 1;
	if (need <= t->room)
		return;
	size_t room = t->room ? t->room * 2 : 128;
	while (room < need)
		room *= 2;
	t->at = mem_grow(t->at, room, 1);
	t->room = room;
}

void text_add(struct text *t, const void *bytes, size_t len)
{
	make_room(t, len);
	if (len)
		memcpy(t->at + t->len, bytes, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void text_puts(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_byte(struct text *t, char c)
{
	text_add(t, &c, 1);
}

void text_number(struct text *t, unsigned long long n)
{
	char digits[24];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	text_add(t, digits + at, sizeof digits - at);
}

static void vprint(struct text *t, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	if (n >= 0) {
		make_room(t, (size_t)n);
		vsnprintf(t->at + t->len, (size_t)n + 1, fmt, again);
		t->len += (size_t)n;
	}
	va_end(again);
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vprint(t, fmt, args);
	va_end(args);
}

const char *text_str(const struct text *t)
{
	return t->at ? t->at : "";
}

struct arena_chunk {
	struct arena_chunk *before;
	size_t used, room;
	_Alignas(16) char bytes[];
};

static void *take(struct arena *a, size_t size, size_t align)
{
	struct arena_chunk *c = a->last;
	if (c)
		c->used = (c->used + align - 1) & ~(align - 1);
	if (!c || c->used > c->room || c->room - c->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;
		struct arena_chunk *fresh = mem_new(1, sizeof *fresh + room);
		fresh->room = room;
		fresh->before = c;
		a->last = c = fresh;
	}
	void *p = c->bytes + c->used;
	c->used += size;
	return p;
}

void *arena_new(struct arena *a, size_t size)
{
	return take(a, size, 16);
}

char *arena_copy(struct arena *a, const char *s, size_t len)
{
	char *p = arena_new(a, len + 1);
	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

/* Names are many and short: they stand without gaps. */
char *arena_str(struct arena *a, const char *s)
{
	size_t len = strlen(s) + 1;
	return memcpy(take(a, len, 1), s, len);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list args;
	va_start(args, fmt);
	vprint(&t, fmt, args);
	va_end(args);
	char *p = arena_copy(a, text_str(&t), t.len);
	text_end(&t);
	return p;
}

void arena_end(struct arena *a)
{
	while (a->last) {
		struct arena_chunk *c = a->last;
		a->last = c->before;
		free(c);
	}
}
