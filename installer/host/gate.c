/* gate.c - see gate.h. The table of kinds, what a profile may write, and the judgement over all gates. */
#include "installer/host/gate.h"

#include <string.h>

#include "installer/host/expect.h"
#include "installer/host/judge.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

/* ---- kinds ---- */

enum { MATCH = 1, AGAINST = 2, PATH = 4, ARGV = 8, EXPECT = 16, UNIT = 32, PORT = 64 };

static const char *const field_names[] = { "match", "against", "path", "argv", "expect", "unit", "port" };

struct kind {
	const char *name;
	gate_judge judge;
	unsigned needs, one_of, takes; /* fields: all of these; at least one of these; perhaps these */
};

static const struct kind kinds[] = {
	{ "service", judge_service, 0, 0, UNIT },
	{ "process", judge_process, 0, 0, UNIT },
	{ "log-present", judge_log_present, MATCH, 0, AGAINST | PATH | UNIT },
	{ "log-absent", judge_log_absent, MATCH, 0, PATH | UNIT },
	{ "port", judge_port, 0, 0, PORT | UNIT },
	{ "command", judge_output, ARGV, EXPECT | MATCH | AGAINST, UNIT },
	{ "file", judge_output, PATH, EXPECT | MATCH | AGAINST, 0 },
	{ "no-worse", judge_no_worse, 0, 0, ARGV | EXPECT | UNIT },
};

static const struct kind *kind_of(const struct gate *g)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i].name, g->kind) == 0)
			return &kinds[i];
	return NULL;
}

static unsigned fields_of(const struct gate *g)
{
	return (g->match[0] ? MATCH : 0U) | (g->against[0] ? AGAINST : 0U) | (g->path[0] ? PATH : 0U) |
	       (g->argv.count ? ARGV : 0U) | (g->expect.count ? EXPECT : 0U) | (g->unit[0] ? UNIT : 0U) |
	       (g->port ? PORT : 0U);
}

static const char *first_name(unsigned fields)
{
	return field_names[__builtin_ctz(fields)];
}

static const char *const words[] = {
#define GATE_WORD(verdict, word) [verdict] = word,
	GATE_VERDICTS(GATE_WORD)
#undef GATE_WORD
};

const char *gate_word(enum gate_verdict verdict)
{
	return words[verdict];
}

void gate_log_end(struct gate_log *log)
{
	text_end(&log->first);
	text_end(&log->last);
	text_end(&log->contrary);
}

/* ---- one gate for each component ---- */

/* `s` with the id where GATE_COMPONENT stands; in a pattern one that matches it alone. */
static char *fill(const char *s, const char *id, bool pattern, struct arena *arena)
{
	SCOPED(text_end) struct text out = { 0 };
	for (const char *at; (at = strstr(s, GATE_COMPONENT)); s = at + strlen(GATE_COMPONENT)) {
		text_add(&out, s, (size_t)(at - s));
		if (pattern)
			pattern_quote(id, &out);
		else
			text_puts(&out, id);
	}
	text_puts(&out, s);
	return arena_str(arena, text_str(&out));
}

/* An expectation: behind " ~ " stands a pattern. */
static char *fill_expect(const char *s, const char *id, struct arena *arena)
{
	const char *tilde = strstr(s, " ~ ");
	if (!tilde)
		return fill(s, id, false, arena);
	char *pointer = arena_copy(arena, s, (size_t)(tilde - s));
	return arena_printf(arena, "%s%s", fill(pointer, id, false, arena), fill(tilde, id, true, arena));
}

static struct json_list fill_list(
	const struct json_list *list, const char *id, bool expect, struct arena *arena)
{
	char *const *from = list->items;
	char **to = arena_new(arena, list->count * sizeof *to);
	for (size_t i = 0; i < list->count; i++)
		to[i] = expect ? fill_expect(from[i], id, arena) : fill(from[i], id, false, arena);
	return (struct json_list){ to, list->count };
}

static struct gate filled(const struct gate *g, const char *id, struct arena *arena)
{
	struct gate out = *g;
	if (strcmp(g->component, GATE_EVERY) == 0)
		out.name = arena_printf(arena, "%s:%s", g->name, id);
	out.component = arena_str(arena, id);
	out.unit = fill(g->unit, id, false, arena);
	out.path = fill(g->path, id, false, arena);
	out.match = fill(g->match, id, true, arena);
	out.against = fill(g->against, id, true, arena);
	out.argv = fill_list(&g->argv, id, false, arena);
	out.expect = fill_list(&g->expect, id, true, arena);
	return out;
}

static bool speaks_of(const struct gate *g, const char *id)
{
	return strcmp(g->component, GATE_EVERY) == 0 || strcmp(g->component, id) == 0;
}

