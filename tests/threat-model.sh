#!/bin/bash
# threat-model.sh - docs/threat-model.md has its 47 cases, each with a test that there is or with why it does not apply;
# every evil bundle and every story of tests/*/hostile*.sh is in the table.
# shellcheck disable=SC2053 # the right-hand sides are patterns
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
table=docs/threat-model.md

cases() { grep -E '^\| [0-9]+ \|' "$table"; }
named() { cases | awk -F '|' '{print $(NF - 1)}' | grep -o '`[^`]*`' | tr -d '`' | sort -u; } # the last column
evil() { grep -ohP '^\t\{ "\K[a-z0-9-]+(?=", [0-9]+,)' tests/evil/*.c; }

is_evil() { # PATTERN
  local name
  while read -r name; do [[ $name == $1 ]] && return; done < <(evil)
  return 1
}

is_unit() { # FOLDER/MODULE: SENTENCE
  local file="tests/unit/${1%%: *}.c" name=${1#*: }
  [[ -e $file ]] && grep -qE "^SPEC\(${name// /_}\)" "$file"
}

is_story() { # STORY: SENTENCE
  local story=${1%%: *} name=${1#*: } file
  for file in "tests/scenario/$story.sh" "tests/node/$story.sh"; do
    [[ -e $file ]] && grep -q "^scenario_${name// /_}()" "$file" && return
  done
  return 1
}

is_test() { # NAME
  case $1 in
    evil\ *) is_evil "${1#evil }" ;;
    unit\ *) is_unit "${1#unit }" ;;
    fuzz\ *) [[ -e tests/fuzz/${1#fuzz }.c ]] ;;
    make\ *) grep -qE "^${1#make }:" tests/build.mk tests/*/build.mk ;;
    *) is_story "$1" ;;
  esac
}

complain() {
  local row line name
  for row in {1..47}; do
    line=$(cases | grep -c "^| $row |" || true)
    ((line == 1)) || echo "case $row is there $line times"
  done
  cases | awk -F '|' '$(NF - 1) !~ /`/ && $0 !~ /does not apply: ./ {print "no test, and not why, in case" $2}'
  while read -r name; do is_test "$name" || echo "no such test: $name"; done < <(named)
  while read -r name; do in_table "evil $name" || echo "not in the table: evil $name"; done < <(evil)
  while read -r name; do in_table "$name" || echo "not in the table: $name"; done < <(
    for file in tests/*/hostile*.sh; do
      sed -n "s/^scenario_\([A-Za-z0-9_]*\)().*/\1/p" "$file" | tr _ ' ' | sed "s/^/$(basename "$file" .sh): /"
    done
  )
}

in_table() { # NAME, as it stands there or as a pattern there covers it
  local pattern
  while read -r pattern; do [[ $1 == $pattern ]] && return; done <<<"$all_named"
  return 1
}

all_named=$(named)
wrong=$(complain)
[[ -z $wrong ]] && echo "threat model: as it should be" && exit 0
sed "s,^,$table: ," <<<"$wrong" >&2
exit 1
