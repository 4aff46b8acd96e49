/* gate - what a profile may write, and the verdicts over facts that are written down here. The start is at
 * second 100, tick 1000; the switch at tick 900. */
#include "installer/host/gate.h"
#include "tests/unit/installer/gates.h"

#define CGROUP "/system.slice/app.service"
#define INV    "0123456789abcdef0123456789abcdef"

/* ---- definitions ---- */

static void assert_refused(struct gate g, const char *complaint)
{
	struct json_list gates = one(&g);
	struct err e = { 0 };
	assert_false(gates_check(&gates, &e));
	assert_says(&e, ERR_FORMAT, complaint);
}

SPEC(a_gate_that_cannot_be_asked_is_refused_by_name)
{
	char *bad[] = { lit("plugins = x") }, *good[] = { lit("/a = b") };
	struct json_list odd = { bad, 1 }, fine = { good, 1 };
	assert_refused(GATE(.kind = lit("magic")), "gate it: kind: there is no kind \"magic\"");
	assert_refused(
		GATE(.kind = lit("log-absent")), "gate it: match: missing, a log-absent gate needs it");
	assert_refused(GATE(.kind = lit("log-absent"), .match = lit("a(")), "gate it: match: \"a(\"");
	assert_refused(GATE(.kind = lit("log-present"), .match = lit("a"), .against = lit("\\d")),
		"gate it: against:");
	assert_refused(GATE(.kind = lit("log-absent"), .match = lit("a"), .against = lit("b")),
		"against: a log-absent gate does not use it");
	assert_refused(GATE(.kind = lit("command"), .expect = fine), "argv: missing");
	assert_refused(GATE(.kind = lit("command"), .argv = fine), "expect: missing");
	assert_refused(GATE(.kind = lit("command"), .argv = fine, .expect = odd), "gate it: expect[0]: ");
	assert_refused(GATE(.kind = lit("file"), .expect = fine), "path: missing");
	assert_refused(GATE(.kind = lit("port"), .port = 70000), "above 65535");
	assert_refused(GATE(.kind = lit("service"), .settle = 10, .deadline = 5), "settle: longer");
	assert_refused(GATE(.kind = lit("service"), .deadline = 86401), "deadline: more");
	assert_refused(
		GATE(.kind = lit("service"), .match = lit("x")), "match: a service gate does not use it");
	assert_refused(GATE(.kind = lit("service"), .component = lit("../x")), "component: ");
	assert_refused(GATE(.kind = lit("service"), .name = lit("a:b")), "is no name");
}

SPEC(two_gates_of_one_name_are_refused)
{
	struct gate two[] = { GATE(.kind = lit("service")), GATE(.kind = lit("port")) };
	struct err e = { 0 };
	assert_false(gates_check(&(struct json_list){ two, 2 }, &e));
	assert_says(&e, ERR_FORMAT, "gate it: there are two");
}

SPEC(a_gate_for_each_component_speaks_of_it_alone)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	char *expect[] = { lit("/p/[id=${component}]/s = loaded"), lit("/p/0/id ~ ^${component}$") };
	char *ids[] = { lit("core"), lit("ding.talk") };
	struct gate g[] = {
		GATE(.name = lit("up"), .kind = lit("service")),
		GATE(.name = lit("own"), .kind = lit("service"), .component = lit("wecom")),
		GATE(.name = lit("quiet"), .kind = lit("log-absent"), .component = lit("*"),
			.match = lit("${component} failed|${component}$")),
		GATE(.name = lit("has"), .kind = lit("file"), .component = lit("ding.talk"),
			.path = lit("/x/${component}"), .expect = { expect, 2 }),
	};
	struct json_list gates = { g, COUNT_OF(g) }, out;
	struct err e = { 0 };
	MUST(gates_check(&gates, &e), &e);
	MUST(gates_expand(&gates, &(struct json_list){ ids, 2 }, &out, &arena, &e), &e);
	const struct gate *o = out.items;
	assert_int_equal(out.count, 4);
	assert_string_equal(o[0].name, "up");
	assert_string_equal(o[1].name, "quiet:core");
	assert_string_equal(o[2].name, "quiet:ding.talk");
	assert_string_equal(o[2].match, "ding\\.talk failed|ding\\.talk$");
	assert_string_equal(o[3].name, "has");
	assert_string_equal(o[3].path, "/x/ding.talk");
	assert_string_equal(((char **)o[3].expect.items)[0], "/p/[id=ding.talk]/s = loaded");
	assert_string_equal(((char **)o[3].expect.items)[1], "/p/0/id ~ ^ding\\.talk$");
}

