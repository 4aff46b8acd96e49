/* pattern.c - see pattern.h. */
#include "installer/host/pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The larger number of the {n,m} at `at`, a bound below 256; 0 for one that is not well formed. */
static unsigned long bound(const char *at)
{
	unsigned long most = 1;
	for (at++; *at && *at != '}'; at++) {
		char *end;
		if (*at == ',')
			continue;
		unsigned long n = isdigit((unsigned char)*at) ? strtoul(at, &end, 10) : 256;
		if (n > 255)
			return 0;
		most = n > most ? n : most;
		at = end - 1;
	}
	return *at ? most : 0;
}

/* How often what stands before is copied: libraries write `x+` out as `xx*`, so each one around another
 * doubles. */
static unsigned long copies(const char *ere, const char *at)
{
	if (*at == '{')
		return bound(at);
	return *at == '+' && at > ere && strchr(")}*+?", at[-1]) ? 2 : 1;
}

static bool check(const char *ere, struct err *e)
{
	unsigned long cost = 1;
	for (const char *at = ere; *at; at++) {
		cost *= copies(ere, at);
		if (cost == 0 || cost > PATTERN_REPEAT_MAX)
			return err_set(e, ERR_FORMAT, "a bound {n,m} that is not one, or repeats too often");
		if (*at != '\\')
			continue;
		if (isalnum((unsigned char)at[1]))
			return err_set(e, ERR_FORMAT,
				"\\%c is not in POSIX extended regular expressions: write [0-9], [[:space:]] ...",
				at[1]);
		at += at[1] != '\0';
	}
	return true;
}

bool pattern_open(const char *ere, struct pattern *out, struct err *e)
{
	char why[128];
	*out = (struct pattern){ 0 };
	if (!*ere || strlen(ere) > PATTERN_MAX)
		return err_set(e, ERR_FORMAT, "a pattern has 1 to %d bytes", PATTERN_MAX);
	if (!check(ere, e))
		return err_in(e, "\"%.80s\"", ere);
	int status = regcomp(&out->compiled, ere, REG_EXTENDED);
	out->open = status == 0;
	if (out->open)
		return true;
	regerror(status, &out->compiled, why, sizeof why);
	return err_set(e, ERR_FORMAT, "\"%.80s\": %s", ere, why);
}

void pattern_end(struct pattern *p)
{
	if (p->open)
		regfree(&p->compiled);
	p->open = false;
}

bool pattern_in(const struct pattern *p, const char *text)
{
	return p->open && regexec(&p->compiled, text, 0, NULL, 0) == 0;
}

bool pattern_find(
	const struct pattern *p, const char *text, bool begins, regmatch_t *whole, regmatch_t *group)
{
	regmatch_t found[2];
	if (!p->open || regexec(&p->compiled, text, 2, found, begins ? 0 : REG_NOTBOL) != 0)
		return false;
	*whole = found[0];
	*group = found[1];
	return true;
}

void pattern_quote(const char *s, struct text *out)
{
	for (; *s; s++) {
		if (strchr(".[]\\()*+?{}|^$", *s))
			text_byte(out, '\\');
		text_byte(out, *s);
	}
}
