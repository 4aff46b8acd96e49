/* cargo.c - programs are read whole: the card has their digests. */
#include "bundler/cargo.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest/appended.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define INSTALLER "waybill-install"
#define CARD      "WAYBILL.txt"

void cargo_end(struct cargo *c)
{
	for (size_t i = 0; i < c->count; i++)
		stick_file_end(&c->files[i]);
	for (size_t i = 0; i < c->medium_count; i++)
		medium_end(&c->media[i]);
	free(c->files);
	free(c->media);
	card_end(&c->card);
}

bool cargo_file(struct cargo *c, const char *name, const struct medium *from, uint64_t at, uint64_t size,
	struct err *e)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->files[i].name, name) == 0)
			return err_set(e, ERR_USAGE, "two files would be called %s", name);
	if (strlen(name) + 8 >= MEDIUM_LEAF)
		return err_set(e, ERR_USAGE, "%s: its name is too long", name);
	c->files = mem_grow(c->files, c->count + 1, sizeof *c->files);
	struct stick_file *f = &c->files[c->count++];
	*f = (struct stick_file){ .from = from, .at = at, .size = size, .fd = -1 };
	snprintf(f->name, sizeof f->name, "%s", name);
	return true;
}

static struct medium **new_medium(struct cargo *c)
{
	c->media = mem_grow(c->media, c->medium_count + 1, sizeof *c->media);
	c->media[c->medium_count] = NULL;
	return &c->media[c->medium_count++];
}

/* ---- installers ---- */

static bool read_program(const char *path, int *fd, struct text *bytes, struct err *e)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return (*fd >= 0 || err_sys(e, "open the installer %s", path)) &&
	       fs_read_open(*fd, path, CARD_PROGRAM_MAX, bytes, e);
}

bool cargo_installer(struct cargo *c, const char *path, struct err *e)
{
	SCOPED_FD int fd = -1;
	SCOPED(text_end) struct text bytes = { 0 };
	if (!read_program(path, &fd, &bytes, e))
		return false;
	struct medium **m = new_medium(c);
	if (!medium_of(fd_take(&fd), path, m, e) || !cargo_file(c, path_leaf(path), *m, 0, bytes.len, e))
		return false;
	c->files[c->count - 1].program = true;
	card_program(&c->card, path_leaf(path), &bytes);
	return true;
}

/* Where this program lies, without a "/" at its end. */
static bool own_place(char dir[static PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	dir[len > 0 ? len : 0] = '\0';
	char *slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return slash != NULL;
}

/* waybill-install, waybill-install-MACHINE. */
static bool is_installer(const char *name)
{
	const char *rest = name + strlen(INSTALLER);
	return strncmp(name, INSTALLER, strlen(INSTALLER)) == 0 &&
	       (*rest == '\0' || (*rest == '-' && !strchr(rest, '.')));
}

bool cargo_beside(struct cargo *c, struct err *e)
{
	char self[PATH_MAX];
	struct dirent **names;
	if (!own_place(self))
		return true;
	int count = scandir(self, &names, NULL, alphasort);
	bool good = true;
	for (int i = 0; i < count; i++) {
		SCOPED(text_end) struct text path = { 0 };
		text_printf(&path, "%s/%s", self, names[i]->d_name);
		good = good && (!is_installer(names[i]->d_name) || cargo_installer(c, path.at, e));
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return good;
}

/* ---- a program that carries its bundle ---- */

/* The installer, then the stretches of the bundle: one medium, each with a descriptor of its own. */
static bool join(struct medium *m, int program, size_t size, const struct medium *bundle, struct err *e)
{
	m->parts = mem_new(bundle->count + 1, sizeof *m->parts);
	m->count = 1;
	m->parts[0] = (struct medium_part){ .fd = program, .size = size };
	m->size = size;
	for (size_t i = 0; i < bundle->count; i++) {
		struct medium_part *p = &m->parts[m->count];
		*p = bundle->parts[i];
		p->fd = fcntl(bundle->parts[i].fd, F_DUPFD_CLOEXEC, 3);
		if (p->fd < 0)
			return err_sys(e, "read %s", bundle->name);
		m->count++;
		p->at += size;
		m->size += p->size;
	}
	return true;
}

static bool installer_beside(struct text *out, struct err *e)
{
	char dir[PATH_MAX];
	if (!own_place(dir))
		return err_set(e, ERR_USAGE, "--single needs --installer FILE");
	text_printf(out, "%s/" INSTALLER, dir);
	return true;
}

bool cargo_single(struct cargo *c, const char *path, const struct medium *bundle, struct err *e)
{
	char name[MEDIUM_LEAF];
	SCOPED_FD int fd = -1;
	SCOPED(text_end) struct text bytes = { 0 }, beside = { 0 };
	const char *leaf = path_leaf(bundle->name), *end = strstr(leaf, ".waybill");
	snprintf(name, sizeof name, "%.*s.run", end ? (int)(end - leaf) : MEDIUM_LEAF - 8, leaf);
	if (!path && !installer_beside(&beside, e))
		return false;
	path = path ? path : text_str(&beside);
	if (!read_program(path, &fd, &bytes, e))
		return false;
	if (appended_program(fd) != bytes.len)
		return err_set(e, ERR_FORMAT, "%s: no installer that a bundle can stand behind", path);
	struct medium **m = new_medium(c);
	*m = mem_new(1, sizeof **m);
	(*m)->name = mem_copy(name, strlen(name));
	if (!join(*m, fd_take(&fd), bytes.len, bundle, e) || !cargo_file(c, name, *m, 0, (*m)->size, e))
		return false;
	c->files[c->count - 1].program = true;
	card_single(&c->card, name, &bytes);
	return true;
}

/* ---- the card ---- */

bool cargo_card(struct cargo *c, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	card_write(&c->card, &text);
	struct medium **m = new_medium(c);
	return medium_of_bytes(CARD, text.at, text.len, m, e) && cargo_file(c, CARD, *m, 0, text.len, e);
}
