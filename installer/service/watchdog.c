/* watchdog.c - see watchdog.h. */
#include "installer/service/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "installer/host/run.h"
#include "installer/keeper.h"
#include "installer/service/systemd.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define ON_ACTIVE   "--on-active=30s"
#define ON_INACTIVE "--on-unit-inactive=30s"
#define RUN_SECONDS 30

/* ---- the timer ---- */

/* A unit's name has no "@" where no template is meant. */
static void timer_name(const struct node *n, struct text *out)
{
	text_puts(out, "waybill-recover-");
	for (const char *p = text_str(&n->application); *p; p++)
		text_byte(out, *p == '@' ? ':' : *p);
}

/* Root's own manager, or the user's that runs this. */
static bool own_manager(void)
{
	return geteuid() != 0;
}

static bool run_quietly(const char *const *argv, struct err *e)
{
	SCOPED(ran_end) struct ran ran = { 0 };
	struct run run = { .argv = argv, .seconds = RUN_SECONDS };
	if (!run_program(&run, &ran, e))
		return false;
	const char *why = ran.status == 127 ? "there is none here" : text_str(&ran.err);
	return ran.status == 0 || err_set(e, ERR_SYSTEM, "%s: %.*s", argv[0], (int)strcspn(why, "\n"), why);
}

static void stop_timer(const char *name)
{
	SCOPED(text_end) struct text timer = { 0 };
	struct err ignored = { 0 };
	text_printf(&timer, "%s.timer", name);
	const char *argv[] = { "systemctl", "--quiet", own_manager() ? "--user" : "--system", "stop",
		text_str(&timer), NULL };
	if (!run_quietly(argv, &ignored))
		ignored = (struct err){ 0 }; /* there was none */
}

bool watchdog_arm(struct transaction *t, struct err *e)
{
	SCOPED(text_end) struct text name = { 0 };
	SCOPED(text_end) struct text unit = { 0 };
	SCOPED(text_end) struct text program = { 0 };
	struct err why = { 0 };
	(void)e;
	timer_name(&t->node, &name);
	text_printf(&unit, "--unit=%s", text_str(&name));
	keeper_path(&t->node, &t->act.installer, &program);
	const char *argv[] = { "systemd-run", "--quiet", own_manager() ? "--user" : "--system", "--collect",
		text_str(&unit), ON_ACTIVE, ON_INACTIVE, "--timer-property=AccuracySec=1s",
		"--description=Finish what an interrupted waybill-install left", text_str(&program),
		"recover", "--unattended", "--name", text_str(&t->node.name),
		t->node.instance.len ? "--instance" : NULL, text_str(&t->node.instance), NULL };
	stop_timer(text_str(&name));
	if (!run_quietly(argv, &why))
		say(t->request->json,
			"nobody recovers this act before the next boot if this command dies: %s", why.text);
	return true;
}

void watchdog_disarm(const struct node *n, const struct act *a)
{
	SCOPED(text_end) struct text name = { 0 };
	if (a->units.count == 0)
		return;
	timer_name(n, &name);
	stop_timer(text_str(&name));
}

/* ---- the units ---- */

/* A word of a unit file, whatever is in it. */
static void quote(const char *word, struct text *out)
{
	text_puts(out, " \"");
	for (const char *p = word; *p; p++) {
		if (*p == '"' || *p == '\\')
			text_byte(out, '\\');
		text_byte(out, *p);
		if (*p == '%')
			text_byte(out, '%');
	}
	text_puts(out, "\"");
}

static void write_mounts(const struct node *n, const struct site *s, struct text *out)
{
	const struct site_application *a = s->applications.items;
	SCOPED(text_end) struct text records = { 0 };
	text_printf(&records, "/%s", text_str(&n->state_path));
	text_puts(out, "RequiresMountsFor=");
	quote(text_str(&records), out);
	for (size_t i = 0; i < s->applications.count; i++) {
		const struct site_component *c = a[i].components.items;
		const struct site_place *p = a[i].places.items;
		for (size_t k = 0; k < a[i].components.count; k++)
			quote(c[k].path, out);
		for (size_t k = 0; k < a[i].places.count; k++)
			quote(p[k].path, out);
	}
	text_puts(out, "\n");
}

static bool any_unit(const struct site *s, const char *manager)
{
	const struct site_application *a = s->applications.items;
	for (size_t i = 0; i < s->applications.count; i++) {
		const struct site_unit *u = a[i].units.items;
		for (size_t k = 0; k < a[i].units.count; k++)
			if (strcmp(u[k].manager, manager) == 0)
				return true;
	}
	return false;
}

/* What the boot starts by itself comes first, so that the proof only starts what is missing: units of the own
 * manager; what nobody's manager starts, by whatever a boot runs. Units of users are in no order with ours:
 * the proof starts their manager where it must, which may not be before users are let in. */
static void write_after(const struct site *s, struct text *out)
{
	const struct site_application *a = s->applications.items;
	bool users = !own_manager() && any_unit(s, "user"), commands = any_unit(s, "command");
	for (size_t i = 0; i < s->applications.count; i++) {
		const struct site_unit *u = a[i].units.items;
		for (size_t k = 0; k < a[i].units.count; k++)
			if (strcmp(u[k].manager, own_manager() ? "user" : "system") == 0)
				text_printf(out, "After=%s\n", u[k].name);
	}
	if (users)
		text_puts(out, "After=systemd-user-sessions.service\n");
	if (commands)
		text_printf(out, "After=%s\n", own_manager() ? "default.target" : "multi-user.target");
}

