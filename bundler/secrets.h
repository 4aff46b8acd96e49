/* secrets - private matter that must not travel in a bundle, told by its content and its name.
 *
 * A file that holds the value of a secret is told; one that only speaks of secrets (documentation, a
 * placeholder, `${TOKEN}`, code that reads keys) is not. What is public in npm packages (below
 * `node_modules`: a test, spec, fixture or example directory of a package, *.md, and a Google API key
 * in code) is passed over.
 *
 * Not told: secrets without a shape of their own (passwords and tokens in code; a JWK; DER, PKCS#12, Java
 * and PuTTY keys), whatever is compressed, encrypted or UTF-16, and a secret that two pieces of a cut file
 * share.
 */
#ifndef BUNDLER_SECRETS_H
#define BUNDLER_SECRETS_H

#include <stddef.h>

/* What the content of a captured file gives away ("a private key (PEM)"); NULL for nothing. `path` is
 * relative to the component's top. Of a cut file, each piece is looked at alone. Borrowed, constant. Pure:
 * may be called from several threads. */
const char *secret_in(const char *path, const char *bytes, size_t len);

#endif
