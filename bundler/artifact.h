/* artifact - a bundle as registries keep it: an OCI 1.1 image manifest (image-spec v1.1) whose artifactType
 * says that it is one.
 *
 * Layers stand in the order of the members: manifest, signatures, index, blocks. A block that two releases
 * share is one blob, which registries, mirrors and caches keep once.
 */
#ifndef BUNDLER_ARTIFACT_H
#define BUNDLER_ARTIFACT_H

#include <stdint.h>

#include "manifest/base/text.h"
#include "manifest/digest.h"
#include "manifest/manifest.h"

#define ARTIFACT_MAX   ((size_t)8 * 1024 * 1024) /* bytes of a document */
#define ARTIFACT_TYPE  "application/vnd.oci.image.manifest.v1+json"
#define ARTIFACT_EMPTY "{}"

enum layer_kind { LAYER_EMPTY, LAYER_MANIFEST, LAYER_SIGNATURE, LAYER_INDEX, LAYER_BLOCK };

struct layer {
	char *type, *title; /* title: empty where there is none */
	struct digest sha;
	uint64_t size;
};

struct artifact {
	struct layer *layers; /* the manifest's, then the signatures', then all others */
	size_t count, signatures;
	struct arena arena;
};

/* What a registry gave, well formed, of a bundle; nothing in it is believed. ERR_FORMAT names `what`.
 * Whatever it says, artifact_end() frees it. */
MUST_CHECK bool artifact_read(
	const char *what, const char *bytes, size_t len, struct artifact *out, struct err *e);
void artifact_end(struct artifact *a);

/* "sha256:HEX": true if `text` is one. */
bool artifact_digest(const char *text, struct digest *out);

/* Appends the descriptor of a layer. `title` NULL: none. */
void artifact_layer(
	enum layer_kind kind, const char *title, const struct digest *sha, uint64_t size, struct text *out);

/* Appends the document of a bundle: `layers` are its descriptors, a comma between them. Annotations are for
 * people; the signed manifest is what counts. */
void artifact_write(const struct manifest *m, const struct text *layers, struct text *out);

#endif
