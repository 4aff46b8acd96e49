/* appended.c - see appended.h. */
#include "manifest/appended.h"

#include <elf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "manifest/base/err.h"
#include "manifest/base/fs.h"
#include "manifest/container.h"

/* The number of `len` bytes at `at`, in the byte order of the file. */
static uint64_t number(const unsigned char *at, size_t len, bool big)
{
	uint64_t n = 0;
	for (size_t i = 0; i < len; i++)
		n = n << 8 | at[big ? i : len - 1 - i];
	return n;
}

uint64_t appended_program(int fd)
{
	unsigned char h[sizeof(Elf64_Ehdr)];
	struct err none = { 0 };
	if (!fs_read_at(fd, h, sizeof h, 0, &none) || memcmp(h, ELFMAG, SELFMAG) != 0)
		return 0;
	bool wide = h[EI_CLASS] == ELFCLASS64, big = h[EI_DATA] == ELFDATA2MSB;
	uint64_t at = wide ? number(h + offsetof(Elf64_Ehdr, e_shoff), 8, big)
			   : number(h + offsetof(Elf32_Ehdr, e_shoff), 4, big);
	const unsigned char *sizes =
		h + (wide ? offsetof(Elf64_Ehdr, e_shentsize) : offsetof(Elf32_Ehdr, e_shentsize));
	uint64_t table = number(sizes, 2, big) * number(sizes + 2, 2, big);
	return at && at < UINT64_MAX / 2 ? at + table : 0;
}

uint64_t appended_at(int fd)
{
	char start[sizeof MANIFEST_NAME];
	struct err none = { 0 };
	uint64_t at = appended_program(fd);
	return at && fs_read_at(fd, start, sizeof start, at, &none) &&
			       memcmp(start, MANIFEST_NAME, sizeof start) == 0
		       ? at
		       : 0;
}
