/* gate_lines.c - see gate_lines.h. */
#include "installer/service/gate_lines.h"

#include <string.h>

#include "installer/host/gate.h"
#include "installer/host/plain.h"

#define NAME_MAX_SHOWN 32
#define VERDICT        9
#define LEAST          24 /* of what was seen, however narrow the terminal is */

bool gate_lines_good(const struct gate_result *r)
{
	return strcmp(r->verdict, gate_word(GATE_PASSED)) == 0 ||
	       strcmp(r->verdict, gate_word(GATE_INFERRED)) == 0;
}

static const char *seen_first(const struct gate_result *r)
{
	return r->seen.count ? ((char *const *)r->seen.items)[0] : "";
}

/* ---- red ones ---- */

void gate_lines_add(const struct gate_result *r, bool whole, struct text *out)
{
	if (!whole) {
		text_printf(out, "%s %s", out->len ? "," : "", r->name);
		return;
	}
	text_printf(out, "\n  gate %s (%s): %s", r->name, r->kind, r->verdict);
	for (size_t i = 0; i < r->seen.count; i++)
		text_printf(out, "%s %s", i ? ";" : ":", ((char *const *)r->seen.items)[i]);
}

void gate_lines_red(const struct evidence *e, bool whole, struct text *out)
{
	const struct gate_result *r = e->gates.items;
	for (size_t i = 0; i < e->gates.count; i++)
		if (r[i].required && !gate_lines_good(&r[i]))
			gate_lines_add(&r[i], whole, out);
}

/* ---- all of them ---- */

void gate_lines_wrap(const char *s, size_t indent, size_t width, struct text *out)
{
	size_t room = width > indent + LEAST ? width - indent : LEAST, used = 0;
	while (*(s += strspn(s, " ")) != '\0') {
		size_t len = strcspn(s, " ");
		if (used == 0 || used + 1 + len > room) {
			text_printf(out, "%s%*s", used ? "\n" : "", (int)indent, "");
			used = 0;
		} else {
			text_puts(out, " ");
			used++;
		}
		text_add(out, s, len);
		used += len;
		s += len;
	}
	if (used)
		text_puts(out, "\n");
}

static size_t name_width(const struct evidence *e)
{
	const struct gate_result *r = e->gates.items;
	size_t most = 0;
	for (size_t i = 0; i < e->gates.count; i++)
		if (strlen(r[i].name) > most)
			most = strlen(r[i].name);
	return most < NAME_MAX_SHOWN ? most : NAME_MAX_SHOWN;
}

static void add_line(const struct gate_result *r, size_t names, size_t width, struct text *out)
{
	size_t used = 2 + VERDICT + 1 + names + 2;
	const char *advisory = r->required ? "" : "(advisory) ";
	size_t room = width > used + strlen(advisory) + LEAST ? width - used - strlen(advisory) : LEAST;
	text_printf(out, "  %-*s %-*s  %s", VERDICT, r->verdict, (int)names, r->name, advisory);
	plain_cut(seen_first(r), strlen(seen_first(r)) > room ? room - 3 : room, out);
	text_puts(out, "\n");
}

void gate_lines_gates(const struct evidence *e, size_t width, struct text *out)
{
	const struct gate_result *r = e->gates.items;
	size_t names = name_width(e);
	for (size_t i = 0; i < e->gates.count; i++) {
		if (gate_lines_good(&r[i]) || !r[i].required) {
			add_line(&r[i], names, width, out);
			continue;
		}
		text_printf(out, "  %-*s %s\n", VERDICT, r[i].verdict, r[i].name);
		for (size_t k = 0; k < r[i].seen.count; k++)
			gate_lines_wrap(((char *const *)r[i].seen.items)[k], 2 + VERDICT + 1 + 2, width, out);
	}
}
