/* replay.c - the door's corpus once, without a fuzzer: DOOR [DIRECTORY]; tests/fuzz/corpus/DOOR without one.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "manifest/base/fs.h"
#include "tests/fuzz/door.h"

static void one(int dir, const char *name)
{
	SCOPED(text_end) struct text bytes = { 0 };
	struct err e = { 0 };
	REQUIRE(fs_read(dir, name, (size_t)1 << 24, &bytes, &e));
	SCOPED_TEXT uint8_t *exact = malloc(bytes.len ? bytes.len : 1);
	if (bytes.len)
		memcpy(exact, bytes.at, bytes.len);
	LLVMFuzzerTestOneInput(exact, bytes.len);
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *door = slash ? slash + 1 : argv[0];
	SCOPED(text_end) struct text path = { 0 };
	size_t count = 0;
	text_printf(&path, "%s%s", argc > 1 ? argv[1] : "tests/fuzz/corpus/", argc > 1 ? "" : door);
	LLVMFuzzerInitialize(&argc, &argv);
	DIR *d = opendir(text_str(&path));
	for (const struct dirent *entry; d && (entry = readdir(d)) != NULL;)
		if (entry->d_name[0] != '.') {
			one(dirfd(d), entry->d_name);
			count++;
		}
	if (d)
		closedir(d);
	printf("%s - fuzz: %s, %zu inputs\n", count ? "ok" : "not ok", door, count);
	return count ? 0 : 1;
}
