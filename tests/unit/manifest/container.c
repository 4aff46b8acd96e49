/* container - a tar that is byte for byte what the writer writes; every bad place in it is named. */
#include "manifest/container.h"
#include "manifest/base/fs.h"
#include "tests/unit/manifest/sample.h"

#define INDEX_BYTES "these would be rows"

/* A bundle file of the sample's blocks, and what was read of it. */
struct file {
	struct sample *sample;
	int dir, fd;
	uint64_t size;
	struct medium *medium;
	struct container c;
};

static void file_end(struct file *f)
{
	container_end(&f->c);
	medium_end(&f->medium);
	sample_end(&f->sample);
	scope_close(&f->fd);
	scope_close(&f->dir);
}

static void put(int fd, const char *member, const void *bytes, size_t len)
{
	struct err e = { 0 };
	MUST(container_put(fd, member, bytes, len, &e), &e);
}

static void put_signatures(int fd, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char member[64];
		snprintf(member, sizeof member, "signatures/%016zX.minisig", 0xabcdef0000 + i);
		put(fd, member, "a signature\n", 12);
	}
}

static void put_body(const struct file *f)
{
	char member[32];
	struct err e = { 0 };
	container_member(CONTAINER_INDEX, 0, member);
	put(f->fd, member, INDEX_BYTES, strlen(INDEX_BYTES));
	for (size_t i = 0; i < f->sample->count; i++) {
		container_member(CONTAINER_BLOCK, i, member);
		put(f->fd, member, f->sample->raw[i].at, f->sample->raw[i].len);
	}
	MUST(container_put_end(f->fd, &e), &e);
}

