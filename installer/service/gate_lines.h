/* gate_lines - what the gates saw, for people: a line each, no wider than their terminal; below what is red
 * stands why.
 */
#ifndef INSTALLER_SERVICE_GATE_LINES_H
#define INSTALLER_SERVICE_GATE_LINES_H

#include "manifest/manifest.h"

/* Every gate, a line each. */
void telling_gates(const struct evidence *e, size_t width, struct text *out);

/* The required gates that are red: " load, plugin:hello", or, with `whole`, a line each with what they saw.
 */
void telling_red(const struct evidence *e, bool whole, struct text *out);

/* Appends one such gate to that list. */
void telling_add(const struct gate_result *r, bool whole, struct text *out);

/* True if the gate holds, by what was seen or by what follows from it. */
bool telling_good(const struct gate_result *r);

/* The words of `s` in lines of at most `width` bytes, each behind `indent` blanks. */
void telling_wrap(const char *s, size_t indent, size_t width, struct text *out);

#endif
