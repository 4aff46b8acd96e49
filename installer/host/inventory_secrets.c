/* inventory_secrets.c - an inventory travels: what it says of environments and command lines has no secrets.
 */
#include <string.h>

#include "installer/host/inventory.h"
#include "installer/host/redact.h"
#include "manifest/base/scope.h"

struct hiding {
	struct arena *arena;
	struct redact redact;
};

static void end_hiding(struct hiding *x)
{
	redact_end(&x->redact);
}

static char *hidden(const struct hiding *x, const char *text)
{
	SCOPED(text_end) struct text out = { 0 };
	redact_add(&x->redact, text, &out);
	return arena_str(x->arena, text_str(&out));
}

/* One word: a secret that is the value of something goes to its end, blanks and all. */
static char *hidden_word(const struct hiding *x, const char *word)
{
	char *out = hidden(x, word), *at = strstr(out, "=" REDACTED);
	if (at)
		at[1 + strlen(REDACTED)] = '\0';
	return out;
}

static void hide_texts(const struct hiding *x, struct json_list *list)
{
	char **items = list->items;
	for (size_t i = 0; i < list->count; i++)
		items[i] = hidden(x, items[i]);
}

/* Words of one command line: a name may stand in front of its value. */
static void hide_words(const struct hiding *x, struct json_list *list)
{
	char **words = list->items;
	const char *before = "";
	for (size_t i = 0; i < list->count; i++) {
		size_t len = strlen(before);
		char *both = hidden(x, arena_printf(x->arena, "%s %s", before, words[i]));
		bool apart = strncmp(both, before, len) == 0 && both[len] == ' ';
		before = words[i];
		words[i] = hidden_word(x, apart ? both + len + 1 : words[i]);
	}
}

static void hide_process(const struct hiding *x, struct process *p)
{
	if (p)
		p->command = hidden(x, p->command);
}

static void hide_service(const struct hiding *x, struct service *s)
{
	struct link *l = s->chain.items;
	for (size_t i = 0; i < s->chain.count; i++)
		l[i].to = hidden(x, l[i].to);
	hide_texts(x, &s->notes);
	char **environment = s->unit->environment.items;
	for (size_t i = 0; i < s->unit->environment.count; i++)
		environment[i] = hidden_word(x, environment[i]);
	hide_words(x, &s->unit->exec);
	hide_process(x, s->process);
}

bool inventory_redact(struct host *h, struct inventory *inv, struct err *e)
{
	SCOPED(end_hiding) struct hiding x = { .arena = &h->arena };
	struct service *s = inv->services.items;
	struct holder *holders = inv->port ? inv->port->holders.items : NULL;
	struct process *orphans = inv->orphans.items;
	struct probe *probes = inv->probes.items;
	if (!redact_open(&h->profile.redactions, &x.redact, e))
		return false;
	for (size_t i = 0; i < inv->services.count; i++)
		hide_service(&x, &s[i]);
	for (size_t i = 0; inv->port && i < inv->port->holders.count; i++)
		hide_process(&x, holders[i].process);
	for (size_t i = 0; i < inv->orphans.count; i++)
		hide_process(&x, &orphans[i]);
	for (size_t i = 0; i < inv->probes.count; i++)
		probes[i].out = hidden(&x, probes[i].out);
	return true;
}
