/* ustar - headers that tar(1) reads, whatever the name and the size. */
#include "manifest/ustar.h"
#include "tests/unit/unit.h"

#define TEN(x)     x x x x x x x x x x
#define HUNDRED(x) TEN(TEN(x))
#define GIB        (UINT64_C(1) << 30)

static const struct ustar entries[] = {
	{ "a", NULL, 5, 0644, USTAR_FILE },
	{ "a/b/c", NULL, 0, 0755, USTAR_FILE },
	{ "dir", NULL, 0, 0700, USTAR_DIR },
	{ "link", "a/b", 0, 0777, USTAR_LINK },
	{ HUNDRED("n"), NULL, 513, 0600, USTAR_FILE },
	{ HUNDRED("n") "n", NULL, 512, 0600, USTAR_FILE },
	{ HUNDRED("d"), NULL, 0, 0755, USTAR_DIR },
	{ "p/" HUNDRED("n"), NULL, 1, 0644, USTAR_FILE },
	{ TEN("fifteen-letters") "five/" HUNDRED("n"), NULL, 1, 0644, USTAR_FILE },
	{ TEN("fifteen-letters") "fives/" HUNDRED("n"), NULL, 1, 0644, USTAR_FILE },
	{ "q/" HUNDRED("n") "n", NULL, 1, 0644, USTAR_FILE },
	{ "x/" HUNDRED("y") "/" HUNDRED("z") "/d", NULL, 0, 0755, USTAR_DIR },
	{ TEN(HUNDRED("a/")) "end", NULL, 3, 0644, USTAR_FILE },
	{ "\xc3\xb6/\xf0\x9f\x9a\x9a", NULL, 3, 0644, USTAR_FILE },
	{ "\xc3\xb6", NULL, 0, 0755, USTAR_DIR },
	{ "l1", HUNDRED("t"), 0, 0777, USTAR_LINK },
	{ "l2", HUNDRED("t") "t", 0, 0777, USTAR_LINK },
	{ "l3", "\xe2\x82\xac", 0, 0777, USTAR_LINK },
	{ HUNDRED("both") "l", HUNDRED("both") "t", 0, 0777, USTAR_LINK },
	{ " space and = sign", NULL, 3, 0644, USTAR_FILE },
};

static const struct ustar large[] = {
	{ "eight GiB less one", NULL, 8 * GIB - 1, 0644, USTAR_FILE },
	{ "eight GiB", NULL, 8 * GIB, 0644, USTAR_FILE },
	{ HUNDRED("large and long"), NULL, 9 * GIB + 1, 0644, USTAR_FILE },
};

SPEC(the_size_of_a_header_is_known_beforehand)
{
	for (size_t i = 0; i < COUNT_OF(entries) + COUNT_OF(large); i++) {
		const struct ustar *u = i < COUNT_OF(entries) ? &entries[i] : &large[i - COUNT_OF(entries)];
		SCOPED(text_end) struct text out = { 0 };
		text_puts(&out, "before");
		ustar_header(u, &out);
		assert_int_equal(out.len - 6, ustar_header_size(u));
		assert_int_equal((out.len - 6) % USTAR_BLOCK, 0);
		assert_memory_equal(out.at, "before", 6);
	}
}

SPEC(padding_fills_the_last_block)
{
	static const struct {
		uint64_t size;
		uint32_t padding;
	} cases[] = { { 0, 0 }, { 1, 511 }, { 511, 1 }, { 512, 0 }, { 513, 511 },
		{ (UINT64_C(1) << 53) - 1, 1 } };
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(ustar_padding(cases[i].size), cases[i].padding);
}

