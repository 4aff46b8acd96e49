/* partial - a bundle on its way: the file `.NAME.pull` beside the one to be, of full size from the start.
 *
 * Its head (manifest, signatures) was verified before; headers, padding and end are computed. Every member
 * counts once container_read() has read it back from the file and found its digest; so a run that was cut
 * short, by whatever, goes on with what is there. It has its name only when all of it is right and flushed.
 */
#ifndef BUNDLER_PARTIAL_H
#define BUNDLER_PARTIAL_H

#include "manifest/base/err.h"
#include "manifest/bundle.h"

struct partial_member {
	uint64_t at; /* where its content begins */
	uint64_t filled;
	bool right;
};

struct partial {
	int dir, fd;
	char *leaf, *aside, *before;
	struct bundle bundle; /* reads from the same file */
	struct partial_member *members;
	size_t count, next;    /* members; the first that may be missing */
	void *room;            /* for the largest member */
	uint64_t total, done;  /* bytes of all members; of them here */
	uint64_t kept, copied; /* of these: from an earlier run; from other bundles */
};

/* Opens and locks the file aside; ERR_REFUSED if another one is at work on it. What is at `path` stays. */
MUST_CHECK bool partial_open(const char *path, struct partial *out, struct err *e);
void partial_end(struct partial *p);

/* The bundle that it is to become, of the verified `text`; `head` is open on a file that holds its manifest
 * and signatures. What the file aside has of it counts; if that was of another bundle it is a source from now
 * on. */
MUST_CHECK bool partial_begin(
	struct partial *p, const struct container *head, struct trusted text, struct err *e);

/* Members that are missing and that this bundle has, by digest, are copied. */
MUST_CHECK bool partial_copy(struct partial *p, const struct bundle *from, struct err *e);

/* The next stretch of the bundle that is missing: false if nothing is. Members that follow each other are
 * one. */
MUST_CHECK bool partial_missing(struct partial *p, uint64_t *from, uint64_t *to);

/* Bytes of the bundle from `at` on have arrived; those that are missing are written, and members that are
 * complete are read back. ERR_FORMAT: one has not the digest that was signed; it is missing again. */
MUST_CHECK bool partial_arrived(struct partial *p, uint64_t at, const void *bytes, size_t len, struct err *e);

/* All of it is right: it has its name, durably. */
MUST_CHECK bool partial_commit(struct partial *p, struct err *e);

#endif
