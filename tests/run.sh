#!/bin/bash
# run.sh [SCENARIO-FILE]... - runs the scenarios (all of tests/scenario without arguments), JOBS at a time (one more than
# there are processors: some only wait), and tells at the end which files took longest.
# WAYBILL and INSTALL name the programs. FULL=1: the long form; ONLY=word: scenarios whose name has it; KEEP=1: scratch stays;
# PARTS=n: n eighths of each file.
set -euo pipefail
tests=$(cd "$(dirname "$0")" && pwd)
WAYBILL=$(realpath "${WAYBILL:-$tests/../out/waybill}")
INSTALL=$(realpath "${INSTALL:-$tests/../out/waybill-install}")
export WAYBILL INSTALL

(($#)) || set -- "$tests"/scenario/*.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_slice() { # FILE I: one that does not end is a failure too
  SLICE="$2 $SLICES" timeout "$LIMIT" bash "$1" || (($? != 124)) || echo "not ok - $(basename "$1" .sh): not over after $LIMIT s"
}
export -f run_slice
export LIMIT=${LIMIT:-1800} SLICES=8 # of each file: no long one is left to run alone at the end
for file; do
  for ((i = 0; i < ${PARTS:-SLICES}; i++)); do printf '%s\0' "$file" "$i"; done
done | xargs -0 -n 2 -P "${JOBS:-$(($(nproc) + 1))}" bash -c 'run_slice "$0" "$1"' 2>&1 | tee "$log" || true

slowest_files() { # seconds, scenarios and name of each
  sed -nE 's/^(ok|not ok|skipped) - ([^:]+): [^:]*\(([0-9.]+) s\).*/\2 \3/p' "$log" |
    awk '{n[$1]++; s[$1] += $2} END {for (f in n) printf "%6.1f s  %3d  %s\n", s[f], n[f], f}' | sort -rn | head -n 10
}
count() { grep -c "^$1 - " "$log" || true; }
passed=$(count ok) failed=$(count 'not ok') skipped=$(count skipped)
echo "what took longest: seconds, scenarios, file"
slowest_files
echo "$passed passed, $failed failed$( ((skipped == 0)) || echo ", $skipped skipped"), in $SECONDS s"
((failed == 0 && passed > 0))
