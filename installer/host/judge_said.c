/* judge_said.c - see judge.h: logs, commands, files and lists; and how evidence is written. */
#include "installer/host/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "installer/host/expect.h"
#include "installer/host/plain.h"
#include "manifest/base/scope.h"

#define SAW_ROOM 4096

/* What does not fit ends at a blank: a rule would not know half of a secret. */
void judge_saw(struct judge *j, const char *fmt, ...)
{
	char room[SAW_ROOM];
	SCOPED(text_end) struct text plain = { 0 };
	SCOPED(text_end) struct text hidden = { 0 };
	SCOPED(text_end) struct text cut = { 0 };
	va_list args;
	if (j->count == GATE_SEEN_MAX)
		return;
	va_start(args, fmt);
	int len = vsnprintf(room, sizeof room, fmt, args);
	va_end(args);
	for (char *at = room + sizeof room - 1; len >= SAW_ROOM && at > room && at[-1] != ' ';)
		*--at = '\0';
	plain_add(room, strlen(room), &plain);
	redact_add(j->redact, text_str(&plain), &hidden);
	for (char *at = hidden.at; at && (at = strchr(at, '\n'));)
		*at = ' ';
	plain_cut(text_str(&hidden), GATE_SEEN_BYTES, &cut);
	j->seen[j->count++] = arena_str(j->arena, text_str(&cut));
}

/* ---- logs ---- */

/* Whether silence proves something. */
static bool has_gap(struct judge *j, const struct gate_log *log)
{
	if (log->suppressed)
		judge_saw(j, "%llu messages were suppressed", (unsigned long long)log->suppressed);
	if (log->unread)
		judge_saw(j, "%llu messages could not be read whole", (unsigned long long)log->unread);
	return log->suppressed || log->unread;
}

static void saw_lines(struct judge *j, const char *what, uint64_t count, const struct text *line)
{
	if (line->len)
		judge_saw(j, "%s (%llu): %s", what, (unsigned long long)count, text_str(line));
}

static bool is_unread(struct judge *j, const struct gate_log *log)
{
	if (!log->read)
		judge_saw(j, "the log was not read");
	return !log->read;
}

enum gate_verdict judge_log_present(struct judge *j)
{
	const struct gate_log *log = &j->own->log;
	if (is_unread(j, log))
		return GATE_UNDECIDED;
	saw_lines(j, "found", log->matches, log->last.len ? &log->last : &log->first);
	saw_lines(j, log->standing ? "before that, taken back" : "taken back", log->againsts, &log->contrary);
	bool gap = has_gap(j, log);
	if (!log->standing) {
		if (!log->matches)
			judge_saw(j, "no line of %llu matches", (unsigned long long)log->entries);
		return judge_not_yet(j);
	}
	if (log->since > judge_deadline(j)) {
		judge_saw(j, "it came too late");
		return GATE_FAILED;
	}
	j->taken = log->upto;
	if (gap && j->gate->against[0])
		return GATE_UNDECIDED;
	return log->upto >= log->since + j->gate->settle * GATE_SECOND ? GATE_PASSED : GATE_UNDECIDED;
}

enum gate_verdict judge_log_absent(struct judge *j)
{
	const struct gate_log *log = &j->own->log;
	if (log->matches) {
		saw_lines(j, "found", log->matches, &log->first);
		saw_lines(j, "last", log->matches, &log->last);
		return GATE_FAILED;
	}
	if (is_unread(j, log) || has_gap(j, log))
		return GATE_UNDECIDED;
	judge_saw(j, "no line of %llu matches", (unsigned long long)log->entries);
	j->taken = log->upto;
	return log->entries ? GATE_PASSED : GATE_UNDECIDED;
}

/* ---- what was printed ---- */

static bool holds_expect(struct judge *j, const struct jsonview *top)
{
	char *const *items = j->gate->expect.items;
	bool all = true;
	for (size_t i = 0; i < j->gate->expect.count; i++) {
		SCOPED(text_end) struct text why = { 0 };
		struct err e = { 0 };
		struct expect x;
		if (expect_read(items[i], &x, j->arena, &e) &&
			expect_holds(&x, top, j->own->output.status, &why))
			continue;
		judge_saw(j, "%s; expected %s", e.text[0] ? e.text : text_str(&why), items[i]);
		all = false;
	}
	return all;
}

/* The first line that the pattern matches, cut off from the rest; NULL if there is none. */
static const char *line_with(const char *ere, char *plain)
{
	SCOPED(pattern_end) struct pattern p = { 0 };
	struct err e = { 0 };
	if (!pattern_open(ere, &p, &e))
		return NULL;
	for (char *line = plain, *feed; line; line = feed ? feed + 1 : NULL) {
		feed = strchr(line, '\n');
		if (feed)
			*feed = '\0';
		bool found = pattern_in(&p, line);
		if (found)
			return line;
		if (feed)
			*feed = '\n';
	}
	return NULL;
}

/* `wanted`: a line has to match; else none may. */
static bool holds_pattern(struct judge *j, const char *ere, bool wanted)
{
	SCOPED(text_end) struct text plain = { 0 };
	SCOPED(text_end) struct text hidden = { 0 };
	if (!ere[0])
		return true;
	plain_add(j->own->output.text, j->own->output.len, &plain);
	text_puts(&plain, "");
	const char *line = plain.at ? line_with(ere, plain.at) : NULL;
	if (line)
		redact_add(j->redact, line, &hidden);
	judge_saw(j, line ? "found: %s" : "no line matches", text_str(&hidden));
	return !line == !wanted;
}

static void close_view(struct jsonview **v)
{
	jsonview_close(v);
}

enum gate_verdict judge_output(struct judge *j)
{
	const struct gate_output *o = &j->own->output;
	SCOPED(close_view) struct jsonview *top = NULL;
	j->taken = o->at;
	if (!o->there) {
		judge_saw(j, "%s", o->why ? o->why : "not looked at");
		return o->at ? judge_not_yet(j) : GATE_UNDECIDED;
	}
	if (j->gate->expect.count)
		expect_document(o->text, o->len, &top);
	bool ok = holds_expect(j, top);
	ok &= holds_pattern(j, j->gate->match, true);
	ok &= holds_pattern(j, j->gate->against, false);
	if (o->truncated) {
		judge_saw(j, "it printed more than was read");
		return GATE_UNDECIDED;
	}
	if (ok && j->gate->expect.count)
		judge_saw(j, "%zu expectations hold", j->gate->expect.count);
	return ok ? GATE_PASSED : judge_not_yet(j);
}

/* ---- lists ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum gate_verdict judge_no_worse(struct judge *j)
{
	const struct gate_lists *lists = &j->own->lists;
	char *const *before = lists->before.items;
	size_t count = lists->now.count, missing = 0;
	if (!lists->known) {
		judge_saw(j, "not known what was there before, or is now");
		return GATE_UNDECIDED;
	}
	j->taken = lists->at;
	char **now = arena_new(j->arena, count * sizeof *now);
	if (count)
		memcpy(now, lists->now.items, count * sizeof *now);
	qsort(now, count, sizeof *now, by_text);
	for (size_t i = 0; i < lists->before.count; i++) {
		if (bsearch(&before[i], now, count, sizeof *now, by_text))
			continue;
		judge_saw(j, "gone: %s", before[i]);
		missing++;
	}
	if (missing)
		return judge_not_yet(j);
	judge_saw(j, "all %zu are there", lists->before.count);
	return GATE_PASSED;
}
