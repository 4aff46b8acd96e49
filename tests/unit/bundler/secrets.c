/* secrets - what is told, what passes, and that a change from one to the other is one letter.
 *
 * Every key and token here was drawn for these tests and opens nothing. None is written in one piece, so that
 * no search for secrets, our own among them, stops at this file.
 */
#include "bundler/secrets.h"
#include "tests/unit/unit.h"

#define CUT           ""
#define BEGIN(kind)   "-----BEGIN " kind "-----\n"
#define END(kind)     "-----END " kind "-----\n"
#define PEM(kind, of) BEGIN(kind) of END(kind)
#define KEY           "PRIVATE" CUT " KEY"

#define ED_BODY "MC4CAQAwBQYDK2VwBCIEIGYK3sLv6nLZ2VlRV0McJJln1qhFdh5GX56guVcyLeLo\n"
#define EC_BODY                                                                                              \
	"MHcCAQEEIKPU98JXnwo6Rormsghd6Og8SKFqbKR5wApNOMNm/Ms8oAoGCCqGSM49\n"                                 \
	"AwEHoUQDQgAEIMltV3Gg5bXhVrY9CSVehSPnXHANKuCFJdg1guohPgyQqsIjZVoZ\n"                                 \
	"DWL6b5qqonN3u7u/kQ+mU6wPqzVw2idFCQ==\n"
#define SEALED_BODY                                                                                          \
	"MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAisI2McUC69LAICCAAw\n"                                 \
	"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEB8xdPr6/17zWYG6tILf6nUEQM5x\n"                                 \
	"lVh0KW/e7ER1DH3RSPstnD/gA62Ih1eznHSwDX4KMAkKau5Kkr1D2qga2C2cEZsP\n"                                 \
	"25S/wJ8C9NHAkWigoXo=\n"
#define DEK_BODY                                                                                             \
	"Proc-Type: 4,ENCRYPTED\n"                                                                           \
	"DEK-Info: AES-256-CBC,A3A223FDAB7C297E760C9A471E1A3779\n"                                           \
	"\n"                                                                                                 \
	"F+gU8omXwlPD0vVYtNsFBXK2L48YH0DquGVwUUCHNQVegtAly3xE1EqGRqCev7/T\n"                                 \
	"uQWKMYZsL35st8QU6sGl2Wg9xXFcdB63CQ0CIKEUJWaBdI4SFvJ3LDappVL+rI5t\n"                                 \
	"OqPAo8RfNya+eufZQeMPh9n8aBXZ8q8CwLfPmJqaffs=\n"
#define SSH_BODY                                                                                             \
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"                           \
	"QyNTUxOQAAACAx2QR0KCiDbmPIKFIsHMYfR4W0enLrA6qmOz4+/aDJIwAAAIhhW0dKYVtH\n"                           \
	"SgAAAAtzc2gtZWQyNTUxOQAAACAx2QR0KCiDbmPIKFIsHMYfR4W0enLrA6qmOz4+/aDJIw\n"                           \
	"AAAEC68yy5+KVFjtY/D4rUS2255X5V9gVdbQ/H9Sn6TEdphTHZBHQoKINuY8goUiwcxh9H\n"                           \
	"hbR6cusDqqY7Pj79oMkjAAAAAAECAwQF\n"
#define PGP_BODY                                                                                             \
	"\n"                                                                                                 \
	"lFgEawMelhYJKwYBBAHaRw8BAQdA9k5/xkB+2cLDEuGNli+7XM44ucZAoGxlC1An\n"                                 \
	"WGeyuCkAAP0QBsf4Oe0XNGxdOGO/ctEn8JTcnPy8n7HHonT4f9GjLhLKtAF0iJYE\n"                                 \
	"ExYIAD4WIQSRbrK0dcES3jbKCAMCeSqrKJm0ZQUCawMelgIbAwUJA8JnAAULCQgH\n"                                 \
	"AgYVCgkICwIEFgIDAQIeAQIXgAAKCRACeSqrKJm0ZbQvAP95gyEzsKUpclfrPalr\n"                                 \
	"+wkBDSHxl4GfFYkpEPVg9vLsXwEAmfFRTC4aIdxXO/CEygMSgeDWmCm8avbJ77gc\n"                                 \
	"abIAZwI=\n"                                                                                         \
	"=QGO5\n"
