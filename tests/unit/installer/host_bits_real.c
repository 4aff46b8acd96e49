/* bits - real files: this program, a library, and the native files of the real OpenClaw. */
#include <link.h>

#include "manifest/base/fs.h"
#include "manifest/base/tree.h"
#include "tests/unit/installer/elfs.h"

/* ---- real ones: this program, and the library that it runs in ---- */

static int find_cmocka(struct dl_phdr_info *info, size_t size, void *path)
{
	(void)size;
	if (!strstr(info->dlpi_name, "libcmocka"))
		return 0;
	snprintf(path, PATH_MAX, "%s", info->dlpi_name);
	return 1;
}

static void load(const char *path, struct text *out)
{
	struct err e = { 0 };
	MUST(fs_read_path(path, (size_t)256 << 20, out, &e), &e);
}

SPEC(this_program_is_read)
{
	SCOPED(arena_end) struct arena a = { 0 };
	SCOPED_FD int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct bits b;
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	read_fd(fd, &b, &a);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
	assert_string_equal(b.damage, "");
	assert_string_equal(b.os, "linux");
	assert_string_equal(b.type, "executable");
	assert_int_equal(b.width, sizeof(void *) * 8);
	assert_true(b.needed.count > 0 && b.interpreter[0] == '/');
	assert_true(bits_counts(&b, &b));
}

static void survive_cuts(const struct text *real)
{
	SCOPED_FD int fd = fd_of(real->at, real->len);
	unsigned seed = 7;
	for (size_t i = 0; i < 500; i++) {
		assert_int_equal(ftruncate(fd, (off_t)((size_t)rand_r(&seed) % real->len)), 0);
		survive(fd);
		assert_int_equal(pwrite(fd, real->at, real->len, 0), real->len);
	}
	for (size_t len = real->len < 4096 ? real->len : 4096; len-- > 0;) {
		assert_int_equal(ftruncate(fd, (off_t)len), 0);
		survive(fd);
	}
}

static void survive_flips(const struct text *real)
{
	SCOPED_FD int fd = fd_of(real->at, real->len);
	unsigned seed = 7;
	for (size_t i = 0; i < 2000; i++) {
		/* Half of them where the headers are. */
		off_t at = (off_t)((size_t)rand_r(&seed) % (i % 2 ? real->len : 1024));
		char wrong = (char)(real->at[at] ^ (1 << i % 8));
		assert_int_equal(pwrite(fd, &wrong, 1, at), 1);
		survive(fd);
		assert_int_equal(pwrite(fd, real->at + at, 1, at), 1);
	}
}

SPEC(real_files_may_be_cut_and_wrong_anywhere)
{
	char cmocka[PATH_MAX] = "/proc/self/exe";
	dl_iterate_phdr(find_cmocka, cmocka);
	const char *const paths[] = { "/proc/self/exe", cmocka };
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		SCOPED(text_end) struct text real = { 0 };
		load(paths[i], &real);
		survive_cuts(&real);
		survive_flips(&real);
	}
}

/* ---- the real OpenClaw: NATIVES=TREE NODE=BINARY [NATIVES_TABLE=FILE] ---- */

struct row {
	char path[512], os[32], machine[32], abi[32], libc[32], glibc[32], glibcxx[32], napi[32],
		node_abi[32], counts[32];
	bool seen;
};

struct natives {
	struct row rows[64];
	size_t count;
	struct bits service;
	struct platform_needs needs;
	struct arena arena;
};

static void natives_end(struct natives *n)
{
	arena_end(&n->arena);
}

static void natives_load(struct natives *n, const char *table)
{
	char line[1024];
	FILE *f = fopen(table, "re");
	if (!f)
		fail_msg("%s: %s", table, strerror(errno));
	while (fgets(line, sizeof line, f)) {
		struct row *r = &n->rows[n->count];
		if (line[0] == '#')
			continue;
		assert_true(n->count < COUNT_OF(n->rows));
		assert_int_equal(sscanf(line, "%511s %31s %31s %31s %31s %31s %31s %31s %31s %31s", r->path,
					 r->os, r->machine, r->abi, r->libc, r->glibc, r->glibcxx, r->napi,
					 r->node_abi, r->counts),
			10);
		n->count++;
	}
	fclose(f);
}

