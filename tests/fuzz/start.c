/* start.c - what every door needs once, as main() of the programs does it. */
#include <locale.h>
#include <sys/mman.h>

#include "manifest/base/fs.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err e = { 0 };
	(void)argc;
	(void)argv;
	REQUIRE(setlocale(LC_CTYPE, "C.UTF-8") && digest_start(&e));
	return 0;
}

int door_file(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	int fd = memfd_create("door", MFD_CLOEXEC);
	REQUIRE(fd >= 0 && fs_write_all(fd, data, size, &e));
	return fd;
}