#define HEAD "# Written by `waybill-install adopt`.\n[Unit]\nDocumentation=man:waybill-install(1)\n"

static void write_recover(const struct node *n, const struct site *s, const char *program, struct text *out)
{
	text_puts(out, HEAD "Description=Finish what an interrupted waybill-install left\n"
			    "DefaultDependencies=no\n"
			    "Conflicts=shutdown.target\n");
	write_mounts(n, s, out);
	text_printf(out, own_manager() ? "Before=basic.target shutdown.target\n"
				       : "After=local-fs.target\nBefore=sysinit.target shutdown.target\n");
	text_puts(out, "\n[Service]\nType=oneshot\nTimeoutStartSec=900\nExecStart=");
	quote(program, out);
	text_printf(out, " recover --boot\n\n[Install]\nWantedBy=%s\n",
		own_manager() ? "basic.target" : "sysinit.target");
}

static void write_prove(const struct node *n, const struct site *s, const char *program, struct text *out)
{
	(void)n;
	text_puts(out, HEAD "Description=Judge what an interrupted waybill-install went back to\n");
	write_after(s, out);
	text_puts(out, "\n[Service]\nType=exec\nRestart=on-failure\nRestartSec=30\nExecStart=");
	quote(program, out);
	text_printf(out, " recover --prove\n\n[Install]\nWantedBy=%s\n",
		own_manager() ? "default.target" : "multi-user.target");
}

static const struct boot_unit {
	const char *name, *wants, *user_wants;
	void (*write)(const struct node *n, const struct site *s, const char *program, struct text *out);
} boot_units[] = {
	{ "waybill-recover.service", "sysinit.target.wants", "basic.target.wants", write_recover },
	{ "waybill-prove.service", "multi-user.target.wants", "default.target.wants", write_prove },
};

/* Below the root, without a leading "/". */
static void unit_dir(struct text *out)
{
	const char *home = getenv("HOME");
	if (own_manager() && home && *home == '/')
		text_printf(out, "%s/.config/systemd/user", home + 1);
	else
		text_puts(out, "etc/systemd/system");
}

static bool install_one(const struct node *n, const struct boot_unit *b, const char *dir_path,
	const struct text *text, struct err *e)
{
	SCOPED(text_end) struct text wants = { 0 };
	SCOPED(text_end) struct text target = { 0 };
	SCOPED_FD int dir = -1;
	SCOPED_FD int wanted = -1;
	text_printf(&wants, "%s/%s", dir_path, own_manager() ? b->user_wants : b->wants);
	text_printf(&target, "../%s", b->name);
	if (!fs_make_dirs(n->root, dir_path, &dir, NULL, e) ||
		!fs_replace(dir, b->name, text->at, text->len, 0644, e) ||
		!fs_make_dirs(n->root, text_str(&wants), &wanted, NULL, e))
		return err_in(e, "write /%s/%s", dir_path, b->name);
	if (symlinkat(text_str(&target), wanted, b->name) < 0 && errno != EEXIST)
		return err_sys(e, "enable %s", b->name);
	return fs_flush_dir(wanted, e);
}

bool watchdog_install(const struct node *n, const struct site *s, struct err *e)
{
	const struct site_application *a = s->applications.items;
	SCOPED(text_end) struct text program = { 0 };
	SCOPED(text_end) struct text dir = { 0 };
	unit_dir(&dir);
	keeper_path(n, &a[s->applications.count - 1].installer, &program);
	for (size_t i = 0; i < COUNT_OF(boot_units); i++) {
		SCOPED(text_end) struct text text = { 0 };
		boot_units[i].write(n, s, text_str(&program), &text);
		if (!install_one(n, &boot_units[i], text_str(&dir), &text, e))
			return false;
	}
	return true;
}

bool watchdog_remove(const struct node *n, struct err *e)
{
	SCOPED(text_end) struct text dir = { 0 };
	unit_dir(&dir);
	SCOPED_FD int units = fs_open(n->root, text_str(&dir), O_RDONLY | O_DIRECTORY, 0);
	if (units < 0)
		return errno == ENOENT || err_sys(e, "open /%s", text_str(&dir));
	for (size_t i = 0; i < COUNT_OF(boot_units); i++) {
		const struct boot_unit *b = &boot_units[i];
		const char *wants = own_manager() ? b->user_wants : b->wants;
		SCOPED_FD int wanted = fs_open(units, wants, O_RDONLY | O_DIRECTORY, 0);
		if (wanted >= 0 && unlinkat(wanted, b->name, 0) < 0 && errno != ENOENT)
			return err_sys(e, "disable %s", b->name);
		if (wanted >= 0 && !fs_flush_dir(wanted, e))
			return false;
		unlinkat(units, wants, AT_REMOVEDIR); /* stays where others have links in it */
		if (unlinkat(units, b->name, 0) < 0 && errno != ENOENT)
			return err_sys(e, "remove /%s/%s", text_str(&dir), b->name);
	}
	return fs_flush_dir(units, e);
}
