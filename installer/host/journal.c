/* journal.c - see journal.h. Each entry is parsed, visited and forgotten before the next one is read. */
#include "installer/host/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "installer/host/lines.h"
#include "installer/host/plain.h"
#include "manifest/base/scope.h"
#include "manifest/jsonview.h"

#define SECONDS 60
#define NOTICE  6 /* informational */
#define PART    ((size_t)64 * 1024)

static const char fields[] = "--output-fields=MESSAGE,MESSAGE_ID,PRIORITY,N_DROPPED,_PID,_TRANSPORT,"
			     "_SYSTEMD_INVOCATION_ID,OBJECT_SYSTEMD_INVOCATION_ID";

static const char dropped[] = "MESSAGE_ID=" JOURNAL_DROPPED;

void journal_end(struct journal *j)
{
	text_end(&j->cursor);
}

bool journal_gap(const struct journal *j)
{
	return j->suppressed > 0 || j->unread > 0;
}

const char *const *journal_argv(const struct journal *j, struct arena *arena)
{
	const char *words[] = { "journalctl", "--output=json", fields, "--all", "--no-pager", "--quiet",
		j->since ? arena_printf(arena, "--since=@%llu", (unsigned long long)j->since) : NULL,
		j->cursor.len ? arena_printf(arena, "--after-cursor=%s", text_str(&j->cursor)) : NULL,
		arena_printf(arena, "_SYSTEMD_INVOCATION_ID=%s", j->invocation), "+", dropped,
		"_TRANSPORT=driver" };
	const char **argv = arena_new(arena, (COUNT_OF(words) + 1) * sizeof *argv);
	size_t count = 0;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i] && !(j->cursor.len && strncmp(words[i], "--since", 7) == 0))
			argv[count++] = words[i];
	return argv;
}

/* ---- a message ---- */

/* What lines of one message have in common, and where they go. */
struct giving {
	struct journal *j;
	struct journal_line line;
	journal_visit visit;
	void *ctx;
};

static bool give_line(struct giving *g, struct text *plain, size_t from, size_t to, struct err *e)
{
	char kept = plain->at[to];
	plain->at[to] = '\0';
	g->line.text = plain->at + from;
	g->line.len = to - from;
	g->j->lines++;
	bool ok = g->visit(g->ctx, &g->line, e);
	plain->at[to] = kept;
	return ok;
}

/* Each line that is not empty; then all of them at once, if there are several. */
static bool give_lines(struct giving *g, struct text *plain, struct err *e)
{
	size_t given = 0;
	for (size_t from = 0, to; from < plain->len; from = to + 1) {
		const char *feed = memchr(plain->at + from, '\n', plain->len - from);
		to = feed ? (size_t)(feed - plain->at) : plain->len;
		if (to > from && !give_line(g, plain, from, to, e))
			return false;
		given += to > from;
	}
	g->line.whole = true;
	g->line.text = text_str(plain);
	g->line.len = plain->len;
	return given < 2 || g->visit(g->ctx, &g->line, e);
}

static bool give_message(struct giving *g, const char *bytes, size_t len, struct err *e)
{
	SCOPED(text_end) struct text plain = { 0 };
	size_t most = len < JOURNAL_MESSAGE_MAX ? len : JOURNAL_MESSAGE_MAX;
	g->j->unread += most < len;
	plain_add(bytes, most, &plain);
	g->line.entry = ++g->j->entries;
	g->line.whole = false;
	return give_lines(g, &plain, e);
}

/* The bytes of a list of numbers; false if it is another list. */
static bool bytes_of(const struct jsonview *list, struct text *out)
{
	for (const struct jsonview *item = jsonview_first(list); item; item = jsonview_next(item)) {
		double n;
		if (!jsonview_number(item, &n) || !(n >= 0 && n <= 255))
			return false;
		text_byte(out, (char)(unsigned char)n);
	}
	return true;
}

/* A text, a list of byte numbers, or null (too large). */
static bool give_value(struct giving *g, const struct jsonview *message, struct err *e)
{
	SCOPED(text_end) struct text bytes = { 0 };
	const char *text = jsonview_text(message);
	if (text)
		return give_message(g, text, strlen(text), e);
	if (jsonview_kind(message) == JSONVIEW_LIST && bytes_of(message, &bytes))
		return give_message(g, text_str(&bytes), bytes.len, e);
	g->j->entries++;
	g->j->unread++;
	return true;
}

/* Of an entry with several MESSAGE fields each is one. */
static bool give_field(struct giving *g, const struct jsonview *message, struct err *e)
{
	double number;
	const struct jsonview *first =
		jsonview_kind(message) == JSONVIEW_LIST ? jsonview_first(message) : NULL;
	if (jsonview_kind(message) == JSONVIEW_ABSENT)
		return true;
	if (!first || jsonview_number(first, &number))
		return give_value(g, message, e);
	for (; first; first = jsonview_next(first))
		if (!give_value(g, first, e))
			return false;
	return true;
}

/* ---- an entry ---- */

static bool says(const struct jsonview *entry, const char *field, const char *value)
{
	const char *have = jsonview_text(jsonview_field(entry, field));
	return have && value && strcmp(have, value) == 0;
}

