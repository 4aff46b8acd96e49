/* gate_lines - what the gates saw, for people: a line each, no wider than their terminal; below what is red
 * stands why.
 */
#ifndef INSTALLER_SERVICE_GATE_LINES_H
#define INSTALLER_SERVICE_GATE_LINES_H

#include "manifest/manifest.h"

/* Every gate, a line each. */
void gate_lines_gates(const struct evidence *e, size_t width, struct text *out);

/* The required gates that are red: " load, plugin:hello", or, with `whole`, a line each with what they saw.
 */
void gate_lines_red(const struct evidence *e, bool whole, struct text *out);

/* Appends one such gate to that list. */
void gate_lines_add(const struct gate_result *r, bool whole, struct text *out);

/* True if the gate holds, by what was seen or by what follows from it. */
bool gate_lines_good(const struct gate_result *r);

/* The words of `s` in lines of at most `width` bytes, each behind `indent` blanks. */
void gate_lines_wrap(const char *s, size_t indent, size_t width, struct text *out);

#endif
