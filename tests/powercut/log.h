/* log - what a disk was told, in the order in which it was told.
 *
 * A file of entries: each this header, then `size` bytes of what was written, or of the mark's words.
 */
#ifndef TESTS_POWERCUT_LOG_H
#define TESTS_POWERCUT_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_kind {
	LOG_WRITE = 1,
	LOG_FLUSH, /* whatever was written before lies on the medium */
	LOG_MARK,  /* no matter of the disk's: from here on, what must be found on it */
};

struct log_entry {
	uint64_t kind, at, size;
};

#endif
