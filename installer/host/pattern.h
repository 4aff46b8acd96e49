/* pattern - POSIX extended regular expressions, as profiles have them, the same under every C library. */
#ifndef INSTALLER_HOST_PATTERN_H
#define INSTALLER_HOST_PATTERN_H

#include <regex.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

#define PATTERN_MAX 1024 /* bytes */
#define PATTERN_REPEAT_MAX                                                                                   \
	1000 /* the product of all its bounds {n,m}, and 2 for each `+` of what is repeated or a group */

/* Zero: matches nothing. */
struct pattern {
	regex_t compiled;
	bool open;
};

/* Compiled. ERR_FORMAT: not a pattern; or one of a dialect: a backslash before a letter or digit (\d, \b,
 * \1), which libraries read differently; or one whose bounds cost too much. */
MUST_CHECK bool pattern_open(const char *ere, struct pattern *out, struct err *e);

/* For SCOPED(pattern_end). */
void pattern_end(struct pattern *p);

/* True if it matches somewhere in the text. */
bool pattern_in(const struct pattern *p, const char *text);

/* The first match, and what its first group matched (both -1 where there is none). */
bool pattern_find(
	const struct pattern *p, const char *text, bool begins, regmatch_t *whole, regmatch_t *group);

/* Appends a pattern that matches `s` and nothing else. */
void pattern_quote(const char *s, struct text *out);

#endif
