/* health.c - see health.h. One round a second; every round collects what gates ask for and has them judged.
 */
#include "installer/host/collect.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "installer/host/run.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define SECOND UINT64_C(1000000)

uint64_t health_moment(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

static void end_health(struct health *x)
{
	for (size_t i = 0; i < x->watches.count + x->file_count; i++)
		watch_end(&x->watches.items[i]);
	for (size_t i = 0; i < x->file_count; i++) {
		scope_close(&x->files[i].fd);
		journal_end(&x->files[i].journal);
	}
	free(x->files);
	for (size_t i = 0; x->facts.own && i < x->gates.count; i++)
		gate_log_end(&x->facts.own[i].log);
	free(x->watches.items);
	free(x->watched);
	free(x->facts.own);
	journal_end(&x->journal);
	redact_end(&x->redact);
}

/* ---- which gates ---- */

/* Seconds since the service was started; what is not even starting has had its time. */
static uint64_t up_for(const struct service *s)
{
	uint64_t now = (uint64_t)time(NULL), started = s->unit->started;
	if (!service_active(s))
		return UINT64_MAX;
	return started && now > started ? now - started : 0;
}

static bool is_red(const struct health_wish *wish, const char *gate)
{
	for (size_t i = 0; wish->red && i < wish->red->count; i++)
		if (strcmp(((char *const *)wish->red->items)[i], gate) == 0)
			return true;
	return false;
}

static void fill_gates(struct health *x, const struct health_wish *wish)
{
	struct gate *g = x->gates.items;
	gates_left(&x->gates, up_for(x->s), wish->soak);
	for (size_t i = 0; i < x->gates.count; i++)
		g[i].advisory = g[i].advisory || is_red(wish, g[i].name);
	for (size_t i = 0; i < x->gates.count; i++)
		if (strcmp(g[i].kind, "port") == 0 && g[i].port == 0 && x->inv->port)
			g[i].port = x->inv->port->number;
}

bool health_gates(const struct json_list *from, const struct json_list *plugins, bool compare,
	struct json_list *out, struct arena *arena, struct err *e)
{
	const struct profile_gate *g = from->items;
	struct json_list all = { NULL, 0 }, core = { NULL, 0 }, others = { NULL, 0 };
	for (size_t i = 0; i < from->count; i++)
		if (compare || strcmp(g[i].kind, NO_WORSE) != 0)
			*(struct gate *)list_add(&all, sizeof(struct gate), arena) = gate_from(&g[i], arena);
	if (!gates_check(&all, e))
		return false;
	const struct gate *gates = all.items;
	for (size_t i = 0; i < all.count; i++)
		*(struct gate *)list_add(strcmp(gates[i].component, "core") == 0 ? &core : &others,
			sizeof *gates, arena) = gates[i];
	if (!gates_expand(&others, plugins, out, arena, e))
		return false;
	for (size_t i = 0; i < core.count; i++)
		*(struct gate *)list_add(out, sizeof *gates, arena) = ((const struct gate *)core.items)[i];
	return true;
}

static bool choose_gates(struct health *x, const struct health_wish *wish, struct err *e)
{
	const struct part *parts = x->inv->components.items;
	struct json_list ids = { NULL, 0 };
	for (size_t i = 0; i < x->inv->components.count; i++)
		if (strcmp(parts[i].kind, "plugin") == 0)
			texts_add(&ids, parts[i].id, &x->h->arena);
	if (!health_gates(&x->h->profile.gates, &ids, wish->baseline != NULL, &x->gates, &x->h->arena, e))
		return false;
	fill_gates(x, wish);
	return true;
}

/* ---- facts ---- */

static bool is_log(const struct gate *g)
{
	return strncmp(g->kind, "log-", 4) == 0;
}

/* The watch of one gate, at the end of what is there. */
static bool open_watch(struct health *x, size_t gate, size_t at, struct err *e)
{
	const struct gate *g = (const struct gate *)x->gates.items + gate;
	x->watched[at] = gate;
	return watch_open(g, &x->redact, &x->facts.own[gate].log, &x->watches.items[at], e) ||
	       err_in(e, "gate %s", g->name);
}

/* A log file counts from this moment on. */
static void open_file(struct health *x, const struct gate *g, struct log_file *to)
{
	char *path = host_expand(x->h, g->path);
	struct stat st;
	*to = (struct log_file){ .fd = path ? host_open(x->h, path, O_RDONLY) : -1 };
	if (to->fd >= 0 && fstat(to->fd, &st) == 0)
		to->offset = (uint64_t)st.st_size;
}

/* First the watches of the journal, which are fed together, then one for each file. */
static bool open_watches(struct health *x, struct err *e)
{
	struct gate *g = x->gates.items;
	x->facts.own = mem_new(x->gates.count + 1, sizeof *x->facts.own);
	x->watches.items = mem_new(x->gates.count + 1, sizeof *x->watches.items);
	x->watched = mem_new(x->gates.count + 1, sizeof *x->watched);
	x->files = mem_new(x->gates.count + 1, sizeof *x->files);
	for (size_t i = 0; i < x->gates.count; i++)
		if (is_log(&g[i]) && !*g[i].path && !open_watch(x, i, x->watches.count++, e))
			return false;
	for (size_t i = 0; i < x->gates.count; i++)
		if (is_log(&g[i]) && *g[i].path) {
			open_file(x, &g[i], &x->files[x->file_count++]);
			if (!open_watch(x, i, x->watches.count + x->file_count - 1, e))
				return false;
		}
	const struct unit *u = x->s->unit;
	x->journal.invocation = u->invocation;
	x->journal.unit = u->name;
	x->journal.limited =
		x->manager.user ? arena_printf(&x->h->arena, "user@%u.service", x->manager.uid) : u->name;
	return true;
}

static void read_journal(struct health *x)
{
	struct err why = { 0 };
	uint64_t upto = health_moment();
	bool good = strlen(x->journal.invocation) == 32 &&
		    journal_read(&x->journal, 0, watch_lines, &x->watches, &why);
	for (size_t i = 0; i < x->watches.count; i++) {
		if (good)
			watch_read(&x->watches.items[i], &x->journal, upto);
		else
			x->facts.own[x->watched[i]].log.read = false;
	}
}

static void read_files(struct health *x)
{
	for (size_t i = 0; i < x->file_count; i++) {
		struct log_file *f = &x->files[i];
		struct watches one = { &x->watches.items[x->watches.count + i], 1 };
		struct err why = { 0 };
		uint64_t upto = health_moment();
		bool more = true, good = f->fd >= 0;
		while (good && more)
			good = journal_file(
				&f->journal, f->fd, &f->offset, upto, &more, watch_lines, &one, &why);
		if (good)
			watch_read(one.items, &f->journal, upto);
		else
			x->facts.own[x->watched[x->watches.count + i]].log.read = false;
	}
}

static void add_trace(struct health *x, struct gate_process *p, enum gate_how how, const char *path)
{
	char *real = *path == '/' ? host_real(x->h, path) : NULL;
	if (real)
		*(struct gate_trace *)list_add(&p->traces, sizeof(struct gate_trace), &x->h->arena) =
			(struct gate_trace){ how, real };
}

/* Files that it maps, once each as they follow one another, and those that it holds open. */
static void trace_files(struct health *x, struct gate_process *p)
{
	SCOPED(text_end) struct text maps = { 0 };
	char path[64], to[PATH_MAX], last[PATH_MAX] = "";
	struct err ignored = { 0 };
	snprintf(path, sizeof path, "/proc/%llu/maps", (unsigned long long)p->pid);
	if (!fs_read_path(path, (size_t)4 * 1024 * 1024, &maps, &ignored))
		text_clear(&maps);
	for (char *rest = maps.at, *line; rest && (line = strsep(&rest, "\n")) != NULL;) {
		const char *file = strchr(line, '/');
		if (file && strlen(file) < sizeof last && strcmp(file, last) != 0)
			add_trace(x, p, GATE_MAPPED, memcpy(last, file, strlen(file) + 1));
	}
	snprintf(path, sizeof path, "/proc/%llu/fd", (unsigned long long)p->pid);
	SCOPED(scope_dir) DIR *fds = opendir(path);
	for (const struct dirent *d; fds && (d = readdir(fds)) != NULL;) {
		ssize_t n = readlinkat(dirfd(fds), d->d_name, to, sizeof to - 1);
		to[n > 0 ? n : 0] = '\0';
		add_trace(x, p, GATE_OPEN, to);
	}
}

/* What ties the main process to the tree that it runs from. */
static void trace_process(struct health *x, struct gate_unit *to, uint64_t pid)
{
	struct process *live = arena_new(&x->h->arena, sizeof *live);
	struct gate_process *p = arena_new(&x->h->arena, sizeof *p);
	const struct link *l = x->s->chain.items;
	to->process = NULL;
	if (!pid || !process_read(pid, live, &x->h->arena))
		return;
	*p = (struct gate_process){
		.at = health_moment(), .pid = live->pid, .ticks = live->ticks, .cgroup = live->cgroup
	};
	add_trace(x, p, GATE_PROGRAM, live->program);
	add_trace(x, p, GATE_CWD, live->cwd);
	trace_files(x, p);
	struct json_list words = { NULL, 0 };
	unit_words(live->command, &words, &x->h->arena);
	for (size_t i = 0; i < words.count; i++)
		add_trace(x, p, GATE_WORD, ((char *const *)words.items)[i]);
	for (size_t i = 0; i < x->s->chain.count; i++)
		if (strcmp(l[i].how, "process") != 0)
			add_trace(x, p, GATE_START, l[i].to);
	to->process = p;
}

/* The unit as it is now: a sample more. */
static void sample(struct health *x)
{
	struct gate_unit *to = x->facts.units.items;
	struct unit now;
	struct err ignored = { 0 };
	uint64_t at = health_moment();
	if (!unit_show(&x->manager, x->s->unit->name, &now, &x->h->arena, &ignored))
		return;
	to->stale = now.stale;
	trace_process(x, to, now.pid);
	*(struct gate_sample *)list_add(&to->samples, sizeof(struct gate_sample), &x->h->arena) =
		(struct gate_sample){ at, now.pid, now.restarts, now.active, now.sub, now.invocation };
}

static void read_listeners(struct health *x)
{
	struct json_list all;
	x->facts.listeners_at = health_moment();
	x->facts.listeners = (struct json_list){ NULL, 0 };
	process_listeners(&all, &x->h->arena);
	const struct listener *l = all.items;
	for (size_t i = 0; i < all.count; i++) {
		struct process p;
		bool seen = l[i].pid && process_read(l[i].pid, &p, &x->h->arena);
		*(struct gate_listener *)list_add(&x->facts.listeners, sizeof(struct gate_listener),
			&x->h->arena) = (struct gate_listener){
			.address = l[i].address,
			.cgroup = seen ? p.cgroup : arena_str(&x->h->arena, ""),
			.command = seen ? p.command : arena_str(&x->h->arena, ""),
			.port = l[i].port,
			.pid = l[i].pid,
			.ticks = seen ? p.ticks : 0,
		};
	}
}

void health_run(struct health *x, const struct gate *g, struct gate_output *out)
{
	const char *argv[64] = { NULL }, **env = mem_new(x->environment.count + 1, sizeof *env);
	struct err why = { 0 };
	struct ran ran = { 0 };
	for (size_t i = 0; i < g->argv.count && i + 1 < COUNT_OF(argv); i++)
		argv[i] = host_expand(x->h, ((char *const *)g->argv.items)[i]);
	if (x->environment.count)
		memcpy(env, x->environment.items, x->environment.count * sizeof *env);
	struct run run = { .argv = argv,
		.env = env,
		.cwd = x->s->process && *x->s->process->cwd ? x->s->process->cwd : x->s->core,
		.seconds = (unsigned)g->patience };
	*out = (struct gate_output){ .at = health_moment(),
		.why = arena_str(&x->h->arena, "it could not be started") };
	if (argv[0] && *argv[0] && host_as(x->h, x->s->unit->user, &run) && run_program(&run, &ran, &why)) {
		out->there = !ran.late && ran.status < 126;
		out->why = arena_str(&x->h->arena, ran.late ? "it did not end in time" : "it was not run");
		out->status = ran.status;
		out->truncated = ran.truncated;
		out->text = arena_copy(&x->h->arena, text_str(&ran.out), ran.out.len);
		out->len = ran.out.len;
	}
	ran_end(&ran);
	free(env);
}

static void read_output(struct health *x, const struct gate *g, struct gate_output *out)
{
	SCOPED(text_end) struct text text = { 0 };
	char *path = host_expand(x->h, g->path);
	*out = (struct gate_output){ .at = health_moment(),
		.why = arena_str(&x->h->arena, "it cannot be read") };
	out->there = path && host_read(x->h, path, (size_t)16 * 1024 * 1024, &text);
	out->text = arena_copy(&x->h->arena, text_str(&text), text.len);
	out->len = text.len;
}

static bool same_command(const struct gate *a, const struct gate *b)
{
	char *const *left = a->argv.items, *const *right = b->argv.items;
	bool same =
		strcmp(a->kind, b->kind) == 0 && a->argv.count == b->argv.count && a->patience == b->patience;
	for (size_t i = 0; same && i < a->argv.count; i++)
		same = strcmp(left[i], right[i]) == 0;
	return same;
}

/* Gates that ask the same share one answer a round: a start of the application's own program costs seconds.
 */
static void read_command(struct health *x, size_t number, uint64_t round)
{
	const struct gate *g = x->gates.items;
	struct gate_own *own = x->facts.own;
	for (size_t i = 0; i < number; i++) {
		if (own[i].output.at < round || !same_command(&g[i], &g[number]))
			continue;
		own[number].output = own[i].output;
		return;
	}
	health_run(x, &g[number], &own[number].output);
}

/* Once the window is over, and again for as long as it is not decided. */
static void collect_outputs(struct health *x, const struct health_wish *wish, const struct json_list *results)
{
	const struct gate *g = x->gates.items;
	const struct gate_result *r = results->items;
	uint64_t round = health_moment();
	bool over = round >= x->facts.began + gates_window(&x->gates);
	for (size_t i = 0; over && i < x->gates.count; i++) {
		bool open = strcmp(r[i].verdict, gate_word(GATE_UNDECIDED)) == 0;
		if (open && strcmp(g[i].kind, "command") == 0)
			read_command(x, i, round);
		else if (open && strcmp(g[i].kind, "file") == 0)
			read_output(x, &g[i], &x->facts.own[i].output);
		else if (open && strcmp(g[i].kind, NO_WORSE) == 0)
			health_compare(x, wish, i);
	}
}

/* ---- rounds ---- */

static void begin_facts(struct health *x, const struct health_wish *wish)
{
	const struct unit *u = x->s->unit;
	struct gate_unit *unit = list_add(&x->facts.units, sizeof *unit, &x->h->arena);
	*unit = (struct gate_unit){
		.name = u->name, .cgroup = u->cgroup, .invocation = u->invocation, .restarts = u->restarts
	};
	trace_process(x, unit, u->pid);
	x->facts.began = health_moment();
	x->facts.began_ticks = unit->process ? unit->process->ticks : 0;
	if (x->s->process)
		unit->cgroup = x->s->process->cgroup;
	struct gate_tree *tree = list_add(&x->facts.trees, sizeof *tree, &x->h->arena);
	*tree = (struct gate_tree){ arena_str(&x->h->arena, "core"),
		arena_str(&x->h->arena, wish->core ? wish->core : x->s->core),
		arena_str(&x->h->arena, wish->before ? wish->before : "") };
	x->facts.switched_ticks = wish->switched;
	service_environment(x->h, x->s, &x->environment);
}

static void judge(struct health *x, struct json_list *results)
{
	x->facts.now = health_moment();
	gates_judge(&x->gates, &x->facts, &x->redact, results, &x->h->arena);
}

/* Nothing that comes can change the summary: each required gate is decided, or one failed and all have had
 * their window. */
static bool settled(const struct health *x, const struct json_list *results)
{
	const struct gate_result *r = results->items;
	bool failed = false, open = false;
	for (size_t i = 0; i < results->count; i++) {
		failed = failed || (r[i].required && strcmp(r[i].verdict, gate_word(GATE_FAILED)) == 0);
		open = open || (r[i].required && strcmp(r[i].verdict, gate_word(GATE_UNDECIDED)) == 0);
	}
	return gates_decided(results) || !open ||
	       (failed && x->facts.now > x->facts.began + gates_window(&x->gates) + 2 * SECOND);
}

/* The last round begins when all have had their time: it may take long, and is judged all the same. */
static bool rounds(struct health *x, const struct health_wish *wish, struct json_list *results, struct err *e)
{
	uint64_t end = x->facts.began + gates_limit(&x->gates), begun = 0;
	for (judge(x, results); !settled(x, results) && begun < end;) {
		if (wish->go_on && !wish->go_on(e))
			return false;
		begun = health_moment();
		sample(x);
		read_listeners(x);
		read_journal(x);
		read_files(x);
		collect_outputs(x, wish, results);
		judge(x, results);
		if (!settled(x, results))
			sleep(1);
	}
	return true;
}

bool health_ask(struct host *h, const struct inventory *inv, const struct health_wish *wish,
	struct evidence *out, struct json_list *lists, struct err *e)
{
	const struct service *s = inventory_main(inv);
	SCOPED(end_health) struct health x = { .h = h, .inv = inv, .s = s };
	struct json_list results;
	if (!s || !h->alive)
		return err_set(e, ERR_REFUSED, "no unit of \"%s\" is here to be judged", inv->application);
	const struct user *user = host_user_named(h, s->unit->user);
	x.manager = (struct manager){ strcmp(s->unit->manager, "user") == 0, user ? (uid_t)user->uid : 0,
		user ? (gid_t)user->gid : 0 };
	if (!redact_open(&h->profile.redactions, &x.redact, e) || !choose_gates(&x, wish, e) ||
		!open_watches(&x, e))
		return false;
	begin_facts(&x, wish);
	say(wish->silent, "%zu gates of %s, at most %llu s", x.gates.count, s->unit->name,
		(unsigned long long)(gates_limit(&x.gates) / SECOND));
	if (!rounds(&x, wish, &results, e))
		return false;
	health_list_names(&x, lists);
	*out = (struct evidence){ .verdict = arena_str(&h->arena,
					  gates_green(&results) ? EVIDENCE_PASSED : EVIDENCE_FAILED),
		.reason = arena_str(&h->arena, ""),
		.made = (uint64_t)time(NULL),
		.soak = gates_window(&x.gates) / SECOND,
		.gates = results };
	return true;
}