#define WRAPPED_KEY                                                                                          \
	"LS0tLS1C" CUT                                                                                       \
	"RUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCk1IY0NBUUVFSUtQVTk4Slhud282Um9ybXNnaGQ2T2c4U0tGcWJLUjV3QX"         \
	"BOT01ObS9NczhvQW9HQ0NxR1NNNDkKQXdFSG9VUURRZ0FFSU1sdFYzR2c1YlhoVnJZOUNTVmVoU1BuWEhBTkt1Q0ZK"         \
	"ZGcxZ3VvaFBneVFxc0lqWlZvWgpEV0w2YjVxcW9uTjN1N3Uva1ErbVU2d1BxelZ3MmlkRkNRPT0KLS0tLS1FTkQgRU"         \
	"MgUFJJVkFURSBLRVktLS0tLQo="
#define WRAPPED_CERT                                                                                         \
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJMRENCMzZBREFnRUNBaFIvdkJaRnVtQ1JIL0cvMS84U2Ntaz"         \
	"RMTTNHV3pBRkJnTXJaWEF3RERFS01BZ0cKQTFVRUF3d0JlREFlRncweU5qRXhNakl4TmpVMU5URmFGdzB5TmpFeU1q"         \
	"SXhOalUxTlRGYU1Bd3hDakFJQmdOVgpCQU1NQVhnd0tqQUZCZ01yWlhBRElRRGZWSGpLNXE3ZDRlL3NWTVpZOVNhV2"         \
	"tvaDRzT0VQdGN6TENueVM5K2t3CnY2TlRNRkV3SFFZRFZSME9CQllFRkpnaWVqRG56alhZSGw4QzUzNFJRTUk5Mngw"         \
	"TE1COEdBMVVkSXdRWU1CYUEKRkpnaWVqRG56alhZSGw4QzUzNFJRTUk5MngwTE1BOEdBMVVkRXdFQi93UUZNQU1CQW"         \
	"Y4d0JRWURLMlZ3QTBFQQpacCsrTGFYUVpQWFRRRU41TFlnZG9GVllrZm80TzFDRCs0ZGM1VzJtNEJld2taZkF2d1dl"         \
	"SnBvbDNPZ0lCa1BnCldVYzdTVmN1WTM1VG56dnlwdzRjQlE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg=="
#define MINISIGN                                                                                             \
	"RWQA" CUT                                                                                           \
	"AEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAASJuhKGYqt1GqGmAU2QgihP"         \
	"agaFfvGpsq2wa75GRSxRHqvYALgdUegUTOoXeB+wdw9SSkT5YNedDXWpBPLKqK7mDYWc0FkI+HAAAAAAAAAAAAAAAA"         \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SIGNIFY                                                                                              \
	"RWRC" CUT                                                                                           \
	"SwAAACpEIII8/ebxwmsw+Q7H3QHkiHU0og8LDQTDbtgOceD9d7B2cOuUC9UzX5c9qthhm5H/yRH1fM7UWLu/LOA3U8"         \
	"m9+g/wFp3JV1Z0BmZ2z7C064kCxEJp2hz2umbT+LbUsQA="
#define ED_LINE "MC4CAQAwBQYDK2VwBCIEIGYK3sLv6nLZ2VlRV0McJJln1qhFdh5GX56guVcyLeLo"

/* As one line of a source file. */
#define ED_ESCAPED "-----BEGIN " KEY "-----\\n" ED_LINE "\\n-----END " KEY "-----\\n"

