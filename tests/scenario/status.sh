# status.sh - what is at work, held or failed; history in short lines; following an act to its end; without a service.
. "$(dirname "$0")/../lib.sh"

when_following() { when timeout 60 "$INSTALL" status --root edge --follow "$@"; }

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
