#!/bin/bash
# help.sh [--write] - what --help says and what docs/cli.md and the two manual pages say is the same: every command,
# operand, option, argument name and sentence, in both directions. The tables between the "generated" marks are made
# of --help: --write makes them anew. Outside of them, every option, command and exit status that is named must exist.
#
# WAYBILL and INSTALL are the two programs. Exit status: 0 the same ("ok"), 1 differences, which are shown.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."
: "${WAYBILL:=out/waybill}" "${INSTALL:=out/waybill-install}"
write=
[[ ${1-} != --write ]] || write=yes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=

complain() { echo "help.sh: $*" >&2; failed=yes; }

# ---- what the programs say: one record a line, fields separated by TAB ----------------------------------------------
#   purpose TEXT | command NAME OPERANDS TEXT | option COMMAND NAME ARGUMENT TEXT | status NUMBER WORD

facts() { # PROGRAM NAME
	local help command usage operands sentence
	help=$("$1" --help)
	sed -n "1s/^$2 - /purpose\t/p" <<<"$help"
	for command in $(sed -n 's/^  \([a-z][a-z-]*\).*/\1/p' <<<"$help"); do
		usage=$("$1" "$command" --help)
		operands=$(sed -n "1s/^$2 $command \(.*\)\[OPTION\]\.\.\.\$/\1/p" <<<"$usage")
		sentence=$(sed -n 3p <<<"$usage")
		grep -qxF -- "$(printf '  %-30s %s' "$command${operands:+ ${operands% }}" "$sentence")" <<<"$help" ||
			complain "$2 --help and $2 $command --help do not say the same"
		printf 'command\t%s\t%s\t%s\n' "$command" "${operands% }" "$sentence"
		sed -nE "s/^  --([a-z][a-z-]*) ([A-Z][^ ]*) +(.*)\$/option\t$command\t\1\t\2\t\3/p; t
		         s/^  --([a-z][a-z-]*) +(.*)\$/option\t$command\t\1\t\t\2/p" <<<"$usage"
		[[ $(grep -c '^ ' <<<"$usage") == $(grep -c '^  --' <<<"$usage") ]] ||
			complain "$2 $command --help has a line that is no option"
	done
	sed -n 's/.*Exit status: \(.*\)\.$/\1/p' <<<"$help" | tr ',' '\n' | sed -E 's/^ *([0-9]+) (.*)/status\t\1\t\2/'
}

# Options that every command has, with the same argument and sentence, are told once; "-" is then their command.
fold() {
	awk -F '\t' -v OFS='\t' '
		{ line[NR] = $0 }
		$1 == "command" { commands++ }
		$1 == "option" { key[NR] = $3 FS $4 FS $5; have[key[NR]]++ }
		END {
			for (i = 1; i <= NR; i++)
				if (!(i in key) || have[key[i]] < commands) print line[i]
			for (i = 1; i <= NR; i++)
				if (i in key && have[key[i]] == commands && !told[key[i]]++) print "option", "-", key[i]
		}'
}

# ---- how the documents say it -----------------------------------------------------------------------------------------

markdown() { # NAME <facts
	awk -F '\t' -v program="$1" '
		function cell(text) { gsub(/\|/, "\\|", text); gsub(/\*\*/, "`**`", text); return text }
		function table(command, rows, i) {
			for (i = 1; i <= options; i++)
				if (of[i] == command) {
					if (!rows++) print "\n| option | meaning |\n|---|---|"
					print row[i]
				}
		}
		$1 == "purpose" { purpose = $2 }
		$1 == "command" { name[++commands] = $2; operands[commands] = $3; does[commands] = $4 }
		$1 == "option" {
			of[++options] = $2
			row[options] = "| `--" $3 ($4 ? " " $4 : "") "` | " cell($5) " |"
		}
		END {
			print "`" program "` " purpose ".\n\n| command | meaning |\n|---|---|"
			for (c = 1; c <= commands; c++)
				print "| `" name[c] (operands[c] ? " " operands[c] : "") "` | " cell(does[c]) " |"
			print "\nEvery command:"
			table("-")
			for (c = 1; c <= commands; c++) {
				print "\n### " program " " name[c] "\n"
				print "`" program " " name[c] (operands[c] ? " " operands[c] : "") " [OPTION]...`: " does[c] "."
				table(name[c])
			}
		}'
}