#define AWS_ID     "AKIA" CUT "4QREYYCKVJAHJAEY"
#define AWS_SECRET "XzPL+ySC56nmQFXqyWvnHKtfKISwKS9gn5hLjg+1"
#define GITHUB     "gh" CUT "p_i3FSJb2w7vQZXdtbBtS4v8U3SItlSkcI51Gx"
#define AGE        "AGE-SECRET" CUT "-KEY-1DFECFMU5ADHFHYPFFPWC8VYDD7PCKMTSEDTKJ4NAD08RAR4TAUQG4C7GF8"
#define TELEGRAM   "7381920465:" CUT "AA3ZPjmCm8tDxJBnm1SR2vQiZgwGOCUHfQc"
#define GOOGLE     "AI" CUT "zan3l37Kkl5Z8sCmM1UVOhoRJ6Qh0qj7usgZo"

struct sample {
	const char *path, *content, *what; /* NULL: nothing */
};

/* What is told of a copy without anything behind it. */
static const char *told(const char *path, const char *content, size_t len)
{
	char *copy = exact_copy(content, len);
	const char *what = secret_in(path, copy, len);
	free(copy);
	return what;
}

static void assert_told(const struct sample *s, size_t number)
{
	const char *what = told(s->path, s->content, strlen(s->content));
	if (!s->what != !what || (what && strcmp(what, s->what) != 0))
		fail_msg("row %zu: %s: %s, not %s", number, s->path, what ? what : "nothing",
			s->what ? s->what : "nothing");
}

#define ASSERT_ALL_TOLD(samples)                                                                             \
	for (size_t i = 0; i < COUNT_OF(samples); i++)                                                       \
	assert_told(&(samples)[i], i)

#define A_PEM "a private key (PEM)"

SPEC(keys_are_told_however_they_are_written)
{
	static const struct sample samples[] = {
		{ "tls.pem", PEM(KEY, ED_BODY), A_PEM },
		{ "id_ecdsa", PEM("EC " KEY, EC_BODY), A_PEM },
		{ "sealed.pem", PEM("ENCRYPTED " KEY, SEALED_BODY), "an encrypted private key (PEM)" },
		{ "dek.pem", PEM("EC " KEY, DEK_BODY), A_PEM },
		{ "id_ed25519", PEM("OPENSSH " KEY, SSH_BODY), "an OpenSSH private key" },
		{ "me.asc", PEM("PGP " KEY " BLOCK", PGP_BODY), "a PGP private key" },
		{ "account.json", "{\"private_key\":\"" ED_ESCAPED "\"}", A_PEM },
		{ "crlf.pem", "-----BEGIN " KEY "-----\r\n" ED_LINE "\r\n-----END " KEY "-----\r\n", A_PEM },
		{ "plus.js", "k = '-----BEGIN " KEY "-----\\n' +\n'" ED_LINE "' + '\\n-----END " KEY "-----'",
			A_PEM },
		{ "note.yml", "key: |\n  -----BEGIN " KEY "-----\n  " ED_LINE "\n  -----END " KEY "-----\n",
			A_PEM },
		{ "old.js", "// -----BEGIN " KEY "-----\n// " ED_LINE "\n// -----END " KEY "-----\n", A_PEM },
		{ "kubeconfig", "client-key-data: " WRAPPED_KEY "\n", "a private key (PEM in base64)" },
		{ "minisign.key", "untrusted comment: x\n" MINISIGN "\n", "a minisign secret key" },
		{ "me.sec", "untrusted comment: x\n" SIGNIFY "\n", "a signify secret key" },
		{ "key.txt", "# public key: age1\n" AGE "\n", "an age secret key" },
	};
	ASSERT_ALL_TOLD(samples);
}

