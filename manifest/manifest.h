/* manifest - what a bundle says of itself: waybill.json, the signed part (docs/format.md has every field).
 *
 * The structs mirror the document; texts are never NULL after reading, optional objects may be.
 */
#ifndef MANIFEST_MANIFEST_H
#define MANIFEST_MANIFEST_H

#include <stdint.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"
#include "manifest/digest.h"
#include "manifest/json.h"
#include "manifest/trusted.h"

#define MANIFEST_VERSION  1
#define MANIFEST_TYPE     "bundle"
#define MANIFEST_MAX      ((size_t)4 * 1024 * 1024)
#define COMPONENTS_MAX    1024
#define INDEX_FRAME_MAX   ((uint64_t)4 * 1024 * 1024) /* raw */
#define INDEX_FRAMES_MAX  10000
#define BLOCKS_MAX        32768
#define BLOCK_RAW_MAX     ((uint64_t)512 * 1024 * 1024)
#define MANIFEST_UNPROVEN "unvalidated"

/* What the bits of a component need of the machine; empty where nothing is needed. */
struct platform {
	char *arch, *engine, *libc, *libc_version, *os;
	uint64_t napi, node_abi;
};

struct component {
	char *id, *kind; /* kind: core, plugin, runtime */
	char *package, *version, *origin, *host;
	char *owner; /* whose the installed files are: "inherit" */
	uint64_t files, dirs, links, bytes;
	struct digest tree;     /* of the listing of its rows */
	struct json_list local; /* globs of files that belong to the node */
	struct platform *platform;
};

struct companion {
	char *id, *version;
	struct digest tree;
};

/* One member of the container: `size` bytes with this digest, `raw` bytes once decoded. */
struct blob {
	struct digest digest;
	uint64_t raw, size;
	struct json_list prefix; /* delta: files of the base, by digest, that the decoder loads first */
};

struct gate_result {
	char *kind, *name, *verdict;
	bool required;
	struct json_list seen;
};

struct evidence {
	char *verdict, *reason; /* "unvalidated" and why, or "passed" */
	uint64_t made, soak;
	struct json_list gates;
};

struct base_component {
	char *id;
	struct digest tree;
};

struct base {
	char *release;
	struct digest manifest;
	struct json_list components;
};

struct manifest {
	uint64_t waybill, created, memory, sequence;
	char *type, *name, *release;
	struct json_list needs, notes;  /* of char * */
	struct json_list components;    /* of struct component, sorted by id */
	struct json_list with;          /* of struct companion */
	struct json_list index, blocks; /* of struct blob */
	struct profile *profile;
	struct evidence *evidence;
	struct base *base;
};

extern const struct json_shape manifest_shape, evidence_shape, companion_shape;

/* Parses what a trusted key has signed; *out lives in `arena`. First what a reader must be able to do (an
 * unknown version or need is ERR_REFUSED and named), then strictly: ERR_FORMAT names the field. Every limit
 * above holds. */
MUST_CHECK bool manifest_read(struct trusted text, struct manifest *out, struct arena *arena, struct err *e);

/* Appends the canonical text. */
void manifest_write(const struct manifest *m, struct text *out);

/* The component with this id, or NULL. */
struct component *manifest_component(const struct manifest *m, const char *id);

/* The largest blob of a list: as stored, and decoded. 0 for none. */
uint64_t manifest_largest(const struct json_list *blobs);
uint64_t manifest_largest_raw(const struct json_list *blobs);

/* Bytes of all files, as they will be installed. */
uint64_t manifest_bytes(const struct manifest *m);

#endif
