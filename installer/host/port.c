/* port.c - where the service listens by its configuration, who really does, and whose processes are nobody's.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "installer/host/inventory.h"
#include "installer/host/json5.h"
#include "installer/host/units.h"
#include "manifest/base/scope.h"

#define CONFIG_MAX ((size_t)4 * 1024 * 1024)

static bool number(const char *text, uint64_t *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (*text == '\0' || *end != '\0' || n == 0 || n > 65535)
		return false;
	*out = n;
	return true;
}

/* "--port N", "--port=N" in the command line. */
static bool in_words(const struct json_list *words, const char *option, uint64_t *out)
{
	size_t len = strlen(option);
	char *const *w = words->items;
	for (size_t i = 0; len && i < words->count; i++) {
		if (strcmp(w[i], option) == 0 && i + 1 < words->count && number(w[i + 1], out))
			return true;
		if (strncmp(w[i], option, len) == 0 && w[i][len] == '=' && number(w[i] + len + 1, out))
			return true;
	}
	return false;
}

static bool in_environment(const struct json_list *environment, const char *name, uint64_t *out)
{
	size_t len = strlen(name);
	for (size_t i = environment->count; len && i-- > 0;) {
		const char *item = ((char *const *)environment->items)[i];
		if (strncmp(item, name, len) == 0 && item[len] == '=')
			return number(item + len + 1, out);
	}
	return false;
}

static char *config_says(struct host *h, const struct text *config, const char *pointer)
{
	SCOPED(text_end) struct text out = { 0 };
	struct json5_value value;
	struct err ignored = { 0 };
	if (*pointer && json5_find(text_str(config), config->len, pointer, &value, &ignored))
		json5_text(text_str(config), &value, &out);
	return arena_str(&h->arena, text_str(&out));
}

/* What counts most first: the command line, the environment, the configuration, the standard. */
static void find_number(struct host *h, const struct service *s, const struct text *config, struct port *p)
{
	const struct profile_listen *l = h->profile.listen;
	struct json_list environment = { NULL, 0 };
	if (s)
		service_environment(h, s, &environment);
	if (s && in_words(&s->words, l->option, &p->number))
		p->from = arena_printf(&h->arena, "%s of %s", l->option, s->unit->name);
	else if (in_environment(&environment, l->environment, &p->number))
		p->from = arena_printf(&h->arena, "%s of %s", l->environment, s->unit->name);
	else if (number(config_says(h, config, l->port), &p->number))
		p->from = arena_printf(&h->arena, "%s of %s", l->port, host_get(h, "config"));
	else
		p->from = arena_str(&h->arena, "standard");
	if (p->number == 0)
		p->number = l->standard;
}

/* The unit's own process: in its cgroup. A user's unit has its cgroup below the user's manager. */
static bool is_own(const struct inventory *inv, const struct process *p)
{
	const struct service *s = inv->services.items;
	for (size_t i = 0; i < inv->services.count; i++) {
		const char *group = s[i].unit->cgroup, *path = p->cgroup;
		size_t len = strlen(group), above = strlen(inv->top);
		if (strncmp(path, inv->top, above) == 0)
			path += above;
		if (len > 1 && strncmp(path, group, len) == 0 && (path[len] == '/' || path[len] == '\0'))
			return true;
	}
	return false;
}

static void add_orphan(struct host *h, struct inventory *inv, const struct process *p)
{
	const struct process *known = inv->orphans.items;
	for (size_t i = 0; i < inv->orphans.count; i++)
		if (known[i].pid == p->pid)
			return;
	*(struct process *)list_add(&inv->orphans, sizeof *p, &h->arena) = *p;
}

static void find_holders(struct host *h, struct inventory *inv, struct port *p)
{
	struct json_list all;
	process_listeners(&all, &h->arena);
	const struct listener *l = all.items;
	for (size_t i = 0; i < all.count; i++) {
		if (l[i].port != p->number)
			continue;
		struct process *process = arena_new(&h->arena, sizeof *process);
		bool seen = l[i].pid && process_read(l[i].pid, process, &h->arena);
		struct holder *holder = list_add(&p->holders, sizeof *holder, &h->arena);
		*holder =
			(struct holder){ l[i].address, seen && is_own(inv, process), seen ? process : NULL };
		if (!seen)
			host_unseen(h, "which process listens on %s port %llu", l[i].address,
				(unsigned long long)l[i].port);
		else if (!holder->own)
			add_orphan(h, inv, process);
	}
}

/* Processes that look like the application and belong to none of its units. */
static void find_strays(struct host *h, struct inventory *inv)
{
	struct json_list all = { NULL, 0 };
	if (h->profile.processes.count)
		process_all(&all, &h->arena);
	const struct process *p = all.items;
	for (size_t i = 0; i < h->profile.processes.count; i++) {
		regex_t pattern;
		if (regcomp(&pattern, ((char *const *)h->profile.processes.items)[i],
			    REG_EXTENDED | REG_NOSUB) != 0)
			continue;
		for (size_t k = 0; k < all.count; k++)
			if (p[k].pid != (uint64_t)getpid() && !is_own(inv, &p[k]) &&
				regexec(&pattern, p[k].command, 0, NULL, 0) == 0)
				add_orphan(h, inv, &p[k]);
		regfree(&pattern);
	}
}

/* Seen from outside a container, every path of it is longer at its front, its init's too. */
static char *find_top(struct host *h)
{
	struct process init;
	char *end = process_read(1, &init, &h->arena) ? strstr(init.cgroup, "/init.scope") : NULL;
	return end ? arena_copy(&h->arena, init.cgroup, (size_t)(end - init.cgroup))
		   : arena_str(&h->arena, "");
}

void inventory_port(struct host *h, struct inventory *inv)
{
	SCOPED(text_end) struct text config = { 0 };
	const char *file = host_get(h, "config");
	inv->top = find_top(h);
	if (h->alive)
		find_strays(h, inv);
	if (!h->profile.listen)
		return;
	if (file && !host_read(h, file, CONFIG_MAX, &config))
		text_clear(&config);
	struct port *p = arena_new(&h->arena, sizeof *p);
	*p = (struct port){ .address = config_says(h, &config, h->profile.listen->address) };
	if (*p->address == '\0')
		p->address = config_says(h, &config, h->profile.listen->bind);
	find_number(h, inventory_main(inv), &config, p);
	inv->port = p;
	if (h->alive)
		find_holders(h, inv, p);
}
