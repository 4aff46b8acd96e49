#!/bin/bash
# shape.sh - no file over 500 lines, no function over 60; the messages that docs/troubleshooting.md quotes are in the sources.
# Needs universal-ctags for functions; says so where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(find manifest keys bundler installer tests -name '*.[ch]' -not -path '*/static/*')
mapfile -t scripts < <(find tests -name '*.sh')

long=$(wc -l "${files[@]}" | awk '$2 != "total" && $1 > 500 {print $2 ": " $1 " lines, at most 500"}')
long+=$(wc -l tests/scenario/*.sh | awk '$2 != "total" && $1 >= 200 {print "\n" $2 ": " $1 " lines, fewer than 200"}')

if ctags --version 2>/dev/null | grep -q 'Universal Ctags'; then
  long+=$(ctags -f - --fields=ne --kinds-C=f --kinds-Sh=f --languages=C,Sh "${files[@]}" "${scripts[@]}" |
    awk -F '\t' '{
      for (i = 4; i <= NF; i++) { split($i, kv, ":"); if (kv[1] == "line") from = kv[2]; if (kv[1] == "end") to = kv[2] }
      if (to - from + 1 > 60) print "\n" $2 ": " $1 " has " to - from + 1 " lines, at most 60"
      from = to = 0
    }')
else
  echo "shape: functions not measured: there is no universal-ctags here"
fi

while IFS= read -r message; do
  grep -rqF --include='*.c' -e "${message//\"/\\\"}" manifest keys bundler installer ||
    long+=$'\n'"docs/troubleshooting.md: no program says: $message"
done < <(sed -n 's/^> //p' docs/troubleshooting.md)

[[ -z ${long//[$'\n']/} ]] && echo "shape: as it should be" && exit 0
sed '/^$/d; s/^/shape: /' <<<"$long" >&2
exit 1
