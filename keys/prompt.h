/* prompt - a passphrase from a person, or from a pipe in his place.
 *
 * What is typed is not shown, and however the question ends (answer, error, Ctrl-C)
 * the terminal echoes again. Call it before threads are started: a signal that
 * another thread takes would end the process without that.
 */
#ifndef KEYS_PROMPT_H
#define KEYS_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "manifest/base/err.h"

/* `to` holds the passphrase for `what`, NUL-terminated. From a terminal on standard input: asked for on
 * standard error, with `twice` a second time. Otherwise: one line of standard input, which is read no
 * further. ERR_USAGE if there is none, if it does not fit or if the two differ; ERR_SYSTEM if reading fails
 * or is interrupted; `to` is then wiped. */
MUST_CHECK bool prompt_passphrase(const char *what, bool twice, char *to, size_t room, struct err *e);

#endif
