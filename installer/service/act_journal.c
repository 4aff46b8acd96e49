/* act_journal.c - see act_journal.h. journald itself sets the fields that begin with "_": nobody else's lines
 * come in. */
#include "installer/service/act_journal.h"

#include <pwd.h>
#include <string.h>
#include <time.h>

#include "installer/host/run.h"
#include "manifest/base/scope.h"

#define SECONDS  60 /* for the command */
#define PER_UNIT 7

struct words {
	const char **items;
	size_t count;
};

static void add(struct words *w, const char *word)
{
	w->items[w->count++] = word;
}

/* What only commands start and stop is none that journald knows. */
static bool is_unit(const struct act_unit *u)
{
	return strcmp(u->manager, "system") == 0 || strcmp(u->manager, "user") == 0;
}

/* What the unit's processes said, and what its manager said of it. */
static void add_unit(struct words *w, const struct act_unit *u, struct arena *arena)
{
	bool user = strcmp(u->manager, "user") == 0;
	const struct passwd *owner = user ? getpwnam(u->user) : NULL;
	const char *uid = user ? owner ? arena_printf(arena, "_UID=%u", owner->pw_uid) : NULL : "_UID=0";
	if (w->items[w->count - 1][0] != '-')
		add(w, "+");
	add(w, arena_printf(arena, "%s=%s", user ? "_SYSTEMD_USER_UNIT" : "_SYSTEMD_UNIT", u->name));
	if (user && uid)
		add(w, uid);
	add(w, "+");
	add(w, arena_printf(arena, "%s=%s", user ? "USER_UNIT" : "UNIT", u->name));
	if (uid)
		add(w, uid);
}

const char *const *said_words(const struct act *a, uint64_t now, struct arena *arena)
{
	const struct act_unit *u = a->units.items;
	unsigned long long since = a->started, until = (a->ended ? a->ended : now) + SAID_TAIL;
	const char *fixed[] = { "journalctl", "--no-pager", "--quiet", "--all", "--utc",
		"--output=short-iso-precise", arena_printf(arena, "--since=@%llu", since),
		arena_printf(arena, "--until=@%llu", until) };
	size_t most = COUNT_OF(fixed) + a->units.count * PER_UNIT + 1;
	struct words w = { arena_new(arena, most * sizeof *w.items), 0 };
	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		add(&w, fixed[i]);
	for (size_t i = 0; i < a->units.count; i++)
		if (is_unit(&u[i]))
			add_unit(&w, &u[i], arena);
	if (w.count == COUNT_OF(fixed))
		return NULL;
	add(&w, NULL);
	return w.items;
}

bool said_by_units(const struct act *a, struct text *out, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(ran_end) struct ran ran = { 0 };
	struct run run = {
		.argv = said_words(a, (uint64_t)time(NULL), &arena), .seconds = SECONDS, .limit = SAID_MAX
	};
	if (!run.argv)
		return err_set(e, ERR_SYSTEM, "none of the act's units is one of systemd's");
	if (!run_program(&run, &ran, e))
		return false;
	const char *why = ran.status == 127 ? "there is none" : text_str(&ran.err);
	if (ran.status != 0 && ran.out.len == 0)
		return err_set(e, ERR_SYSTEM, "journalctl: %.*s", (int)strcspn(why, "\n"), why);
	text_add(out, text_str(&ran.out), ran.out.len);
	if (ran.truncated || ran.late)
		text_printf(out, "\n[cut: %s]\n",
			ran.late ? "journalctl took too long" : "there is more than 4 MiB");
	return true;
}
