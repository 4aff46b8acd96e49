/* service_snapshot_random - whatever happens to a tree before, between and during the passes: after the
 * second the copy equals the place. The seed is told; WAYBILL_SEED repeats it.
 */
#include <signal.h>
#include <time.h>

#include "manifest/base/fs.h"
#include "tests/unit/installer/trees.h"

#define ROUNDS 60

static unsigned long long state_of_chance;

static unsigned chance(unsigned below)
{
	state_of_chance = state_of_chance * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state_of_chance >> 33) % below;
}

/* One of a few paths, so that they meet again as something else. */
static const char *any_path(char path[static 256])
{
	static const char *const names[] = { "a", "b", "c\n", "\xff", "a-", "A" };
	size_t len = (size_t)snprintf(path, 256, "place");
	for (unsigned depth = 1 + chance(3); depth; depth--)
		len += (size_t)snprintf(path + len, 256 - len, "/%s", names[chance(COUNT_OF(names))]);
	return path;
}

static void write_some(int dir, const char *path, int flags)
{
	char bytes[20000];
	size_t len = chance(3) ? chance(40) : chance(sizeof bytes);
	SCOPED_FD int fd =
		openat(dir, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0644);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)chance(256);
	if (fd >= 0)
		(void)!pwrite(fd, bytes, len, chance(4) ? 0 : chance(200000));
}

/* Rewritten in place, and the time put back. */
static void rewrite(int dir, const char *path)
{
	struct stat st;
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	SCOPED_FD int fd = openat(dir, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	(void)!pwrite(fd, "again", 5, 0);
	futimens(fd, (struct timespec[2]){ st.st_atim, st.st_mtim });
}

static void attribute(int dir, const char *path)
{
	char whole[PATH_MAX], value = (char)('0' + chance(3));
	path_of(dir, path, whole);
	if (chance(3))
		lsetxattr(whole, chance(2) ? "user.a" : "user.b", &value, 1, 0);
	else
		lremovexattr(whole, "user.a");
}

/* Most of them fail most of the time: nobody looks. */
static void change_something(int dir)
{
	char path[256], other[256];
	struct timespec times[2] = { { chance(2000000000), 1 }, { chance(2000000000), chance(1000000000) } };
	struct stat st;
	any_path(path);
	any_path(other);
	bool link = fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
	switch (chance(16)) {
	case 0:
	case 1:
		mkdirat(dir, path, 0755);
		break;
	case 2:
		renameat(dir, path, dir, other);
		break;
	case 3:
		fs_exchange(dir, path, dir, other);
		break;
	case 4:
		unlinkat(dir, path, 0);
		break;
	case 5:
		(void)!fs_remove(dir, path, &(struct err){ 0 });
		break;
	case 6:
		symlinkat(chance(2) ? "a" : "b/../nowhere", dir, path);
		break;
	case 7:
		linkat(dir, path, dir, other, 0);
		break;
	case 8:
		if (!link)
			fchmodat(dir, path, 0700 | chance(07777 + 1), 0);
		break;
	case 9:
		utimensat(dir, path, times, AT_SYMLINK_NOFOLLOW);
		break;
	case 10:
		attribute(dir, path);
		break;
	case 11:
		rewrite(dir, path);
		break;
	case 12:
		mkfifoat(dir, path, 0600);
		break;
	case 13:
		fchownat(dir, path, chance(5), chance(5), AT_SYMLINK_NOFOLLOW);
		break;
	default:
		write_some(dir, path, chance(2) ? O_TRUNC : 0);
	}
}

static void settle(struct snapshot *s, int from, int to)
{
	struct snapshot_count count;
	struct err e = { 0 };
	bool there;
	MUST(snapshot_settle(s, from, "place", to, "copy", &count, &there, &e), &e);
	assert_copied(from, "place", to, "copy");
}

SPEC(the_copy_equals_the_place_whatever_changed_between_the_passes)
{
	for (int round = 0; round < ROUNDS; round++) {
		SCOPED_FD int from = scratch();
		SCOPED_FD int to = scratch();
		SCOPED(snapshot_end) struct snapshot *s = snapshot_new();
		struct err e = { 0 };
		given_dir(from, "place");
		for (int i = 0; i < 120; i++)
			change_something(from);
		if (round % 2)
			a_while_later();
		MUST(snapshot_first(s, from, "place", to, "copy", &e), &e);
		assert_copied(from, "place", to, "copy");
		for (unsigned i = chance(60); i > 0; i--)
			change_something(from);
		settle(s, from, to);
	}
}

SPEC(the_copy_equals_the_place_whatever_changed_during_the_first_pass)
{
	SCOPED_FD int from = scratch();
	given_dir(from, "place");
	for (int round = 0; round < ROUNDS / 2; round++) {
		SCOPED_FD int to = scratch();
		SCOPED(snapshot_end) struct snapshot *s = snapshot_new();
		struct err e = { 0 };
		for (int i = 0; i < 60; i++)
			change_something(from);
		a_while_later();
		pid_t child = fork();
		while (child == 0)
			change_something(from);
		bool done = snapshot_first(s, from, "place", to, "copy", &e);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		MUST(done, &e);
		chance(1000);
		settle(s, from, to);
	}
}

static int seeded(void **state)
{
	const char *given = getenv("WAYBILL_SEED");
	(void)state;
	state_of_chance = given ? strtoull(given, NULL, 10) : (unsigned long long)time(NULL);
	printf("WAYBILL_SEED=%llu\n", state_of_chance);
	return 0;
}

int main(void)
{
	umask(022);
	const struct CMUnitTest list[] = {
		cmocka_unit_test(the_copy_equals_the_place_whatever_changed_between_the_passes),
		cmocka_unit_test(the_copy_equals_the_place_whatever_changed_during_the_first_pass),
	};
	return cmocka_run_group_tests_name("service_snapshot_random", list, seeded, NULL);
}
