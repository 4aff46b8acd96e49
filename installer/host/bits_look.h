/* bits_look - a file while bits reads it; for bits.c, bits_elf.c and bits_addon.c alone. */
#ifndef INSTALLER_HOST_BITS_LOOK_H
#define INSTALLER_HOST_BITS_LOOK_H

#include "installer/host/bits.h"
#include "manifest/base/scope.h"

/* More than any file has that somebody could load. */
#define SEGMENTS_MAX 1024
#define DYNAMIC_MAX  4096
#define VERSIONS_MAX 4096
#define SYMBOLS_MAX  1000000
#define NAME_ROOM    512
#define NOTES_ROOM   8192
#define TABLE_MAX    ((uint64_t)8 * 1024 * 1024)

struct segment {
	uint64_t type, offset, address, size, align;
};

struct look {
	int fd;
	uint64_t size;
	struct arena *arena;
	struct bits *out;
	struct err *e; /* what the machine refused; what is wrong with the file is out->damage */
	struct segment segments[SEGMENTS_MAX];
	size_t count;
	uint64_t names, names_size;     /* the table of names, in the file */
	char *table;                    /* the same read, unless it is longer than any real one */
	uint64_t symbols, symbols_size; /* the dynamic symbols, in the file; size 0: none */
	bool glibc;                     /* a version of glibc is wanted */
};

/* The first damage is kept. Returns false. */
bool look_damaged(struct look *f, const char *what);

/* True if `len` bytes from `at` are in `size`. */
bool look_within(uint64_t at, uint64_t len, uint64_t size);

/* All of `len` bytes from `at` are in `to`; where the file is shorter, that is its damage. */
bool look_read(struct look *f, uint64_t at, void *to, size_t len, const char *damage);

/* The number in `bytes` bytes, in the file's byte order. */
uint64_t look_number(const struct look *f, const unsigned char *at, size_t bytes);

/* Where a field is and how long, in files of 32 and of 64 bits. */
struct field {
	unsigned char at32, len32, at64, len64;
};
uint64_t look_field(const struct look *f, const unsigned char *from, struct field what);

struct word {
	uint64_t number;
	const char *text;
};

/* The number's word, else "UNKNOWN NUMBER"; "" where `unknown` is NULL. */
char *look_word(struct look *f, const struct word *words, size_t count, uint64_t number, const char *unknown);
#define LOOK_WORD(f, words, number, unknown) look_word(f, words, COUNT_OF(words), number, unknown)

/* What begins as an ELF is read into *f->out. False: damaged, or the machine refused. */
bool look_elf(struct look *f);

/* Where in the file an address is, and how much of its segment follows; false if it is in no segment. */
bool look_place(const struct look *f, uint64_t address, uint64_t *at, uint64_t *room);

/* At most `room` - 1 bytes of the name at `offset` of the table of names. *whole tells if that is all of it.
 */
bool look_name(struct look *f, uint64_t offset, char *to, size_t room, bool *whole);

/* How a library of an ELF system registers itself with Node, from its dynamic symbols. */
bool look_addon(struct look *f);

#endif