SPEC(a_plain_header_has_every_field_where_posix_says)
{
	SCOPED(text_end) struct text out = { 0 };
	ustar_header(&(struct ustar){ "bin/run", NULL, 8, 0755, USTAR_FILE }, &out);
	assert_int_equal(out.len, USTAR_BLOCK);
	assert_string_equal(out.at, "bin/run");
	assert_string_equal(out.at + 100, "0000755");
	assert_string_equal(out.at + 108, "0000000");
	assert_string_equal(out.at + 116, "0000000");
	assert_string_equal(out.at + 124, "00000000010");
	assert_string_equal(out.at + 136, "02263523000");
	assert_int_equal(out.at[156], '0');
	assert_memory_equal(out.at + 257, "ustar\00000", 8);
	unsigned sum = 0;
	for (size_t i = 0; i < USTAR_BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)out.at[i];
	assert_int_equal(strtoul(out.at + 148, NULL, 8), sum);
	for (size_t i = 345; i < USTAR_BLOCK; i++)
		assert_int_equal(out.at[i], 0);
}

/* What `tar -tv` has to print of the entry. */
static void expect_line(const struct ustar *u, struct text *out)
{
	char mode[] = "-rwxrwxrwx";
	mode[0] = u->type == USTAR_DIR ? 'd' : u->type == USTAR_LINK ? 'l' : '-';
	for (int bit = 0; bit < 9; bit++)
		if (!(u->mode >> (8 - bit) & 1))
			mode[1 + bit] = '-';
	text_printf(out, "%s 0/0 %llu 1980-01-01 00:00 %s%s%s%s\n", mode, (unsigned long long)u->size,
		u->path, u->type == USTAR_DIR ? "/" : "", u->target ? " -> " : "",
		u->target ? u->target : "");
}

/* The archive of these entries, with holes for content. */
static void write_archive(int fd, const struct ustar *list, size_t count)
{
	off_t at = 0;
	for (size_t i = 0; i < count; i++) {
		SCOPED(text_end) struct text header = { 0 };
		ustar_header(&list[i], &header);
		assert_int_equal(pwrite(fd, header.at, header.len, at), header.len);
		at += (off_t)(header.len + list[i].size + ustar_padding(list[i].size));
	}
	if (ftruncate(fd, at + USTAR_TRAILER) < 0)
		skip(); /* no room for holes that large */
}

static void assert_tar_lists(const struct ustar *list, size_t count)
{
	SCOPED_FD int dir = scratch();
	SCOPED_FD int fd = openat(dir, "archive", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	SCOPED(text_end) struct text want = { 0 }, have = { 0 };
	char path[PATH_MAX], command[PATH_MAX + 256], piece[4096];
	if (shell("tar --version 2>/dev/null | grep -q GNU") != 0)
		skip();
	write_archive(fd, list, count);
	for (size_t i = 0; i < count; i++)
		expect_line(&list[i], &want);
	snprintf(command, sizeof command,
		"tar -tv --utc --numeric-owner --quoting-style=literal -f '%s' | sed 's/  */ /'",
		path_of(dir, "archive", path));
	snprintf(
		command + strlen(command), sizeof command - strlen(command), " | sed 's/ 0\\/0  */ 0\\/0 /'");
	FILE *tar = popen(command, "r");
	assert_non_null(tar);
	for (size_t n; (n = fread(piece, 1, sizeof piece, tar)) > 0;)
		text_add(&have, piece, n);
	assert_int_equal(pclose(tar), 0);
	assert_string_equal(text_str(&have), text_str(&want));
}

SPEC(tar_lists_what_was_written)
{
	assert_tar_lists(entries, COUNT_OF(entries));
}

SPEC(tar_lists_files_of_eight_gib_and_more)
{
	assert_tar_lists(large, COUNT_OF(large));
}

SPEC(the_same_entry_gives_the_same_bytes)
{
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		SCOPED(text_end) struct text a = { 0 }, b = { 0 };
		ustar_header(&entries[i], &a);
		setenv("TZ", "Asia/Tokyo", 1);
		usleep(1000);
		ustar_header(&entries[i], &b);
		unsetenv("TZ");
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.at, b.at, a.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_size_of_a_header_is_known_beforehand),
		cmocka_unit_test(padding_fills_the_last_block),
		cmocka_unit_test(a_plain_header_has_every_field_where_posix_says),
		cmocka_unit_test(tar_lists_what_was_written),
		cmocka_unit_test(tar_lists_files_of_eight_gib_and_more),
		cmocka_unit_test(the_same_entry_gives_the_same_bytes),
	};
	return cmocka_run_group_tests_name("ustar", tests, NULL, NULL);
}
