/* wrapper - scripts that start a program, as they are found on machines: what each would run, without running
 * it. */
#include "installer/host/wrapper.h"

#include "installer/host/unit_file.h"
#include "tests/unit/unit.h"

#define FILE_OF_SCRIPT "/opt/app/bin/run"

struct reading {
	struct arena arena;
	struct wrapper w;
	struct text said; /* "CWD: [word][word]" */
};

static void end_reading(struct reading *r)
{
	arena_end(&r->arena);
	text_end(&r->said);
}

static struct json_list surroundings(struct arena *arena)
{
	struct json_list list = { NULL, 0 };
	texts_add(&list, "HOME=/home/claw", arena);
	texts_add(&list, "PATH=/usr/bin:/bin", arena);
	texts_add(&list, "EMPTY=", arena);
	return list;
}

static void tell(struct reading *r)
{
	text_printf(&r->said, "%s%s", r->w.cwd ? r->w.cwd : "", r->w.cwd ? ": " : "");
	for (size_t i = 0; i < r->w.words.count; i++)
		text_printf(&r->said, "[%s]", ((char *const *)r->w.words.items)[i]);
}

static void read_script(struct reading *r, const char *script)
{
	SCOPED_TEXT char *exact = exact_copy(script, strlen(script));
	struct json_list around = surroundings(&r->arena);
	wrapper_read(FILE_OF_SCRIPT, exact, strlen(script), &around, &r->w, &r->arena);
	tell(r);
}

static void runs(const char *script, const char *expected)
{
	SCOPED(end_reading) struct reading r = { 0 };
	read_script(&r, script);
	if (strcmp(text_str(&r.said), expected) != 0)
		fail_msg("%s\nruns %s, expected %s", script, text_str(&r.said), expected);
}

static void command_runs(const char *text, const char *expected)
{
	SCOPED(end_reading) struct reading r = { 0 };
	struct json_list around = surroundings(&r.arena);
	wrapper_read_command(text, &around, &r.w, &r.arena);
	tell(&r);
	if (strcmp(text_str(&r.said), expected) != 0)
		fail_msg("%s\nruns %s, expected %s", text, text_str(&r.said), expected);
}

SPEC(the_plainest_wrappers)
{
	runs("#!/bin/sh\nexec node /opt/app/index.js \"$@\"\n", "[node][/opt/app/index.js]");
	runs("#!/bin/sh\nnode /opt/app/index.js \"$@\"", "[node][/opt/app/index.js]");
	runs("#!/bin/sh\nnode /opt/app/index.js $*", "[node][/opt/app/index.js]");
	runs("#!/bin/sh\nexec node /opt/app/index.js ${1+\"$@\"}", "[node][/opt/app/index.js]");
	runs("#!/bin/sh\nexec node /opt/app/index.js \"${@}\" --x", "[node][/opt/app/index.js][--x]");
	runs("#!/bin/sh\nexec -a app node /a.js", "[node][/a.js]");
	runs("#!/bin/sh\nexec \\\n  node \\\n  /a.js \\\n  \"$@\"\n", "[node][/a.js]");
	runs("#!/bin/sh\necho \"$@\"\ndate\n", "");
	runs("", "");
	runs("#!/bin/sh\r\nexec node /a.js \"$@\"\r\n", "[node][/a.js]");
}

SPEC(variables_are_filled_in)
{
	runs("APP=/opt/app\nexec node $APP/index.js \"$@\"", "[node][/opt/app/index.js]");
	runs("APP='/opt/my app'\nexec node \"${APP}/index.js\"", "[node][/opt/my app/index.js]");
	runs("export APP=\"/opt/app\" X=1\nexec node \"$APP\"", "[node][/opt/app]");
	runs("A=/a\nB=$A/b\nC=\"${B}/c\"\nexec $C", "[/a/b/c]");
	runs("A=/a\nA=/b\nexec $A/x", "[/b/x]");
	runs("exec $HOME/bin/app", "[/home/claw/bin/app]");
	runs("exec ~/bin/app", "[/home/claw/bin/app]");
	runs("X=~/x\nexec node $X", "[node][/home/claw/x]");
	runs("exec app '$HOME' \"it's $HOME\"", "[app][$HOME][it's /home/claw]");
	runs("exec ${NODE:-/usr/bin/node} ${HOME:-/x} ${EMPTY:-else}", "[/usr/bin/node][/home/claw][else]");
	runs("D=\"${NVM_DIR:-$HOME/.nvm}\"\nexec $D/node", "[/home/claw/.nvm/node]");
	runs("D=${A:-${B:-/b}}\nexec $D/node", "[/b/node]");
	runs("exec node ${HOME:+--home} ${NOTHING:+--none} x", "[node][--home][x]");
	runs("P=/a/b/c.js\nexec ${P%/*}/d ${P##*/}", "[/a/b/d][c.js]");
	runs("[ -n \"$A\" ] || A=/a\n[ -d /b ] && A=/b\nexec $A/x", "[/a/x]");
	runs("NODE_ENV=production exec node /a.js", "[node][/a.js]");
	runs("NODE_ENV=production node /a.js \"$@\"", "[node][/a.js]");
	runs("exec node /a.js $1 $# $$", "[node][/a.js]");
}

