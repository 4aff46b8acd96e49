/* unit - what every unit test is written with: cmocka, sentences, complaints, and a directory to work in.
 *
 * A test program is one module; its group carries the module's name. What scratch() gives lies below one
 * directory of this process, which is removed when the process ends.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "manifest/base/err.h"
#include "manifest/base/scope.h"
#include "manifest/base/text.h"
#include "manifest/digest.h"

#define HELPER         static inline __attribute__((unused))
#define SPEC(sentence) static void sentence(void **state __attribute__((unused)))

/* In place of err_set()'s false: the step has to succeed. */
#define MUST(call, e)                                                                                        \
	do {                                                                                                 \
		if (!(call))                                                                                 \
			fail_msg("%s: %s", #call, (e)->text);                                                \
	} while (0)

HELPER void assert_says(const struct err *e, enum err_kind kind, const char *complaint)
{
	if (!strstr(e->text, complaint))
		fail_msg("\"%s\" does not say \"%s\"", e->text, complaint);
	if (e->kind != kind)
		fail_msg("\"%s\" is of kind %s, not %s", e->text, err_word(e->kind), err_word(kind));
}

/* A copy without anything behind it, so that a sanitizer sees each step too far. */
HELPER char *exact_copy(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

/* `count` times the letter, as a text. */
HELPER char *repeated(char letter, size_t count)
{
	char *text = malloc(count + 1);
	assert_non_null(text);
	memset(text, letter, count);
	text[count] = '\0';
	return text;
}

/* ---- a directory to work in ---- */

static char scratch_top[PATH_MAX];
static pid_t scratch_owner;

HELPER int scratch_drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

HELPER int scratch_open(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)at;
	if (kind == FTW_D && (st->st_mode & 0700) != 0700)
		return chmod(path, 0700);
	return 0;
}

HELPER void scratch_remove(void)
{
	if (getpid() != scratch_owner)
		return;
	nftw(scratch_top, scratch_open, 16, FTW_PHYS);
	nftw(scratch_top, scratch_drop, 16, FTW_PHYS | FTW_DEPTH);
}

/* A fresh empty directory, open; the caller closes it. */
HELPER int scratch(void)
{
	static unsigned number;
	const char *tmp = getenv("TMPDIR");
	if (!scratch_owner) {
		snprintf(scratch_top, sizeof scratch_top, "%s/waybill-unit-XXXXXX", tmp ? tmp : "/tmp");
		assert_non_null(mkdtemp(scratch_top));
		scratch_owner = getpid();
		atexit(scratch_remove);
	}
	char path[PATH_MAX + 32];
	snprintf(path, sizeof path, "%s/%d-%u", scratch_top, (int)getpid(), number++);
	assert_int_equal(mkdir(path, 0755), 0);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* The path of an open directory, with `/name` behind it where there is a name. */
HELPER const char *path_of(int dir, const char *name, char path[static PATH_MAX])
{
	char self[64];
	snprintf(self, sizeof self, "/proc/self/fd/%d", dir);
	ssize_t n = readlink(self, path, PATH_MAX - 1);
	assert_true(n > 0);
	snprintf(path + n, PATH_MAX - (size_t)n, "%s%s", name ? "/" : "", name ? name : "");
	return path;
}

/* ---- what is there ---- */

HELPER void given_dir(int dir, const char *path)
{
	char upto[PATH_MAX];
	for (size_t i = 1; i <= strlen(path); i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(upto, path, i);
		upto[i] = '\0';
		assert_true(mkdirat(dir, upto, 0755) == 0 || errno == EEXIST);
	}
}

HELPER void given_parents(int dir, const char *path)
{
	char *copy = exact_copy(path, strlen(path) + 1), *slash = strrchr(copy, '/');
	if (slash) {
		*slash = '\0';
		given_dir(dir, copy);
	}
	free(copy);
}

HELPER void given_bytes(int dir, const char *path, const void *bytes, size_t len)
{
	given_parents(dir, path);
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(close(fd), 0);
}

HELPER void given_file(int dir, const char *path, const char *content)
{
	given_bytes(dir, path, content, strlen(content));
}

HELPER void given_link(int dir, const char *path, const char *target)
{
	given_parents(dir, path);
	assert_int_equal(symlinkat(target, dir, path), 0);
}

HELPER bool is_there(int dir, const char *path)
{
	struct stat st;
	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

HELPER void assert_absent(int dir, const char *path)
{
	if (is_there(dir, path))
		fail_msg("%s is there", path);
}

HELPER void assert_file(int dir, const char *path, const char *content)
{
	char have[4096];
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	ssize_t n = read(fd, have, sizeof have - 1);
	assert_true(n >= 0);
	have[n] = '\0';
	close(fd);
	assert_string_equal(have, content);
}

/* Group set-up for whatever needs digests or keys. */
HELPER int start_digests(void **state)
{
	(void)state;
	struct err e = { 0 };
	return digest_start(&e) ? 0 : -1;
}

/* Exit status of a command of the shell; 127 where a program of it is not there. */
HELPER int shell(const char *command)
{
	int status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
