/* cargo - the files that go on a stick: stretches of bundles, installers, a card that tells of both. */
#ifndef BUNDLER_CARGO_H
#define BUNDLER_CARGO_H

#include "bundler/card.h"
#include "bundler/stick.h"

struct cargo {
	struct stick_file *files;
	size_t count;
	struct medium **media; /* what is read but for bundles: installers, and the card */
	size_t medium_count;
	struct card card;
};

void cargo_end(struct cargo *c);

/* `size` bytes of `from`, which is borrowed, from `at` on. ERR_USAGE if another file has that name already,
 * or if it is too long. */
MUST_CHECK bool cargo_file(struct cargo *c, const char *name, const struct medium *from, uint64_t at,
	uint64_t size, struct err *e);

/* An installer; those that lie beside this program; all of what the card says so far. */
MUST_CHECK bool cargo_installer(struct cargo *c, const char *path, struct err *e);
MUST_CHECK bool cargo_beside(struct cargo *c, struct err *e);
MUST_CHECK bool cargo_card(struct cargo *c, struct err *e);

/* A program NAME.run: the installer at `path` (NULL: the one beside this program), then the bundle.
 * ERR_FORMAT if nothing can stand behind that installer. */
MUST_CHECK bool cargo_single(struct cargo *c, const char *path, const struct medium *bundle, struct err *e);

#endif
