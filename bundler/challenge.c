/* challenge.c - see challenge.h. */
#include "bundler/challenge.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "manifest/base/scope.h"

void challenge_end(struct challenge *c)
{
	text_end(&c->realm);
	text_end(&c->service);
	text_end(&c->scope);
}

static const struct {
	const char *name;
	size_t at;
} parameters[] = {
	{ "realm", offsetof(struct challenge, realm) },
	{ "service", offsetof(struct challenge, service) },
	{ "scope", offsetof(struct challenge, scope) },
};

/* The first of a name counts: what follows may be another challenge's. */
static void keep(struct challenge *c, const char *name, size_t name_len, const char *value, size_t len)
{
	for (size_t i = 0; i < COUNT_OF(parameters); i++) {
		struct text *to = (struct text *)((char *)c + parameters[i].at);
		if (strlen(parameters[i].name) == name_len &&
			strncasecmp(parameters[i].name, name, name_len) == 0 && !to->len)
			text_add(to, value, len);
	}
}

/* NAME=VALUE or NAME="VALUE", commas between them; anything else is passed over. */
static void read_parameters(const char *p, struct challenge *out)
{
	while (*p) {
		size_t name = strcspn(p, "=, \t\"");
		if (name == 0 || p[name] != '=') {
			p += name + (p[name] != '\0');
			continue;
		}
		const char *value = p + name + 1;
		bool quoted = *value == '"';
		value += quoted;
		size_t len = strcspn(value, quoted ? "\"" : ", \t\"");
		keep(out, p, name, value, len);
		p = value + len + (quoted && value[len] == '"');
	}
}

void challenge_read(const char *header, struct challenge *out)
{
	*out = (struct challenge){ .way = CHALLENGE_UNKNOWN };
	if (strncasecmp(header, "Basic", 5) == 0)
		out->way = CHALLENGE_PASSWORD;
	if (strncasecmp(header, "Bearer ", 7) != 0)
		return;
	out->way = CHALLENGE_TOKEN;
	read_parameters(header + 7, out);
}
