/* login - how a registry wants to be asked: not at all, by name and password, or with a token that it sends
 * one to fetch (the distribution project's token authentication).
 *
 * A password goes to the host that it was given for, and to nobody else: the file of --auth-file has an entry
 * for each host; that of the registry itself also counts where its tokens come from the same host.
 */
#ifndef BUNDLER_LOGIN_H
#define BUNDLER_LOGIN_H

#include "bundler/http.h"

struct login {
	struct http *http;
	struct text origin; /* of the registry */
	struct text file;   /* what --auth-file says; empty: nothing */
};

/* `url` is the registry's. From now on its challenges are answered. */
MUST_CHECK bool login_open(
	struct login *l, struct http *http, const char *url, const struct http_args *args, struct err *e);
void login_end(struct login *l);

#endif
