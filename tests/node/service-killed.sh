# service-killed.sh - whoever is killed, in whichever step: the service comes up whole, old or new, and nothing is left.
. "$(dirname "$0")/slow-acts.sh"

scenario_a_killed_worker_is_undone_by_the_command_that_watches() {
  given_slow_service
  local step
  for step in $(sampled hold switch gates); do
    [[ $step != stage && $step != outcome ]] || continue # no worker yet; none any more
    start_applying
    wait_for_step "$step"
    [[ $step != snapshot ]] || sleep 0.3 # until it has its scope
    kill_worker
    wait "$applying" && fail "$step: exit status 0" || status=$?
    cat applied
    then_status 3 "$step"
    grep -q "undone, the old release is in place: the process at work was killed (Killed)" applied || fail "$step: not said"
    then_answers 2.0.0
    then_unchanged_since "$before"
    then_last '.outcome' '"undone"'
    then_nothing_is_left
  done
}

scenario_a_worker_that_is_killed_when_all_is_done_is_no_failure() {
  given_slow_service
  start_applying
  wait_for_step outcome
  kill_worker
  status=0
  wait "$applying" || status=$?
  cat applied
  then_ok
  grep -q "killed (Killed): act $number is committed" applied || fail "not said"
  then_answers 3.0.0
  then_last '[.outcome, .proven]' '["committed",true]'
  then_nothing_is_left
}

scenario_a_worker_that_is_killed_when_all_is_done_leaves_its_document_to_the_command_that_watches() {
  given_slow_service
  start_applying --json
  wait_for_step outcome
  kill_worker
  status=0
  wait "$applying" || status=$?
  cat applied
  then_ok
  then_equal "$(jq -cs '[.[] | [.changed, .act, .point, .proven, .release, .was_release, (.components | length), .stop_us > 0]]' <(grep -v '^strace: ' applied))" \
    "[[true,$number,$number,true,\"3.0.0\",null,3,true]]"
  then_nothing_is_left
}

scenario_a_killed_ssh_session_does_not_stop_the_act() {
  given_slow_service
  local step
  for step in $(sampled settle start); do
    [[ $step != stage && $step != snapshot && $step != outcome ]] || continue
    start_applying
    wait_for_step "$step"
    kill_session
    wait "$applying" || true
    then_it_is_finished 60
    then_answers 3.0.0
    then_last '[.outcome, .proven]' '["committed",true]'
    then_nothing_is_left
    ready_again
  done
}

scenario_what_is_killed_before_the_hold_leaves_the_old_release_running() {
  given_slow_service
  local step pid
  pid=$(main_pid)
  for step in stage snapshot; do
    start_applying
    wait_for_step "$step"
    kill_session
    [[ $step == stage ]] || kill_scopes "waybill-toy-*.scope" || true
    wait "$applying" || true
    then_was_stopped_in "$step"
    then_equal "$(main_pid)" "$pid" "the process that runs"
    when_waybill_install status
    then_says "UNFINISHED: act $number stopped at $step"
    when_waybill_install recover
    then_ok
    then_equal "$(main_pid)" "$pid" "the process that runs"
    then_unchanged_since "$before"
    then_nothing_is_left
  done
}

scenario_when_all_are_killed_a_timer_finishes_within_a_minute() {
  given_slow_service
  local step
  for step in $(sampled switch outcome); do
    [[ $step != stage && $step != snapshot ]] || continue
    start_applying
    wait_for_step "$step"
    [[ $step != hold ]] || sleep 1 # until the timer is armed and the service is being stopped
    kill_both
    wait "$applying" || true
    then_was_stopped_in "$step"
    case $step in
      settle | switch | clear)
        then_held
        then_equal "$(property ActiveState)" inactive "$step"
        when_waybill_install status
        then_says "UNFINISHED: act $number stopped at $step" "HELD: the units do not start"
        ;;
    esac
    then_it_is_finished 75
    then_one_of_both_answers
    then_nothing_is_left
    ready_again
  done
}

scenario_a_timer_of_the_users_own_finishes_that_users_act() {
  given_slow_service given_user_service by_user
  start_applying
  wait_for_step clear
  kill_both
  wait "$applying" || true
  then_was_stopped_in clear
  then_held
  then_equal "$(property ActiveState)" inactive "$unit"
  then_it_is_finished 75
  then_one_of_both_answers
  then_last '[.outcome, .proven]' '["undone",true]'
  then_nothing_is_left
}

scenario_a_recovery_that_is_killed_is_finished_by_the_next_one() {
  given_slow_service
  local kills=0 occurrence
  start_applying
  wait_for_step start
  sleep 0.8 # the new release is up and has the marker gone
  kill_both
  wait "$applying" || true
  there systemctl stop waybill-recover-toy.timer
  for occurrence in 1 2 3; do # each replacement of the record, before it happens
    when node shell "$machine" strace -f -qq -o /dev/null -e trace=renameat,renameat2 -e signal=none \
      -e "inject=renameat,renameat2:signal=KILL:when=$occurrence" waybill-install recover
    ((status != 137)) || kills=$((kills + 1))
  done
  ((kills >= 2)) || fail "only $kills recoveries were killed"
  when_waybill_install recover
  then_one_of_both_answers
  then_equal "$(version_that_answers)" 2.0.0
  then_nothing_is_left
}
finish
