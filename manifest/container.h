/* container - the bundle file: a plain POSIX tar with members in one fixed order.
 *
 *     waybill.json                     the manifest
 *     signatures/<KEYID>.minisig       none to 16, sorted by key id
 *     index/0000.zst ...               the file index
 *     blocks/00000.tar.zst ...         the content
 *     two zero blocks, and nothing after them
 *
 * The reader is strict and needs no tar parser: the headers must be byte for byte what the writer would
 * have written. Where the signatures end is found by their headers; from there on every name, offset and
 * size is computed from the (by then verified) manifest, so one bad header hides nothing behind it.
 */
#ifndef MANIFEST_CONTAINER_H
#define MANIFEST_CONTAINER_H

#include <stdint.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"
#include "manifest/manifest.h"
#include "manifest/medium.h"

#define MANIFEST_NAME           "waybill.json"
#define CONTAINER_SIGNATURES    16
#define CONTAINER_SIGNATURE_MAX ((size_t)4096)
#define CONTAINER_KEYID_HEX     17

struct container_signature {
	char keyid[CONTAINER_KEYID_HEX]; /* from the member's name */
	struct text text;
};

struct container {
	const struct medium *medium; /* its bytes; borrowed */
	const char *name;            /* for messages; borrowed */
	struct text manifest;
	struct container_signature signatures[CONTAINER_SIGNATURES];
	size_t signed_by; /* number of signatures */
	uint64_t body;    /* where the first index member's header starts */
};

void container_end(struct container *c);

/* Reads manifest and signatures, without believing either. */
MUST_CHECK bool container_open(const struct medium *m, struct container *out, struct err *e);

enum container_part { CONTAINER_INDEX, CONTAINER_BLOCK };

/* Appends the header of a member. */
void container_header(const char *member, uint64_t size, struct text *out);

/* What a member of this size takes with its header and padding. */
uint64_t container_padded(uint64_t size);

/* Offset of the header of member `number`; with number == count, of what follows the part. */
uint64_t container_offset(
	const struct container *c, const struct manifest *m, enum container_part part, size_t number);

/* The blob as the manifest describes it. */
const struct blob *container_blob(const struct manifest *m, enum container_part part, size_t number);

/* The member's bytes are in `to` (blob->size of them) and have the digest that the manifest says. ERR_FORMAT
 * names the member and its byte range. */
MUST_CHECK bool container_read(const struct container *c, const struct manifest *m, enum container_part part,
	size_t number, void *to, struct err *e);

/* A range of the bundle that is not what it should be; where it lies in volumes, of one of them. */
struct container_damage {
	uint64_t from, to;  /* bytes from..to-1 of the bundle */
	const char *volume; /* its file's name, borrowed from the medium; NULL: one file */
	uint64_t skip;      /* where in the volume it begins */
	uint64_t extra;     /* bytes of the volume behind `to` that belong nowhere */
	char member[32], why[MEDIUM_WHY];
};
struct container_report {
	struct container_damage *bad;
	size_t count, room;
	uint64_t checked; /* bytes read */
};
void container_report_end(struct container_report *r);

/* Reads every member of the file and reports every bad range, not just the first, in the order of the file.
 * True when all could be looked at (bad ranges or not); an unreadable sector is a bad range. `seen`, if not
 * NULL, is told how far it is. */
MUST_CHECK bool container_check(const struct container *c, const struct manifest *m,
	struct container_report *out, void (*seen)(void *ctx, uint64_t done, uint64_t total), void *ctx,
	struct err *e);

/* The end of the file is where the manifest says: neither truncated nor followed by anything. */
MUST_CHECK bool container_check_end(const struct container *c, const struct manifest *m, struct err *e);

/* "bytes 7 to 9", "x.waybill.002 bytes 0 to 511" */
void container_damage_range(const struct container_damage *d, struct text *out);

/* One line that names all ranges, for a message. */
void container_report_text(const struct container_report *r, struct text *out);

/* Writing: the bytes of a member's header and the zero bytes after it; the name is a pure function of the
 * part and number. container_put_*() append to the file at its current offset. */
MUST_CHECK bool container_put(int fd, const char *member, const void *bytes, size_t len, struct err *e);
MUST_CHECK bool container_put_end(int fd, struct err *e);
void container_member(enum container_part part, size_t number, char name[static 32]);

#endif
