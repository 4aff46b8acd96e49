# service.sh - an act stops a living service, moves its state and configuration along, judges it, and brings all of it back.
. "$(dirname "$0")/../service.sh"

scenario_state_and_configuration_go_along_and_come_back() {
  given_machine
  given_bundle_of 2.0.0
  echo old >cache/compiled
  when_asking plan 2.0.0.waybill --output approved.json --json
  then_ok
  when_going_to 2.0.0 --plan approved.json
  then_ok
  then_says "passed    status" "down for"
  then_runs 2.0.0
  then_absent cache/compiled
  when_asking rollback --json
  then_ok
  then_runs 1.0.0
}

scenario_a_plan_binds_what_happens_to_the_service() {
  given_machine
  given_bundle_of 2.0.0
  when_asking plan 2.0.0.waybill --output approved.json
  then_says "stop     toy (command), which runs" "set      $PWD/state/toy.json: /versions/hello" "clear    $PWD/cache"
  given_other_unit
  when_going_to 2.0.0 --plan approved.json
  then_refused
  then_says toy other
  then_equal "$(cat opt/app/lib/main.js) $(cat starts)" "1.0.0 1.0.0"
}

given_other_unit() { jq '.applications[0].units[0].name = "other"' etc/waybill/site.json >s && cp s etc/waybill/site.json; }

scenario_what_is_staged_goes_on_with_the_service_that_is_there_then() {
  given_machine
  given_bundle_of 2.0.0
  when_asking stage 2.0.0.waybill --accept-unvalidated
  then_ok
  given_other_unit
  when_asking apply --yes
  then_ok
  then_runs 2.0.0
  when_asking status --json
  then_ok
}

scenario_a_release_that_crashes_is_undone_with_its_state() {
  given_machine
  touch sick
  given_bundle_of 2.0.0
  when_going_to 2.0.0
  then_status 7
  then_runs 1.0.0
  when_asking history
  then_says undone
  when_asking report 1 --to .
  then_ok
  when_asking status
  then_ok
  when_asking prune --days 0 --keep 1
  then_says "failure capsule 1 is gone"
  then_audit_of_toy
}

scenario_a_service_that_does_not_stop_stays_as_it_is() {
  given_machine
  given_bundle_of 2.0.0
  touch clings
  when_going_to 2.0.0
  then_system
  then_says "stop toy: $PWD/service exited with 7"
  rm clings
  then_runs 1.0.0
  when_asking recover
  then_ok
}

scenario_a_service_that_says_nothing_is_not_touched() {
  given_machine
  given_bundle_of 2.0.0
  touch mute
  when_going_to 2.0.0
  rm mute
  then_system
  then_says "toy: the status command $PWD/service could not be run"
  then_runs 1.0.0
}

scenario_a_release_that_does_not_start_is_undone() {
  given_machine
  given_bundle_of 2.0.0
  given_starter "exit 9"
  when_going_to 2.0.0
  then_system
  then_says "start toy: $PWD/starter exited with 9"
  then_runs 1.0.0
  then_audit_of_toy
}

scenario_a_checkpoint_keeps_trees_and_state() {
  given_machine
  given_bundle_of 2.0.0
  when_asking checkpoint
  then_ok
  kill -0 "$(cat pid)" || fail "the service is down"
  when_going_to 2.0.0
  echo broken >state/data/more
  when_asking rollback --to 1 --dry-run
  then_says "state    restore"
  when_asking rollback --to 1
  then_ok
  then_runs 1.0.0
  then_absent state/data/more
}
finish
