/* splice_layout - how the members of an object are written, read off those that stand there and around it. */
#ifndef INSTALLER_SERVICE_SPLICE_LAYOUT_H
#define INSTALLER_SERVICE_SPLICE_LAYOUT_H

#include "installer/service/splice_members.h"

struct layout {
	const char *line_end;
	struct document base, unit; /* blanks before a line; what each level adds to them */
	size_t levels;              /* that its members stand deeper than `base` */
	bool lines;                 /* each member stands on a line of its own */
	bool tight;                 /* nothing stands between a colon and its value */
};

/* That of a document of which nothing is known but how its lines end. */
struct layout layout_of(const struct document *d);

/* From the layout around a container to its own. `own_line`: it stands on a line of its own. */
void layout_enter(struct layout *l, const struct document *d, const struct members *m, bool own_line);

/* A new line that begins as the members do, or `deeper` levels more. */
void layout_line(const struct layout *l, size_t deeper, struct text *out);

/* Blanks as they stand before a member. */
void layout_indent(const struct layout *l, size_t deeper, struct text *out);

/* The member that the rest of a JSON pointer begins with, and in it all that the rest leads through. */
void layout_member(const struct layout *l, const char *rest, const struct document *value, struct text *out);

#endif
