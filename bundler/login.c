/* login.c - see login.h. */
#include "bundler/login.h"

#include <string.h>

#include "bundler/challenge.h"
#include "keys/base64.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/jsonview.h"

#define FILE_MAX  ((size_t)1024 * 1024)
#define TOKEN_MAX ((size_t)64 * 1024)

void login_end(struct login *l)
{
	text_end(&l->origin);
	text_end(&l->file);
}

/* ---- the file: {"auths":{"host:port":{"auth":"base64 of name:password"}}} ---- */

/* "host", "host:port", "https://host/v1/": as the tools write them. */
static bool same_host(const char *entry, const char *origin)
{
	SCOPED(text_end) struct text url = { 0 }, mine = { 0 };
	struct err ignored = { 0 };
	const char *scheme = strstr(origin, "://");
	if (!strstr(entry, "://"))
		text_add(&url, origin, (size_t)(scheme - origin) + 3);
	text_puts(&url, entry);
	return http_origin(url.at, &mine, &ignored) && strcmp(text_str(&mine), origin) == 0;
}

/* "name:password" from base64 of any length that a password has. */
static bool decode(const char *base64, struct text *out)
{
	size_t len = strlen(base64), pad = len - strcspn(base64, "=");
	char bytes[BASE64_BYTES_MAX + 1] = { 0 };
	if (len < 4 || len % 4 || pad > 2 || len / 4 * 3 - pad > BASE64_BYTES_MAX ||
		!base64_read(base64, len, bytes, len / 4 * 3 - pad))
		return false;
	text_puts(out, bytes);
	return strchr(bytes, ':') != NULL;
}

/* Appends what the file has for the registry, if it has anything. */
static bool password_of(const struct login *l, struct text *out, struct err *e)
{
	SCOPED(jsonview_close) struct jsonview *top = NULL;
	if (!l->file.len)
		return true;
	if (!jsonview_open(l->file.at, l->file.len, NULL, &top, e))
		return err_in(e, "--auth-file");
	const struct jsonview *v = jsonview_first(jsonview_field(top, "auths"));
	for (; v; v = jsonview_next(v)) {
		const char *auth = jsonview_text(jsonview_field(v, "auth"));
		if (!jsonview_name(v) || !same_host(jsonview_name(v), l->origin.at))
			continue;
		return (auth && decode(auth, out)) ||
		       err_set(e, ERR_FORMAT, "--auth-file: the entry of %s has no \"auth\" that is base64",
			       jsonview_name(v));
	}
	return true;
}

/* ---- tokens ---- */

static void query(struct text *url, const char *name, const struct text *value)
{
	if (!value->len)
		return;
	text_printf(url, "%s%s=", strchr(url->at, '?') ? "&" : "?", name);
	http_escape(value->at, url);
}

/* A token goes into a header: nothing that would end it. */
static bool plain(const char *token)
{
	for (const char *p = token; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return *token != '\0';
}

/* The registry's own password, whoever gives its tokens: it could have asked for that itself. Never
 * another's: a registry that names another one's tokens would be given them.
 */
static bool fetch_token(struct login *l, const struct challenge *c, struct text *token, struct err *e)
{
	SCOPED(text_end) struct text url = { 0 }, said = { 0 }, from = { 0 }, password = { 0 };
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(jsonview_close) struct jsonview *top = NULL;
	text_puts(&url, text_str(&c->realm));
	if (!http_origin(text_str(&url), &from, e))
		return err_set(e, ERR_SYSTEM, "the registry does not say where its tokens come from");
	if (!password_of(l, &password, e))
		return false;
	if (!http_as_safe(l->origin.at, from.at))
		return err_set(e, ERR_SYSTEM, "the registry sends for its tokens to %s, which is not https",
			from.at);
	query(&url, "service", &c->service);
	query(&url, "scope", &c->scope);
	struct http_request ask = { .url = url.at,
		.password = password.len ? password.at : NULL,
		.nobody = strcmp(from.at, l->origin.at) != 0 };
	if (!http_small(l->http, &ask, TOKEN_MAX, &said, &a, e))
		return false;
	if (a.status != 200)
		return http_refused(url.at, &a, e);
	if (!jsonview_open(text_str(&said), said.len, NULL, &top, e))
		return err_in(e, "the token from %s", url.at);
	const char *text = jsonview_text(jsonview_field(top, "token"));
	text = text ? text : jsonview_text(jsonview_field(top, "access_token"));
	if (!text || !plain(text))
		return err_set(e, ERR_FORMAT, "%s: gives no token", url.at);
	text_puts(token, text);
	return true;
}

static bool challenged(void *ctx, const char *url, const char *asked, bool *again, struct err *e)
{
	struct login *l = ctx;
	SCOPED(text_end) struct text origin = { 0 }, token = { 0 }, password = { 0 };
	SCOPED(challenge_end) struct challenge c = { 0 };
	if (!http_origin(url, &origin, e) || strcmp(text_str(&origin), text_str(&l->origin)) != 0)
		return true; /* another host's 401 is told as it is */
	challenge_read(asked, &c);
	http_authorize(l->http, origin.at, NULL, NULL);
	if (c.way == CHALLENGE_TOKEN)
		*again = fetch_token(l, &c, &token, e);
	else if (c.way == CHALLENGE_PASSWORD)
		*again = password_of(l, &password, e) && password.len > 0;
	if (*again)
		http_authorize(
			l->http, origin.at, token.len ? token.at : NULL, password.len ? password.at : NULL);
	return !e->kind;
}

bool login_open(
	struct login *l, struct http *http, const char *url, const struct http_args *args, struct err *e)
{
	l->http = http;
	if (!http_origin(url, &l->origin, e))
		return false;
	if (args->auth_file && !fs_read_path(args->auth_file, FILE_MAX, &l->file, e))
		return err_in(e, "--auth-file %s", args->auth_file);
	http_on_challenge(http, challenged, l);
	return true;
}
