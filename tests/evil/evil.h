/* evil - bundles that a trusted key has signed and that nobody must install.
 *
 * A sound bundle is made in steps, by the project's own writers. A case is one change at one step; every
 * later step then agrees with it, so that digests, counts and signatures are right and only the rule itself
 * refuses.
 */
#ifndef TESTS_EVIL_EVIL_H
#define TESTS_EVIL_EVIL_H

#include <stdint.h>

#include "keys/secret.h"
#include "manifest/manifest.h"
#include "manifest/ustar.h"

enum { ITEMS = 64, PARTS = 32, SIGNATURES = 24 };

/* One entry of the bundle: its index row and its tar entry. */
struct item {
	const char *id, *path, *target;
	const char *content; /* of a file */
	uint64_t size;
	struct digest digest;
	unsigned mode;
	char kind;
	uint32_t block, offset, blocks;
	bool no_row, no_entry; /* it stands only in the other one */
};

struct part {
	char name[64]; /* of the member */
	struct text raw, packed;
};

struct signed_by {
	char keyid[KEY_ID_HEX];
	struct text text;
};

struct member {
	char name[101];
	struct text bytes;
};

/* What has just been made when a case changes it. */
enum step {
	NEVER,
	ITEM,      /* entries: the row and the tar entry change alike */
	TAR,       /* the raw blocks */
	ROW,       /* entries again, seen by the index alone */
	INDEX,     /* the index as text */
	FRAME,     /* the compressed members */
	MANIFEST,  /* the manifest as a struct */
	JSON,      /* the manifest as text */
	SIGNATURE, /* who signed it */
	MEMBER,    /* the members of the container */
	BYTES,     /* the file */
	STEPS
};

struct evil {
	enum step then_at; /* a second change, which the case's own asks for */
	void (*then)(struct evil *v);
	struct arena arena;
	struct secret_key key;
	struct item items[ITEMS];
	size_t items_count, cut; /* cut: the size of a block */
	struct part blocks[PARTS], index[PARTS];
	size_t blocks_count, index_count;
	struct component components[4];
	struct blob block_blobs[PARTS], index_blobs[PARTS];
	struct evidence evidence;
	struct manifest m;
	struct text json;
	struct signed_by signatures[SIGNATURES];
	size_t signatures_count;
	struct member members[ITEMS];
	size_t members_count;
	struct text file;
};

struct evil_case {
	const char *name;
	int status; /* exit status of apply */
	const char *words;
	enum step at;
	void (*change)(struct evil *v); /* NULL: `from` is replaced by `to` in the text of the step */
	const char *from, *to;
};

struct evil_table {
	const struct evil_case *cases;
	size_t count;
};

extern const struct evil_table entry_cases, tar_cases, index_cases, frame_cases, manifest_cases,
	signature_cases, container_cases;

/* The whole bundle is in v->file, with the case's change made at its step. */
void evil_build(struct evil *v, const struct evil_case *c);
void evil_end(struct evil *v);

/* Ends the process: a case that no longer does what it says. */
_Noreturn void evil_stop(const char *why);

/* ---- what changes are made of ---- */

struct item *item_at(struct evil *v, const char *id, const char *path);
/* A new entry in front of the one given; the index is written in the order of the items. */
struct item *item_add(struct evil *v, const char *before, const struct item *item);

/* The tar header of the core's entry, in the raw block; after a change the checksum is made again. */
char *header_at(struct evil *v, const char *path);
void header_seal(char *header);

/* `from`, which must be there once or more, becomes `to` at its first place. */
void text_swap(struct text *t, const char *from, const char *to);
void text_set(struct text *t, const void *bytes, size_t len);
/* Bytes that no case has a use for but to fill. */
void text_fill(struct text *t, char c, size_t len);

/* Signs v->json with this key, as member `keyid` (NULL: the key's own id). */
struct signed_by *sign_as(struct evil *v, const struct secret_key *key, const char *keyid, const char *text);

/* Where the member's header starts in v->file. */
size_t member_at(const struct evil *v, const char *name);
/* The bytes of a member as it stands in the container. */
void member_bytes(const char *name, const struct text *content, struct text *out);

/* A frame of stored blocks, every field of its header as given: `descriptor`, then `fields`, then the
 * content. */
void frame_stored(
	unsigned char descriptor, const void *fields, size_t len, const struct text *raw, struct text *out);

#endif
