#!/bin/bash
# coverage.sh - builds everything with counters, runs the tests, and says which lines were reached; pages for a browser are
# made below out/coverage. NODES=1: the stories on machines too. REPORT=1: runs nothing, reports on what was counted so far.
# FLOOR (90): a folder of which less is reached fails the run. What a process that is killed had counted is lost.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v lcov >/dev/null || { echo "coverage: there is no lcov here: .ci/deps.sh coverage" >&2; exit 2; }
folders=(installer keys manifest)
into=out/coverage

count_lines() { # a test that fails under gcc's counters is told, and what it reached counts
  make COVERAGE=1 "$into/native/tests/coverage/counters.o" >/dev/null
  make COVERAGE=1 all tests >/dev/null
  find "$into/native" -name '*.gcda' -delete
  make -k COVERAGE=1 check-units check-fuzz check-json check-shape check-scenarios ${NODES:+check-nodes} 2>&1 |
    tee "$into/log" | grep -E '^not ok|passed, |FAILED' || true
}

collect() { # what was never loaded counts too
  local quiet=(--quiet --rc lcov_branch_coverage=0 --base-directory "$PWD" --no-external --directory "$into/native")
  lcov "${quiet[@]}" --capture --initial --output-file "$into/none.info" 2>/dev/null
  lcov "${quiet[@]}" --capture --output-file "$into/some.info" 2>/dev/null
  lcov --quiet --add-tracefile "$into/none.info" --add-tracefile "$into/some.info" --output-file "$into/all.info"
  lcov --quiet --extract "$into/all.info" "${folders[@]/#/$PWD/}" --output-file /dev/null 2>/dev/null || true
  lcov --quiet --extract "$into/all.info" "${folders[@]/%//*}" "${folders[@]/#/$PWD/}" --output-file "$into/lines.info"
}

files() { # of each file: lines, lines reached, name
  awk -F: -v here="$PWD/" '/^SF:/ {file = substr($0, 4); sub(here, "", file)} /^LF:/ {all = $2} /^LH:/ {hit = $2}
    /^end_of_record/ {print all, hit, file}' "$into/lines.info" | sort -k 3
}
