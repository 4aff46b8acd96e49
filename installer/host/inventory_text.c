/* inventory_text.c - the inventory for people. */
#include <stdio.h>
#include <string.h>

#include "installer/host/inventory.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

static void print_texts(const char *before, const struct json_list *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		printf("%s%s\n", before, ((char *const *)texts->items)[i]);
}

static void print_process(const char *before, const struct process *p)
{
	SCOPED(text_end) struct text started = { 0 };
	text_time(&started, p->started);
	printf("%spid %llu of uid %llu, since %s: %s%s%s\n", before, (unsigned long long)p->pid,
		(unsigned long long)p->uid, text_str(&started), p->command, *p->cgroup ? ", in " : "",
		p->cgroup);
}

static void print_service(const struct service *s, bool counts)
{
	const struct link *chain = s->chain.items;
	printf("  %s (%s manager, as %s): %s/%s%s\n", s->unit->name, s->unit->manager, s->unit->user,
		s->unit->active, s->unit->sub, counts ? "  <- counts" : "");
	for (size_t i = 0; i < s->chain.count; i++)
		printf("    %-11s %s -> %s\n", chain[i].how, chain[i].from, chain[i].to);
	if (s->unit->restarts)
		printf("    restarted %llu times\n", (unsigned long long)s->unit->restarts);
	print_texts("    drop-in     ", &s->unit->dropins);
	print_texts("    started by  ", &s->unit->triggers);
	print_texts("    needed by   ", &s->unit->dependents);
	print_texts("    note: ", &s->notes);
}

static void print_components(const struct inventory *inv)
{
	const struct part *p = inv->components.items;
	for (size_t i = 0; i < inv->components.count; i++) {
		printf("  %-20s %-8s %-14s %s\n", p[i].id, p[i].kind, *p[i].version ? p[i].version : "-",
			p[i].path);
		if (strcmp(p[i].path, p[i].real) != 0)
			printf("  %-20s really %s\n", "", p[i].real);
		if (p[i].recorded)
			printf("  %-20s recorded: %s %s\n", "", p[i].source, p[i].spec);
		if (*p[i].host)
			printf("  %-20s wants %s %s\n", "", strcmp(p[i].kind, "core") == 0 ? "node" : "core",
				p[i].host);
	}
}

static void print_copies(const struct inventory *inv)
{
	const struct copy *c = inv->copies.items;
	for (size_t i = 0; i < inv->copies.count; i++) {
		printf("  %s %-14s %s (%s)\n", c[i].runs ? "runs" : "    ",
			*c[i].version ? c[i].version : "-", c[i].path, c[i].owner);
		print_texts("         unit ", &c[i].units);
		print_texts("         command ", &c[i].wrappers);
	}
}

static void print_port(const struct inventory *inv)
{
	const struct port *p = inv->port;
	const struct holder *holders = p->holders.items;
	printf("\nport %llu%s%s (%s)\n", (unsigned long long)p->number, *p->address ? ", " : "", p->address,
		p->from);
	if (p->holders.count == 0)
		printf("  nobody listens\n");
	for (size_t i = 0; i < p->holders.count; i++) {
		printf("  %s: %s\n", holders[i].address,
			holders[i].own ? "the unit's own process" : "NOT the unit's");
		if (holders[i].process)
			print_process("    ", holders[i].process);
	}
}

static void print_places(const struct inventory *inv)
{
	const struct place *p = inv->places.items;
	const struct file_system *f = inv->file_systems.items;
	printf("\nplaces\n");
	for (size_t i = 0; i < inv->places.count; i++)
		printf("  %-8s %-8s %s%s\n", p[i].what, p[i].class, p[i].path,
			p[i].there    ? ""
			: p[i].unseen ? " (may not be seen)"
				      : " (not there)");
	printf("\nfile systems\n");
	for (size_t i = 0; i < inv->file_systems.count; i++) {
		SCOPED(text_end) struct text room = { 0 };
		text_size(&room, f[i].free);
		if (f[i].inodes < JSON_COUNT_LIMIT - 1)
			text_printf(&room, " and %llu inodes", (unsigned long long)f[i].inodes);
		printf("  %-20s %-8s %s free, exchange: %s%s%s\n", f[i].mount, f[i].type, text_str(&room),
			f[i].exchange, f[i].read_only ? ", READ-ONLY" : "",
			f[i].subvolume ? ", subvolume" : "");
	}
}

static void print_probes(const struct inventory *inv)
{
	const struct probe *p = inv->probes.items;
	for (size_t i = 0; i < inv->probes.count; i++)
		printf("%s  %-10s %s%llu: %.200s\n", i ? "" : "\nprobes\n", p[i].name,
			p[i].late ? "too late, " : "exit ", (unsigned long long)p[i].status, p[i].out);
}

static void print_orphans(const struct inventory *inv)
{
	const struct process *p = inv->orphans.items;
	for (size_t i = 0; i < inv->orphans.count; i++) {
		if (i == 0)
			printf("\norphans: processes of the application outside its units\n");
		print_process("  ", &p[i]);
	}
}

static void print_site(const struct inventory *inv)
{
	const struct site_difference *d = inv->differences.items;
	if (!*inv->site)
		return;
	printf("\nsite %s: %s\n", inv->site, inv->differences.count ? "differs" : "as found");
	for (size_t i = 0; i < inv->differences.count; i++)
		printf("  %-20s the site says %s, found %s\n", d[i].what, *d[i].site ? d[i].site : "nothing",
			*d[i].found ? d[i].found : "nothing");
}

void inventory_print(const struct inventory *inv)
{
	const struct service *s = inv->services.items;
	printf("%s %s on %s, Linux %s\n\nunits\n", inv->application,
		*inv->version ? inv->version : "(no version)", inv->arch, inv->kernel);
	for (size_t i = 0; i < inv->services.count; i++)
		print_service(&s[i], inv->main == i + 1);
	if (inv->services.count == 0)
		printf("  none\n");
	printf("\ncomponents\n");
	print_components(inv);
	print_site(inv);
	printf("\ncopies on this machine\n");
	print_copies(inv);
	if (inv->port)
		print_port(inv);
	print_orphans(inv);
	print_places(inv);
	print_probes(inv);
	for (size_t i = 0; i < inv->unseen.count; i++)
		printf("%s  %s\n", i ? "" : "\nnot seen\n", ((char *const *)inv->unseen.items)[i]);
}
