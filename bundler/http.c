/* http.c - see http.h. */
#include "bundler/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/listing.h"
#include "manifest/path.h"

#define SAID_MAX     ((size_t)512)
#define REDIRECTS    10L
#define CONNECT      30L /* seconds */
#define WAIT_LONGEST 60

struct http {
	CURL *curl;
	const struct http_args *args;
	uint64_t retries, timeout, failed; /* in a row */
	http_challenged *challenged;
	void *ctx;
	struct text origin, token, password; /* who may know the other two */
};

const struct cli_option http_options[] = {
	{ "json", NULL, "one JSON document on standard output", offsetof(struct http_args, common.json) },
	{ "auth-file", "FILE", "passwords of registries, as docker and podman keep them",
		offsetof(struct http_args, auth_file) },
	{ "ca-file", "FILE", "certificates of those who may vouch for the server, instead of the system's",
		offsetof(struct http_args, ca_file) },
	{ "netrc", "FILE", "names and passwords by host", offsetof(struct http_args, netrc) },
	{ "plain-http", NULL, "the registry speaks http, not https", offsetof(struct http_args, plain_http) },
	{ "proxy", "URL", "by way of this proxy; no variable of the environment names one",
		offsetof(struct http_args, proxy) },
	{ "retries", "N", "how often in a row something may fail (default 5)",
		offsetof(struct http_args, retries) },
	{ "timeout", "SECONDS", "how long nothing may arrive (default 60)",
		offsetof(struct http_args, timeout) },
	{ 0 },
};

static bool number(const char *option, const char *text, uint64_t usual, uint64_t *out, struct err *e)
{
	*out = usual;
	return !text || (listing_number(text, out) && *out <= 3600) ||
	       err_set(e, ERR_USAGE, "--%s %s: expected 0 to 3600", option, text);
}

bool http_open(const struct http_args *args, struct http **out, struct err *e)
{
	struct http *h = *out = mem_new(1, sizeof *h);
	h->args = args;
	if (!number("retries", args->retries, 5, &h->retries, e) ||
		!number("timeout", args->timeout, 60, &h->timeout, e))
		return false;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		h->curl = curl_easy_init();
	return h->curl || err_set(e, ERR_SYSTEM, "libcurl cannot be started");
}

void http_close(struct http **h)
{
	if (!*h)
		return;
	if ((*h)->curl) {
		curl_easy_cleanup((*h)->curl);
		curl_global_cleanup();
	}
	text_end(&(*h)->origin);
	text_end(&(*h)->token);
	text_end(&(*h)->password);
	free(*h);
	*h = NULL;
}

void http_on_challenge(struct http *h, http_challenged *challenged, void *ctx)
{
	h->challenged = challenged;
	h->ctx = ctx;
}

void http_authorize(struct http *h, const char *origin, const char *token, const char *password)
{
	text_clear(&h->origin);
	text_clear(&h->token);
	text_clear(&h->password);
	text_puts(&h->origin, origin);
	text_puts(&h->token, token ? token : "");
	text_puts(&h->password, password ? password : "");
}

void http_answer_end(struct http_answer *a)
{
	text_end(&a->location);
	text_end(&a->authenticate);
	text_end(&a->said);
	*a = (struct http_answer){ 0 };
}

/* ---- one answer ---- */

struct exchange {
	struct http *h;
	const struct http_request *r;
	struct http_answer *a;
	struct err *e;
	bool begun, enough; /* enough: the rest of a whole thing is not wanted */
	uint64_t at;        /* where in the thing the next byte stands */
	uint64_t sent;      /* of the body */
};

static const char *header(CURL *curl, const char *name)
{
	struct curl_header *found;
	return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : NULL;
}

static bool success(const struct http_answer *a)
{
	return a->status >= 200 && a->status < 300;
}

/* "bytes 0-511/14008": RFC 9110, 14.4. */
static bool stretch(const struct exchange *x, const char *said, uint64_t *total)
{
	unsigned long long first, last, all;
	char more;
	if (!said || sscanf(said, "bytes %llu-%llu/%llu%c", &first, &last, &all, &more) != 3)
		return false;
	*total = all;
	return first == x->r->from && last >= first && last < x->r->to && last < all;
}

/* The status and what the headers say, before the first byte of the body counts. */
static bool begin(struct exchange *x)
{
	CURL *curl = x->h->curl;
	const char *range = header(curl, "content-range"), *wait = header(curl, "retry-after");
	long status = 0;
	curl_off_t length = -1;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	x->begun = true;
	x->a->status = (unsigned)status;
	x->a->total = length >= 0 ? (uint64_t)length : HTTP_UNKNOWN;
	if (wait && !listing_number(wait, &x->a->wait))
		x->a->wait = 0;
	if (status != 206)
		return true;
	x->at = x->r->from;
	return (x->r->to && stretch(x, range, &x->a->total)) ||
	       err_set(x->e, ERR_FORMAT, "asked for bytes %llu to %llu, the server says it gives \"%s\"",
		       (unsigned long long)x->r->from, (unsigned long long)x->r->to - 1, range ? range : "");
}

