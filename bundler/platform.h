/* platform - what the native code of the captured trees needs, found from its bytes. */
#ifndef BUNDLER_PLATFORM_H
#define BUNDLER_PLATFORM_H

#include "bundler/scan.h"
#include "manifest/manifest.h"

/* True if these are the first bytes of a file that may be native code: ELF, Mach-O, PE. */
bool platform_code(const char *bytes, size_t len);

/* Every component that has native code gets its platform. What counts is what the service's interpreter could
 * load: `service` is a file (NULL: this program, which runs on the same canary). */
MUST_CHECK bool platform_fill(const struct sources *sources, const struct scan *scan, const char *service,
	struct manifest *m, struct arena *arena, struct err *e);

#endif
