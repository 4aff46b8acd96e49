/* login - how a registry wants to be asked: not at all, by name and password, or with a token that it sends
 * one to fetch (the distribution project's token authentication).
 *
 * The password of the registry goes to it and to whom it names for its tokens; nobody else's ever does.
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