bool gates_expand(const struct json_list *gates, const struct json_list *components, struct json_list *out,
	struct arena *arena, struct err *e)
{
	const struct gate *from = gates->items;
	char *const *ids = components->items;
	struct gate *to = arena_new(arena, GATES_MAX * sizeof *to);
	*out = (struct json_list){ to, 0 };
	for (size_t i = 0; i < gates->count; i++) {
		bool any = !from[i].component[0];
		size_t times = any ? 1 : components->count;
		for (size_t k = 0; k < times; k++) {
			if (!any && !speaks_of(&from[i], ids[k]))
				continue;
			if (out->count == GATES_MAX)
				return err_set(e, ERR_FORMAT, "more than %d gates", GATES_MAX);
			to[out->count++] = any ? from[i] : filled(&from[i], ids[k], arena);
		}
	}
	return true;
}

/* ---- what a profile may write ---- */

struct gate gate_from(const struct profile_gate *from, struct arena *arena)
{
	bool process = strcmp(from->kind, "process") == 0, core = strcmp(from->component, "core") == 0;
	return (struct gate){ .name = from->name,
		.kind = from->kind,
		.component = process ? arena_str(arena, "core")
			     : core  ? arena_str(arena, "")
				     : from->component,
		.unit = from->unit,
		.match = from->match,
		.against = from->against,
		.path = from->path,
		.deadline = from->deadline,
		.settle = from->settle,
		.port = from->port,
		.advisory = from->advisory,
		.argv = from->argv,
		.expect = from->expect };
}

static bool check_fields(const struct gate *g, struct err *e)
{
	const struct kind *kind = kind_of(g);
	if (!kind)
		return err_set(e, ERR_FORMAT, "kind: there is no kind \"%.40s\"", g->kind);
	unsigned have = fields_of(g), missing = kind->needs & ~have;
	unsigned odd = have & ~(kind->needs | kind->one_of | kind->takes);
	if (missing)
		return err_set(
			e, ERR_FORMAT, "%s: missing, a %s gate needs it", first_name(missing), g->kind);
	if (kind->one_of && !(have & kind->one_of))
		return err_set(e, ERR_FORMAT, "expect: missing, as are match and against");
	return !odd || err_set(e, ERR_FORMAT, "%s: a %s gate does not use it", first_name(odd), g->kind);
}

static uint64_t deadline_of(const struct gate *g)
{
	return g->deadline ? g->deadline : GATE_DEADLINE;
}

static bool check_numbers(const struct gate *g, struct err *e)
{
	if (g->deadline > GATE_SECONDS_MAX)
		return err_set(e, ERR_FORMAT, "deadline: more than %d seconds", GATE_SECONDS_MAX);
	if (g->settle > deadline_of(g))
		return err_set(e, ERR_FORMAT, "settle: longer than the deadline");
	return g->port < 65536 || err_set(e, ERR_FORMAT, "port: above 65535");
}

/* An expectation of no-worse may be a pointer alone: what it leads to is listed. */
static bool check_expect(const struct gate *g, const char *text, struct arena *arena, struct err *e)
{
	struct expect x;
	if (strcmp(g->kind, "no-worse") == 0)
		return jsonview_pointer(text, e);
	return expect_read(text, &x, arena, e);
}

static bool check_texts(const struct gate *g, struct arena *arena, struct err *e)
{
	SCOPED(pattern_end) struct pattern match = { 0 };
	SCOPED(pattern_end) struct pattern against = { 0 };
	char *const *expect = g->expect.items;
	if (g->match[0] && !pattern_open(g->match, &match, e))
		return err_in(e, "match");
	if (g->against[0] && !pattern_open(g->against, &against, e))
		return err_in(e, "against");
	for (size_t i = 0; i < g->expect.count; i++)
		if (!check_expect(g, expect[i], arena, e))
			return err_in(e, "expect[%zu]", i);
	return true;
}

static bool check_component(const struct gate *g, struct err *e)
{
	return !g->component[0] || strcmp(g->component, GATE_EVERY) == 0 || id_plain(g->component) ||
	       err_set(e, ERR_FORMAT, "component: \"%.80s\" is no id", g->component);
}

static bool check_one(const struct gate *g, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct gate sample = g->component[0] ? filled(g, "x", &arena) : *g;
	return check_fields(g, e) && check_numbers(g, e) && check_component(g, e) &&
	       check_texts(&sample, &arena, e);
}

bool gates_check(const struct json_list *gates, struct err *e)
{
	const struct gate *g = gates->items;
	if (gates->count > GATES_MAX)
		return err_set(e, ERR_FORMAT, "gates: more than %d", GATES_MAX);
	for (size_t i = 0; i < gates->count; i++) {
		if (!id_plain(g[i].name))
			return err_set(e, ERR_FORMAT, "gates[%zu]: \"%.80s\" is no name", i, g[i].name);
		for (size_t k = 0; k < i; k++)
			if (strcmp(g[k].name, g[i].name) == 0)
				return err_set(e, ERR_FORMAT, "gate %s: there are two", g[i].name);
		if (!check_one(&g[i], e))
			return err_in(e, "gate %s", g[i].name);
	}
	return true;
}

/* ---- judgement ---- */

