#!/bin/bash
# field-failures.sh - docs/field-failures.md has its fifteen rows, and names every story that there is and no other.
set -euo pipefail
cd "$(dirname "$0")/.."
table=docs/field-failures.md
stories=(tests/node/*.sh)

wrong=$(
  for row in {1..15}; do grep -q "^| $row |" "$table" || echo "row $row is missing"; done
  told=$(grep -o '`row [0-9]* [a-z0-9_ ]*`' "$table" | tr -d '`' | sort)
  there=$(sed -n 's/^scenario_\(row_[A-Za-z0-9_]*\)().*/\1/p' "${stories[@]}" | tr _ ' ' | sort)
  comm -23 <(sort -u <<<"$told") <(echo "$there") | sed 's/^/no such story: /'
  comm -13 <(sort -u <<<"$told") <(echo "$there") | sed 's/^/not in the table: /'
  sort <<<"$there" | uniq -d | sed 's/^/two stories of one name: /'
)
[[ -z $wrong ]] && echo "field failures: as it should be" && exit 0
sed "s,^,$table: ," <<<"$wrong" >&2
exit 1