SPEC(talk_of_keys_is_not_told)
{
	static const struct sample samples[] = {
		{ "a.js", "if (s.indexOf('-----BEGIN " KEY "-----') !== 0) throw new TypeError()", NULL },
		{ "README.md", BEGIN("RSA " KEY) "Kh9NV...\n...\n" END("RSA " KEY), NULL },
		{ "README.md", BEGIN("RSA " KEY) "MIIEpAIBAAKCAQEAxxxxxxxxxxxxxxxxxxxxxxxx\n" END("RSA " KEY),
			NULL },
		{ "a.ts", "`-----BEGIN " KEY "-----\\n${body}\\n-----END " KEY "-----`", NULL },
		{ "cut.pem", BEGIN(KEY) ED_LINE, NULL },
		{ "damaged.pem", BEGIN("EC " KEY) ED_LINE "\n" ED_LINE "\n" END("EC " KEY), NULL },
		{ "public.pem", "-----BEGIN PUBLIC KEY-----\n" ED_BODY "-----END PUBLIC KEY-----\n", NULL },
		{ "ca.yml", "ca-data: " WRAPPED_CERT "\n", NULL },
		{ "my.pub", "RWR0NmQartAJ6QmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCzr\n", NULL },
		{ "age.md", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ",
			NULL },
	};
	ASSERT_ALL_TOLD(samples);
}

SPEC(tokens_are_told_in_any_file)
{
	static const struct sample samples[] = {
		{ "a.js", "const t = '" GITHUB "'", "a GitHub token" },
		{ "a.json", "\"\\n" GITHUB "\\n\"", "a GitHub token" },
		{ "a", "gh" CUT "s_i3FSJb2w7vQZXdtbBtS4v8U3SItlSkcI51Gx", "a GitHub token" },
		{ "a",
			"github" CUT
			"_pat_lBNgor028bXiigQa9aphjE_hr9E1BJi9Ih0pgUioougwKIunq2xmHRN0WwJnuGTXMtLvAeNRyN996pJD30",
			"a GitHub token" },
		{ "a", "gl" CUT "pat-ejzXyBKi3LESPf7zaHus", "a GitLab token" },
		{ "a", "np" CUT "m_rNGNe0za3qYdqUcgQ0VnGFkLudNRWrc7reJS", "an npm token" },
		{ "a", "xo" CUT "xb-271828182845-3141592653589-MvYUsDBnHkRbn8RQpBB1RoN6", "a Slack token" },
		{ "a",
			"xa" CUT
			"pp-1-A04QREYYCKV-3141592653589-9adc848e8ff5966a3a01a48782bafa59b539b39023f6b4a414a10f244b90b8a1",
			"a Slack token" },
		{ "a", "[default]\naws_access_key_id=" AWS_ID "\naws_secret_access_key=" AWS_SECRET "\n",
			"an AWS access key with its secret" },
		{ "a", "secret: '" AWS_SECRET "', id: '" AWS_ID "'", "an AWS access key with its secret" },
		{ "a", "key=" GOOGLE "&q=1", "a Google API key" },
		{ "a",
			"sk-" CUT
			"ant-api03-RNaejZc9tyjYTuwpw6AqX2lLNp53rp_4W8xxMUumK74Low-KSkUvNyWHUklgsb3sy3L4cpv3DQGMDTPYuX2pW7GswdCbO-AA",
			"an Anthropic key" },
		{ "a",
			"sk-" CUT
			"proj-rigLy_vA5z0GkZ70nMzoP2R0Vnt4lrjXN4RKvqTMoGwzX4pVWrqWqQLUN5Lmd8OhcF2zEJry9_",
			"an OpenAI key" },
		{ "a", "sk-" CUT "ksCqCol9S2R9gztwycMYshDyhUdbpQfJPpw1XX5YUBPaYz0e", "an API key (sk-)" },
		{ "a", "sk-" CUT "f1cbc61ec8c2cbb46f65cfa333edd604", "an API key (sk-)" },
		{ "a", "sk-" CUT "or-v1-9adc848e8ff5966a3a01a48782bafa59b539b39023f6b4a414a10f244b90b8a1",
			"an OpenRouter key" },
		{ "a",
			"xa" CUT
			"i-7eFaCx8tqmj5yL93SswJDhuQJaU8bFnGEQcdWJWyFgYkyxusHptDSmuuTAxl6tzgBXLnAKikHsWrM1rA",
			"an xAI key" },
		{ "a", "gs" CUT "k_KB22hjMiOboAcORExzf0i0fMNU58ZNJOmQESidWqF1cMim6x9qt9", "a Groq key" },
		{ "a", "hf" CUT "_ANPfelmKrtUmTOmSizVOjTCJmRcMXaIpvN", "a Hugging Face token" },
		{ "a", "botToken: \"" TELEGRAM "\"", "a Telegram bot token" },
		{ "a", "https://api.telegram.org/bot" TELEGRAM "/getMe", "a Telegram bot token" },
		{ "a", "sk" CUT "_live_BWZ1wh3wmXvKeYu2D49PQ8kY", "a Stripe key" },
	};
	ASSERT_ALL_TOLD(samples);
}