static size_t on_body(char *bytes, size_t one, size_t len, void *ctx)
{
	struct exchange *x = ctx;
	struct text *said = &x->a->said;
	(void)one;
	if (!x->begun && !begin(x))
		return 0;
	if (!success(x->a)) {
		text_add(said, bytes, said->len + len < SAID_MAX ? len : SAID_MAX - said->len);
		return len;
	}
	if (x->r->arrived && !x->r->arrived(x->r->ctx, x->at, bytes, len, x->e))
		return 0;
	x->at += len;
	x->enough = x->a->status == 200 && x->r->to && x->at >= x->r->to;
	return x->enough ? 0 : len;
}

static size_t on_send(char *to, size_t one, size_t room, void *ctx)
{
	struct exchange *x = ctx;
	uint64_t left = x->r->size - x->sent;
	size_t n = left < room ? (size_t)left : room;
	(void)one;
	if (n && !medium_read(x->r->body, to, n, x->r->at + x->sent, x->e))
		return CURL_READFUNC_ABORT;
	x->sent += n;
	if (x->r->sent)
		progress_add(x->r->sent, n);
	return n;
}

static int on_seek(void *ctx, curl_off_t at, int whence)
{
	struct exchange *x = ctx;
	if (whence != SEEK_SET || at < 0 || (uint64_t)at > x->r->size)
		return CURL_SEEKFUNC_CANTSEEK;
	x->sent = (uint64_t)at;
	return CURL_SEEKFUNC_OK;
}

/* ---- asking ---- */

static void set_way(struct http *h, const char *url)
{
	const struct http_args *args = h->args;
	CURL *curl = h->curl;
	bool safe = !http_as_safe(url, "http:");
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "waybill/" WAYBILL_VERSION);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, safe ? "https" : "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)h->timeout);
	curl_easy_setopt(curl, CURLOPT_PROXY, args->proxy ? args->proxy : "");
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
	if (args->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, args->ca_file);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L * 1024);
}

static struct curl_slist *set_who(struct http *h, const struct http_request *r)
{
	SCOPED(text_end) struct text origin = { 0 }, header = { 0 };
	struct err ignored = { 0 };
	struct curl_slist *list = NULL;
	bool known = !r->nobody && h->origin.len && http_origin(r->url, &origin, &ignored) &&
		     strcmp(text_str(&origin), h->origin.at) == 0;
	const char *password = r->password ? r->password : known && h->password.len ? h->password.at : NULL;
	for (size_t i = 0; i < HTTP_HEADERS && r->headers[i]; i++)
		list = curl_slist_append(list, r->headers[i]);
	if (known && h->token.len && !r->password) {
		text_printf(&header, "Authorization: Bearer %s", h->token.at);
		return curl_slist_append(list, header.at);
	}
	if (password) {
		curl_easy_setopt(h->curl, CURLOPT_USERPWD, password);
	} else if (h->args->netrc && !r->nobody) {
		curl_easy_setopt(h->curl, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
		curl_easy_setopt(h->curl, CURLOPT_NETRC_FILE, h->args->netrc);
	}
	return list;
}

static void set_body(struct http *h, struct exchange *x)
{
	const struct http_request *r = x->r;
	CURL *curl = h->curl;
	const char *method = r->method ? r->method : "GET";
	if (r->body || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0) {
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->size);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_send);
		curl_easy_setopt(curl, CURLOPT_READDATA, x);
		curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(curl, CURLOPT_SEEKDATA, x);
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	} else if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	}
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
}

/* What another try may mend: the way there, or a server that says so itself. */
static bool passes(CURLcode code, unsigned status)
{
	static const CURLcode ways[] = { CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST,
		CURLE_COULDNT_CONNECT, CURLE_PARTIAL_FILE, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING,
		CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM,
		CURLE_WEIRD_SERVER_REPLY };
	static const unsigned states[] = { 408, 425, 429, 500, 502, 503, 504 };
	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (code == ways[i])
			return true;
	for (size_t i = 0; code == CURLE_OK && i < COUNT_OF(states); i++)
		if (status == states[i])
			return true;
	return false;
}

static void keep(struct exchange *x)
{
	CURL *curl = x->h->curl;
	const char *location = header(curl, "location"), *asked = header(curl, "www-authenticate");
	char *here = NULL, *whole = NULL;
	CURLU *url = curl_url();
	curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &here);
	if (location && here && url && curl_url_set(url, CURLUPART_URL, here, 0) == CURLUE_OK &&
		curl_url_set(url, CURLUPART_URL, location, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK)
		text_puts(&x->a->location, whole);
	if (asked)
		text_puts(&x->a->authenticate, asked);
	curl_free(whole);
	curl_url_cleanup(url);
}

