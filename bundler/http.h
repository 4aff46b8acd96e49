/* http - requests to a mirror or a registry; the one home of libcurl.
 *
 * Nothing that comes back is believed here: what has arrived is only bytes, which the caller digests. Names
 * and passwords go to the host that they were given for and are not taken along by a redirection, which never
 * leads from https to http.
 */
#ifndef BUNDLER_HTTP_H
#define BUNDLER_HTTP_H

#include <stdint.h>

#include "manifest/base/cli.h"
#include "manifest/base/err.h"
#include "manifest/base/report.h"
#include "manifest/base/text.h"
#include "manifest/medium.h"

#define HTTP_UNKNOWN UINT64_MAX
#define HTTP_HEADERS 4

/* What push and pull know about the way there; the first member of their arguments. */
struct http_args {
	struct cli_common common;
	const char *proxy, *ca_file, *netrc, *auth_file, *retries, *timeout;
	bool plain_http;
};
extern const struct cli_option http_options[];

/* Connections, and how often something failed in a row. */
struct http;

MUST_CHECK bool http_open(const struct http_args *args, struct http **out, struct err *e);
void http_close(struct http **h);

/* Whoever answers 401 says how it wants to be asked: `challenge` is that header. True if *again is now true,
 * or nothing can be done about it. */
typedef bool http_challenged(void *ctx, const char *url, const char *challenge, bool *again, struct err *e);
void http_on_challenge(struct http *h, http_challenged *challenged, void *ctx);

/* From now on requests to that origin (http_origin()) carry the token, or NAME:PASSWORD; either may be NULL.
 */
void http_authorize(struct http *h, const char *origin, const char *token, const char *password);

/* Takes what arrived: `len` bytes that stand at `at` of what the URL is. A server may give all of it where a
 * stretch was asked for. */
typedef bool http_arrived(void *ctx, uint64_t at, const void *bytes, size_t len, struct err *e);

struct http_request {
	const char *method, *url;          /* NULL: GET */
	const char *headers[HTTP_HEADERS]; /* "Name: value" */
	const char *password;      /* NAME:PASSWORD for this request alone; NULL: what is known counts */
	bool nobody;               /* nor does that count: it is asked without a name */
	uint64_t from, to;         /* GET: bytes from..to-1; to == 0: all of it */
	const struct medium *body; /* what is sent: `size` bytes from `at`; NULL: nothing */
	uint64_t at, size;
	http_arrived *arrived; /* NULL: nobody wants it */
	struct progress *sent; /* told how much of the body is; NULL: nobody */
	void *ctx;
};

struct http_answer {
	unsigned status; /* 200 ...; 0: there was none */
	uint64_t total;  /* bytes of the whole thing */
	bool again;      /* it may help to ask again */
	uint64_t wait;   /* seconds that the server wants to be left alone; 0: it did not say */
	struct text location, authenticate; /* headers; the first is a whole URL */
	struct text said;                   /* the beginning of the body where the status is no success */
};
void http_answer_end(struct http_answer *a);

/* Asks once. True if an answer came, whatever its status; only a success is handed to `arrived`. ERR_FORMAT:
 * the answer is another stretch than was asked for. */
MUST_CHECK bool http_ask(struct http *h, const struct http_request *r, struct http_answer *a, struct err *e);

/* True after a wait, which is longer each time, if asking again may help: *e is then cleared. */
MUST_CHECK bool http_patience(struct http *h, const struct http_answer *a, struct err *e);
/* Something new arrived: patience begins anew. */
void http_progress(struct http *h);

/* http_ask() with patience. The status may still say that the server could not. */
MUST_CHECK bool http_insist(
	struct http *h, const struct http_request *r, struct http_answer *a, struct err *e);

/* http_insist(); the answer's body, at most `limit` bytes, is in `out` if it was a success. */
MUST_CHECK bool http_small(struct http *h, const struct http_request *r, size_t limit, struct text *out,
	struct http_answer *a, struct err *e);

/* False, with the status and what was said: `what` was refused. */
bool http_refused(const char *what, const struct http_answer *a, struct err *e);

/* Whoever asked at `from` may be sent on to `to`: not from https to anything else. */
bool http_as_safe(const char *from, const char *to);

/* The text as part of a query, appended. */
void http_escape(const char *text, struct text *out);

/* "https://host:port" of a URL, appended, with the port even where it is the usual one. */
MUST_CHECK bool http_origin(const char *url, struct text *out, struct err *e);

#endif