SPEC(a_script_knows_where_it_lies)
{
	static const char *const ways[] = { "$(dirname \"$0\")", "$(dirname -- \"$0\")", "`dirname $0`",
		"${0%/*}", "$(cd \"$(dirname \"$0\")\" && pwd)",
		"$(cd -P -- \"$(dirname -- \"$0\")\" && pwd -P)", "$(dirname \"$(readlink -f \"$0\")\")",
		"$(dirname \"$(realpath \"$0\" 2>/dev/null)\")",
		"$( cd \"$( dirname \"${BASH_SOURCE[0]}\" )\" >/dev/null 2>&1 && pwd )",
		"$(cd \"${BASH_SOURCE[0]%/*}\"; pwd)" };
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		SCOPED(text_end) struct text script = { 0 };
		text_printf(
			&script, "#!/bin/bash\nDIR=\"%s\"\nexec node \"$DIR/../index.js\" \"$@\"\n", ways[i]);
		runs(text_str(&script), "[node][/opt/app/bin/../index.js]");
	}
	runs("exec node $(cd \"$(dirname \"$0\")/..\" && pwd)/index.js", "[node][/opt/app/bin/../index.js]");
	runs("exec node $(dirname $(dirname $0))/index.js", "[node][/opt/app/index.js]");
	runs("exec \"$0.real\" \"$@\"", "[/opt/app/bin/run.real]");
	runs("exec \"$(command -v node)\" /a.js", "[node][/a.js]");
	runs("NODE=`which node`\nexec $NODE /a.js", "[node][/a.js]");
}

SPEC(a_script_goes_somewhere)
{
	runs("cd /opt/app\nexec node index.js", "/opt/app: [node][index.js]");
	runs("cd /opt/app && exec node index.js \"$@\"", "/opt/app: [node][index.js]");
	runs("cd /opt/app || exit 1\nexec node index.js", "/opt/app: [node][index.js]");
	runs("cd \"$(dirname \"$0\")\"; exec node ../index.js", "/opt/app/bin: [node][../index.js]");
	runs("cd /opt\ncd app\nexec node $(pwd)/index.js", "/opt/app: [node][/opt/app/index.js]");
	runs("cd -P -- ~/app\nexec node x", "/home/claw/app: [node][x]");
	runs("cd sub && exec node x", "sub: [node][x]");
}

SPEC(the_last_branch_counts)
{
	runs("if [ -x /opt/node/bin/node ]; then\n  exec /opt/node/bin/node /a.js \"$@\"\nelse\n"
	     "  exec node /a.js \"$@\"\nfi\n",
		"[node][/a.js]");
	runs("[ -x /b ] && exec /b \"$@\"\nexec /c \"$@\"", "[/c]");
	runs("case \"$1\" in\n  start) exec node /a.js \"$@\" ;;\n  *) echo \"no: $@\"; exit 2 ;;\nesac",
		"[node][/a.js]");
	runs("main() {\n  exec node /a.js \"$@\"\n}\nmain \"$@\"\n", "[node][/a.js]");
	runs("for a in \"$@\"; do shift; done\nset -- \"$@\" --x\nexec node /a.js \"$@\"", "[node][/a.js]");
	runs("while true; do node /a.js \"$@\"; sleep 1; done", "[node][/a.js]");
}

