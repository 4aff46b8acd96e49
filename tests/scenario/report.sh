# report.sh - what happened, for somebody who was not there: status, report and the words of history, without a service.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

newest_record() { find edge/var/lib/waybill/demo/acts -name '*.json' | sort | tail -n 1; }

given_record() { # FILTER [FILE]: the newest record is what jq makes of it, or of FILE; at once
  local record
  record=$(newest_record)
  jq -cS "$1" "${2:-$record}" >record
  mv record "$record"
}

given_undone() { # WHY: the newest act, as if it had been undone
  given_record ".outcome = \"undone\" | .why = \"$1\" | del(.proven)"
}

when_reporting() { when "$INSTALL" report --root edge "$@"; }
when_following() { when timeout 60 "$INSTALL" status --root edge --follow "$@"; }
then_file_says() { grep -qF -e "$2" "$1" || { cat "$1"; fail "$1 does not say: $2"; }; } # FILE TEXT

# ---- report -----------------------------------------------------------------------------------------------------------

scenario_a_report_has_all_that_is_known_and_changes_nothing() {
  given_installed 1 2
  when_updating 2.waybill
  given_listing edge before
  mkdir out
  when_reporting --to out
  then_ok
  then_says out/demo-000002-report README.txt 'without journal.txt: the act has no service'
  then_listing_is edge before
  then_equal "$(stat -c %a out/demo-000002-report)" 700
  then_equal "$(stat -c %a out/demo-000002-report/* | sort -u)" 600
  then_equal "$(cd out/demo-000002-report && echo *)" 'README.txt act.json history.json inventory.json status.json'
  cmp out/demo-000002-report/act.json edge/var/lib/waybill/demo/acts/000002.json
  then_file_says out/demo-000002-report/README.txt 'apply, act 2: 1 -> 2'
  then_file_says out/demo-000002-report/README.txt 'Committed, and proven.'
  jq -e '.acts | length == 2' out/demo-000002-report/history.json
  jq -e '.release == "2"' out/demo-000002-report/status.json
}

scenario_a_report_is_of_the_newest_act_that_went_wrong_and_never_over_one() {
  given_history_of 1 2
  given_undone interrupted
  given_releases 1 2 3
  when_updating 3.waybill
  when_reporting --json
  then_ok
  then_json '[.act, .path]' '[2,"./demo-000002-report"]'
  then_file_says demo-000002-report/README.txt 'Undone'
  then_file_says demo-000002-report/README.txt interrupted
  given_listing demo-000002-report before
  when_reporting
  then_refused
  then_says 'demo-000002-report is there already'
  then_listing_is demo-000002-report before
  when_reporting 3
  then_ok
  then_there demo-000003-report/README.txt
  when_reporting 7
  then_refused
  when_reporting x
  then_status 2
  when_reporting --to nowhere
  then_system
}

scenario_an_act_without_outcome_is_reported_first() {
  given_history_of 1 2
  given_record 'del(.outcome, .ended, .proven) | .step = "switch"'
  when_reporting
  then_ok
  then_file_says demo-000002-report/README.txt 'Its last step: switch.'
  then_file_says demo-000002-report/README.txt 'waybill-install recover --root edge'
}

scenario_no_secret_of_a_record_or_a_log_comes_into_a_report() {
  given_history_of 1 2
  given_undone 'refused by wss://me:pw-of-mine@host/x, token=not-for-others'
  printf 'begun\nAuthorization: Bearer abcdefgh-0123\n-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\nended\n' \
    >edge/var/lib/waybill/demo/acts/000002.log
  when_reporting
  then_ok
  then_file_says demo-000002-report/act.log ended
  then_file_says demo-000002-report/act.json '[redacted]'
  ! grep -rE 'pw-of-mine|not-for-others|abcdefgh-0123|MIIEvQ' demo-000002-report || fail "a secret is in the report"
}

scenario_a_report_that_cannot_be_whole_is_none() {
  given_history_of 1 2
  needs strace
  when strace -f -qq -e trace=renameat,renameat2,rename -e inject=renameat,renameat2,rename:error=EIO:when=3+ -o /dev/null \
    "$INSTALL" report --root edge
  then_system
  then_absent demo-000002-report
}

