/* service_orphans_find - who holds the port of a service and is not the service's, told in a line. */
#include "installer/host/units.h"
#include "tests/unit/installer/listening.h"

struct found {
	struct host h;
	struct inventory inv;
	struct port port;
	struct json_list out;
};

static void found_end(struct found *f)
{
	arena_end(&f->h.arena);
}

static struct process *add_process(struct found *f, struct json_list *to, pid_t pid)
{
	struct process *p = list_add(to, sizeof *p, &f->h.arena);
	assert_true(process_read((uint64_t)pid, p, &f->h.arena));
	return p;
}

static void add_holder(struct found *f, const char *address, bool own, pid_t pid)
{
	struct json_list one = { NULL, 0 };
	struct process *p = pid ? add_process(f, &one, pid) : NULL;
	struct holder *holder = list_add(&f->port.holders, sizeof *holder, &f->h.arena);
	*holder = (struct holder){ arena_str(&f->h.arena, address), own, p };
}

static const struct orphan *look_for(struct found *f, uint16_t port)
{
	struct user *user = list_add(&f->h.users, sizeof *user, &f->h.arena);
	*user = (struct user){ arena_str(&f->h.arena, "claw"), NULL, geteuid(), 0 };
	f->h.alive = true;
	f->port.number = port;
	f->inv.port = &f->port;
	orphans_find(&f->h, &f->inv, &f->out, &f->h.arena);
	return f->out.items;
}

SPEC(where_no_port_is_known_there_is_no_orphan)
{
	SCOPED(found_end) struct found f = { .h = { .alive = true } };
	orphans_find(&f.h, &f.inv, &f.out, &f.h.arena);
	assert_int_equal(f.out.count, 0);
}

SPEC(each_foreign_process_is_found_once)
{
	SCOPED(found_end) struct found f = { 0 };
	GIVEN(other, .more = "127.0.0.2");
	add_holder(&f, "127.0.0.3", true, getpid());
	add_holder(&f, "127.0.0.1", false, other.pid);
	add_holder(&f, "127.0.0.2", false, other.pid);
	add_holder(&f, "10.0.0.1", false, 0);
	add_holder(&f, "0.0.0.1", false, 0);
	add_process(&f, &f.inv.orphans, other.pid);
	const struct orphan *o = look_for(&f, other.port);
	assert_int_equal(f.out.count, 2);
	assert_int_equal(o[0].pid, other.pid);
	assert_int_equal(o[0].port, other.port);
	assert_string_equal(o[0].address, "127.0.0.1, 127.0.0.2");
	assert_string_equal(o[0].user, "claw");
	assert_true(o[0].ticks > 0);
	assert_int_equal(o[1].pid, 0);
	assert_string_equal(o[1].address, "10.0.0.1, 0.0.0.1");
}

SPEC(a_stray_that_shares_the_services_socket_is_found)
{
	SCOPED(found_end) struct found f = { 0 };
	GIVEN(service, .shares = true);
	GIVEN(elsewhere, .port = 0);
	add_holder(&f, "127.0.0.1", true, service.pid);
	add_process(&f, &f.inv.orphans, service.heir);
	add_process(&f, &f.inv.orphans, elsewhere.pid);
	add_process(&f, &f.inv.orphans, service.pid)->ticks++; /* another process by now */
	const struct orphan *o = look_for(&f, service.port);
	assert_int_equal(f.out.count, 1);
	assert_int_equal(o[0].pid, service.heir);
	assert_string_equal(o[0].address, "127.0.0.1");
}

static void assert_told(const struct orphan *o, const char *line)
{
	SCOPED(text_end) struct text text = { 0 };
	orphan_text(o, &text);
	assert_string_equal(text_str(&text), line);
}

SPEC(an_orphan_is_told_in_a_line)
{
	char node[] = "/usr/bin/node x.js", root[] = "root", none[] = "", unit[] = "session-3.scope",
	     cgroup[] = "/a/b", address[] = "127.0.0.1";
	struct orphan o = { 4711, 1, 1795355000, 0, root, node, cgroup, unit, address, 18789 };
	assert_told(&o, "pid 4711 (/usr/bin/node x.js), started 2026-11-22 13:43:20 UTC, of user root, in "
			"session-3.scope, holds port 18789 of 127.0.0.1");
	o.unit = none;
	o.started = 0;
	assert_told(&o,
		"pid 4711 (/usr/bin/node x.js), started -, of user root, in /a/b, holds port 18789 of "
		"127.0.0.1");
	o.cgroup = none;
	char *line = repeated('x', 300), *shown = repeated('x', 400);
	memcpy(line + 159, "\xc3\xa4", 2); /* is not cut in two */
	snprintf(shown, 400,
		"pid 4711 (%.159s...), started -, of user root, in no unit, holds port 18789 of "
		"127.0.0.1",
		line);
	o.command = line;
	assert_told(&o, shown);
	free(line);
	free(shown);
	o.pid = 0;
	assert_told(&o, geteuid() == 0
				? "a process that cannot be seen from here (in another PID namespace, or the "
				  "kernel's own) holds port 18789 of 127.0.0.1"
				: "a process that cannot be seen by this user (root can) holds port 18789 of "
				  "127.0.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_no_port_is_known_there_is_no_orphan),
		cmocka_unit_test(each_foreign_process_is_found_once),
		cmocka_unit_test(a_stray_that_shares_the_services_socket_is_found),
		cmocka_unit_test(an_orphan_is_told_in_a_line),
	};
	return cmocka_run_group_tests_name("service_orphans_find", tests, NULL, NULL);
}
