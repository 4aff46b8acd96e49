/* switch.c - see switch.h. Identities find the tree that a cut exchange left under a third name. */
#include "installer/switch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "installer/exchange.h"
#include "installer/identity.h"
#include "installer/place.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

struct sides {
	const struct act_component *c;
	int parent, slots;
	char leaf[FS_LEAF], slot[FS_LEAF];
	struct text aside, at_target, in_slot, in_out;
};

static void end_sides(struct sides *s)
{
	scope_close(&s->parent);
	scope_close(&s->slots);
	text_end(&s->aside);
	text_end(&s->at_target);
	text_end(&s->in_slot);
	text_end(&s->in_out);
}

static struct act_pin pin_of(int dir, const char *name)
{
	struct stat st;
	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return (struct act_pin){ 0, 0 };
	return (struct act_pin){ st.st_dev, st.st_ino };
}

static bool pinned(const struct act_pin *seen, const struct act_pin *is)
{
	return is->inode && seen->inode == is->inode && seen->device == is->device;
}

/* The identity of a name; nothing where its directory is gone, as after an undo that was cut short. */
static bool look_at(const struct act_component *c, int dir, const char *name, struct text *out, struct err *e)
{
	struct act_pin is = pin_of(dir, name);
	text_clear(out);
	if (pinned(&c->live_pin, &is))
		text_puts(out, c->live);
	else if (pinned(&c->next_pin, &is))
		text_puts(out, c->next);
	else
		return dir < 0 || identity_of(dir, name, out, e);
	return true;
}

static bool look(struct sides *s, struct err *e)
{
	return look_at(s->c, s->parent, s->leaf, &s->at_target, e) &&
	       look_at(s->c, s->slots, s->slot, &s->in_slot, e) &&
	       look_at(s->c, s->slots, text_str(&s->aside), &s->in_out, e);
}

static bool open_sides(const struct node *n, const struct act_component *c, struct sides *s, struct err *e)
{
	*s = (struct sides){ .c = c, .parent = -1, .slots = -1 };
	if (!place_mounted(n, c->mount, e) || !place_open_parent(n, c->target, &s->parent, s->leaf, e) ||
		!place_open_parent(n, c->slot, &s->slots, s->slot, e))
		return err_in(e, "%s", c->id);
	exchange_aside(s->slot, &s->aside);
	return look(s, e);
}

static bool failed(const struct sides *s, const char *what, struct err *e)
{
	return err_sys(e, "%s: %s /%s", s->c->id, what, s->c->target);
}

/* Nothing at the target. */
static bool bring_in(struct sides *s, const char *from, struct err *e)
{
	return fs_rename_new(s->slots, from, s->parent, s->leaf) || failed(s, "move the tree to", e);
}

/* Something at the target that has to leave for the slot. */
static bool take_out(struct sides *s, const char *to, struct err *e)
{
	return fs_rename_new(s->parent, s->leaf, s->slots, to) || failed(s, "move the tree away from", e);
}

static bool keep_aside(struct sides *s, struct err *e)
{
	return exchange_finish(s->slots, s->slot) || failed(s, "keep the tree of", e);
}

static bool is(const struct text *have, const char *want)
{
	return strcmp(text_str(have), want) == 0;
}

/* The wanted tree is the one at the target, the slot or the third name; the other one goes to the slot. */
static bool settle(struct sides *s, const char *want, struct err *e)
{
	bool target_free = s->at_target.len == 0, slot_free = s->in_slot.len == 0;
	if (is(&s->at_target, want))
		return !s->in_out.len || !slot_free || keep_aside(s, e);
	if (!*want)
		return slot_free ? take_out(s, s->slot, e)
				 : err_set(e, ERR_STUCK, "%s: /%s is not free", s->c->id, s->c->slot);
	if (is(&s->in_slot, want) && !target_free)
		return exchange(s->slots, s->slot, s->parent, s->leaf) ||
		       failed(s, "exchange the tree at", e);
	if (is(&s->in_slot, want))
		return bring_in(s, s->slot, e) && (!s->in_out.len || keep_aside(s, e));
	if (is(&s->in_out, want))
		return (target_free || (slot_free && take_out(s, s->slot, e))) &&
		       bring_in(s, text_str(&s->aside), e);
	return err_set(e, ERR_STUCK, "%s: neither /%s nor /%s is the tree that the record names", s->c->id,
		s->c->target, s->c->slot);
}

/* A third tree at the target is somebody else's work: it is not ours to move. */
static bool known(const struct sides *s, struct err *e)
{
	if (is(&s->at_target, s->c->live) || is(&s->at_target, s->c->next) || s->at_target.len == 0)
		return true;
	return err_set(e, ERR_STUCK,
		"%s: /%s is neither the tree from before the act nor the one that it brings", s->c->id,
		s->c->target);
}

/* From now on the tree is known by what a program that writes into it does not change. */
static bool pin(
	int dir, const char *name, char **identity, struct act_pin *pin, struct arena *arena, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	if (!identity_give(dir, name, &text, e))
		return false;
	*identity = arena_str(arena, text_str(&text));
	*pin = pin_of(dir, name);
	return true;
}

static bool pin_both(const struct node *n, struct act_component *c, struct arena *arena, struct err *e)
{
	SCOPED(end_sides) struct sides s;
	SCOPED(text_end) struct text mount = { 0 };
	if (!open_sides(n, c, &s, e) || !known(&s, e) || !place_mount(n, c->target, &mount, e))
		return false;
	bool here = *c->live && is(&s.at_target, c->live), there = *c->next && is(&s.in_slot, c->next);
	c->mount = arena_str(arena, text_str(&mount));
	return (!here || pin(s.parent, s.leaf, &c->live, &c->live_pin, arena, e)) &&
	       (!there || pin(s.slots, s.slot, &c->next, &c->next_pin, arena, e));
}

/* Another tree that is there by now is no failure of a switch: nothing was moved yet. */
bool switch_pin(const struct node *n, struct act *a, struct arena *arena, struct err *e)
{
	struct act_component *c = a->components.items;
	for (size_t i = 0; i < a->components.count; i++)
		if (act_moves(&c[i]) && !pin_both(n, &c[i], arena, e)) {
			e->kind = e->kind == ERR_STUCK ? ERR_REFUSED : e->kind;
			return false;
		}
	return true;
}

bool switch_to(const struct node *n, const struct act_component *c, enum switch_side side, struct err *e)
{
	SCOPED(end_sides) struct sides s;
	const char *want = side == SWITCH_NEXT ? c->next : c->live;
	return open_sides(n, c, &s, e) && known(&s, e) && settle(&s, want, e);
}

bool switch_flush(const struct node *n, const struct act_component *c, struct err *e)
{
	SCOPED(end_sides) struct sides s = { .parent = -1, .slots = -1 };
	return place_open_parent(n, c->target, &s.parent, s.leaf, e) &&
	       place_open_parent(n, c->slot, &s.slots, s.slot, e) &&
	       (s.slots < 0 || fs_flush_dir(s.slots, e)) && (s.parent < 0 || fs_flush_dir(s.parent, e));
}

bool switch_may_gap(const struct node *n, const char *path)
{
	static const unsigned long without[] = { 0x4d44 /* FAT */, 0x2011bab0 /* exFAT */,
		0x65735546 /* FUSE */ };
	SCOPED(text_end) struct text parent = { 0 };
	struct statfs fs;
	place_parent(path, &parent);
	SCOPED_FD int fd = fs_open(n->root, text_str(&parent), O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(without); i++)
		if ((unsigned long)fs.f_type == without[i])
			return true;
	return false;
}