/* ---- service ---- */

static struct gate_sample up(uint64_t second, uint64_t pid, uint64_t restarts)
{
	return (struct gate_sample){ second * S, pid, restarts, lit("active"), lit("running"), lit(INV) };
}

static struct gate_unit unit_of(struct gate_sample *samples, size_t count)
{
	return (struct gate_unit){ .name = lit("app.service"),
		.cgroup = lit(CGROUP),
		.invocation = lit(INV),
		.samples = { samples, count } };
}

static const char *service(struct gate_sample *samples, size_t count, uint64_t now, struct text *seen)
{
	struct gate_unit unit = unit_of(samples, count);
	return judged(GATE(.kind = lit("service"), .settle = 10, .deadline = 60),
		(struct gate_facts){ .began = 100 * S, .now = now * S, .units = { &unit, 1 } }, NULL, seen);
}

SPEC(a_service_that_stays_up_passes_when_the_window_is_over)
{
	struct gate_sample s[] = { up(101, 0, 0), up(102, 7, 0), up(108, 7, 0), up(111, 7, 0),
		up(112, 7, 0) };
	s[0].active = lit("activating");
	assert_string_equal(service(s, 1, 101, NULL), "undecided");
	assert_string_equal(service(s, 4, 111, NULL), "undecided");
	assert_string_equal(service(s, 5, 112, NULL), "passed");
	assert_string_equal(service(s, 0, 112, NULL), "undecided");
	assert_string_equal(service(s, 1, 160, NULL), "failed");
}

