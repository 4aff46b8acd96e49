/* command.c - see command.h. */
#include "installer/service/command.h"

#include <string.h>
#include <time.h>

#include "installer/host/gate.h"
#include "installer/host/health.h"
#include "installer/host/plain.h"
#include "installer/host/run.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define RUN_SECONDS    300
#define UP_SECONDS     60 /* to come up, or to go down */
#define SETTLE_SECONDS 5
#define WORDS_MAX      64
#define NOT_RUN        126 /* from here on: it could not be started, or a signal ended it */

static bool run(const struct json_list *words, unsigned seconds, bool leaves, struct ran *out, struct err *e)
{
	const char *argv[WORDS_MAX] = { NULL };
	for (size_t i = 0; i < words->count && i + 1 < COUNT_OF(argv); i++)
		argv[i] = ((char *const *)words->items)[i];
	return run_program(&(struct run){ .argv = argv, .seconds = seconds, .leaves = leaves }, out, e);
}

static bool must_run(const struct act_unit *u, const char *what, const struct json_list *words, struct err *e)
{
	SCOPED(ran_end) struct ran ran = { 0 };
	if (!run(words, RUN_SECONDS, true, &ran, e))
		return err_in(e, "%s %s", what, u->name);
	if (ran.status == 0)
		return true;
	return err_set(e, ERR_SYSTEM, "%s %s: %s %s %d", what, u->name, *(char *const *)words->items,
		ran.late ? "was ended at its deadline, status" : "exited with", ran.status);
}

/* What the status command says. One that did not run to its own end says nothing. */
enum told { TOLD_NOTHING, TOLD_UP, TOLD_DOWN };

static enum told ask(const struct act_unit *u)
{
	SCOPED(ran_end) struct ran ran = { 0 };
	struct err ignored = { 0 };
	if (!run(&u->status, UP_SECONDS, false, &ran, &ignored) || ran.late || ran.status >= NOT_RUN)
		return TOLD_NOTHING;
	return ran.status == 0 ? TOLD_UP : TOLD_DOWN;
}

/* Waits until it is up, or down, and said so. */
static bool becomes(const struct act_unit *u, enum told what)
{
	struct timespec begun;
	clock_now(&begun);
	while (ask(u) != what) {
		if (seconds_since(&begun) > UP_SECONDS)
			return false;
		nanosleep(&(struct timespec){ 0, 200000000 }, NULL);
	}
	return true;
}

bool command_stop(const struct act_unit *u, struct err *e)
{
	if (u->status.count && ask(u) == TOLD_DOWN)
		return true;
	return must_run(u, "stop", &u->stop, e) &&
	       (!u->status.count || becomes(u, TOLD_DOWN) ||
		       err_set(e, ERR_SYSTEM,
			       "%s was stopped, but its status command does not say that it is down",
			       u->name));
}

/* An undo that was cut short starts again what it has started: once is enough. */
bool command_start(const struct act_unit *u, struct err *e)
{
	return (u->status.count && ask(u) == TOLD_UP) || must_run(u, "start", &u->start, e);
}

bool command_look(struct act_unit *u, struct err *e)
{
	enum told told = u->status.count ? ask(u) : TOLD_UP;
	u->ran = told == TOLD_UP;
	return told != TOLD_NOTHING || err_set(e, ERR_SYSTEM, "%s: the status command %s could not be run",
					       u->name, *(char *const *)u->status.items);
}

/* Up, and still so when the window is over. */
static bool stays_up(const struct act_unit *u)
{
	struct timespec begun;
	if (!becomes(u, TOLD_UP))
		return false;
	clock_now(&begun);
	while (seconds_since(&begun) < SETTLE_SECONDS) {
		nanosleep(&(struct timespec){ 1, 0 }, NULL);
		if (ask(u) != TOLD_UP)
			return false;
	}
	return true;
}

struct evidence *command_judge(const struct act_unit *u, struct arena *arena)
{
	struct evidence *out = arena_new(arena, sizeof *out);
	struct gate_result *r = arena_new(arena, sizeof *r);
	bool good = u->status.count && stays_up(u);
	*out = (struct evidence){ .verdict = arena_str(arena, good ? EVIDENCE_PASSED : EVIDENCE_FAILED),
		.reason = arena_str(arena, ""),
		.made = (uint64_t)time(NULL),
		.soak = SETTLE_SECONDS,
		.gates = { r, 1 } };
	*r = (struct gate_result){ .name = arena_str(arena, "status"),
		.kind = arena_str(arena, "command"),
		.verdict = arena_str(arena, gate_word(good ? GATE_PASSED : GATE_FAILED)),
		.required = true };
	texts_add(&r->seen,
		!u->status.count ? "the site file has no status command for it"
		: good           ? "the status command says that it is up"
				 : "the status command does not say, and go on saying, that it is up",
		arena);
	return out;
}