static void assert_cell(const struct row *r, const char *column, const char *wanted, const char *have)
{
	char cell[64];
	snprintf(cell, sizeof cell, "%s", have[0] ? have : "-");
	for (char *c = cell; *c; c++)
		*c = *c == ' ' ? '-' : *c;
	if (strcmp(cell, wanted) != 0)
		fail_msg("%s: %s is %s, not %s", r->path, column, cell, wanted);
}

static void assert_number(const struct row *r, const char *column, const char *wanted, uint64_t have)
{
	char cell[32] = "";
	if (have)
		snprintf(cell, sizeof cell, "%llu", (unsigned long long)have);
	assert_cell(r, column, wanted, cell);
}

static void assert_row(struct natives *n, const char *path, const struct bits *b)
{
	struct row *r = n->rows;
	while (r < n->rows + n->count && strcmp(r->path, path) != 0)
		r++;
	if (r == n->rows + n->count)
		fail_msg("%s is native and not in the table", path);
	r->seen = true;
	assert_cell(r, "damage", "-", b->damage);
	assert_cell(r, "os", r->os, b->os);
	assert_cell(r, "machine", r->machine, b->machine);
	assert_cell(r, "os-abi", r->abi, b->os_abi);
	assert_cell(r, "libc", r->libc, b->libc);
	assert_cell(r, "glibc", r->glibc, b->glibc);
	assert_cell(r, "glibcxx", r->glibcxx, b->glibcxx);
	assert_number(r, "napi", r->napi, b->napi);
	assert_number(r, "abi", r->node_abi, b->node_abi);
	assert_cell(r, "counts", r->counts, bits_counts(b, &n->service) ? "yes" : "no");
}

static bool visit(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct natives *n = ctx;
	struct bits b;
	(void)skip;
	if (!S_ISREG(entry->st->st_mode))
		return true;
	SCOPED_FD int fd = openat(entry->dir, entry->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", entry->path);
	SCOPED(arena_end) struct arena a = { 0 };
	if (!bits_read(fd, &b, &a, e))
		return false;
	if (b.kind == BITS_NONE)
		return true;
	if (!bits_read(fd, &b, &n->arena, e))
		return false;
	assert_row(n, entry->path, &b);
	if (bits_counts(&b, &n->service))
		bits_add(&n->needs, &b);
	return true;
}

SPEC(the_real_tree_is_as_its_table_says)
{
	const char *tree = getenv("NATIVES"), *node = getenv("NODE"), *table = getenv("NATIVES_TABLE");
	if (!tree || !node) {
		print_message("no NATIVES=tree and NODE=binary: skipped\n");
		skip();
	}
	SCOPED(natives_end) struct natives n = { 0 };
	SCOPED_FD int top = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	SCOPED_FD int binary = open(node, O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };
	natives_load(&n, table ? table : "tests/openclaw/natives.txt");
	read_fd(binary, &n.service, &n.arena);
	assert_row(&n, "node", &n.service);
	MUST(tree_walk(top, visit, &n, &e), &e);
	for (size_t i = 0; i < n.count; i++)
		if (!n.rows[i].seen)
			fail_msg("%s is not there", n.rows[i].path);
	assert_string_equal(n.needs.glibc, "2.28");
	assert_string_equal(n.needs.glibcxx, "3.4.22");
	assert_int_equal(n.needs.files, 7);
	assert_int_equal(n.needs.napi, 9);
	assert_int_equal(n.needs.node_abi, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_program_is_read),
		cmocka_unit_test(real_files_may_be_cut_and_wrong_anywhere),
		cmocka_unit_test(the_real_tree_is_as_its_table_says),
	};
	return cmocka_run_group_tests_name("bits_real", tests, NULL, NULL);
}
