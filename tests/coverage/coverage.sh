#!/bin/bash
# coverage.sh - builds everything with counters, runs the tests, and says which lines were reached; pages for a browser are
# made below out/coverage. NODES=1: the stories on machines too. REPORT=1: runs nothing, reports on what was counted so far.
# FLOOR (90): a folder of which less is reached fails the run. What a process that is killed had counted is lost.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v lcov >/dev/null || { echo "coverage: there is no lcov here: .ci/deps.sh coverage" >&2; exit 2; }
patterns=("$PWD"/{installer,keys,manifest}/\*)
into=out/coverage

count_lines() { # a test that does not pass fails the run at its end; what it reached counts
  make COVERAGE=1 "$into/native/tests/coverage/counters.o" >/dev/null
  make COVERAGE=1 all tests >/dev/null
  find "$into/native" -name '*.gcda' -delete
  chmod -R a+rwX "$into/native" # users of a machine count too
  COUNTERS=$PWD/$into/native make -k COVERAGE=1 check-units check-fuzz check-json check-scenarios ${NODES:+check-nodes} 2>&1 |
    tee "$into/log" | grep -E '^not ok|passed, |FAILED'
}

collect() { # what was never loaded counts too
  local quiet=(--quiet --base-directory "$PWD" --no-external --directory "$into/native")
  lcov "${quiet[@]}" --capture --initial --output-file "$into/none.info" 2>/dev/null
  lcov "${quiet[@]}" --capture --output-file "$into/some.info" 2>/dev/null
  lcov --quiet --add-tracefile "$into/none.info" --add-tracefile "$into/some.info" --output-file "$into/all.info"
  lcov --quiet --extract "$into/all.info" "${patterns[@]}" --output-file "$into/lines.info"
}

each_file() { # lines, lines reached, name
  awk -F: -v here="$PWD/" '/^SF:/ {file = substr($0, 4); sub(here, "", file)} /^LF:/ {all = $2} /^LH:/ {hit = $2}
    /^end_of_record/ {print all, hit, file}' "$into/lines.info" | sort -k 3
}

table() { # of each folder with what is below it; then the files where most lines are left. False: a folder is below the floor
  each_file | awk -v floor="$1" '
    { n = split($3, part, "/"); folder = ""
      for (i = 1; i < n; i++) { folder = folder (i > 1 ? "/" : "") part[i]; all[folder] += $1; hit[folder] += $2 } }
    END {
      print "  lines  reached          folder"
      for (f in all) { order[++count] = f; low += hit[f] * 100 < floor * all[f] }
      asort_by_name()
      for (i = 1; i <= count; i++) { f = order[i]; printf "%7d  %7d  %5.1f %%  %s\n", all[f], hit[f], hit[f] * 100 / all[f], f }
      exit low > 0
    }
    function asort_by_name(   i, j, t) {
      for (i = 2; i <= count; i++) for (j = i; j > 1 && order[j] < order[j - 1]; j--) { t = order[j]; order[j] = order[j - 1]; order[j - 1] = t }
    }'
}

worst() {
  echo "where most lines are left: lines, of them not reached, file"
  each_file | awk '{printf "%7d  %7d  %5.1f %%  %s\n", $1, $1 - $2, $2 * 100 / $1, $3}' | sort -k 2 -rn | head -n 20
}

[[ ${REPORT:-} ]] || count_lines
collect
genhtml --quiet --output-directory "$into/html" --prefix "$PWD" "$into/lines.info"
worst
table "${FLOOR:-90}" && low= || low=yes
echo "pages: $into/html/index.html"
[[ ! $low ]] || { echo "coverage: a folder is below ${FLOOR:-90} %" >&2; exit 1; }
