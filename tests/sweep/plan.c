/* plan.c - see cut.h. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "tests/sweep/cut.h"

static const char usage[] =
	"usage: cut --below DIR [--chroot] [--points FILE] [--proof FILE] [--at CALL:N|CALL:all --how HOW] PROGRAM [ARGUMENT]...\n"
	"HOW: before, after, alone (kill); short; lie; an error such as ENOSPC, with a + on every later point too\n";

static const struct {
	const char *word;
	enum how how;
} hows[] = {
	{ "before", HOW_BEFORE },
	{ "after", HOW_AFTER },
	{ "alone", HOW_ALONE },
	{ "short", HOW_SHORT },
	{ "lie", HOW_LIE },
};

static bool read_how(const char *word, struct plan *p)
{
	char plain[32] = "";
	size_t len = strlen(word);
	for (size_t i = 0; i < COUNT_OF(hows); i++)
		if (strcmp(hows[i].word, word) == 0) {
			p->how = hows[i].how;
			return true;
		}
	p->on = len > 0 && word[len - 1] == '+';
	snprintf(plain, sizeof plain, "%.*s", (int)(len - p->on), word);
	p->how = HOW_FAIL;
	p->error = call_error(plain);
	return p->error != 0;
}

static bool read_at(char *word, struct plan *p)
{
	char *colon = strchr(word, ':');
	if (!colon)
		return false;
	*colon = '\0';
	p->call = call_named(word);
	p->every = strcmp(colon + 1, "all") == 0;
	p->at = strtoul(colon + 1, NULL, 10);
	return p->call && (p->every || p->at);
}

static bool read_file(const char *path, FILE **out)
{
	*out = fopen(path, "we");
	return *out != NULL;
}

static bool read_option(int option, struct plan *p)
{
	switch (option) {
	case 'b':
		p->below = optarg;
		return true;
	case 'c':
		p->chroot = "";
		return true;
	case 'p':
		return read_file(optarg, &p->points);
	case 'q':
		return read_file(optarg, &p->proof);
	case 'a':
		return read_at(optarg, p);
	case 'h':
		return read_how(optarg, p);
	default:
		return false;
	}
}

bool plan_read(int argc, char **argv, struct plan *p)
{
	static const struct option options[] = {
		{ "below", required_argument, NULL, 'b' },
		{ "chroot", no_argument, NULL, 'c' },
		{ "points", required_argument, NULL, 'p' },
		{ "proof", required_argument, NULL, 'q' },
		{ "at", required_argument, NULL, 'a' },
		{ "how", required_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool good = true;
	*p = (struct plan){ 0 };
	for (int option; good && (option = getopt_long(argc, argv, "+", options, NULL)) != -1;)
		good = read_option(option, p);
	p->argv = argv + optind;
	if (p->chroot)
		p->chroot = p->below;
	if (good && p->below && *p->argv && !p->call == (p->how == HOW_NOT))
		return true;
	fputs(usage, stderr);
	return false;
}
