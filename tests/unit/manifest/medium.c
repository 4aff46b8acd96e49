/* medium - a bundle in one file or in volumes: names, order, and what is missing. */
#include "manifest/medium.h"
#include "tests/unit/manifest/sample.h"

SPEC(names_of_volumes)
{
	static const struct {
		const char *leaf;
		unsigned number;
	} cases[] = {
		{ "x.waybill.001", 1 },
		{ "x.waybill.999", 999 },
		{ "x.waybill.1000", 1000 },
		{ "x.waybill.9999", 9999 },
		{ "x.waybill", 0 },
		{ "x.waybill.000", 0 },
		{ "x.waybill.0001", 0 },
		{ "x.waybill.01", 0 },
		{ "x.waybill.10000", 0 },
		{ "x.waybill.00a", 0 },
		{ ".001", 0 },
		{ "001", 0 },
		{ "", 0 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t stem = 0;
		char again[MEDIUM_LEAF];
		assert_int_equal(medium_volume(cases[i].leaf, &stem), cases[i].number);
		if (!cases[i].number)
			continue;
		assert_int_equal(stem, strlen("x.waybill"));
		medium_leaf("some/x.waybill", cases[i].number, again);
		assert_string_equal(again, cases[i].leaf);
	}
}

static void put(int dir, const char *name, const char *text)
{
	SCOPED_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static bool opens(const char *path, const char *more, struct medium **m, struct err *e)
{
	struct cli_many dirs = { &more, 1 };
	medium_end(m);
	return medium_open(path, more ? &dirs : NULL, m, e);
}

SPEC(volumes_are_read_as_one)
{
	SCOPED_FD int dir = scratch();
	SCOPED(medium_end) struct medium *m = NULL;
	struct err e = { 0 }, none = { 0 };
	char bytes[8] = "";
	assert_int_equal(fchdir(dir), 0);
	assert_int_equal(mkdirat(dir, "more", 0700), 0);
	put(dir, "x.001", "ab");
	put(dir, "._x.001", "sidecar");
	put(dir, "x.0001", "no name of a volume");
	put(dir, "y.002", "of another");
	put(dir, "more/x.002", "c");
	put(dir, "x.003", "def");
	MUST(opens("x.003", "more", &m, &e), &e);
	assert_int_equal(m->size, 6);
	assert_int_equal(m->count, 3);
	assert_string_equal(m->name, "x");
	MUST(medium_read(m, bytes, 5, 1, &e), &e);
	assert_memory_equal(bytes, "bcdef", 5);
	assert_false(medium_read(m, bytes, 6, 1, &e));
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_true(medium_whole(m, &none));
	assert_int_equal(medium_file(m), -1);
	MUST(opens("x", "more", &m, &none), &none);
	assert_int_equal(m->size, 6);
}

SPEC(a_volume_that_is_there_twice)
{
	SCOPED_FD int dir = scratch();
	SCOPED(medium_end) struct medium *m = NULL;
	struct err e = { 0 };
	assert_int_equal(fchdir(dir), 0);
	assert_int_equal(mkdirat(dir, "more", 0700), 0);
	put(dir, "x.001", "ab");
	put(dir, "more/x.001", "ab");
	MUST(opens("x.001", "more", &m, &e), &e);
	MUST(opens("x.001", ".", &m, &e), &e);
	put(dir, "more/x.001", "aB");
	assert_false(opens("x.001", "more", &m, &e));
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_non_null(strstr(e.text, "more/x.001"));
}

SPEC(the_first_volume_is_missing)
{
	SCOPED_FD int dir = scratch();
	SCOPED(medium_end) struct medium *m = NULL;
	struct err e = { 0 }, none = { 0 }, gap = { 0 };
	char bytes[8];
	assert_int_equal(fchdir(dir), 0);
	put(dir, "x.002", "cd");
	assert_false(opens("x.002", NULL, &m, &e));
	assert_non_null(strstr(e.text, "x.001 is missing"));
	put(dir, "x.002", "waybill.json");
	SCOPED_FD int fd = openat(dir, "x.002", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 100), 0);
	MUST(opens("x.002", NULL, &m, &none), &none); /* a release may end so */
	assert_int_equal(medium_file(m) >= 0, true);
	put(dir, "x.001", "ab");
	put(dir, "x.004", "gh");
	MUST(opens("x.002", NULL, &m, &none), &none);
	assert_int_equal(m->size, 2 + 100);
	assert_false(medium_read(m, bytes, 1, 102, &gap));
	assert_string_equal(gap.text, "x.003 is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_volumes),
		cmocka_unit_test(volumes_are_read_as_one),
		cmocka_unit_test(a_volume_that_is_there_twice),
		cmocka_unit_test(the_first_volume_is_missing),
	};
	return cmocka_run_group_tests_name("medium", tests, start_digests, NULL);
}
