/* evil.c - evil CASE KEYFILE OUTPUT writes one bundle; evil --list has a line per case: name, status, words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

static const struct evil_table *const tables[] = { &entry_cases, &tar_cases, &index_cases, &frame_cases,
	&manifest_cases, &signature_cases, &container_cases };

static int list(void)
{
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (size_t i = 0; i < tables[t]->count; i++)
			printf("%s\t%d\t%s\n", tables[t]->cases[i].name, tables[t]->cases[i].status,
				tables[t]->cases[i].words);
	return 0;
}

static const struct evil_case *find(const char *name)
{
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (size_t i = 0; i < tables[t]->count; i++)
			if (strcmp(tables[t]->cases[i].name, name) == 0)
				return &tables[t]->cases[i];
	evil_stop("no such case");
}

static void read_key(const char *path, struct secret_key *key)
{
	struct err e = { 0 };
	SCOPED(secret_text_end) struct text file = { 0 };
	if (!fs_read_path(path, 4096, &file, &e) ||
		!secret_key_read(file.at, file.len, path, NULL, NULL, key, &e))
		evil_stop(e.text);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	if (argc != 4 || !digest_start(&e))
		evil_stop("evil CASE KEYFILE OUTPUT, or evil --list");
	struct evil *v = mem_new(1, sizeof *v);
	read_key(argv[2], &v->key);
	evil_build(v, find(argv[1]));
	if (!fs_create_path(argv[3], v->file.at, v->file.len, 0644, &e))
		evil_stop(e.text);
	evil_end(v);
	free(v);
	return 0;
}
