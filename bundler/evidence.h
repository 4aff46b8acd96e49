/* evidence - what the gates saw on the canary (installer/host/proof.h), taken into the manifest. */
#ifndef BUNDLER_EVIDENCE_H
#define BUNDLER_EVIDENCE_H

#include "manifest/manifest.h"

struct evidence_wish {
	const char *file, *reason; /* one of them; the other is NULL */
	const char *name;          /* the application */
};

/* m->evidence is filled; *with are the components that were there when it was made (struct companion).
 * ERR_REFUSED: it is of another application, or red. */
MUST_CHECK bool evidence_take(const struct evidence_wish *wish, struct manifest *m, struct json_list *with,
	struct arena *arena, struct err *e);

/* Once the captured trees are known: m->with are the components that are not captured. A captured one of
 * another version than the proven one is ERR_REFUSED; one whose tree differs otherwise (what is local or left
 * out, or a change) is told on standard error unless `silent`. */
MUST_CHECK bool evidence_match(
	const struct json_list *with, struct manifest *m, bool silent, struct arena *arena, struct err *e);

#endif
