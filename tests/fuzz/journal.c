/* journal - what a service wrote, as journalctl prints it and as a log file holds it: whatever it is, only
 * plain lines come out, and evidence that is redacted twice is what it was. */
#include "installer/host/journal.h"
#include "installer/host/lines.h"
#include "installer/host/redact.h"
#include "manifest/path.h"
#include "tests/fuzz/door.h"

#define OURS "0123456789abcdef0123456789abcdef"

static void redact_twice(const char *text)
{
	static const struct redact none;
	SCOPED(text_end) struct text once = { 0 }, twice = { 0 };
	redact_add(&none, text, &once);
	redact_add(&none, text_str(&once), &twice);
	REQUIRE(once.len == twice.len && memcmp(text_str(&once), text_str(&twice), once.len) == 0);
}

static bool look(void *ctx, const struct journal_line *line, struct err *e)
{
	const struct journal *j = ctx;
	(void)e;
	REQUIRE(strlen(line->text) == line->len && line->priority < 8 && line->entry == j->entries);
	for (const char *from = line->text, *feed; from; from = feed ? feed + 1 : NULL) {
		feed = strchr(from, '\n');
		REQUIRE(utf8_plain(from, feed ? (size_t)(feed - from) : strlen(from)) &&
			(line->whole || !feed));
	}
	redact_twice(line->text);
	return true;
}

static bool entry(void *ctx, const char *line, size_t len, bool cut, struct err *e)
{
	return journal_entry(ctx, line, len, cut, look, ctx, e);
}

/* Its lines are those of journalctl. */
static void as_entries(const uint8_t *data, size_t size)
{
	SCOPED(journal_end) struct journal j = { .invocation = OURS, .unit = "a.service" };
	SCOPED(lines_end) struct lines l = { 4096, entry, &j, { 0 }, false, false };
	struct err e = { 0 };
	REQUIRE(lines_add(&l, (const char *)data, size, &e) && lines_finish(&l, &e));
	REQUIRE(journal_gap(&j) == (j.suppressed > 0 || j.unread > 0));
}

/* A file that grew to this: read from where the first reading ended, nothing comes twice. */
static void as_file(const uint8_t *data, size_t size)
{
	SCOPED(journal_end) struct journal j = { .invocation = OURS };
	SCOPED_FD int fd = door_file(data, size);
	struct err e = { 0 };
	uint64_t offset = 0, feeds = 0;
	bool more;
	for (size_t i = 0; i < size; i++)
		feeds += data[i] == '\n';
	REQUIRE(journal_file(&j, fd, &offset, 1, &more, look, &j, &e));
	REQUIRE(!more && offset <= size && j.entries == feeds);
	REQUIRE(journal_file(&j, fd, &offset, 2, &more, look, &j, &e) && j.entries == feeds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_entries(data, size);
	as_file(data, size);
	return 0;
}
