/* host - this machine, looked at and never changed: files below a root, users, and names for places.
 *
 * Paths are absolute, as the machine's own programs see them; with a root other than "/" they and every link
 * on their way are resolved inside it (openat2 RESOLVE_IN_ROOT), and no service is asked anything.
 */
#ifndef INSTALLER_HOST_HOST_H
#define INSTALLER_HOST_HOST_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"
#include "manifest/json.h"
#include "manifest/profile.h"

struct user {
	char *name, *home;
	uint64_t uid, gid;
};

struct variable {
	char *name, *value;
};

struct host {
	int root;
	bool alive; /* the root is "/": services and processes can be asked */
	char *root_path;
	struct profile profile;
	struct json_list users;     /* of struct user, from passwd */
	struct json_list variables; /* of struct variable */
	struct json_list unseen;    /* of char *: what could not be looked at, and why */
	struct arena arena;
};

/* `root` NULL: "/". `profile`: the name of a built-in one, or a file; NULL: none yet. host_end() in any case.
 */
MUST_CHECK bool host_begin(struct host *h, const char *root, const char *profile, struct err *e);
void host_end(struct host *h);

/* A descriptor of what the path leads to; -1 and errno. */
int host_open(const struct host *h, const char *path, int flags);

/* Where the path leads to without any link; NULL if there is nothing (or it may not be seen). */
char *host_real(struct host *h, const char *path);

/* Follows links; false and errno if there is nothing. */
bool host_stat(const struct host *h, const char *path, struct stat *st);

/* The whole file, at most `limit` bytes. False and errno: it is not there, may not be read, or is larger. */
bool host_read(const struct host *h, const char *path, size_t limit, struct text *out);

/* Appends every path that fits the pattern; "*" and "?" in a part stand for names that do not begin with a
 * dot. */
void host_glob(struct host *h, const char *pattern, struct json_list *out);

/* The number of an inode or a device as documents have it (modulo 2^53): some file systems use all 64 bits.
 */
uint64_t host_number(uint64_t n);

/* Notes something that could not be looked at; once each. */
void host_unseen(struct host *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

const struct user *host_user(const struct host *h, uint64_t uid);
const struct user *host_user_named(const struct host *h, const char *name);

/* `run` will run as the user of that name (or number), who may be this one. False: only root could, or root
 * does not know the user: then it is not to be run at all. */
struct run;
MUST_CHECK bool host_as(const struct host *h, const char *user, struct run *run);

/* Sets a name for a place; host_profile_variables() sets the profile's: those that are known ("name=path"
 * texts), else from the environment ("NAME=value" texts), else their standard. Either list may be NULL. */
void host_set(struct host *h, const char *name, const char *value);
const char *host_get(const struct host *h, const char *name);
void host_profile_variables(
	struct host *h, const struct json_list *environment, const struct json_list *known);

/* The text with every ${name} replaced; NULL if one is not known. */
char *host_expand(struct host *h, const char *text);

#endif
