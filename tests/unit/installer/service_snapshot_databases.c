/* service_snapshot_databases - databases are copied when nothing writes to them any more, and are whole.
 */
#include "tests/unit/installer/snapshots.h"

SPEC(databases_are_left_for_the_second_pass)
{
	static const char *const left[] = { "db", "db-wal", "db-shm", "db-journal", "empty header" };
	SCOPED(over) struct story y = begun();
	char path[64];
	given_file(y.from, "place/plain", "SQLite format 4");
	given_file(y.from, "place/plain-wal", "x");
	given_file(y.from, "place/-wal", "x");
	for (size_t i = 0; i < COUNT_OF(left); i++) {
		snprintf(path, sizeof path, "place/%s", left[i]);
		bool companion = strchr(left[i], '-') != NULL;
		given_bytes(y.from, path, companion ? "x" : "SQLite format 3\0more", companion ? 1 : 20);
	}
	a_while_later();
	first(&y);
	for (size_t i = 0; i < COUNT_OF(left); i++) {
		snprintf(path, sizeof path, "copy/%s", left[i]);
		assert_absent(y.to, path);
	}
	assert_true(is_there(y.to, "copy/plain-wal"));
	assert_true(is_there(y.to, "copy/-wal"));
	settled(&y);
	assert_true(tmpfs_here(y.from) || y.count.files == COUNT_OF(left));
}

SPEC(a_real_database_is_whole_in_the_copy)
{
	char path[PATH_MAX], command[2 * PATH_MAX];
	if (shell("sqlite3 -version >/dev/null 2>&1") != 0)
		skip();
	SCOPED(over) struct story y = begun();
	given_dir(y.from, "place");
	snprintf(command, sizeof command, "sqlite3 '%s' >/dev/null", path_of(y.from, "place/db", path));
	FILE *writer = popen(command, "w");
	assert_non_null(writer);
	fputs("pragma journal_mode=wal; create table t(n); insert into t values(1);\n", writer);
	fflush(writer);
	for (int i = 0; i < 1000 && !is_there(y.from, "place/db-wal"); i++)
		usleep(10000);
	a_while_later();
	first(&y);
	assert_absent(y.to, "copy/db-wal");
	fputs("insert into t values(41);\n", writer);
	assert_int_equal(pclose(writer), 0);
	settled(&y);
	snprintf(command, sizeof command, "test \"$(sqlite3 '%s' 'select sum(n) from t')\" = 42",
		path_of(y.to, "copy/db", path));
	assert_int_equal(shell(command), 0);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
		cmocka_unit_test(databases_are_left_for_the_second_pass),
		cmocka_unit_test(a_real_database_is_whole_in_the_copy),
	};
	return cmocka_run_group_tests_name("service_snapshot_databases", list, NULL, NULL);
}

int main(void)
{
	return run_everywhere(tests);
}