uint64_t gates_window(const struct json_list *gates)
{
	const struct gate *g = gates->items;
	uint64_t longest = 0;
	for (size_t i = 0; i < gates->count; i++)
		longest = g[i].settle > longest ? g[i].settle : longest;
	return longest * GATE_SECOND;
}

void gates_left(struct json_list *gates, uint64_t up, uint64_t soak)
{
	struct gate *g = gates->items;
	for (size_t i = 0; i < gates->count; i++) {
		g[i].patience = deadline_of(&g[i]);
		g[i].settle = g[i].settle > soak ? g[i].settle : soak;
	}
	uint64_t least = gates_window(gates) / GATE_SECOND + GATE_LEAST;
	for (size_t i = 0; i < gates->count; i++) {
		uint64_t left = g[i].patience > up ? g[i].patience - up : 0;
		g[i].deadline = left > least ? left : least;
	}
}

uint64_t gates_limit(const struct json_list *gates)
{
	const struct gate *g = gates->items;
	uint64_t longest = 0;
	for (size_t i = 0; i < gates->count; i++)
		longest = deadline_of(&g[i]) > longest ? deadline_of(&g[i]) : longest;
	return longest * GATE_SECOND + gates_window(gates);
}

uint64_t judge_deadline(const struct judge *j)
{
	return j->facts->began + deadline_of(j->gate) * GATE_SECOND;
}

enum gate_verdict judge_not_yet(const struct judge *j)
{
	return j->facts->now >= judge_deadline(j) ? GATE_FAILED : GATE_UNDECIDED;
}

static bool holds(enum gate_verdict v)
{
	return v == GATE_PASSED || v == GATE_INFERRED;
}

static bool is_absence(const struct judge *j)
{
	return kind_of(j->gate)->judge == judge_log_absent;
}

static enum gate_verdict judge_alone(struct judge *j, uint64_t window)
{
	enum gate_verdict v = kind_of(j->gate)->judge(j);
	if (!holds(v) || j->taken >= j->facts->began + window)
		return v;
	judge_saw(j, "it holds so far; it must at the end of the window of %llu seconds",
		(unsigned long long)(window / GATE_SECOND));
	return GATE_UNDECIDED;
}

/* A required gate that waits for something; while there is one, silence is too early to count. */
static const struct judge *waiting(const struct judge *all, const enum gate_verdict *verdicts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (verdicts[i] == GATE_UNDECIDED && !all[i].gate->advisory && !is_absence(&all[i]))
			return &all[i];
	return NULL;
}

static void judge_silence(struct judge *all, enum gate_verdict *verdicts, size_t count, uint64_t limit)
{
	const struct judge *other = waiting(all, verdicts, count);
	for (size_t i = 0; other && i < count; i++) {
		if (!is_absence(&all[i]) || !holds(verdicts[i]) ||
			all[i].facts->now >= all[i].facts->began + limit)
			continue;
		verdicts[i] = GATE_UNDECIDED;
		judge_saw(&all[i], "nothing so far; gate %s is not decided", other->gate->name);
	}
}

static struct gate_result result_of(const struct judge *j, enum gate_verdict verdict)
{
	char **seen = arena_new(j->arena, j->count * sizeof *seen);
	for (size_t i = 0; i < j->count; i++)
		seen[i] = j->seen[i];
	return (struct gate_result){ arena_str(j->arena, j->gate->kind), arena_str(j->arena, j->gate->name),
		arena_str(j->arena, gate_word(verdict)), !j->gate->advisory, { seen, j->count } };
}

void gates_judge(const struct json_list *gates, const struct gate_facts *facts, const struct redact *redact,
	struct json_list *out, struct arena *arena)
{
	const struct gate *g = gates->items;
	struct judge *all = arena_new(arena, gates->count * sizeof *all);
	enum gate_verdict *verdicts = arena_new(arena, gates->count * sizeof *verdicts);
	struct gate_result *results = arena_new(arena, gates->count * sizeof *results);
	for (size_t i = 0; i < gates->count; i++) {
		all[i] = (struct judge){ &g[i], facts, &facts->own[i], redact, arena, facts->now, { NULL },
			0 };
		verdicts[i] = judge_alone(&all[i], gates_window(gates));
	}
	judge_silence(all, verdicts, gates->count, gates_limit(gates));
	for (size_t i = 0; i < gates->count; i++)
		results[i] = result_of(&all[i], verdicts[i]);
	*out = (struct json_list){ results, gates->count };
}

bool gates_decided(const struct json_list *results)
{
	const struct gate_result *r = results->items;
	for (size_t i = 0; i < results->count; i++)
		if (strcmp(r[i].verdict, gate_word(GATE_UNDECIDED)) == 0)
			return false;
	return true;
}

bool gates_green(const struct json_list *results)
{
	const struct gate_result *r = results->items;
	for (size_t i = 0; i < results->count; i++)
		if (r[i].required && strcmp(r[i].verdict, gate_word(GATE_PASSED)) != 0 &&
			strcmp(r[i].verdict, gate_word(GATE_INFERRED)) != 0)
			return false;
	return true;
}