manual() { # NAME <facts
	awk -F '\t' '
		function plain(text) { gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); gsub(/`/, "\\(ga", text); sub(/^[.\x27]/, "\\\\&&", text); return text }
		function table(command, i) {
			print ".Bl -tag -width Ds"
			for (i = 1; i <= options; i++)
				if (of[i] == command) print row[i]
			print ".El"
		}
		$1 == "command" { name[++commands] = $2; operands[commands] = $3; does[commands] = $4 }
		$1 == "option" { has[$2] = 1; of[++options] = $2; row[options] = ".It Fl \\-" $3 ($4 ? " Ar " $4 : "") "\n" plain($5) }
		END {
			print "Every command:"
			table("-")
			for (c = 1; c <= commands; c++) {
				print ".Ss " name[c] (operands[c] ? " " operands[c] : "") "\n" plain(does[c]) "."
				if (has[name[c]]) table(name[c])
			}
		}'
}

# ---- comparing ------------------------------------------------------------------------------------------------------

# The part of FILE between the marks of NAME is the text on standard input.
section() { # FILE NAME
	local fresh=$work/fresh old=$work/old
	cat >"$fresh"
	[[ $(grep -c "generated from $2 --help: begin" "$1") == 1 && $(grep -c "generated from $2 --help: end" "$1") == 1 ]] || {
		complain "$1: the marks of $2 are not there once"
		return
	}
	if [[ $write ]]; then
		sed -i -e "/generated from $2 --help: begin/,/generated from $2 --help: end/{//!d}" \
			-e "/generated from $2 --help: begin/r $fresh" "$1"
	fi
	sed -n "/generated from $2 --help: begin/,/generated from $2 --help: end/{//!p}" "$1" >"$old"
	diff -u --label "$1" --label "$2 --help" "$old" "$fresh" >&2 || complain "$1 is not what $2 --help says (tests/help.sh --write)"
}

# What is written by hand names only what there is.
by_hand() { sed '/generated from .* --help: begin/,/generated from .* --help: end/d; /help\.sh --write/d' "$1" | sed 's/\\-/-/g; s/\\&//g; s/Fl -/--/g'; }

known_options() { # FILE FACTS...
	local option file=$1
	shift
	for option in $(by_hand "$file" | grep -oE -- '(^|[^a-zA-Z0-9-])--[a-z][a-z-]*' | sed 's/.*--//' | sort -u); do
		[[ $option =~ ^(help|version)$ ]] || cut -f 1,3 "$@" | grep -qxF -- "option	$option" ||
			complain "$file names --$option, which no command has"
	done
}

# Lines of code blocks that start one of the programs: command and options exist.
known_lines() { # FILE
	local program command rest option
	while read -r program command rest; do
		[[ $program != waybill-install ]] || program=install
		[[ $command == --version || $command == --help ]] && continue
		grep -q "^command	$command	" "$work/$program" || { complain "$1 runs $program $command, which is no command"; continue; }
		for option in $(grep -oE -- '(^| )--[a-z][a-z-]*' <<<"$rest" || true); do
			grep -qE "^option	$command	${option#--}	" "$work/$program" || complain "$1: $program $command has no option $option"
		done
	done < <(awk '/^```/ { code = !code; next } code' "$1" | sed -e ':a' -e '/\\$/N; s/\\\n//; ta' |
		sed -nE 's/^(\$ )?(waybill|waybill-install) /\2 /p')
}

statuses() { # FILE PATTERN: the rows of the table of exit statuses, as "NUMBER WORD"
	diff -u --label "$1" --label --help <(sed -nE "$2" "$1") <(sed -n 's/^status\t//p' "$work/waybill" | tr '\t' ' ') >&2 ||
		complain "$1: exit statuses"
}

facts "$WAYBILL" waybill >"$work/waybill"
facts "$INSTALL" waybill-install >"$work/install"
diff <(grep ^status "$work/waybill") <(grep ^status "$work/install") >&2 || complain 'the programs have different exit statuses'

for name in waybill waybill-install; do
	raw=$work/${name#waybill-}
	fold <"$raw" >"$work/folded"
	section docs/cli.md "$name" < <(markdown "$name" <"$work/folded")
	section "docs/$name.1" "$name" < <(manual "$name" <"$work/folded")
	known_options "docs/$name.1" "$raw"
	statuses "docs/$name.1" 's/^\.It ([0-9]+) Pq ([a-z]+)$/\1 \2/p'
	grep -qxF ".Nd $(sed -n 's/^purpose\t//p' "$raw")" "docs/$name.1" || complain "docs/$name.1: .Nd is not the program's purpose"
done
statuses docs/cli.md 's/^\| ([0-9]+) \| ([a-z]+) \|.*/\1 \2/p'
known_options docs/cli.md "$work/waybill" "$work/install"
for file in README.md docs/*.md; do
	known_lines "$file"
done

[[ ! $failed ]] || exit 1
echo ok