/* As npm and pnpm write them beside a package's programs. */
SPEC(shims_of_package_managers)
{
	runs("#!/bin/sh\n"
	     "basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")\n\n"
	     "case `uname` in\n"
	     "    *CYGWIN*|*MINGW*|*MSYS*)\n"
	     "        if command -v cygpath > /dev/null 2>&1; then\n"
	     "            basedir=`cygpath -w \"$basedir\"`\n"
	     "        fi\n"
	     "    ;;\n"
	     "esac\n\n"
	     "if [ -z \"$NODE_PATH\" ]; then\n"
	     "  export NODE_PATH=\"/p/node_modules\"\n"
	     "else\n"
	     "  export NODE_PATH=\"/p/node_modules:$NODE_PATH\"\n"
	     "fi\n"
	     "if [ -x \"$basedir/node\" ]; then\n"
	     "  exec \"$basedir/node\"  \"$basedir/../openclaw/openclaw.mjs\" \"$@\"\n"
	     "else\n"
	     "  exec node  \"$basedir/../openclaw/openclaw.mjs\" \"$@\"\n"
	     "fi\n",
		"[node][/opt/app/bin/../openclaw/openclaw.mjs]");
	runs("#!/usr/bin/env bash\n"
	     "SOURCE=\"${BASH_SOURCE[0]}\"\n"
	     "while [ -h \"$SOURCE\" ]; do # resolve $SOURCE until it isn't a link\n"
	     "  DIR=\"$( cd -P \"$( dirname \"$SOURCE\" )\" >/dev/null 2>&1 && pwd )\"\n"
	     "  SOURCE=\"$(readlink \"$SOURCE\")\"\n"
	     "  [[ $SOURCE != /* ]] && SOURCE=\"$DIR/$SOURCE\"\n"
	     "done\n"
	     "DIR=\"$( cd -P \"$( dirname \"$SOURCE\" )\" >/dev/null 2>&1 && pwd )\"\n"
	     "exec node \"$DIR/../lib/cli.js\" \"$@\"\n",
		"[node][/opt/app/bin/../lib/cli.js]");
}

SPEC(version_managers_are_sourced_first)
{
	runs("#!/bin/bash\nset -euo pipefail\nexport NVM_DIR=\"$HOME/.nvm\"\n"
	     "[ -s \"$NVM_DIR/nvm.sh\" ] && \\. \"$NVM_DIR/nvm.sh\"  # This loads nvm\n"
	     "nvm use 22 >/dev/null\nexec openclaw gateway --port 18789 \"$@\"\n",
		"[openclaw][gateway][--port][18789]");
	runs(". ~/.profile \"$@\"\nsource /etc/x \"$@\"\nexec openclaw", "[openclaw]");
	runs("exec env -u X A=1 node /a.js \"$@\"", "[env][-u][X][A=1][node][/a.js]");
}

SPEC(variables_are_handed_on)
{
	SCOPED(end_reading) struct reading r = { 0 };
	read_script(&r, "export PATH=\"$HOME/node/bin:$PATH\"\nWHEN=$(date)\nexec node x");
	assert_string_equal(text_str(&r.said), "[node][x]");
	char *const *items = r.w.variables.items;
	assert_int_equal(r.w.variables.count, 4);
	assert_string_equal(items[3], "PATH=/home/claw/node/bin:/usr/bin:/bin");
}

SPEC(pipes_lists_and_redirections_are_no_arguments)
{
	runs("exec node /a.js \"$@\" >>/var/log/a 2>&1 </dev/null", "[node][/a.js]");
	runs("exec node /a.js > /var/log/a 2> /var/log/b \"$@\"", "[node][/a.js]");
	runs("node /a.js \"$@\" | tee -a /var/log/a", "[node][/a.js]");
	runs("node /a.js \"$@\" |\n  logger \"$@\"", "[node][/a.js]");
	runs("node /a.js \"$@\"; exit $?", "[node][/a.js]");
	runs("node /a.js \"$@\" &\nwait", "[node][/a.js]");
	runs("node /a.js \"$@\" &>/dev/null & wait", "[node][/a.js]");
	runs("exec >/var/log/a 2>&1\nexec node /a.js", "[node][/a.js]");
	runs("(cd /x; exec node a.js \"$@\")", "/x: [node][a.js]");
	runs("nohup node /a.js \"$@\"", "[node][/a.js]");
	runs("exec node -e 'a; b && c | d' \"x;y\" a\\;b", "[node][-e][a; b && c | d][x;y][a\\;b]");
}