SPEC(a_service_that_changes_in_the_window_fails)
{
	static const struct {
		const char *active, *invocation, *why;
		uint64_t pid, restarts;
	} cases[] = {
		{ "active", INV, "it was restarted", 7, 1 },
		{ "active", INV, "its main process is another one", 8, 0 },
		{ "active", INV, "its main process is another one", 0, 0 },
		{ "activating", INV, "it went down", 7, 0 },
		{ "deactivating", INV, "it went down", 7, 0 },
		{ "failed", INV, "it failed", 0, 0 },
		{ "active", "ffffffffffffffffffffffffffffffff", "it was started again", 7, 0 },
		{ "active", INV, NULL, 7, 0 },
		{ "reloading", INV, NULL, 7, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text seen = { 0 };
		struct gate_sample s[] = { up(101, 7, 0), up(105, cases[i].pid, cases[i].restarts),
			up(130, 7, 0) };
		s[1].active = lit(cases[i].active);
		s[1].invocation = lit(cases[i].invocation);
		assert_string_equal(service(s, 3, 130, &seen), cases[i].why ? "failed" : "passed");
		if (cases[i].why && !strstr(text_str(&seen), cases[i].why))
			fail_msg("%s: %s", cases[i].why, text_str(&seen));
	}
}

SPEC(a_service_of_another_start_or_too_late_fails)
{
	struct gate_sample other[] = { up(101, 7, 0), up(130, 7, 0) },
			   late[] = { up(161, 7, 0), up(190, 7, 0) };
	other[0].invocation = other[1].invocation = lit("ffffffffffffffffffffffffffffffff");
	assert_string_equal(service(other, 2, 130, NULL), "failed");
	assert_string_equal(service(late, 2, 190, NULL), "failed");
}

/* ---- process ---- */

static const char *process(
	struct gate_trace *traces, size_t count, void (*change)(struct gate_unit *), struct text *seen)
{
	struct gate_sample s[] = { up(150, 7, 0) };
	struct gate_unit unit = unit_of(s, 1);
	struct gate_tree tree = { lit("core"), lit("/opt/app"), lit("/opt/.waybill/app/1/core") };
	struct gate_process p = { 150 * S, 7, 1001, lit(CGROUP), { traces, count } };
	unit.process = &p;
	if (change)
		change(&unit);
	return judged(GATE(.kind = lit("process"), .deadline = 20),
		(struct gate_facts){ .began = 100 * S,
			.now = 150 * S,
			.switched_ticks = 900,
			.units = { &unit, 1 },
			.trees = { &tree, 1 } },
		NULL, seen);
}

static struct gate_trace trace(enum gate_how how, const char *path)
{
	return (struct gate_trace){ how, lit(path) };
}

SPEC(a_process_runs_from_where_its_traces_are)
{
	struct gate_trace node = trace(GATE_PROGRAM, "/usr/bin/node");
	struct gate_trace cases[][2] = {
		{ node, trace(GATE_CWD, "/opt/app") },
		{ node, trace(GATE_MAPPED, "/opt/app/x.node") },
		{ node, trace(GATE_START, "/opt/app/dist/index.js") },
		{ node, trace(GATE_START, "/opt/application/index.js") },
		{ node, trace(GATE_OPEN, "/opt/app/x (deleted)") },
		{ trace(GATE_START, "/opt/app/x"), trace(GATE_CWD, "/opt/.waybill/app/1/core") },
		{ trace(GATE_CWD, "/opt/app"), trace(GATE_START, "/opt/.waybill/app/1/core/x") },
	};
	static const char *const verdicts[] = { "passed", "passed", "inferred", "failed", "failed", "failed",
		"failed" };
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(process(cases[i], 2, NULL, NULL), verdicts[i]);
}

static void make_stale(struct gate_unit *u)
{
	u->stale = true;
}
static void make_old(struct gate_unit *u)
{
	u->process->ticks = 899;
}
static void make_stranger(struct gate_unit *u)
{
	u->process->cgroup = lit(CGROUP "x");
}
static void make_other(struct gate_unit *u)
{
	u->process->pid = 8;
}
static void make_other_start(struct gate_unit *u)
{
	u->invocation = lit("ffffffffffffffffffffffffffffffff");
}
static void make_child(struct gate_unit *u)
{
	u->process->cgroup = lit(CGROUP "/sub");
}

SPEC(a_process_that_is_not_of_this_start_proves_nothing)
{
	struct gate_trace t[] = { trace(GATE_CWD, "/opt/app") }, s[] = { trace(GATE_START, "/opt/app/x") };
	assert_string_equal(process(t, 1, make_child, NULL), "passed");
	assert_string_equal(process(t, 1, make_stale, NULL), "passed");
	assert_string_equal(process(s, 1, make_stale, NULL), "failed");
	assert_string_equal(process(t, 1, make_old, NULL), "failed");
	assert_string_equal(process(t, 1, make_stranger, NULL), "failed");
	assert_string_equal(process(t, 1, make_other, NULL), "failed");
	assert_string_equal(process(t, 1, make_other_start, NULL), "failed");
}

/* ---- port ---- */

static struct gate_listener listener(const char *address, uint64_t port, const char *cgroup, uint64_t ticks)
{
	return (struct gate_listener){ lit(address), lit(cgroup), lit("node"), port, cgroup[0] ? 7U : 0U,
		ticks };
}

static const char *port(
	struct gate_listener *l, size_t count, uint64_t number, uint64_t *before, size_t ports)
{
	struct gate_unit unit = unit_of(NULL, 0);
	return judged(GATE(.kind = lit("port"), .port = number, .deadline = 20),
		(struct gate_facts){ .began = 100 * S,
			.now = 150 * S,
			.began_ticks = 1000,
			.units = { &unit, 1 },
			.listeners_at = 150 * S,
			.listeners = { l, count },
			.baseline = before != NULL,
			.ports = { before, ports } },
		NULL, NULL);
}

SPEC(a_port_counts_where_this_start_listens)
{
	uint64_t before[] = { 18789, 18791 };
	struct gate_listener good[] = { listener("127.0.0.1", 18789, CGROUP, 1000),
		listener("::1", 18789, CGROUP, 1000), listener("127.0.0.1", 18791, CGROUP "/x", 2000) };
	struct gate_listener orphan[] = { listener("127.0.0.1", 18789, "/user.slice/session-1.scope", 10) };
	struct gate_listener old[] = { listener("127.0.0.1", 18789, CGROUP, 999) };
	struct gate_listener shared[] = { good[0], orphan[0] };
	struct gate_listener beside[] = { good[0], listener("10.0.0.1", 18789, "/x.service", 10) };
	struct gate_listener hidden[] = { listener("127.0.0.1", 18789, "", 0) };
	assert_string_equal(port(good, 3, 18789, NULL, 0), "passed");
	assert_string_equal(port(good, 3, 18790, NULL, 0), "failed");
	assert_string_equal(port(orphan, 1, 18789, NULL, 0), "failed");
	assert_string_equal(port(old, 1, 18789, NULL, 0), "failed");
	assert_string_equal(port(shared, 2, 18789, NULL, 0), "failed");
	assert_string_equal(port(beside, 2, 18789, NULL, 0), "passed");
	assert_string_equal(port(hidden, 1, 18789, NULL, 0), "failed");
	assert_string_equal(port(good, 3, 0, before, 2), "passed");
	assert_string_equal(port(good, 2, 0, before, 2), "failed");
	assert_string_equal(port(good, 1, 0, NULL, 0), "passed");
	assert_string_equal(port(orphan, 1, 0, NULL, 0), "failed");
}

/* ---- how long it is waited ---- */

/* What gates of 180 (settle 10) and 60 seconds have left. */
static void left_are(uint64_t up, uint64_t soak, uint64_t slow, uint64_t fast)
{
	struct gate gates[] = { GATE(.kind = lit("service"), .settle = 10),
		GATE(.kind = lit("command"), .deadline = 60) };
	struct json_list list = { gates, COUNT_OF(gates) };
	gates_left(&list, up, soak);
	assert_int_equal(gates[0].deadline, slow);
	assert_int_equal(gates[1].deadline, fast);
	assert_int_equal(gates[0].settle, soak > 10 ? soak : 10);
	assert_int_equal(gates[1].settle, soak);
	assert_int_equal(gates[0].patience, 180);
	assert_int_equal(gates[1].patience, 60);
}

SPEC(deadlines_count_from_the_start_of_the_service)
{
	left_are(0, 0, 180, 60);
	left_are(20, 0, 160, 40);
	left_are(170, 0, 15, 15);
	left_are(100000, 0, 15, 15);
	left_are(100000, 30, 35, 35);
	left_are(UINT64_MAX, 0, 15, 15);
}

/* ---- command, file, no-worse ---- */

static const char *command(
	const char *text, int status, const char *expect, uint64_t taken, struct text *seen)
{
	char *argv[] = { lit("app") }, *expects[] = { lit(expect) };
	struct gate_own own = { .output = { true, NULL, taken * S, status, false, text, strlen(text) } };
	return judged(GATE(.kind = lit("command"), .argv = { argv, 1 }, .expect = { expects, 1 },
			      .settle = 10, .deadline = 60),
		(struct gate_facts){ .began = 100 * S, .now = taken * S }, &own, seen);
}

SPEC(a_command_counts_by_what_it_printed_and_only_when_the_window_is_over)
{
	static const char list[] =
		"[plugins] warning\n{\"plugins\":[{\"id\":\"dingtalk\",\"status\":\"error\",\"error\":"
		"\"Error: Cannot find module 'openclaw/plugin-sdk'\"},{\"id\":\"x\",\"status\":\"loaded\"}]}\n";
	SCOPED(text_end) struct text seen = { 0 };
	assert_string_equal(command(list, 0, "/plugins/[id=x]/status = loaded", 109, NULL), "undecided");
	assert_string_equal(command(list, 0, "/plugins/[id=x]/status = loaded", 110, NULL), "passed");
	assert_string_equal(command(list, 1, "/plugins/[id=x]/status = loaded", 110, NULL), "passed");
	assert_string_equal(command(list, 1, "exit = 0", 160, NULL), "failed");
	assert_string_equal(command(list, 0, "/plugins/*/status = loaded", 110, NULL), "undecided");
	assert_string_equal(command(list, 0, "/plugins/*/status = loaded", 160, &seen), "failed");
	assert_string_equal(
		text_str(&seen), "/plugins/0/status: \"error\"; expected /plugins/*/status = loaded\n");
	assert_string_equal(
		command("Gateway not reachable; showing config-only status.", 0, "/x absent", 160, NULL),
		"failed");
}

SPEC(a_command_may_be_matched_by_lines)
{
	char *argv[] = { lit("app") };
	const char text[] = "one\n\033[31mtwo\033[0m token=abc\n";
	struct gate_own own = { .output = { true, NULL, 150 * S, 0, false, text, sizeof text - 1 } };
	const struct gate_facts facts = { .began = 100 * S, .now = 150 * S };
	struct gate good =
		GATE(.kind = lit("command"), .argv = { argv, 1 }, .match = lit("^two"), .deadline = 20);
	struct gate bad = good, none = good;
	SCOPED(text_end) struct text seen = { 0 };
	assert_string_equal(judged(good, facts, &own, &seen), "passed");
	assert_string_equal(text_str(&seen), "found: two token=[redacted]\n");
	bad.against = lit("^on");
	assert_string_equal(judged(bad, facts, &own, NULL), "failed");
	none.match = lit("three");
	assert_string_equal(judged(none, facts, &own, NULL), "failed");
	good.settle = 10;
	own.output.at = 109 * S; /* before the window was over */
	assert_string_equal(judged(good, facts, &own, NULL), "undecided");
	own.output.at = 110 * S;
	assert_string_equal(judged(good, facts, &own, NULL), "passed");
	own.output.truncated = true;
	assert_string_equal(judged(good, facts, &own, NULL), "undecided");
	own = (struct gate_own){ .output = { .why = lit("killed after 30 seconds"), .at = 150 * S } };
	assert_string_equal(judged(good, facts, &own, NULL), "failed");
	assert_string_equal(judged(good, facts, NULL, NULL), "undecided");
}

SPEC(nothing_may_be_missing_that_was_there)
{
	char *before[] = { lit("b"), lit("a") }, *now[] = { lit("c"), lit("a"), lit("b") };
	struct gate g = GATE(.kind = lit("no-worse"), .deadline = 20);
	const struct gate_facts facts = { .began = 100 * S, .now = 150 * S };
	struct gate_own own = { .lists = { true, 150 * S, { before, 2 }, { now, 3 } } };
	SCOPED(text_end) struct text seen = { 0 };
	assert_string_equal(judged(g, facts, &own, NULL), "passed");
	own.lists.now.count = 2;
	assert_string_equal(judged(g, facts, &own, &seen), "failed");
	assert_string_equal(text_str(&seen), "gone: b\n");
	own.lists.known = false;
	assert_string_equal(judged(g, facts, &own, NULL), "undecided");
}

SPEC(what_was_seen_is_short_one_line_and_without_half_a_secret)
{
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED(text_end) struct text why = { 0 };
	char *argv[] = { lit("app") };
	text_puts(&why, "first\nline");
	while (why.len < 4090)
		text_puts(&why, " token=0123456789");
	text_puts(&why, "--------------------");
	struct gate_own own = { .output = { .why = why.at, .at = 150 * S } };
	judged(GATE(.kind = lit("command"), .argv = { argv, 1 }, .match = lit("x")),
		(struct gate_facts){ .now = 150 * S }, &own, &seen);
	assert_int_equal(strcspn(text_str(&seen), "\n"), GATE_SEEN_BYTES + 3);
	assert_non_null(strstr(text_str(&seen), "first line token=[redacted] token=[redacted]"));
	assert_null(strpbrk(text_str(&seen), "0123456789"));
}

/* ---- all gates ---- */

static const char *verdict(const struct json_list *results, size_t i)
{
	return ((const struct gate_result *)results->items)[i].verdict;
}

SPEC(silence_waits_for_the_last_sign_of_life)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct gate g[] = {
		GATE(.name = lit("quiet"), .kind = lit("log-absent"), .match = lit("x"), .deadline = 60),
		GATE(.name = lit("ready"), .kind = lit("log-present"), .match = lit("y"), .deadline = 60,
			.settle = 5),
		GATE(.name = lit("extra"), .kind = lit("port"), .port = 1, .deadline = 300, .advisory = true),
	};
	struct gate_own own[3] = { { .log = { .read = true, .upto = 110 * S, .entries = 3 } },
		{ .log = { .read = true, .upto = 110 * S, .entries = 3 } } };
	struct gate_facts facts = { .began = 100 * S, .now = 110 * S, .own = own };
	struct json_list gates = { g, 3 }, results;
	gates_judge(&gates, &facts, &(struct redact){ 0 }, &results, &arena);
	assert_string_equal(verdict(&results, 0), "undecided");
	assert_false(gates_decided(&results) || gates_green(&results));
	own[1].log.standing = true;
	own[1].log.since = 104 * S;
	own[1].log.matches = 1;
	gates_judge(&gates, &facts, &(struct redact){ 0 }, &results, &arena);
	assert_string_equal(verdict(&results, 0), "passed");
	assert_string_equal(verdict(&results, 1), "passed");
	assert_string_equal(verdict(&results, 2), "undecided");
	assert_true(gates_green(&results));
	assert_int_equal(gates_window(&gates), 5 * S);
	assert_int_equal(gates_limit(&gates), 305 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gate_that_cannot_be_asked_is_refused_by_name),
		cmocka_unit_test(two_gates_of_one_name_are_refused),
		cmocka_unit_test(a_gate_for_each_component_speaks_of_it_alone),
		cmocka_unit_test(a_service_that_stays_up_passes_when_the_window_is_over),
		cmocka_unit_test(a_service_that_changes_in_the_window_fails),
		cmocka_unit_test(a_service_of_another_start_or_too_late_fails),
		cmocka_unit_test(a_process_runs_from_where_its_traces_are),
		cmocka_unit_test(a_process_that_is_not_of_this_start_proves_nothing),
		cmocka_unit_test(a_port_counts_where_this_start_listens),
		cmocka_unit_test(deadlines_count_from_the_start_of_the_service),
		cmocka_unit_test(a_command_counts_by_what_it_printed_and_only_when_the_window_is_over),
		cmocka_unit_test(a_command_may_be_matched_by_lines),
		cmocka_unit_test(nothing_may_be_missing_that_was_there),
		cmocka_unit_test(what_was_seen_is_short_one_line_and_without_half_a_secret),
		cmocka_unit_test(silence_waits_for_the_last_sign_of_life),
	};
	return cmocka_run_group_tests_name("host_gate", tests, NULL, NULL);
}
