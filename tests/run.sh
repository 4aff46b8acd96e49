#!/bin/bash
# run.sh [SCENARIO-FILE]... - runs the scenarios (all of tests/scenario without arguments), JOBS files at a time (2).
# WAYBILL and INSTALL name the programs. FULL=1: the long form; ONLY=word: scenarios whose name has it; KEEP=1: scratch stays.
set -euo pipefail
tests=$(cd "$(dirname "$0")" && pwd)
WAYBILL=$(realpath "${WAYBILL:-$tests/../out/waybill}")
INSTALL=$(realpath "${INSTALL:-$tests/../out/waybill-install}")
export WAYBILL INSTALL

(($#)) || set -- "$tests"/scenario/*.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_file() { # FILE: one that does not end is a failure too
  timeout "$LIMIT" bash "$1" || (($? != 124)) || echo "not ok - $(basename "$1" .sh): not over after $LIMIT s"
}
export -f run_file
export LIMIT=1800
printf '%s\0' "$@" | xargs -0 -n 1 -P "${JOBS:-2}" bash -c 'run_file "$0"' 2>&1 | tee "$log" || true

count() { grep -c "^$1 - " "$log" || true; }
passed=$(count ok) failed=$(count 'not ok') skipped=$(count skipped)
echo "$passed passed, $failed failed$( ((skipped == 0)) || echo ", $skipped skipped")"
((failed == 0 && passed > 0))
