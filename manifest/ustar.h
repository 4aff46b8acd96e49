/* ustar - tar headers as a pure function of what they describe.
 *
 * POSIX ustar (IEEE Std 1003.1, pax "ustar interchange format"), with a pax extended header
 * before it where a name is longer than ustar holds, not ASCII, or the size is 8 GiB or more.
 * Owner 0, no owner names, one constant time, no process id: the same row gives the same bytes.
 */
#ifndef MANIFEST_USTAR_H
#define MANIFEST_USTAR_H

#include <stdint.h>

#include "manifest/base/text.h"

#define USTAR_BLOCK   512u
#define USTAR_TRAILER (2 * USTAR_BLOCK) /* the two zero blocks that end an archive */
#define USTAR_TIME    315532800u /* 1980-01-01: a time that no reader calls implausible; it means nothing */

enum ustar_type { USTAR_FILE = '0', USTAR_LINK = '2', USTAR_DIR = '5' };

struct ustar {
	const char *path;   /* without a trailing "/" */
	const char *target; /* of a link, else NULL */
	uint64_t size;      /* of a file, else 0 */
	unsigned mode;
	enum ustar_type type;
};

/* Appends the header block, with its pax header in front where one is needed. */
void ustar_header(const struct ustar *u, struct text *out);

/* The number of bytes that ustar_header() appends. */
uint32_t ustar_header_size(const struct ustar *u);

/* Zero bytes needed after `size` bytes of content. */
uint32_t ustar_padding(uint64_t size);

#endif
