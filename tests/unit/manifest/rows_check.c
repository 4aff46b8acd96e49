/* rows_check - before anything is made of rows: they are the signed trees, stay inside, and fill the blocks
 * exactly. */
#include "tests/unit/manifest/sample.h"

SPEC(the_sample_is_right_however_it_is_cut)
{
	static const size_t cuts[] = { 2048, 2560, 4096, 5632, 1 << 20 };
	for (size_t i = 0; i < COUNT_OF(cuts); i++) {
		SCOPED(sample_end) struct sample *s = sample_new();
		struct err e = { 0 };
		sample_lay(s, cuts[i]);
		MUST(rows_check(&s->rows, &s->m, &e), &e);
	}
}

/* Each change makes the sample wrong; `count`: the manifest is then made to agree with the rows. */
struct change {
	void (*make)(struct sample *s);
	bool count;
	const char *complaint;
};

static void other_kind(struct sample *s)
{
	struct row *r = sample_row(s, "data/empty");
	r->kind = ENTRY_OTHER;
	r->digest = (struct digest){ { 0 } };
}

static void setuid_file(struct sample *s)
{
	sample_row(s, "bin/run")->mode = 04755;
}

static void sticky_directory(struct sample *s)
{
	sample_row(s, "bin")->mode = 01777;
}

static void link_out(struct sample *s)
{
	sample_row(s, "link")->target = "../outside";
}

static void link_absolute(struct sample *s)
{
	sample_row(s, "link")->target = "/etc/passwd";
}

static void link_over_a_link(struct sample *s)
{
	sample_row(s, "link")->target = "bin/../../x";
}

static void reference_to_nothing(struct sample *s)
{
	sample_row(s, "to")->target = "unknown/x";
}

static void reference_up(struct sample *s)
{
	sample_row(s, "to")->target = "extra/../x";
}

static void reference_absolute(struct sample *s)
{
	sample_row(s, "to")->target = "/extra";
}

static void reference_to_a_prefix(struct sample *s)
{
	sample_row(s, "to")->target = "extr/x";
}

static void fewer_files(struct sample *s)
{
	s->components[0].files--;
}

static void more_bytes(struct sample *s)
{
	s->components[1].bytes++;
}

static void another_tree(struct sample *s)
{
	s->components[1].tree.bytes[31] ^= 1;
}

static void another_mode(struct sample *s)
{
	sample_row(s, "bin/run")->mode = 0644;
}

static void another_digest(struct sample *s)
{
	sample_row(s, "bin/run")->digest.bytes[0] ^= 1;
}

static void component_without_rows(struct sample *s)
{
	s->rows.count = 10;
}

static void block_outside(struct sample *s)
{
	s->rows.items[0].block = (uint32_t)s->count;
}

static void block_far_outside(struct sample *s)
{
	s->rows.items[0].block = UINT32_MAX;
}

static void in_no_block(struct sample *s)
{
	s->rows.items[0].blocks = 0;
}

static void more_blocks_than_there_are(struct sample *s)
{
	sample_row(s, "data/large")->blocks = UINT32_MAX;
}

static void a_cut_directory(struct sample *s)
{
	sample_row(s, "bin")->blocks = 2;
}

static void a_cut_file_behind_another(struct sample *s)
{
	sample_row(s, "data/large")->offset = 512;
}

static void a_gap(struct sample *s)
{
	sample_row(s, "bin")->offset += 512;
}

static void two_at_one_place(struct sample *s)
{
	sample_row(s, "bin")->offset = 0;
}

static void a_block_too_large(struct sample *s)
{
	s->blocks[0].raw += 512;
}

static void a_block_too_small(struct sample *s)
{
	s->blocks[0].raw -= 512;
}

static void no_end_of_the_archive(struct sample *s)
{
	s->blocks[s->count - 1].raw -= USTAR_TRAILER;
}

static void a_block_of_nothing(struct sample *s)
{
	s->blocks[s->count] = s->blocks[s->count - 1];
	s->blocks[s->count - 1].raw -= USTAR_TRAILER;
	s->m.blocks.count++;
}

static void one_piece_too_few(struct sample *s)
{
	sample_row(s, "data/large")->blocks--;
}

static void one_piece_too_many(struct sample *s)
{
	sample_row(s, "data/large")->blocks++;
}

static void a_piece_too_large(struct sample *s)
{
	s->blocks[sample_row(s, "data/large")->block + 1].raw++;
}

