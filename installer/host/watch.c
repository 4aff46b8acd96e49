/* watch.c - see watch.h. */
#include "installer/host/watch.h"

#include "installer/host/plain.h"
#include "manifest/base/scope.h"

bool watch_open(const struct gate *gate, const struct redact *redact, struct gate_log *log, struct watch *out,
	struct err *e)
{
	*out = (struct watch){ .redact = redact, .log = log };
	return (pattern_open(gate->match, &out->match, e) &&
		       (!gate->against[0] || pattern_open(gate->against, &out->against, e))) ||
	       err_in(e, "gate %s", gate->name);
}

void watch_end(struct watch *w)
{
	pattern_end(&w->match);
	pattern_end(&w->against);
}

/* Redacted first: a cut may leave a secret that no rule knows any more. */
static void keep(const struct watch *w, const struct journal_line *line, struct text *to)
{
	SCOPED(text_end) struct text hidden = { 0 };
	redact_add(w->redact, line->text, &hidden);
	text_clear(to);
	plain_cut(text_str(&hidden), GATE_SEEN_BYTES, to);
}

/* Whether the pattern counts this line. */
static bool counts(const struct pattern *p, const struct journal_line *line, uint64_t *entry)
{
	bool again = line->whole && *entry == line->entry;
	if (again || !pattern_in(p, line->text))
		return false;
	*entry = line->entry;
	return true;
}

static void look(struct watch *w, const struct journal_line *line)
{
	struct gate_log *log = w->log;
	if (counts(&w->match, line, &w->match_entry)) {
		if (!log->standing)
			log->since = line->passed;
		log->standing = true;
		keep(w, line, log->matches++ ? &log->last : &log->first);
	}
	if (counts(&w->against, line, &w->against_entry)) {
		log->standing = false;
		log->againsts++;
		keep(w, line, &log->contrary);
	}
}

bool watch_lines(void *ctx, const struct journal_line *line, struct err *e)
{
	const struct watches *all = ctx;
	(void)e;
	for (size_t i = 0; i < all->count; i++)
		look(&all->items[i], line);
	return true;
}

void watch_read(struct watch *w, const struct journal *j, uint64_t upto)
{
	w->log->read = true;
	w->log->upto = upto;
	w->log->entries = j->entries;
	w->log->suppressed = j->suppressed;
	w->log->unread = j->unread;
}