static bool ask_once(struct http *h, const struct http_request *r, struct http_answer *a, struct err *e)
{
	struct exchange x = { .h = h, .r = r, .a = a, .e = e };
	char range[64];
	http_answer_end(a);
	set_way(h, r->url);
	set_body(h, &x);
	struct curl_slist *headers = set_who(h, r);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
	snprintf(
		range, sizeof range, "%llu-%llu", (unsigned long long)r->from, (unsigned long long)r->to - 1);
	if (r->to)
		curl_easy_setopt(h->curl, CURLOPT_RANGE, range);
	CURLcode code = curl_easy_perform(h->curl);
	bool good = (code == CURLE_OK || x.enough) && (x.begun || begin(&x));
	curl_slist_free_all(headers);
	if (good)
		keep(&x);
	if (!good && r->sent)
		progress_set(r->sent, r->sent->done - x.sent); /* in vain */
	a->again = !e->kind && passes(good ? CURLE_OK : code, a->status);
	return good || err_set(e, ERR_SYSTEM, "%s: %s", r->url, curl_easy_strerror(code));
}

bool http_ask(struct http *h, const struct http_request *r, struct http_answer *a, struct err *e)
{
	http_challenged *challenged = h->challenged;
	bool again = false;
	if (!ask_once(h, r, a, e))
		return false;
	if (a->status != 401 || !challenged || r->password)
		return true;
	h->challenged = NULL; /* who is asked for a token is not asked how */
	bool good = challenged(h->ctx, r->url, text_str(&a->authenticate), &again, e);
	h->challenged = challenged;
	return good && (!again || ask_once(h, r, a, e));
}

/* ---- patience ---- */

void http_progress(struct http *h)
{
	h->failed = 0;
}

bool http_patience(struct http *h, const struct http_answer *a, struct err *e)
{
	if (!a->again || h->failed >= h->retries)
		return false;
	uint64_t longer = h->failed < 6 ? UINT64_C(1) << h->failed : WAIT_LONGEST;
	uint64_t wait = a->wait ? a->wait : longer;
	struct timespec rest = { .tv_sec = (time_t)(wait < WAIT_LONGEST ? wait : WAIT_LONGEST) };
	h->failed++;
	if (e->kind)
		say(h->args->common.json, "%s; again in %lld s", e->text, (long long)rest.tv_sec);
	else
		say(h->args->common.json, "the server says %u; again in %lld s", a->status,
			(long long)rest.tv_sec);
	*e = (struct err){ 0 };
	nanosleep(&rest, NULL);
	return true;
}

bool http_insist(struct http *h, const struct http_request *r, struct http_answer *a, struct err *e)
{
	for (;;) {
		if (http_ask(h, r, a, e) && !a->again) {
			http_progress(h);
			return true;
		}
		if (!http_patience(h, a, e))
			return !e->kind;
	}
}

struct small {
	struct text *out;
	size_t limit;
	const char *url;
};

static bool on_small(void *ctx, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct small *s = ctx;
	if (at == 0)
		text_clear(s->out); /* of a try before */
	if (len > s->limit - s->out->len)
		return err_set(e, ERR_FORMAT, "%s: more than %zu bytes", s->url, s->limit);
	text_add(s->out, bytes, len);
	return true;
}

bool http_small(struct http *h, const struct http_request *r, size_t limit, struct text *out,
	struct http_answer *a, struct err *e)
{
	struct small small = { out, limit, r->url };
	struct http_request mine = *r;
	mine.arrived = on_small;
	mine.ctx = &small;
	return http_insist(h, &mine, a, e);
}

bool http_refused(const char *what, const struct http_answer *a, struct err *e)
{
	SCOPED(text_end) struct text said = { 0 };
	path_escape(text_str(&a->said), a->said.len < 200 ? a->said.len : 200, &said);
	return err_set(e, ERR_SYSTEM, "%s: the server says %u%s%s", what, a->status, said.len ? ": " : "",
		text_str(&said));
}

bool http_as_safe(const char *from, const char *to)
{
	return strncasecmp(from, "https:", 6) != 0 || strncasecmp(to, "https:", 6) == 0;
}

void http_escape(const char *text, struct text *out)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	text_puts(out, escaped ? escaped : "");
	curl_free(escaped);
}

bool http_origin(const char *url, struct text *out, struct err *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL;
	bool good = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
	bool open = good && curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK;
	if (good)
		text_printf(out, "%s://%s:%s", scheme, host, port);
	curl_free(user);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	if (open) /* it would be shown in messages and process lists */
		return err_set(e, ERR_USAGE,
			"a URL of %s with a name or password in it: --netrc FILE has these", text_str(out));
	return good || err_set(e, ERR_USAGE, "%s: not a URL", url);
}