SPEC(placeholders_and_lookalikes_are_not_told)
{
	static const struct sample samples[] = {
		{ "a.md", "gh" CUT "p_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL },
		{ "a.md", "gh" CUT "p_abcdefghijklmnopqrstuvwxyz0123456789", NULL },
		{ "a.md", "gh" CUT "p_1234567890123456789012345678901234567890", NULL },
		{ "a.md", "gh" CUT "p_i3FSJb2w7vQZXdtbBtS4v8U3SItlSkcI51G", NULL },
		{ "a.md", "high_i3FSJb2w7vQZXdtbBtS4v8U3SItlSkcI51Gx", NULL },
		{ "a.wasm.js", "4" GITHUB, NULL },
		{ "a.md", "np" CUT "m_rNGNe0za3qYdqUcgQ0VnGFkLudNRWrc7reJS4", NULL },
		{ "a.js", "process.env.npm_config_registry_and_other_things_of_a_build", NULL },
		{ "a.md", "xo" CUT "xb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx", NULL },
		{ "a.md", "xo" CUT "xb-your-token-that-begins-with-xoxb-goes-in-here", NULL },
		{ "a.md", "xoxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL },
		{ "a.d.ts", "AKIA" CUT "IOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL },
		{ "a.d.ts", AWS_ID, NULL },
		{ "a.d.ts", AWS_ID " 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", NULL },
		{ "session.js", "\"AIza" CUT "SyDR5yfaG7OG8sMTUj8kfQEb8T9pN8BM6Lk\"", NULL },
		{ "node_modules/x/build/a.js", "\"AIza" CUT "SyBq7wZt3RfNc9LkXv2HdPm6Ygb8JsTn4Eu\"", NULL },
		{ "session.js", "\"AIza" CUT "SyBq7wZt3RfNc9LkXv2HdPm6Ygb8JsTn4Eu\"", "a Google API key" },
		{ "node_modules/x/.env", "K=AIza" CUT "SyBq7wZt3RfNc9LkXv2HdPm6Ygb8JsTn4Eu",
			"a Google API key" },
		{ "a.md", "AIza" CUT "SyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", NULL },
		{ "a.md", "sk-" CUT "ant-api03-...", NULL },
		{ "a.md", "sk-" CUT "proj-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL },
		{ "a.md", "sk" CUT "_live_xxxxxxxxxxxxxxxxxxxxxxxx", NULL },
		{ "a.md", "gl" CUT "pat-XXXXXXXXXXXXXXXXXXXX", NULL },
		{ "a.md", "123456789:" CUT "AAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL },
		{ "a.md", "12:" CUT "AA3ZPjmCm8tDxJBnm1SR2vQiZgwGOCUHfQc", NULL },
		{ "a.css", "mask-f1cbc61ec8c2cbb46f65cfa333edd604", NULL },
		{ "a", "", NULL },
		{ "a", "g", NULL },
		{ "a", "-----BEGIN ", NULL },
	};
	ASSERT_ALL_TOLD(samples);
}

#define AN_ENV "a secret of the environment"
#define A_NPM  "an npm token or password"

SPEC(named_files_are_told_for_a_value)
{
	static const struct sample samples[] = {
		{ ".npmrc", "//npm.acme.test/:_authToken=4f9d1c7e-77b2\n", A_NPM },
		{ "sub/.npmrc", "registry=https://npm.acme.test:8080/\n_auth = \"am9lOmh1bnRlcjIy\"\n",
			A_NPM },
		{ ".yarnrc.yml", "npmAuthToken: 4f9d1c7e-77b2\n", A_NPM },
		{ ".netrc", "machine acme.test\n login joe\n password hunter22\n", "a password of .netrc" },
		{ ".git-credentials", "https://joe:hunter22@acme.test\n", "a password of git" },
		{ ".pypirc", "[pypi]\nusername = joe\npassword = hunter22\n", "a password of PyPI" },
		{ ".docker/config.json", "{\"auths\":{\"r\":{\"auth\":\"am9lOmh1bnRlcjIy\"}}}",
			"a password of a registry" },
		{ ".env", "A=1\nexport DB_PASSWORD='hunter 22'\n", AN_ENV },
		{ ".env.production", "SESSION_SECRET=f1cbc61ec8c2cbb4\n", AN_ENV },
		{ "deploy/prod.env", "API_KEY=f1cbc61ec8c2cbb46f65\n", AN_ENV },
		{ ".env", "DATABASE_URL=postgres://joe:hunter22@db/x\n", "a URL with a password" },
		{ "openclaw.json", "{\"auth\": {\"mode\": \"token\", \"token\": \"f1cbc61ec8c2cbb4\"}}",
			"a secret of OpenClaw" },
		{ "agent/auth-profiles.json", "{\"type\":\"oauth\",\"refresh\":\"rt_7eFaCx8tqmj5\"}",
			"a key of OpenClaw" },
	};
	ASSERT_ALL_TOLD(samples);
}

SPEC(named_files_pass_without_one)
{
	static const struct sample samples[] = {
		{ ".npmrc", "registry=https://registry.example.org/\nalways-auth=true\n", NULL },
		{ ".npmrc", "//npm.acme.test/:_authToken=${NPM_TOKEN}\n", NULL },
		{ ".netrc", "machine acme.test login joe\n", NULL },
		{ ".git-credentials", "https://acme.test/joe:x@y\n", NULL },
		{ ".env", "REDIS_HOST=127.0.0.1\nREDIS_PORT=6379\n", NULL },
		{ ".env", "TELEGRAM_BOT_TOKEN=\nNEXT_PUBLIC_KEY=f1cbc61ec8c2cbb46f65\n", NULL },
		{ ".env", "TOKEN=your-token-here\nSECRET=<secret-of-it>\nPASSWORD=postgres\n", NULL },
		{ ".env", "SORT_KEY=created_at_descending\nTOKEN=/run/secrets/token1\n", NULL },
		{ ".env", "DATABASE_URL=postgres://joe:${PASSWORD}@db/x\n", NULL },
		{ ".env.example", "SESSION_SECRET=f1cbc61ec8c2cbb4\n", NULL },
		{ "env.js", "SESSION_SECRET=f1cbc61ec8c2cbb4\n", NULL },
		{ "openclaw.json", "{\"token\": \"${GATEWAY_TOKEN}\", \"mode\": \"token\"}", NULL },
		{ "openclaw.json", "{\"token\": \"not-a-real-token-0123456789\"}", NULL },
		{ "config.json", "{\"auth\":\"am9lOmh1bnRlcjIy\"}", NULL },
	};
	ASSERT_ALL_TOLD(samples);
}

SPEC(test_matter_of_packages_is_public)
{
	static const struct sample samples[] = {
		{ "node_modules/ssh2/test/fixtures/id_rsa", PEM(KEY, ED_BODY), NULL },
		{ "dist/x/node_modules/@acme/a/lib/__tests__/k.js", PEM(KEY, ED_BODY), NULL },
		{ "node_modules/a/node_modules/b/examples/.env", "TOKEN=f1cbc61ec8c2cbb4\n", NULL },
		{ "node_modules/http-signature/http_signing.md", PEM(KEY, ED_BODY), NULL },
		{ "node_modules/ssh2/lib/protocol/constants.js",
			"'-----BEGIN " KEY "-----\\r\\nMC4CAQAwBQYDK2VwBCIEIHKj+sVa9WcD'\n"
			"+ '/q2DJUJaf43Kptc8xYuUQA4bOFj9vC8T\\r\\n-----END " KEY "-----'",
			NULL },
		{ "node_modules/a/lib/key.pem", PEM(KEY, ED_BODY), A_PEM },
		{ "node_modules/test/key.pem", PEM(KEY, ED_BODY), A_PEM },
		{ "node_modules/@acme/test/key.pem", PEM(KEY, ED_BODY), A_PEM },
		{ "node_modules/@acme", PEM(KEY, ED_BODY), A_PEM },
		{ "node_modules/", PEM(KEY, ED_BODY), A_PEM },
		{ "node_modules/key.pem", PEM(KEY, ED_BODY), A_PEM },
		{ "test/fixtures/id_rsa", PEM(KEY, ED_BODY), A_PEM },
		{ "my_node_modules/a/test/id_rsa", PEM(KEY, ED_BODY), A_PEM },
		{ "README.md", PEM(KEY, ED_BODY), A_PEM },
	};
	ASSERT_ALL_TOLD(samples);
}

SPEC(a_secret_is_told_wherever_it_stands)
{
	static const char key[] = PEM(KEY, ED_BODY);
	char bytes[sizeof key + 64];
	for (size_t before = 0; before < 40; before++)
		for (int fill = 0; fill < 256; fill += '-') {
			memset(bytes, fill, sizeof bytes);
			memcpy(bytes + before, key, sizeof key - 1);
			assert_string_equal(told("x", bytes, before + sizeof key - 1), A_PEM);
			assert_string_equal(told("x", bytes, sizeof bytes), A_PEM);
		}
}

SPEC(what_is_cut_short_is_read_no_further)
{
	static const char *const whole[] = { PEM(KEY, ED_BODY), PEM("EC " KEY, DEK_BODY), GITHUB, TELEGRAM,
		"xo" CUT "xb-271828182845-3141592653589-MvYUsDBnHkRbn8RQpBB1RoN6", AWS_ID " " AWS_SECRET,
		"k: " WRAPPED_KEY, MINISIGN, "TOKEN=f1cbc61ec8c2cbb4", "A_URL=x://joe:hunter22@db" };
	for (size_t i = 0; i < COUNT_OF(whole); i++) {
		for (size_t len = 0; len <= strlen(whole[i]); len++)
			(void)told(".env", whole[i], len);
		assert_non_null(told(".env", whole[i], strlen(whole[i])));
	}
}

SPEC(noise_is_not_told)
{
	static char noise[1 << 20];
	uint64_t x = 88172645463325252;
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:\n";
	for (int pass = 0; pass < 4; pass++) {
		for (size_t i = 0; i < sizeof noise; i++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			noise[i] = (char)(pass % 2 ? letters[x % (sizeof letters - 1)] : (char)(x >> 24));
		}
		assert_null(told("x", noise, sizeof noise));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_told_however_they_are_written),
		cmocka_unit_test(talk_of_keys_is_not_told),
		cmocka_unit_test(tokens_are_told_in_any_file),
		cmocka_unit_test(placeholders_and_lookalikes_are_not_told),
		cmocka_unit_test(named_files_are_told_for_a_value),
		cmocka_unit_test(named_files_pass_without_one),
		cmocka_unit_test(test_matter_of_packages_is_public),
		cmocka_unit_test(a_secret_is_told_wherever_it_stands),
		cmocka_unit_test(what_is_cut_short_is_read_no_further),
		cmocka_unit_test(noise_is_not_told),
	};
	return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