SPEC(here_documents_are_not_run)
{
	runs("cat <<EOF\nexec evil \"$@\"\nEOF\nexec node /a.js \"$@\"\n", "[node][/a.js]");
	runs("exec node /a.js \"$@\"\ncat <<'END' >/dev/null\nexec evil\nit's\nEND\n", "[node][/a.js]");
	runs("cat <<-EOF | sed 1d\n\texec evil\n\tEOF\nexec node /b.js\n", "[node][/b.js]");
	runs("exec node /a.js <<EOF\nx\nEOF\n", "[node][/a.js]");
	runs("cat <<EOF\nno end\nexec evil\n", "");
	runs("read x <<< \"exec evil\"\nexec node /a.js", "[node][/a.js]");
}

SPEC(comments_say_nothing)
{
	runs("# exec old \"$@\"\nexec node /a.js \"$@\" # exec \"evil\n  # don't\n", "[node][/a.js]");
	runs("# one \\\nexec node /a#b.js \"$@\"", "[node][/a#b.js]");
	runs("exec node '#x' \"$@\"", "[node][#x]");
}

SPEC(the_text_of_a_shell_needs_no_exec)
{
	command_runs("node /a.js gateway", "[node][/a.js][gateway]");
	command_runs("exec node /a.js", "[node][/a.js]");
	command_runs("cd /opt/app && node index.js", "/opt/app: [node][index.js]");
	command_runs("source ~/.nvm/nvm.sh && exec openclaw gateway", "[openclaw][gateway]");
	command_runs(". ~/.nvm/nvm.sh; nvm use 22; openclaw gateway | tee /x", "[openclaw][gateway]");
	command_runs("export A=/a; $A/b >/x 2>&1; exit 0", "[/a/b]");
	command_runs("A=1 node /a.js", "[node][/a.js]");
	command_runs("echo hello", "");
}

SPEC(what_never_ends_is_read_to_its_end)
{
	static const char *const odd[] = { "'", "\"", "`", "$(", "${", "$((((", "\\", "exec \"$(", "<<",
		"<<-", "<<''", "exec", "exec -a", "exec -", "cd", "cd -", "export", "$", "exec $", "if", "=",
		"A=", "&&", "||||", "()", "a(", "#", "exec '", "exec \"a${b", "exec `", "2>", "exec 2>",
		"exec >", "command", "$(dirname)", "${}", "${0", "${:-}", "${BASH_SOURCE", "$(dirname \"$0",
		"~", "cd ~" };
	for (size_t i = 0; i < COUNT_OF(odd); i++)
		for (size_t k = 0; k < COUNT_OF(odd); k++) {
			SCOPED(end_reading) struct reading r = { 0 };
			SCOPED(text_end) struct text script = { 0 };
			text_printf(&script, "%s%s", odd[i], odd[k]);
			read_script(&r, text_str(&script));
		}
}

SPEC(a_script_that_doubles_its_variables_stays_small)
{
	SCOPED(end_reading) struct reading r = { 0 };
	SCOPED(text_end) struct text script = { 0 };
	text_puts(&script, "A=0123456789012345678901234567890123456789\n");
	for (int i = 0; i < 64; i++)
		text_puts(&script, "A=$A$A$A$A\n");
	for (int i = 0; i < 20; i++)
		text_puts(&script,
			"B=$(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $A)))))))))\n");
	text_puts(&script, "exec node /a.js $A $A");
	read_script(&r, text_str(&script));
	assert_true(r.said.len < 1024 * 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_plainest_wrappers),
		cmocka_unit_test(variables_are_filled_in),
		cmocka_unit_test(a_script_knows_where_it_lies),
		cmocka_unit_test(a_script_goes_somewhere),
		cmocka_unit_test(the_last_branch_counts),
		cmocka_unit_test(shims_of_package_managers),
		cmocka_unit_test(version_managers_are_sourced_first),
		cmocka_unit_test(variables_are_handed_on),
		cmocka_unit_test(pipes_lists_and_redirections_are_no_arguments),
		cmocka_unit_test(here_documents_are_not_run),
		cmocka_unit_test(comments_say_nothing),
		cmocka_unit_test(the_text_of_a_shell_needs_no_exec),
		cmocka_unit_test(what_never_ends_is_read_to_its_end),
		cmocka_unit_test(a_script_that_doubles_its_variables_stays_small),
	};
	return cmocka_run_group_tests_name("wrapper", tests, NULL, NULL);
}
