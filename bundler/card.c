/* card.c - see card.h. */
#include "bundler/card.h"

#include <stdio.h>
#include <string.h>

#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

void card_end(struct card *c)
{
	text_end(&c->bundles);
	text_end(&c->programs);
	text_end(&c->keys);
}

void card_bundle(struct card *c, const struct bundle *b)
{
	const struct manifest *m = &b->manifest;
	const char *leaf = path_leaf(b->medium->name);
	SCOPED(text_end) struct text size = { 0 };
	char hex[DIGEST_HEX];
	digest_hex(&b->digest, hex);
	text_size(&size, b->medium->size);
	if (!c->first[0])
		snprintf(c->first, sizeof c->first, "%s", leaf);
	text_printf(&c->bundles, "  %s\n    %s %s, sequence %llu, %s\n    manifest %s\n    signed by", leaf,
		m->name, m->release, (unsigned long long)m->sequence, size.at, hex);
	for (size_t i = 0; i < b->container.signed_by; i++)
		text_printf(&c->bundles, " %s", b->container.signatures[i].keyid);
	text_puts(&c->bundles, b->container.signed_by ? "\n" : " nobody yet: nodes refuse it\n");
}

static void digests(const struct text *bytes, char b2[static DIGEST_HEX], char sha[static DIGEST_HEX])
{
	struct digest d = digest_of(bytes->at, bytes->len), s = digest_sha256(bytes->at, bytes->len);
	digest_hex(&d, b2);
	digest_hex(&s, sha);
}

void card_program(struct card *c, const char *name, const struct text *bytes)
{
	char b2[DIGEST_HEX], sha[DIGEST_HEX];
	digests(bytes, b2, sha);
	if (!c->program[0])
		snprintf(c->program, sizeof c->program, "%s", name);
	text_printf(&c->programs, "  %s\n    b2sum -l 256  %s\n    sha256sum     %s\n", name, b2, sha);
}

void card_single(struct card *c, const char *name, const struct text *program)
{
	char b2[DIGEST_HEX], sha[DIGEST_HEX];
	digests(program, b2, sha);
	if (!c->program[0])
		snprintf(c->program, sizeof c->program, "%s", name);
	c->single = true;
	text_printf(&c->programs,
		"  %s: its first %zu bytes; what follows is the bundle, which they verify\n"
		"    head -c %zu %s | b2sum -l 256   %s\n    head -c %zu %s | sha256sum      %s\n",
		name, program->len, program->len, name, b2, program->len, name, sha);
}

void card_keys(struct card *c, const struct keyring *ring)
{
	for (size_t i = 0; i < ring->count; i++) {
		char id[KEY_ID_HEX];
		key_id_hex(ring->keys[i].id, id);
		text_printf(&c->keys, "  %s  ", id);
		public_key_fingerprint(&ring->keys[i], &c->keys);
		text_puts(&c->keys, "\n");
	}
}

void card_write(const struct card *c, struct text *out)
{
	const char *program = c->program[0] ? c->program : "waybill-install";
	SCOPED(text_end) struct text bundle = { 0 };
	if (!c->single)
		text_printf(&bundle, " %s", c->first);
	text_printf(out, "Bundles on this medium:\n%s\n", text_str(&c->bundles));
	if (c->keys.len)
		text_printf(
			out, "Public keys, to be compared with what you have on paper:\n%s\n", c->keys.at);
	if (c->programs.len)
		text_printf(out,
			"Installers. Whoever can write this medium can replace them, and this text too: compare\n"
			"one of the two digests with what you have on paper before you run one.\n%s\n",
			c->programs.at);
	text_printf(out,
		"On the node, in the directory that this medium is mounted at:\n"
		"  ./%s verify%s\n  ./%s plan%s\n  ./%s apply%s\n\n"
		"A bundle in volumes (.001, .002 ...) is named by any of them; of volumes on several mounted\n"
		"media, --volume-dir DIR names the other directories. Volumes are not joined. What verify calls bad,\n"
		"`waybill carry BUNDLE --to DIR --repair` writes anew from a good copy.\n\n"
		"Where programs cannot be run from this medium (\"Permission denied\", mounted noexec), copy the\n"
		"installer to a directory where they can, and check it there:\n"
		"  cp %s /root/ && chmod 700 /root/%s && /root/%s verify%s\n",
		program, text_str(&bundle), program, text_str(&bundle), program, text_str(&bundle), program,
		program, program, text_str(&bundle));
}