static void two_cut_files_in_one_block(struct sample *s)
{
	struct row *large = sample_row(s, "data/large"), *empty = sample_row(s, "data/empty");
	empty->block = large->block;
	empty->blocks = large->blocks;
	empty->offset = 0;
}

static void cut_within_its_header(struct sample *s)
{
	const struct row *large = sample_row(s, "data/large");
	s->blocks[large->block + 1].raw += s->blocks[large->block].raw - 100;
	s->blocks[large->block].raw = 100;
}

static const struct change changes[] = {
	{ other_kind, true, "app: data/empty: neither file, directory nor link" },
	{ setuid_file, true, "app: bin/run: mode 4755: setuid, setgid and sticky are not installed" },
	{ sticky_directory, true, "app: bin: mode 1777" },
	{ link_out, true, "app: link: the link to ../outside leaves its component" },
	{ link_absolute, true, "app: link: the link to /etc/passwd leaves" },
	{ link_over_a_link, true, "app: link: the link to bin/../../x leaves" },
	{ reference_to_nothing, true,
		"app: to: refers to the component \"unknown\", which the bundle does not know" },
	{ reference_to_a_prefix, true, "app: to: refers to the component \"extr\"" },
	{ reference_up, true, "app: to: the reference to extra/../x is a . or .. in it" },
	{ reference_absolute, true, "app: to: the reference to /extra is absolute" },
	{ fewer_files, false, "app: the index has 4 files" },
	{ more_bytes, false, "extra: the index has 1 files with 11 bytes, the manifest 1 with 12" },
	{ another_tree, false, "extra: the index is not the tree whose digest the manifest has" },
	{ another_mode, false, "app: the index is not the tree" },
	{ another_digest, false, "app: the index is not the tree" },
	{ component_without_rows, false, "extra: the index has no row of it" },
	{ block_outside, false, ".: its place is outside the blocks" },
	{ block_far_outside, false, ".: its place is outside the blocks" },
	{ in_no_block, false, ".: its place is outside the blocks" },
	{ more_blocks_than_there_are, false, "data/large: its place is outside the blocks" },
	{ a_cut_directory, false, "bin: its place is outside the blocks" },
	{ a_cut_file_behind_another, false, "data/large: its place is outside the blocks" },
	{ a_gap, false, "app/bin: stands at byte 1024 of block 0, expected at 512" },
	{ two_at_one_place, false, "of block 0, expected at " },
	{ a_block_too_large, false, "block 0: its entries take " },
	{ a_block_too_small, false, "block 0: its entries take " },
	{ no_end_of_the_archive, false, "its entries take " },
	{ a_block_of_nothing, false, "its entries take 1024 bytes" },
	{ one_piece_too_few, false, "data/large: cut into blocks of " },
	{ one_piece_too_many, false, "" },
	{ a_piece_too_large, false, "data/large: cut into blocks of " },
	{ two_cut_files_in_one_block, false, "two cut files share a block" },
	{ cut_within_its_header, false, "data/large: cut within its header" },
};

SPEC(rows_that_are_wrong_are_refused)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		SCOPED(sample_end) struct sample *s = sample_new();
		struct err e = { 0 };
		MUST(rows_check(&s->rows, &s->m, &e), &e);
		changes[i].make(s);
		if (changes[i].count)
			sample_count(s);
		if (rows_check(&s->rows, &s->m, &e))
			fail_msg("change %zu (%s) was not seen", i, changes[i].complaint);
		assert_says(&e, ERR_FORMAT, changes[i].complaint);
	}
}

/* Any number of any row, one off: seen, whichever it is. */
SPEC(no_place_can_be_moved_unseen)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	for (size_t i = 0; i < s->rows.count; i++)
		for (int which = 0; which < 3; which++)
			for (int by = -1; by <= 1; by += 2) {
				struct row *r = &s->rows.items[i], before = *r;
				uint32_t *number = which == 0   ? &r->block
						   : which == 1 ? &r->offset
								: &r->blocks;
				struct err e = { 0 };
				*number = (uint32_t)((int)*number + by * (which == 1 ? 512 : 1));
				if (rows_check(&s->rows, &s->m, &e))
					fail_msg("row %zu, number %d, by %d", i, which, by);
				assert_int_equal(e.kind, ERR_FORMAT);
				*r = before;
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_is_right_however_it_is_cut),
		cmocka_unit_test(rows_that_are_wrong_are_refused),
		cmocka_unit_test(no_place_can_be_moved_unseen),
	};
	return cmocka_run_group_tests_name("rows_check", tests, start_digests, NULL);
}
