# long-life.sh - what hundreds of acts on one node leave behind, and two installers that start at the same instant.
# The long form (FULL=1, make check-longlife) has 200 rounds and 100 starts.
. "$(dirname "$0")/../lib.sh"
rounds=12 starts=10
[[ ! ${FULL:-} ]] || rounds=200 starts=100
[[ ! ${FULL:-} ]] || exec 3>&1 # where the numbers are told
tell() { printf '%s\n' "$*"; [[ ! ${FULL:-} ]] || printf '    %s\n' "$*" >&3; }

# ---- many acts ------------------------------------------------------------------------------------------------------------

state=edge/var/lib/waybill/demo

round() { # an apply, a rollback, and what no retention needs is gone
  "${PEAK:?is tests/peak.c}" peaks "$INSTALL" apply 2.waybill --public k.pub --root edge --yes >said 2>&1 || fail "apply $1: $(cat said)"
  then_equal "$(cat edge/opt/demo/app/lib/core.js)" "core 2" "applied in round $1"
  "$INSTALL" rollback --root edge >said 2>&1 || fail "rollback $1: $(cat said)"
  then_equal "$(cat edge/opt/demo/app/lib/core.js)" "core 1" "rolled back in round $1"
  "$INSTALL" prune --root edge --keep 2 --days 0 >said 2>&1 || fail "prune $1: $(cat said)"
}

held_now() { # all that is on the node but the records, and their kinds
  echo "files=$(find edge -type f -not -path '*/acts/*' | wc -l)"
  echo "directories=$(find edge -type d | wc -l)"
  echo "bytes=$(find edge -type f -not -path '*/acts/*' -printf '%s\n' | awk '{n += $1} END {print n}')"
  echo "slots=$(find edge -path '*/.waybill/demo/[0-9]*' -prune -print | wc -l)"
  echo "listings=$(find $state/trees -type f | wc -l)"
  echo "points=$("$INSTALL" points --root edge --json | jq '.points | length')"
}

milliseconds() { # of a status, which reads every record
  local began=${EPOCHREALTIME/./}
  "$INSTALL" status --root edge >/dev/null
  echo $(((${EPOCHREALTIME/./} - began) / 1000))
}

then_records_are() { # COUNT: one for each act, none larger than the largest of the first rounds
  then_equal "$(find $state/acts -name '*.json' | wc -l)" "$1" "records"
  then_equal "$(find $state/acts -type f | wc -l)" "$1" "files among the records"
  "$INSTALL" history --root edge --json | jq -e 'all(.acts[]; .outcome == "committed")' >/dev/null || fail "an act has no outcome"
}

largest_record() { find $state/acts -name '*.json' -printf '%s\n' | sort -n | tail -n 1; }

scenario_many_acts_in_a_row_leave_what_three_rounds_leave() {
  local i early late record
  given_history_of 1 2
  when_rolling_back
  for i in 1 2 3; do round "$i"; done
  held_now | tee early
  record=$(largest_record) early=$(milliseconds)
  for ((i = 4; i <= rounds; i++)); do round "$i"; done
  late=$(milliseconds)
  held_now >late
  diff early late || fail "the node grew: $(diff early late | grep -m 1 '^>')"
  then_records_are $((2 * rounds + 3))
  (($(largest_record) <= record + 64)) || fail "records grew from $record to $(largest_record) bytes"
  local first last
  first=$(head -n 1 peaks) last=$(tail -n 1 peaks)
  tell "$((2 * rounds)) acts: $(paste -sd' ' late), peak of the first apply $first KiB, of the last $last KiB;"
  tell "records: $(du -b --apparent-size -c $state/acts/*.json | tail -n 1 | cut -f 1) bytes; status takes $early ms after 3 rounds, $late ms at the end"
  ((last <= first + 1024 + rounds * 8)) || fail "an apply took $first KiB at first, $last KiB at the end"
  then_audit_is_clean
  then_nothing_staged
}

# ---- two at once ------------------------------------------------------------------------------------------------------------

given_larger() { # VERSION: with enough files for an act to last
  given_app "$1"
  local i
  for i in {1..300}; do echo "$1 $i" >"app/lib/part-$i.js"; done
  [[ -e k.key ]] || given_keys
  "$WAYBILL" capture --name demo --release "$1" --output "$1.waybill" --unvalidated test --core app --plugin hello=plugins/hello --key k.key "${@:2}"
}

starter() { # NAME BUNDLE: waits until the pipe opens, then is the installer; its status is in NAME.status
  local status=0
  read -r <go || true
  "$INSTALL" apply "$2" --public k.pub --root edge --yes >"$1.said" 2>&1 || status=$?
  echo "$status" >"$1.status"
}

start_both() { # BUNDLE BUNDLE: at the same instant
  rm -f go
  mkfifo go
  starter a "$1" &
  starter b "$2" &
  sleep 0.03
  : >go
  wait
}

then_one_won() { # VERSION VERSION: the node is that of the winner; the other said why not and left no record
  local winner acts=2
  case $(cat a.status b.status | paste -sd' ') in
    "0 6") winner=$1 ;;
    "6 0") winner=$2 ;;
    "0 0" | "5 0" | "0 5") winner=$(cut -d' ' -f 2 edge/opt/demo/app/lib/core.js) acts= ;; # one came when the other had ended
    *) fail "statuses $(cat a.status b.status): $(cat a.said b.said)" ;;
  esac
  if [[ $acts ]]; then
    refused=$((refused + 1))
    grep -q "another waybill-install .* on demo" a.said b.said || fail "the other does not say so: $(cat a.said b.said)"
    then_equal "$(find $state/acts -type f | wc -l)" "$acts" "records"
  fi
  then_equal "$(cat edge/opt/demo/app/lib/{core,part-1,part-300}.js edge/opt/demo/plugins/hello/index.js | paste -sd' ')" \
    "core $winner $winner 1 $winner 300 hello $winner" "the node after both"
}

scenario_of_two_that_start_at_the_same_instant_one_wins() {
  local i refused=0
  given_larger 1
  given_larger 2 --after 1.waybill
  given_larger 3 --sequence 3
  when_installing 1.waybill
  mv edge ready
  for ((i = 0; i < starts; i++)); do
    fresh
    if ((i % 2)); then start_both 2.waybill 3.waybill; else start_both 3.waybill 2.waybill; fi
    if ((i % 2)); then then_one_won 2 3; else then_one_won 3 2; fi
  done
  tell "of $starts pairs $refused had one that won and one that said so"
  ((2 * refused >= starts)) || fail "of $starts pairs only $refused met"
  then_audit_is_clean
}
finish
