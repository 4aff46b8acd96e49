/* live.c - what of a service runs at this moment; see service.h. */
#include <string.h>

#include "installer/host/service.h"
#include "installer/host/unit_file.h"
#include "manifest/base/scope.h"

static const char *leaf(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool newer(const struct host *h, const char *file, const struct process *than)
{
	struct stat st;
	return *file && host_stat(h, file, &st) && process_older(than, &st.st_ctim);
}

/* True if the unit says something else by now than when the process started. */
static bool unit_changed(const struct host *h, const struct unit *u, const struct process *since)
{
	bool changed = newer(h, u->fragment, since);
	for (size_t i = 0; i < u->dropins.count; i++)
		changed = changed || newer(h, ((char *const *)u->dropins.items)[i], since);
	return changed;
}

/* What the process itself tells: a path in its command line, else where it works. */
static char *own_root(struct host *h, const struct process *p, char **version)
{
	struct json_list words = { NULL, 0 };
	char *root = NULL;
	unit_words(p->command, &words, &h->arena);
	for (size_t i = 1; i < words.count && !root; i++) {
		const char *word = ((char *const *)words.items)[i];
		char *real = *word == '/' ? host_real(h, word) : NULL;
		root = real ? package_root(h, real, version) : NULL;
	}
	return root || *p->cwd != '/' ? root : package_root(h, p->cwd, version);
}

/* A process that is older than its unit's files runs what they said then. */
static void find_live(struct host *h, struct service *s, const struct process *p)
{
	char *version, *root;
	s->live = s->core;
	s->live_version = s->version;
	if (!unit_changed(h, s->unit, p))
		return;
	root = own_root(h, p, &version);
	s->live = root ? root : arena_str(&h->arena, "");
	s->live_version = root ? version : arena_str(&h->arena, "");
	if (!root)
		service_note(
			h, s, "the unit changed after the live process started, which hides what it runs");
	else if (strcmp(root, s->core) != 0)
		service_note(h, s,
			"the live process runs %s %s; the unit changed since: its next start runs %s %s",
			root, version, s->core, s->version);
}

void service_live(struct host *h, struct service *s)
{
	struct process *p = arena_new(&h->arena, sizeof *p);
	if (!h->alive || !s->unit->pid || !process_read(s->unit->pid, p, &h->arena))
		return;
	s->process = p;
	service_link(h, s, "process", arena_printf(&h->arena, "pid %llu", (unsigned long long)p->pid),
		*p->program ? p->program : p->command);
	if (*s->runtime && *p->program && strcmp(s->runtime, p->program) != 0 &&
		!shell_name(leaf(p->program)))
		service_note(h, s, "the live process %llu executes %s, the unit would start %s",
			(unsigned long long)p->pid, p->program, s->runtime);
	if (newer(h, s->core, p))
		service_note(h, s, "%s was put there after the live process %llu started", s->core,
			(unsigned long long)p->pid);
	find_live(h, s, p);
	if (s->unit->stale)
		service_note(
			h, s, "the unit's files changed since the manager read them (daemon-reload is due)");
}
