/* err - what went wrong, for callers (kind), for machines (word) and for people (text).
 *
 * A function that can fail returns bool and takes `struct err *e` last. The first
 * failure wins: a second err_set() on a filled error changes nothing, so clean-up
 * cannot overwrite the cause. On the way up each level puts its purpose in front.
 */
#ifndef MANIFEST_BASE_ERR_H
#define MANIFEST_BASE_ERR_H

#include <stdbool.h>

/* One row per kind: constant, exit status, word in --json, meaning. */
#define ERR_KINDS(X)                                                                                         \
	X(ERR_USAGE, 2, "usage", "the command line is wrong")                                                \
	X(ERR_SYSTEM, 3, "system", "the machine refused an operation")                                       \
	X(ERR_FORMAT, 4, "format", "the bundle or a file of ours is not well formed, or is damaged")         \
	X(ERR_UNTRUSTED, 5, "untrusted", "not enough trusted signatures, revoked, or older than the floor")  \
	X(ERR_REFUSED, 6, "refused", "a preflight question was answered no; nothing was changed")            \
	X(ERR_GATE, 7, "gate", "the new release failed its gates; the old one is back and proven")           \
	X(ERR_STUCK, 8, "stuck", "rollback or recovery could not finish; an operator is needed")             \
	X(ERR_DIFFERS, 9, "differs", "what is there differs from what should be; nothing was attempted")

#define ERR_ENUM(kind, status, word, meaning) kind = status,
enum err_kind { ERR_NONE = 0, ERR_KINDS(ERR_ENUM) };
#undef ERR_ENUM

#define ERR_ROOM 4096

struct err {
	enum err_kind kind; /* becomes the exit status */
	int sys;            /* errno of the failed call, or 0 */
	bool told;          /* the document on stdout says it already */
	bool said;          /* people were told as well */
	char text[ERR_ROOM];
};

#define ERR_PRINTF(f, a) __attribute__((format(printf, f, a), cold))
#define MUST_CHECK       __attribute__((warn_unused_result))

/* Records a failure unless one is recorded already. Returns false, so that callers can `return err_set(...)`.
 * Control characters of the text become \xHH; a line break stays before two blanks, and goes at the end.
 */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...) ERR_PRINTF(3, 4);

/* The same for a failed system call: kind ERR_SYSTEM, errno and its text are added. */
bool err_sys(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Puts "purpose: " in front of the text. Returns false. */
bool err_in(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* The word that --json uses for a kind: "system", "format" ...; "ok" for ERR_NONE. */
const char *err_word(enum err_kind kind);

/* The meaning of a kind in one sentence, for the table of exit statuses. */
const char *err_meaning(enum err_kind kind);

#endif