# ---- status and history ------------------------------------------------------------------------------------------------

scenario_status_tells_of_the_last_failure() {
  given_history_of 1 2
  given_undone 'switch: something was in the way'
  when_asking_for status
  then_json '[.failure.act, .failure.release, .failure.why, .failure.gates, .act, .proven]' \
    '[2,"2","switch: something was in the way",false,1,true]'
  when "$INSTALL" status --root edge
  then_says 'last failure: act 2 to 2' 'something was in the way' '`waybill-install report 2`'
}

scenario_status_tells_of_a_hold_that_was_left() {
  given_history_of 1
  touch edge/var/lib/waybill/demo/hold
  when "$INSTALL" status --root edge
  then_ok
  then_says 'HELD: the units do not start: a marker was left in /var/lib/waybill/demo'
  when_asking_for status
  then_json '[.held, .at_work]' '[true,false]'
}

scenario_an_act_of_which_only_the_proof_is_left_is_told() {
  given_history_of 1 2
  given_record 'del(.outcome, .ended, .proven) | .step = "prove"'
  when "$INSTALL" status --root edge
  then_says 'UNFINISHED: act 2 is undone but for the proof that the old release works'
}

scenario_who_holds_the_lock_is_at_work() {
  given_history_of 1
  exec 7<edge/var/lib/waybill/demo/lock
  flock -x 7
  when_asking_for status
  then_json .at_work true
  when "$INSTALL" status --root edge
  then_says 'at work: another waybill-install, which has begun no act'
  flock -u 7
  when_asking_for status
  then_json .at_work false
}

scenario_history_has_one_short_line_for_each_act() {
  local why
  given_history_of 1 2
  why=$(printf 'many-words %.0s' {1..40})
  given_undone "$why"
  when "$INSTALL" history --root edge
  then_ok
  ((${#why} > 400 && $(awk 'length > 160' "$scratch/stdout" | wc -l) == 0)) || fail "a line is too long"
  then_says 'many-words man...'
  when_asking_for history
  then_json '.acts[1].why | length' "${#why}"
}

# ---- status --follow ----------------------------------------------------------------------------------------------------

scenario_following_nothing_says_so_at_once() {
  given_history_of 1
  when_following
  then_ok
  then_says 'nothing is at work'
}

scenario_following_an_act_says_its_steps_and_its_outcome() {
  given_history_of 1 2
  given_record 'del(.outcome, .ended, .proven) | .step = "stage"'
  echo 'what the worker says' >edge/var/lib/waybill/demo/acts/000002.log
  exec 7<edge/var/lib/waybill/demo/lock
  flock -x 7
  (sleep 1; given_record '.outcome = "committed" | .ended = 7'; sleep 0.5; flock -u 7) &
  when_following
  then_ok
  then_says 'act 2: apply' 'what the worker says' 'act 2: 2 is in place. Back with: waybill-install rollback --root edge --to 2'
  wait
}

scenario_following_ends_with_the_status_of_the_act() {
  local outcome status_wanted
  given_history_of 1 2
  cp "$(newest_record)" done
  exec 7<edge/var/lib/waybill/demo/lock
  while read -r outcome status_wanted; do
    flock -x 7
    given_record 'del(.outcome, .ended, .proven) | .step = "stage"' done
    (sleep 0.5; given_record ".outcome = \"undone\" | .why = \"so\" | .ended = 7 | .step = \"prove\" | $outcome" done; flock -u 7) &
    when_following --json
    then_status "$status_wanted" "$outcome"
    then_json .failure.act 2
    wait
  done <<'END'
.failed=false 3
.failed=true 7
.failed=true|.proven=false|.units=[{"manager":"system","name":"x.service","role":"service"}] 8
END
}

scenario_an_act_that_nobody_finishes_is_stuck() {
  given_history_of 1 2
  given_record 'del(.outcome, .ended, .proven) | .step = "switch"'
  when_following
  then_status 8
  then_says 'act 2 stopped at switch and nobody is at work on it: `waybill-install recover`'
}
finish
