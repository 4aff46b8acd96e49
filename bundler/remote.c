/* remote.c - see remote.h. */
#include "bundler/remote.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "manifest/base/scope.h"

static const struct remote_kind *kind_of(const char *url)
{
	static const struct {
		const char *scheme;
		const struct remote_kind *kind;
	} kinds[] = { { "https://", &remote_mirror }, { "http://", &remote_mirror },
		{ "oci://", &remote_registry } };
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strncmp(url, kinds[i].scheme, strlen(kinds[i].scheme)) == 0)
			return kinds[i].kind;
	return NULL;
}

bool remote_open(const char *url, const struct http_args *args, struct remote *out, struct err *e)
{
	*out = (struct remote){ .url = url, .args = args, .kind = kind_of(url) };
	if (!out->kind)
		return err_set(e, ERR_USAGE,
			"%s: expected https://HOST/PATH, http://HOST/PATH or oci://HOST/REPOSITORY:TAG", url);
	return http_open(args, &out->http, e) && out->kind->open(out, e);
}

void remote_end(struct remote *r)
{
	if (r->end)
		r->end(r);
	http_close(&r->http);
}

bool remote_head(struct remote *r, struct bundle *out, bool *there, struct err *e)
{
	SCOPED_FD int fd = memfd_create("head", MFD_CLOEXEC);
	*out = (struct bundle){ .medium = NULL };
	if (fd < 0)
		return err_sys(e, "make room for the manifest of %s", r->url);
	return r->kind->head(r, fd, there, e) && (!*there || bundle_open_fd(fd_take(&fd), r->url, out, e));
}
