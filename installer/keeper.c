/* keeper.c - see keeper.h. */
#include "installer/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "installer/interrupt.h"
#include "manifest/appended.h"
#include "manifest/base/fs.h"
#include "manifest/base/private.h"
#include "manifest/base/scope.h"

#define INSTALLER_MAX ((size_t)64 * 1024 * 1024)

/* The program, without the bundle that it may carry. */
static bool read_program(int fd, struct text *bytes, struct err *e)
{
	uint64_t size = appended_at(fd);
	if (size == 0)
		return fs_read_open(fd, "/proc/self/exe", INSTALLER_MAX, bytes, e);
	if (size > INSTALLER_MAX)
		return err_set(e, ERR_FORMAT, "larger than the limit of %zu bytes", INSTALLER_MAX);
	SCOPED_TEXT char *program = mem_new((size_t)size, 1);
	if (!fs_read_at(fd, program, (size_t)size, 0, e))
		return false;
	text_add(bytes, program, (size_t)size);
	return true;
}

static bool read_self(struct text *bytes, struct digest *digest, struct err *e)
{
	SCOPED_FD int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "copy this installer");
	if (!read_program(fd, bytes, e))
		return err_in(e, "copy this installer");
	*digest = digest_of(bytes->at, bytes->len);
	return true;
}

/* True if the file there is the whole copy, and stays it: nobody else can write it. */
static bool is_there(int dir, const char *name, const struct digest *digest)
{
	SCOPED(text_end) struct text bytes = { 0 };
	struct err ignored = { 0 };
	if (!private_read(dir, name, INSTALLER_MAX, &bytes, &ignored))
		return false;
	struct digest there = digest_of(bytes.at, bytes.len);
	return digest_equal(&there, digest);
}

bool keeper_keep(const struct node *n, struct digest *digest, bool *fresh, struct err *e)
{
	SCOPED(text_end) struct text bytes = { 0 };
	SCOPED(text_end) struct text path = { 0 };
	SCOPED_FD int dir = -1;
	char hex[DIGEST_HEX];
	if (!read_self(&bytes, digest, e))
		return false;
	digest_hex(digest, hex);
	text_printf(&path, "%s/" KEEPER_DIR, text_str(&n->state_path));
	if (!fs_make_dirs(n->root, text_str(&path), &dir, NULL, e))
		return err_in(e, "copy this installer to /%s", text_str(&path));
	if (!private_check(dir, text_str(&path), e))
		return false;
	if (flock(dir, LOCK_SH) < 0) /* nobody removes what is found there */
		return err_sys(e, "copy this installer to /%s: lock", text_str(&path));
	bool there = is_there(dir, hex, digest);
	if (fresh)
		*fresh = !there;
	return there || fs_replace(dir, hex, bytes.at, bytes.len, 0755, e) ||
	       err_in(e, "copy this installer to /%s", text_str(&path));
}

void keeper_path(const struct node *n, const struct digest *digest, struct text *out)
{
	char hex[DIGEST_HEX];
	digest_hex(digest, hex);
	text_printf(out, "/%s/" KEEPER_DIR "/%s", text_str(&n->state_path), hex);
}

/* -1: there are none, or others could have put them there. */
static int open_copies(const struct node *n)
{
	SCOPED(text_end) struct text path = { 0 };
	struct err ignored = { 0 };
	text_printf(&path, "%s/" KEEPER_DIR, text_str(&n->state_path));
	SCOPED_FD int dir = fs_open(n->root, text_str(&path), O_RDONLY | O_DIRECTORY, 0);
	return dir >= 0 && private_check(dir, text_str(&path), &ignored) ? fd_take(&dir) : -1;
}

enum keeper_who keeper_who(const struct node *n, const struct digest *digest)
{
	SCOPED(text_end) struct text bytes = { 0 };
	struct digest self;
	struct err ignored = { 0 };
	char hex[DIGEST_HEX];
	if (digest_zero(digest) || !read_self(&bytes, &self, &ignored) || digest_equal(&self, digest))
		return KEEPER_SELF;
	SCOPED_FD int dir = open_copies(n);
	digest_hex(digest, hex);
	return dir >= 0 && is_there(dir, hex, digest) ? KEEPER_OTHER : KEEPER_GONE;
}

/* The program itself, whatever comes to have its name; -1: there is none. */
static int open_copy(const struct node *n, const struct digest *digest)
{
	char hex[DIGEST_HEX];
	SCOPED_FD int dir = open_copies(n);
	digest_hex(digest, hex);
	return dir < 0 ? -1 : fs_open(dir, hex, O_RDONLY, 0);
}

void keeper_become(const struct node *n, const struct digest *digest, char *const *argv)
{
	SCOPED_FD int program = keeper_who(n, digest) == KEEPER_OTHER ? open_copy(n, digest) : -1;
	if (program >= 0)
		fexecve(program, argv, environ);
}

/* It hears a signal as it does everywhere; here the end of it is waited for. */
static bool run(int program, char *const *argv, int *status, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t child = -1;
	text_printf(&path, "/proc/self/fd/%d", program);
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	interrupt_hold();
	int failed = posix_spawn(&child, text_str(&path), &actions, &attributes, argv, environ);
	while (!failed && waitpid(child, status, 0) < 0)
		failed = errno == EINTR ? 0 : errno;
	interrupt_release();
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	errno = failed;
	return failed == 0 || err_sys(e, "run the installer that wrote the record");
}

bool keeper_recover(
	const struct node *n, const struct digest *digest, bool silent, int *status, struct err *e)
{
	SCOPED_FD int program = open_copy(n, digest);
	const char *argv[16] = { "waybill-install", "recover", "--name", text_str(&n->name) };
	size_t count = 4;
	int ended = 0;
	if (n->instance.len) {
		argv[count++] = "--instance";
		argv[count++] = text_str(&n->instance);
	}
	if (strcmp(n->root_path, "/") != 0) {
		argv[count++] = "--root";
		argv[count++] = n->root_path;
	}
	if (silent)
		argv[count++] = "--json";
	if (program < 0)
		return err_sys(e, "open the installer that wrote the record");
	if (!run(program, (char *const *)(uintptr_t)argv, &ended, e))
		return false;
	*status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
	return true;
}

void keeper_command(const struct node *n, const struct digest *digest, struct text *out)
{
	bool below = strcmp(n->root_path, "/") != 0;
	text_puts(out, below ? n->root_path : "");
	keeper_path(n, digest, out);
	text_printf(out, " recover --name %s", text_str(&n->name));
	if (n->instance.len)
		text_printf(out, " --instance %s", text_str(&n->instance));
	if (below)
		text_printf(out, " --root %s", n->root_path);
}
