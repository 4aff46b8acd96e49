/* redact - secrets out of what is kept as evidence. Whatever a gate is told of passes through here first.
 *
 * Hidden without any rule: the value of what is called a token, secret, password, key, credential
 * (`x_token=V`,
 * `"apiKey":"V"`, `--password V`, also where quotes are escaped); something long and random within three
 * words behind such a name; what follows `Bearer`; headers Authorization and Cookie; what stands before the
 * "@" of a URL; private keys in armour; and tokens that are told by their beginning (`ghp_`, `sk-`, `eyJ`
 * ...). It hides rather more than that: evidence is for reading, and a gate matches what was there before.
 */
#ifndef INSTALLER_HOST_REDACT_H
#define INSTALLER_HOST_REDACT_H

#include "installer/host/pattern.h"
#include "manifest/json.h"

#define REDACTED "[redacted]"
#define REDACT_MAX                                                                                           \
	((size_t)64 * 1024) /* of a text; what is longer is cut, a word in front of the cut is left out */
#define REDACT_RULES 64

/* The rules of a profile. Zero: none of its own. */
struct redact {
	struct pattern *rules;
	size_t count;
};

/* Compiled: `rules` are texts, POSIX extended regular expressions. What one matches is hidden; of one with a
 * group only what its first group matches. ERR_FORMAT names the rule. Ended with redact_end() in both cases.
 */
MUST_CHECK bool redact_open(const struct json_list *rules, struct redact *out, struct err *e);

/* For SCOPED(redact_end). */
void redact_end(struct redact *r);

/* Appends `text` with every secret replaced by REDACTED. Done twice it is the same. Linear but for the rules.
 */
void redact_add(const struct redact *r, const char *text, struct text *out);

#endif