static uint64_t number(const struct jsonview *entry, const char *field, uint64_t otherwise)
{
	const char *text = jsonview_text(jsonview_field(entry, field));
	if (!text || strspn(text, "0123456789") == 0)
		return otherwise;
	return strtoull(text, NULL, 10);
}

/* The unit that journald names as the one whose messages it dropped. */
static const char *suppressed_of(const struct jsonview *entry)
{
	const char *text = jsonview_text(jsonview_field(entry, "MESSAGE"));
	const char *from = text ? strstr(text, " messages from ") : NULL;
	return from ? from + strlen(" messages from ") : NULL;
}

/* journald's own word that it dropped messages of the unit, or of the user's manager whose limit is its
 * limit. */
static void note_suppressed(struct journal *j, const struct jsonview *entry)
{
	if (!says(entry, "_TRANSPORT", "driver") || !says(entry, "MESSAGE_ID", JOURNAL_DROPPED))
		return;
	const char *unit = suppressed_of(entry);
	bool ours = says(entry, "OBJECT_SYSTEMD_INVOCATION_ID", j->invocation) || !unit ||
		    (j->unit && strcmp(unit, j->unit) == 0) || (j->limited && strcmp(unit, j->limited) == 0);
	if (ours)
		j->suppressed += number(entry, "N_DROPPED", 1);
}

static void close_view(struct jsonview **v)
{
	jsonview_close(v);
}

bool journal_entry(struct journal *j, const char *json, size_t len, bool cut, journal_visit visit, void *ctx,
	struct err *e)
{
	SCOPED(close_view) struct jsonview *entry = NULL;
	struct err odd = { 0 };
	if (len == 0 && !cut)
		return true;
	if (cut || !jsonview_open(json, len, NULL, &entry, &odd)) {
		j->unread++;
		return true;
	}
	const char *cursor = jsonview_text(jsonview_field(entry, "__CURSOR"));
	if (cursor) {
		text_clear(&j->cursor);
		text_puts(&j->cursor, cursor);
	}
	note_suppressed(j, entry);
	if (!says(entry, "_SYSTEMD_INVOCATION_ID", j->invocation))
		return true;
	struct giving g = { .j = j, .visit = visit, .ctx = ctx };
	g.line.at = number(entry, "__REALTIME_TIMESTAMP", 0);
	g.line.passed = number(entry, "__MONOTONIC_TIMESTAMP", 0);
	g.line.pid = number(entry, "_PID", 0);
	g.line.priority = (unsigned)number(entry, "PRIORITY", NOTICE) & 7;
	return give_field(&g, jsonview_field(entry, "MESSAGE"), e);
}

/* ---- reading ---- */

struct reading {
	struct journal *j;
	journal_visit visit;
	void *ctx;
	uint64_t now;
};

static bool read_entry(void *ctx, const char *line, size_t len, bool cut, struct err *e)
{
	struct reading *r = ctx;
	return journal_entry(r->j, line, len, cut, r->visit, r->ctx, e);
}

bool journal_read(struct journal *j, unsigned seconds, journal_visit visit, void *ctx, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(ran_lines_end) struct ran_lines ran = { 0 };
	struct reading r = { j, visit, ctx, 0 };
	const struct run_lines what = { journal_argv(j, &arena), NULL, seconds ? seconds : SECONDS,
		JOURNAL_ENTRY_MAX, read_entry, &r };
	if (!run_lines(&what, &ran, e))
		return err_in(e, "the journal");
	if (ran.late)
		return err_set(
			e, ERR_SYSTEM, "the journal: journalctl took longer than %u seconds", what.seconds);
	return ran.status == 0 || err_set(e, ERR_SYSTEM, "the journal: journalctl ended with %d: %.200s",
					  ran.status, text_str(&ran.err));
}

static bool read_file_line(void *ctx, const char *line, size_t len, bool cut, struct err *e)
{
	struct reading *r = ctx;
	struct giving g = { .j = r->j, .visit = r->visit, .ctx = r->ctx };
	g.line.passed = r->now;
	g.line.priority = NOTICE;
	r->j->unread += cut;
	return give_message(&g, line, len, e);
}

/* The next part of the file; the last line of it may not have ended. */
static bool read_part(struct lines *l, int fd, uint64_t *at, char *room, size_t *got, struct err *e)
{
	ssize_t n = pread(fd, room, PART, (off_t)*at);
	if (n < 0)
		return err_sys(e, "read");
	*got = (size_t)n;
	*at += *got;
	return lines_add(l, room, *got, e);
}

bool journal_file(struct journal *j, int fd, uint64_t *offset, uint64_t now, bool *more, journal_visit visit,
	void *ctx, struct err *e)
{
	struct reading r = { j, visit, ctx, now };
	SCOPED(lines_end) struct lines l = { JOURNAL_MESSAGE_MAX, read_file_line, &r, { 0 }, false, false };
	SCOPED_TEXT char *room = mem_new(PART, 1);
	struct stat st;
	size_t got = 1;
	*more = false;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat");
	if ((uint64_t)st.st_size < *offset) {
		j->unread++;
		*offset = 0;
	}
	uint64_t at = *offset;
	while (got > 0 && at - *offset < JOURNAL_BATCH)
		if (!read_part(&l, fd, &at, room, &got, e))
			return err_in(e, "the log");
	*more = got > 0;
	*offset = at - (l.cut ? 0 : l.held.len);
	return !l.cut || lines_finish(&l, e);
}
