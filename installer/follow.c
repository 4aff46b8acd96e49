/* follow.c - see follow.h. The record says when it is over, the lock whether anybody is at work. */
#include "installer/follow.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "installer/commands.h"
#include "installer/outcome.h"
#include "installer/service/worker.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define PAUSE_MS 100
#define PATIENCE 150 /* seconds: recovery is tried every minute */
#define REST     3   /* seconds that the last words may take after the outcome */

struct following {
	struct node node;
	bool silent;
	uint64_t number; /* of the act; 0: none was at work so far */
	int log;
	char step[32];
	bool waiting, alone;
	struct timespec since; /* nobody is at work */
};

static void end_following(struct following *f)
{
	scope_close(&f->log);
	node_end(&f->node);
}

static void nap(void)
{
	nanosleep(&(struct timespec){ 0, PAUSE_MS * 1000000L }, NULL);
}

/* Passes on what the worker has said since the last time. */
static void pass_log(struct following *f)
{
	SCOPED(text_end) struct text path = { 0 };
	char piece[4096];
	ssize_t n;
	worker_log(f->number, &path);
	if (f->log < 0 && f->number)
		f->log = fs_open(f->node.state, text_str(&path), O_RDONLY | O_CLOEXEC, 0);
	while (f->log >= 0 && (n = read(f->log, piece, sizeof piece)) > 0)
		if (!f->silent)
			fwrite(piece, 1, (size_t)n, stderr);
}

/* The act that is followed, or the newest; NULL: there is none. */
static bool load(const struct following *f, struct act **out, struct arena *arena, struct err *e)
{
	SCOPED_TEXT uint64_t *numbers = NULL;
	size_t count;
	*out = NULL;
	if (!act_numbers(&f->node, &numbers, &count, e))
		return false;
	if (count == 0)
		return true;
	*out = arena_new(arena, sizeof **out);
	return act_load(&f->node, f->number ? f->number : numbers[count - 1], *out, arena, e);
}

static void tell_step(struct following *f, const struct act *a)
{
	if (f->number != a->number)
		say(f->silent, "act %llu: %s", (unsigned long long)a->number, a->kind);
	f->number = a->number;
	f->waiting = true;
	if (f->log < 0 && strcmp(f->step, a->step) != 0)
		say(f->silent, "step %s", a->step);
	snprintf(f->step, sizeof f->step, "%s", a->step);
}

/* Nobody works on it: recovery will come where a timer was armed. */
static bool wait_alone(struct following *f, const struct act *a, struct err *e)
{
	bool timer = a->units.count && act_reached(a, STEP_HOLD);
	if (node_busy(&f->node)) {
		f->alone = false;
		return true;
	}
	if (!f->alone) {
		clock_now(&f->since);
		if (timer)
			say(f->silent,
				"nobody is at work on act %llu any more; recovery is tried every minute",
				(unsigned long long)a->number);
	}
	f->alone = true;
	return seconds_since(&f->since) < (timer ? PATIENCE : 1) ||
	       err_set(e, ERR_STUCK,
		       "act %llu stopped at %s and nobody is at work on it: `waybill-install recover`",
		       (unsigned long long)a->number, a->step);
}

/* ---- the outcome ---- */

static void last_words(struct following *f)
{
	struct timespec begun;
	clock_now(&begun);
	while (node_busy(&f->node) && seconds_since(&begun) < REST)
		nap();
	pass_log(f);
}

static void tell_good(const struct following *f, const struct act *a)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text options = { 0 };
	node_options(&f->node, &options);
	if (f->silent)
		return;
	if (strcmp(a->outcome, ACT_STAGED) == 0)
		printf("act %llu: %s is staged; `waybill-install apply` switches to it\n",
			(unsigned long long)a->number, act_after(a, &arena));
	else
		printf("act %llu: %s is in place%s. Back with: waybill-install rollback %s--to %llu\n",
			(unsigned long long)a->number, act_after(a, &arena),
			a->units.count == 0 ? ""
			: a->proven         ? " and proven"
					    : ", NOT proven",
			text_str(&options), (unsigned long long)a->number);
}

static bool tell_undone(const struct act *a, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text why = { 0 };
	enum err_kind kind = a->failed ? ERR_GATE : ERR_SYSTEM;
	bool worse = a->units.count && act_reached(a, STEP_HOLD) && !a->proven;
	outcome_why(a, 200, &why);
	return err_set(e, worse ? ERR_STUCK : kind, "act %llu was undone, %s is back%s: %s",
		(unsigned long long)a->number, act_before(a, &arena),
		worse ? ", but it is not what it was" : "", text_str(&why));
}

static bool tell_outcome(struct following *f, const struct act *a, struct err *e)
{
	last_words(f);
	if (strcmp(a->outcome, ACT_UNDONE) == 0)
		return tell_undone(a, e);
	tell_good(f, a);
	return true;
}

static bool tell_nothing(const struct following *f)
{
	if (!f->silent)
		printf("nothing is at work\n");
	return true;
}

/* ---- all of it ---- */

/* One look; *over: there is nothing more to come. */
static bool look(struct following *f, bool *over, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct act *a;
	bool busy = node_busy(&f->node);
	if (!load(f, &a, &arena, e))
		return false;
	if (a && !*a->outcome) {
		pass_log(f);
		tell_step(f, a);
		return wait_alone(f, a, e);
	}
	*over = (a && f->number) || !busy;
	if (a && f->number)
		return tell_outcome(f, a, e);
	if (!busy)
		return tell_nothing(f);
	if (!f->waiting)
		say(f->silent, "another waybill-install is at work and has begun no act yet");
	f->waiting = true;
	return true;
}

bool follow(const struct cli_common *common, struct err *e)
{
	SCOPED(end_following) struct following f = { .log = -1, .silent = common->json };
	bool over = false;
	if (!node_open(common, false, &f.node, e) || !node_choose(&f.node, common->name, common->instance, e))
		return false;
	while (look(&f, &over, e)) {
		if (over)
			return true;
		nap();
	}
	return false;
}