static struct file file_new(size_t signatures)
{
	struct file f = { .sample = sample_new(), .dir = scratch() };
	SCOPED(text_end) struct text manifest = { 0 };
	f.fd = openat(f.dir, "bundle", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	f.sample->index = (struct blob){ .digest = digest_of(INDEX_BYTES, strlen(INDEX_BYTES)),
		.raw = 1000,
		.size = strlen(INDEX_BYTES) };
	for (size_t i = 0; i < f.sample->count; i++) /* of odd lengths, so that there is padding */
		f.sample->raw[i].len -= i;
	for (size_t i = 0; i < f.sample->count; i++) {
		f.sample->blocks[i].size = f.sample->raw[i].len;
		f.sample->blocks[i].digest = digest_of(f.sample->raw[i].at, f.sample->raw[i].len);
	}
	manifest_write(&f.sample->m, &manifest);
	put(f.fd, "waybill.json", manifest.at, manifest.len);
	put_signatures(f.fd, signatures);
	put_body(&f);
	f.size = (uint64_t)lseek(f.fd, 0, SEEK_END);
	return f;
}

static bool opens(struct file *f, struct err *e)
{
	container_end(&f->c);
	medium_end(&f->medium);
	return medium_of(fcntl(f->fd, F_DUPFD_CLOEXEC, 3), "x.waybill", &f->medium, e) &&
	       container_open(f->medium, &f->c, e);
}

/* What is wrong with it as it is now, as one line; "" for nothing. */
static void faults(struct file *f, struct text *out)
{
	SCOPED(container_report_end) struct container_report report = { 0 };
	struct err e = { 0 };
	text_clear(out);
	if (!opens(f, &e))
		text_puts(out, e.text);
	else if (!container_check(&f->c, &f->sample->m, &report, NULL, NULL, &e))
		text_puts(out, e.text);
	else
		container_report_text(&report, out);
}

SPEC(what_was_written_is_read)
{
	SCOPED(file_end) struct file f = file_new(2);
	char bytes[4096];
	struct err e = { 0 };
	MUST(opens(&f, &e), &e);
	assert_int_equal(f.c.medium->size, f.size);
	assert_int_equal(f.c.signed_by, 2);
	assert_string_equal(f.c.signatures[0].keyid, "000000ABCDEF0000");
	assert_string_equal(text_str(&f.c.signatures[1].text), "a signature\n");
	assert_int_equal(strncmp(text_str(&f.c.manifest), "{\"blocks\":", 10), 0);
	MUST(container_check_end(&f.c, &f.sample->m, &e), &e);
	MUST(container_read(&f.c, &f.sample->m, CONTAINER_INDEX, 0, bytes, &e), &e);
	assert_memory_equal(bytes, INDEX_BYTES, strlen(INDEX_BYTES));
	for (size_t i = 0; i < f.sample->count; i++) {
		assert_ptr_equal(container_blob(&f.sample->m, CONTAINER_BLOCK, i), &f.sample->blocks[i]);
		MUST(container_read(&f.c, &f.sample->m, CONTAINER_BLOCK, i, bytes, &e), &e);
		assert_memory_equal(bytes, f.sample->raw[i].at, f.sample->raw[i].len);
	}
	SCOPED(text_end) struct text bad = { 0 };
	faults(&f, &bad);
	assert_string_equal(text_str(&bad), "");
}

SPEC(members_stand_where_they_are_computed)
{
	SCOPED(file_end) struct file f = file_new(1);
	struct err e = { 0 };
	MUST(opens(&f, &e), &e);
	assert_int_equal(container_offset(&f.c, &f.sample->m, CONTAINER_INDEX, 0), f.c.body);
	assert_int_equal(container_offset(&f.c, &f.sample->m, CONTAINER_INDEX, 1),
		container_offset(&f.c, &f.sample->m, CONTAINER_BLOCK, 0));
	assert_int_equal(container_offset(&f.c, &f.sample->m, CONTAINER_BLOCK, f.sample->count),
		f.size - USTAR_TRAILER);
	for (size_t i = 0; i < f.sample->count; i++) {
		char name[101] = { 0 }, member[32];
		uint64_t at = container_offset(&f.c, &f.sample->m, CONTAINER_BLOCK, i);
		assert_int_equal(pread(f.fd, name, 100, (off_t)at), 100);
		container_member(CONTAINER_BLOCK, i, member);
		assert_string_equal(name, member);
	}
}

SPEC(tar_lists_the_members)
{
	SCOPED(file_end) struct file f = file_new(1);
	char path[PATH_MAX], command[PATH_MAX + 256];
	snprintf(command, sizeof command, "test \"$(tar -tf '%s' | tr '\\n' ' ' | cut -c1-99)\" = '%s'",
		path_of(f.dir, "bundle", path),
		"waybill.json signatures/000000ABCDEF0000.minisig index/0000.zst blocks/00000.tar.zst blocks/00001.t");
	if (shell("tar --version >/dev/null 2>&1") != 0)
		skip();
	assert_int_equal(shell(command), 0);
}

static void flip(const struct file *f, uint64_t at, int bit)
{
	unsigned char byte;
	assert_int_equal(pread(f->fd, &byte, 1, (off_t)at), 1);
	byte ^= (unsigned char)(1 << bit);
	assert_int_equal(pwrite(f->fd, &byte, 1, (off_t)at), 1);
}

/* Every byte of every header and of the padding, and every 17th byte of the content. */
SPEC(no_byte_can_be_changed_unseen)
{
	SCOPED(file_end) struct file f = file_new(1);
	SCOPED(text_end) struct text manifest = { 0 }, signature = { 0 }, bad = { 0 };
	struct err e = { 0 };
	MUST(opens(&f, &e), &e);
	text_puts(&manifest, text_str(&f.c.manifest));
	text_puts(&signature, text_str(&f.c.signatures[0].text));
	uint64_t body = f.c.body;
	for (uint64_t at = 0; at < f.size;
		at += at < body + 2048 || at > f.size - 4096 || at % 512 < 8 ? 1 : 17) {
		flip(&f, at, (int)(at % 8));
		faults(&f, &bad);
		bool seen = bad.len > 0 || strcmp(text_str(&f.c.manifest), manifest.at) != 0 ||
			    f.c.signed_by != 1 ||
			    strcmp(text_str(&f.c.signatures[0].text), signature.at) != 0;
		if (!seen)
			fail_msg("byte %llu", (unsigned long long)at);
		flip(&f, at, (int)(at % 8));
	}
	faults(&f, &bad);
	assert_string_equal(text_str(&bad), "");
}

SPEC(a_bundle_cut_short_is_seen_wherever_it_is_cut)
{
	SCOPED(file_end) struct file f = file_new(1);
	SCOPED(text_end) struct text bad = { 0 };
	for (uint64_t size = f.size; size > 0;) {
		size -= size % 512 ? size % 512 : 512;
		for (uint64_t more = 0; more < 2; more++) {
			struct err e = { 0 };
			assert_int_equal(ftruncate(f.fd, (off_t)(size + more)), 0);
			faults(&f, &bad);
			assert_true(bad.len > 0);
			if (opens(&f, &e)) {
				assert_false(container_check_end(&f.c, &f.sample->m, &e));
				assert_says(&e, ERR_FORMAT, "x.waybill: truncated: has ");
			}
		}
	}
}

SPEC(nothing_may_follow_the_end)
{
	static const size_t more[] = { 1, 512, 1024, 10000 };
	for (size_t i = 0; i < COUNT_OF(more); i++) {
		SCOPED(file_end) struct file f = file_new(0);
		SCOPED(text_end) struct text bad = { 0 };
		char complaint[64];
		struct err e = { 0 };
		assert_int_equal(ftruncate(f.fd, (off_t)(f.size + more[i])), 0);
		MUST(opens(&f, &e), &e);
		assert_false(container_check_end(&f.c, &f.sample->m, &e));
		snprintf(complaint, sizeof complaint, "has %zu bytes behind its end", more[i]);
		assert_says(&e, ERR_FORMAT, complaint);
		faults(&f, &bad);
		assert_non_null(strstr(bad.at, "end of the bundle: bytes that do not belong"));
	}
}

SPEC(every_bad_range_is_named_in_order)
{
	SCOPED(file_end) struct file f = file_new(1);
	SCOPED(container_report_end) struct container_report report = { 0 };
	const struct manifest *m = &f.sample->m;
	struct err e = { 0 };
	MUST(opens(&f, &e), &e);
	uint64_t index = f.c.body, second = container_offset(&f.c, m, CONTAINER_BLOCK, 1);
	size_t last = f.sample->count - 1;
	uint64_t end = container_offset(&f.c, m, CONTAINER_BLOCK, last + 1);
	flip(&f, index + 512, 0);
	flip(&f, second, 0);
	flip(&f, container_offset(&f.c, m, CONTAINER_BLOCK, last) + 700, 3);
	flip(&f, end + 5, 0);
	MUST(container_check(&f.c, m, &report, NULL, NULL, &e), &e);
	assert_int_equal(report.count, 4);
	assert_int_equal(report.bad[0].from, index);
	assert_int_equal(report.bad[0].to, container_offset(&f.c, m, CONTAINER_BLOCK, 0));
	assert_int_equal(report.bad[1].from, second);
	assert_int_equal(report.bad[1].to, container_offset(&f.c, m, CONTAINER_BLOCK, 2));
	assert_int_equal(report.bad[2].to, end);
	assert_int_equal(report.bad[3].to, f.size);
	SCOPED(text_end) struct text line = { 0 };
	container_report_text(&report, &line);
	assert_non_null(strstr(line.at, "(index/0000.zst: damaged); bytes "));
	assert_non_null(strstr(line.at, "(blocks/00001.tar.zst: damaged); bytes "));
	assert_non_null(strstr(line.at, "end of the bundle"));
	struct err first = { 0 };
	char bytes[4096];
	assert_false(container_read(&f.c, m, CONTAINER_BLOCK, 1, bytes, &first));
	assert_says(&first, ERR_FORMAT, "x.waybill: blocks/00001.tar.zst (bytes ");
	assert_says(&first, ERR_FORMAT, "its header is damaged");
}

SPEC(a_member_that_is_missing_is_told_from_one_cut_short)
{
	SCOPED(file_end) struct file f = file_new(0);
	SCOPED(text_end) struct text bad = { 0 };
	struct err e = { 0 };
	MUST(opens(&f, &e), &e);
	uint64_t last = container_offset(&f.c, &f.sample->m, CONTAINER_BLOCK, f.sample->count - 1);
	assert_int_equal(ftruncate(f.fd, (off_t)last), 0);
	faults(&f, &bad);
	assert_non_null(strstr(bad.at, ": missing)"));
	assert_int_equal(ftruncate(f.fd, (off_t)(last - 1)), 0);
	faults(&f, &bad);
	assert_non_null(strstr(bad.at, ": cut short)"));
}

/* ---- signatures ---- */

struct member {
	const char *name;
	size_t len;
};

static const struct {
	struct member members[3];
	const char *complaint; /* NULL: it opens */
} signings[] = {
	{ { { "signatures/0123456789ABCDEF.minisig", 4096 } }, NULL },
	{ { { "signatures/0123456789ABCDEF.minisig", 4097 } }, "has 4097 bytes, 1 to 4096 are allowed" },
	{ { { "signatures/0123456789ABCDEF.minisig", 0 } }, "has 0 bytes" },
	{ { { "signatures/0123456789abcdef.minisig", 9 } }, "a signature with a name that is no key id" },
	{ { { "signatures/0123456789ABCDE.minisig", 9 } }, "a signature with a name that is no key id" },
	{ { { "signatures/0123456789ABCDEF.minisigx", 9 } }, "no key id" },
	{ { { "signatures/../../../../etc/x", 9 } }, "no key id" },
	{ { { "signatures/", 9 } }, "no key id" },
	{ { { "signatures/1123456789ABCDEF.minisig", 9 }, { "signatures/0123456789ABCDEF.minisig", 9 } },
		"signatures/0123456789ABCDEF.minisig is out of order or there twice" },
	{ { { "signatures/0123456789ABCDEF.minisig", 9 }, { "signatures/0123456789ABCDEF.minisig", 9 } },
		"out of order or there twice" },
};

static void start_file(struct file *f, const char *manifest)
{
	*f = (struct file){ .sample = sample_new(), .dir = scratch() };
	f->fd = openat(f->dir, "bundle", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	put(f->fd, "waybill.json", manifest, strlen(manifest));
}

SPEC(signatures_are_small_sorted_and_named_by_their_key)
{
	char bytes[5000] = { 0 };
	for (size_t i = 0; i < COUNT_OF(signings); i++) {
		SCOPED(file_end) struct file f = { .fd = -1 };
		struct err e = { 0 };
		start_file(&f, "{}");
		for (const struct member *m = signings[i].members; m < signings[i].members + 3 && m->name;
			m++)
			put(f.fd, m->name, bytes, m->len);
		MUST(container_put_end(f.fd, &e), &e);
		bool opened = opens(&f, &e);
		if (opened != !signings[i].complaint)
			fail_msg("row %zu: %s", i, e.text);
		if (!opened)
			assert_says(&e, ERR_FORMAT, signings[i].complaint);
	}
}

SPEC(sixteen_signatures_are_read_and_no_more)
{
	SCOPED(file_end)
	struct file f = file_new(CONTAINER_SIGNATURES), more = file_new(CONTAINER_SIGNATURES + 1);
	struct err e = { 0 };
	MUST(opens(&f, &e), &e);
	assert_int_equal(f.c.signed_by, 16);
	assert_false(opens(&more, &e));
	assert_says(&e, ERR_FORMAT, "more than 16 signatures");
}

SPEC(what_is_no_bundle_is_told)
{
	SCOPED_FD int dir = scratch();
	char zeros[2048] = { 0 };
	given_bytes(dir, "zeros", zeros, sizeof zeros);
	given_file(dir, "short", "waybill.json");
	given_file(dir, "empty", "");
	static const struct {
		const char *name, *complaint;
	} cases[] = {
		{ "zeros", "x.waybill: not a bundle: it does not start with waybill.json" },
		{ "short", "x.waybill: not a bundle: ends at byte 12" },
		{ "empty", "x.waybill: not a bundle: ends at byte 0" },
		{ ".", "x.waybill: not a regular file" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED_FD int fd = openat(dir, cases[i].name, O_RDONLY | O_CLOEXEC);
		SCOPED(container_end) struct container c = { 0 };
		SCOPED(medium_end) struct medium *medium = NULL;
		struct err e = { 0 };
		assert_false(
			medium_of(fd_take(&fd), "x.waybill", &medium, &e) && container_open(medium, &c, &e));
		assert_says(&e, ERR_FORMAT, cases[i].complaint);
	}
	SCOPED(file_end) struct file f = { .fd = -1 };
	struct err e = { 0 };
	start_file(&f, "");
	MUST(container_put_end(f.fd, &e), &e);
	assert_false(opens(&f, &e));
	assert_says(&e, ERR_FORMAT, "waybill.json has 0 bytes, 1 to 4194304 are allowed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(members_stand_where_they_are_computed),
		cmocka_unit_test(tar_lists_the_members),
		cmocka_unit_test(no_byte_can_be_changed_unseen),
		cmocka_unit_test(a_bundle_cut_short_is_seen_wherever_it_is_cut),
		cmocka_unit_test(nothing_may_follow_the_end),
		cmocka_unit_test(every_bad_range_is_named_in_order),
		cmocka_unit_test(a_member_that_is_missing_is_told_from_one_cut_short),
		cmocka_unit_test(signatures_are_small_sorted_and_named_by_their_key),
		cmocka_unit_test(sixteen_signatures_are_read_and_no_more),
		cmocka_unit_test(what_is_no_bundle_is_told),
	};
	return cmocka_run_group_tests_name("container", tests, start_digests, NULL);
}
