# service-killed.sh - who watches an act on a living service, or works at it, is killed or interrupted.
. "$(dirname "$0")/../service.sh"

scenario_who_only_watches_may_be_killed() {
  given_machine
  given_bundle_of 2.0.0
  when_going_until opt/app/lib/main.js
  kill -9 "$watching"
  until [[ $(jq -r '.outcome // ""' var/waybill/toy/acts/000001.json) ]]; do sleep 0.2; done
  then_runs 2.0.0
  when_asking history
  then_says committed
}

when_the_worker_is_killed() {
  kill -9 "$(pgrep -P "$watching")"
  ! wait "$watching" || fail "it says that all is well: $(cat said)"
  when_asking recover
  then_ok
}

scenario_the_worker_is_killed_and_the_old_release_is_brought_back() {
  given_machine
  given_bundle_of 2.0.0
  when_going_until starts
  sleep 1
  when_the_worker_is_killed
  then_runs 1.0.0
  then_audit_of_toy
}

scenario_what_a_killed_worker_was_starting_does_not_start_any_more() {
  given_machine
  given_bundle_of 2.0.0
  given_starter "{ echo 2.0.0 >starting; sleep 1; }"
  when_going_until starting
  when_the_worker_is_killed
  sleep 1.2
  then_runs 1.0.0
  then_equal "$(paste -sd' ' starts)" "1.0.0 1.0.0" "what was started"
}

scenario_who_interrupts_gets_the_old_release_back() {
  given_machine
  given_bundle_of 2.0.0
  when_going_until opt/app/lib/main.js
  kill -INT "$watching"
  ! wait "$watching" || fail "it says that all is well: $(cat said)"
  then_runs 1.0.0
}
finish
