/* cli.c - see cli.h. */
#include "manifest/base/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/base/text.h"

enum option_kind { KIND_FLAG, KIND_TEXT, KIND_MANY };

static enum option_kind kind_of(const struct cli_option *o)
{
	if (!o->value)
		return KIND_FLAG;
	size_t len = strlen(o->value);
	return len > 3 && strcmp(o->value + len - 3, "...") == 0 ? KIND_MANY : KIND_TEXT;
}

static const struct cli_option *find_in(const struct cli_option *table, const char *name, size_t len)
{
	for (const struct cli_option *o = table; o && o->name; o++)
		if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static const struct cli_option *find_option(const struct cli_command *c, const char *name, size_t len)
{
	const struct cli_option *o = find_in(c->options, name, len);
	return o ? o : find_in(c->common, name, len);
}

static const struct cli_command *find_command(const struct cli_program *p, const char *name)
{
	for (const struct cli_command *c = p->commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static bool set_flag(const struct cli_option *o, const char *value, char *args, struct err *e)
{
	bool *at = (bool *)(void *)(args + o->at);
	if (value)
		return err_set(e, ERR_USAGE, "--%s takes no value", o->name);
	*at = true;
	return true;
}

static bool set_text(const struct cli_option *o, const char *value, char *args, struct err *e)
{
	const char **at = (const char **)(void *)(args + o->at);
	if (*at)
		return err_set(e, ERR_USAGE, "--%s is given twice", o->name);
	*at = value;
	return true;
}

static bool add_many(const struct cli_option *o, const char *value, char *args)
{
	struct cli_many *at = (struct cli_many *)(void *)(args + o->at);
	at->items = mem_grow(at->items, at->count + 1, sizeof *at->items);
	at->items[at->count++] = value;
	return true;
}

/* Takes the option in word *i, and its value from the same word or the next. */
static bool take_option(const struct cli_command *c, int argc, char **argv, int *i, char *args, struct err *e)
{
	const char *word = argv[*i] + 2, *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : strlen(word);
	const struct cli_option *o = find_option(c, word, len);
	if (!o)
		return err_set(e, ERR_USAGE, "%s has no option --%.*s; see --help", c->name, (int)len, word);
	if (value)
		value++;
	if (kind_of(o) == KIND_FLAG)
		return set_flag(o, value, args, e);
	if (!value && *i + 1 < argc)
		value = argv[++*i];
	if (!value || (value[0] == '\0'))
		return err_set(e, ERR_USAGE, "--%s needs a value: %s", o->name, o->value);
	return kind_of(o) == KIND_MANY ? add_many(o, value, args) : set_text(o, value, args, e);
}

struct words {
	char *operands[CLI_OPERANDS_MAX];
	size_t count;
	bool help;
};

static bool parse(
	const struct cli_command *c, int argc, char **argv, char *args, struct words *out, struct err *e)
{
	bool only_operands = false;
	for (int i = 2; i < argc; i++) {
		if (!only_operands && strcmp(argv[i], "--") == 0) {
			only_operands = true;
		} else if (!only_operands && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
			out->help = true;
		} else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
			if (!take_option(c, argc, argv, &i, args, e))
				return false;
		} else if (!only_operands && argv[i][0] == '-' && argv[i][1]) {
			return err_set(e, ERR_USAGE, "%s has no option %s; see --help", c->name, argv[i]);
		} else if (out->count == CLI_OPERANDS_MAX || out->count == c->most) {
			return err_set(e, ERR_USAGE, "%s: one word too many: %s", c->name, argv[i]);
		} else {
			out->operands[out->count++] = argv[i];
		}
	}
	if (!out->help && out->count < c->least)
		return err_set(e, ERR_USAGE, "%s needs %s; see --help", c->name, c->operands);
	return true;
}

static void help_options(const struct cli_option *table)
{
	for (const struct cli_option *o = table; o && o->name; o++) {
		char left[80];
		snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
			o->value ? o->value : "");
		printf("  %-30s %s\n", left, o->help);
	}
}

static void help_command(const struct cli_program *p, const struct cli_command *c)
{
	printf("%s %s%s%s [OPTION]...\n\n%s\n", p->name, c->name, c->operands[0] ? " " : "", c->operands,
		c->help);
	if ((c->options && c->options->name) || (c->common && c->common->name))
		printf("\n");
	help_options(c->options);
	help_options(c->common);
}

static void help_program(const struct cli_program *p)
{
	printf("%s - %s\n\n", p->name, p->purpose);
	for (const struct cli_command *c = p->commands; c->name; c++) {
		char left[80];
		snprintf(left, sizeof left, "%s%s%s", c->name, c->operands[0] ? " " : "", c->operands);
		printf("  %-30s %s\n", left, c->help);
	}
	printf("\n%s COMMAND --help lists its options. Exit status:", p->name);
	for (int kind = 0; kind < 10; kind++)
		if (err_meaning((enum err_kind)kind)[0])
			printf(" %d %s%s", kind, err_word((enum err_kind)kind), kind < 9 ? "," : ".\n");
}

static int tell(const struct cli_program *p, const struct err *e, bool json)
{
	if (e->kind == ERR_NONE)
		return 0;
	if (!e->said)
		fprintf(stderr, "%s: %s\n", p->name, e->text);
	if (json && !e->told)
		p->error(e);
	return (int)e->kind;
}

static void free_many(const struct cli_option *table, char *args)
{
	for (const struct cli_option *o = table; o && o->name; o++)
		if (kind_of(o) == KIND_MANY)
			free(((struct cli_many *)(void *)(args + o->at))->items);
}

static bool wants_json(int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static int run_command(const struct cli_program *p, const struct cli_command *c, int argc, char **argv)
{
	struct err e = { 0 };
	struct words words = { 0 };
	bool done = false;
	SCOPED_TEXT char *args = mem_new(1, c->size);
	if (parse(c, argc, argv, args, &words, &e)) {
		if (words.help)
			help_command(p, c);
		else
			done = c->run(args, words.operands, words.count, &e);
	}
	if (!done && !words.help && e.kind == ERR_NONE)
		err_set(&e, ERR_SYSTEM, "%s failed without a reason", c->name);
	if (fflush(stdout) != 0 || ferror(stdout))
		err_set(&e, ERR_SYSTEM, "standard output cannot be written%s",
			done ? "; the command itself is done" : "");
	int status = tell(p, &e, wants_json(argc, argv));
	free_many(c->options, args);
	free_many(c->common, args);
	return status;
}

int cli_main(const struct cli_program *program, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "--help";
	struct err e = { 0 };
	if (strcmp(word, "--version") == 0) {
		program->version();
		return fflush(stdout) == 0 ? 0 : (int)ERR_SYSTEM;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		help_program(program);
		return argc > 1 ? 0 : (int)ERR_USAGE;
	}
	const struct cli_command *c = find_command(program, word);
	if (c)
		return run_command(program, c, argc, argv);
	err_set(&e, ERR_USAGE, "there is no command \"%s\"; see --help", word);
	return tell(program, &e, wants_json(argc, argv));
}
