/* chosen.c - see chosen.h. */
#include "installer/host/chosen.h"

#include <fcntl.h>
#include <string.h>

#include "installer/host/profile_check.h"
#include "manifest/base/fs.h"
#include "manifest/base/private.h"
#include "manifest/base/scope.h"

bool chosen_read(const char *file, struct site *out, struct arena *arena, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	return (fs_read_path(file, SITE_MAX, &text, e) &&
		       site_read(text_str(&text), text.len, out, arena, e)) ||
	       err_in(e, "--site");
}

/* Whose entry is looked for; NULL: any. */
struct wanted {
	const char *name, *instance;
	const char *profile,
		*profile_name; /* in place of a name: as it was given, and what it calls itself */
};

static bool fits(const struct wanted *w, const struct site_application *a)
{
	if (w->instance && strcmp(a->instance, w->instance) != 0)
		return false;
	if (w->name)
		return strcmp(a->application, w->name) == 0;
	return !w->profile || strcmp(a->application, w->profile_name) == 0 ||
	       strcmp(a->profile, w->profile) == 0;
}

static bool pick(const struct chosen *c, const struct wanted *w, struct site_application **out, struct err *e)
{
	struct site_application *a = c->site.applications.items;
	SCOPED(text_end) struct text all = { 0 };
	size_t count = 0;
	*out = NULL;
	for (size_t i = 0; i < c->site.applications.count; i++) {
		if (!fits(w, &a[i]))
			continue;
		*out = &a[i];
		text_printf(&all, "%s%s%s%s", count++ ? ", " : "", a[i].application,
			*a[i].instance ? " instance " : "", a[i].instance);
	}
	return count < 2 ||
	       err_set(e, ERR_USAGE,
		       "%s has %zu applications that may be meant (%s): --name and --instance, or "
		       "--profile, say which",
		       c->file, count, text_str(&all));
}

bool chosen_entry(const struct chosen *c, const char *name, const char *instance,
	struct site_application **out, struct err *e)
{
	struct wanted wanted = { .name = name, .instance = instance };
	return pick(c, &wanted, out, e);
}

bool chosen_profile(struct host *h, const char *profile, bool own, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED_FD int file = *profile == '/' ? host_open(h, profile, O_RDONLY) : -1;
	if (file < 0)
		return profile_load(profile, &h->profile, &h->arena, e);
	return (!own || private_check(file, profile, e)) &&
	       fs_read_open(file, profile, PROFILE_MAX, &text, e) &&
	       (profile_read(text_str(&text), text.len, &h->profile, &h->arena, e) ||
		       err_in(e, "%s", profile));
}

static bool read_site(
	struct host *h, const struct cli_common *common, const char *site, struct chosen *out, struct err *e)
{
	out->file = site;
	return site ? chosen_read(site, &out->site, &h->arena, e)
		    : site_own(common, &out->site, &out->file, &h->arena, e);
}

static bool begin(struct host *h, const struct cli_common *common, const char *profile, const char *site,
	struct chosen *out, struct err *e)
{
	*out = (struct chosen){ .file = "" };
	if (!host_begin(h, common->root, profile, e) || !read_site(h, common, site, out, e))
		return false;
	struct wanted wanted = { common->name, common->instance, profile, h->profile.name };
	if (!pick(out, &wanted, &out->entry, e))
		return false;
	if (site && !out->entry)
		return err_set(e, ERR_REFUSED, "--site %s: it does not know the application %s", site,
			common->name ? common->name
			: profile    ? h->profile.name
				     : "(it has none)");
	if (profile)
		return true;
	if (!out->entry)
		return profile_load(CHOSEN_STANDARD, &h->profile, &h->arena, e);
	return chosen_profile(h, out->entry->profile, !site, e) ||
	       err_in(e, "%s: profile of %s", out->file, out->entry->application);
}

bool chosen_begin(struct host *h, const struct cli_common *common, const char *profile, const char *site,
	struct chosen *out, struct err *e)
{
	return begin(h, common, profile, site, out, e) &&
	       (profile_check(&h->profile, e) || err_in(e, "the profile %s", h->profile.name));
}
