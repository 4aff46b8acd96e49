#!/bin/bash
# coverage.sh - builds everything with counters, runs what `make check` runs, and says which lines were reached; pages for a
# browser are made below out/coverage. NODES=1: says it once more after the stories on machines with a real systemd.
# REPORT=1: runs nothing, and reports on what was counted so far. FLOOR (90): less than that of installer/, keys/ or manifest/ fails the run, as
# a test that fails does. What a process that is killed had counted is lost.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v lcov >/dev/null || { echo "coverage: there is no lcov here: .ci/deps.sh coverage" >&2; exit 2; }
into=out/coverage
export COUNTERS=$PWD/$into/native
failed=

counted() { # TARGET...: what fails is told; what it reached counts all the same
  make -k COVERAGE=1 "$@" 2>&1 | tee -a "$into/log" | { grep -E '^not ok|FAILED' || true; } || failed="$failed $*"
}

begin() {
  make COVERAGE=1 "$into/native/tests/coverage/counters.o" >/dev/null
  make COVERAGE=1 all tests >/dev/null
  find "$COUNTERS" -name '*.gcda' -delete
  : >"$into/log"
}

collect() { # lines.info; what was never loaded counts too
  local quiet=(--quiet --base-directory "$PWD" --no-external --directory "$COUNTERS")
  lcov "${quiet[@]}" --capture --initial --output-file "$into/none.info" 2>/dev/null
  lcov "${quiet[@]}" --capture --output-file "$into/some.info" 2>/dev/null
  lcov --quiet --add-tracefile "$into/none.info" --add-tracefile "$into/some.info" --output-file "$into/all.info" 2>/dev/null
  lcov --quiet --extract "$into/all.info" "$PWD"/{installer,keys,manifest}/\* --output-file "$into/lines.info" 2>/dev/null
  genhtml --quiet --output-directory "$into/html" --prefix "$PWD" "$into/lines.info"
}

each_file() { # lines, lines reached, name
  awk -F: -v here="$PWD/" '/^SF:/ {file = substr($0, 4); sub(here, "", file)} /^LF:/ {all = $2} /^LH:/ {hit = $2}
    /^end_of_record/ {print all, hit, file}' "$into/lines.info"
}

each_folder() { # the same, with what is below it
  each_file | awk '{n = split($3, part, "/"); folder = ""
    for (i = 1; i < n; i++) { folder = folder part[i] "/"; all[folder] += $1; hit[folder] += $2 } }
    END { for (f in all) print all[f], hit[f], f }' | sort -k 3
}

report() { # false: a folder is below the floor
  collect
  echo "where most lines are left: of them not reached, lines, file"
  each_file | awk '{printf "%7d  %7d  %5.1f %%  %s\n", $1 - $2, $1, $2 * 100 / $1, $3}' | sort -rn | head -n 15
  echo "reached, lines, folder"
  each_folder | awk '{printf "%7d  %7d  %5.1f %%  %s\n", $2, $1, $2 * 100 / $1, $3}'
  each_folder | awk -v floor="${FLOOR:-90}" '$3 !~ "/." && $2 * 100 < $1 * floor {low = 1; print "coverage: " $3 " is below " floor " %"} END {exit low}'
}

if [[ ! ${REPORT:-} ]]; then
  begin
  counted check-units check-fuzz
  counted check-scenarios check-json check-shape
fi
report || failed="$failed floor"
if [[ ${NODES:-} && ! ${REPORT:-} ]]; then
  chmod -R a+rwX "$COUNTERS" # users of a machine count too
  counted check-nodes
  report || true
fi
echo "pages: $into/html/index.html"
[[ ! $failed ]] || { echo "coverage: failed:$failed; $into/log" >&2; exit 1; }
