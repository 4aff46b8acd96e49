# manager-refuses.sh - what a manager that does not do its part leads to: one that tells, stops or starts nothing, loses jobs, or
# has no journal.
. "$(dirname "$0")/../manager.sh"

when_the_manager_refuses() { # VERB: while 2.0.0 is applied
  touch "manager/refuses-$1"
  when_going_to 2.0.0
  rm "manager/refuses-$1"
  then_system
  then_says "stand-in says no"
}

scenario_a_manager_that_tells_nothing_is_not_asked_to_stop_anything() {
  given_adopted
  given_release 2.0.0
  when_the_manager_refuses show
  then_unit_runs 1.0.0
  then_equal "$(wc -l <manager/earlier)" 0 "lines of earlier starts"
}

scenario_a_manager_that_stops_nothing_leaves_the_old_release() {
  given_adopted
  given_release 2.0.0
  when_the_manager_refuses stop
  when_asking recover
  then_ok
  then_unit_runs 1.0.0
}

scenario_a_manager_that_starts_nothing_is_told_of_and_recovered_from() {
  given_adopted
  given_release 2.0.0
  touch manager/refuses-start
  when_going_to 2.0.0
  then_status 8
  rm manager/refuses-start
  when_asking recover
  systemctl start -- toy.service
  until grep -q ready manager/log; do sleep 0.02; done
  when_asking status
  then_ok
  then_unit_runs 1.0.0
}

scenario_a_job_that_another_takes_the_place_of_is_asked_for_again() {
  given_adopted
  given_release 2.0.0
  seq 3 >manager/cancels-stop
  seq 2 >manager/cancels-start
  when_going_to 2.0.0
  then_ok
  then_equal "$(cat manager/cancels-*)" '' "jobs still to be lost"
  then_unit_runs 2.0.0
}

scenario_a_start_that_is_refused_before_it_is_tried_is_asked_for_again() {
  given_adopted
  given_release 2.0.0
  seq 3 >manager/busy-start
  when_going_to 2.0.0
  then_ok
  then_equal "$(cat manager/busy-start)" '' "starts still to be refused"
  then_unit_runs 2.0.0
}

scenario_a_journal_that_cannot_be_read_proves_nothing() {
  given_adopted '[{"name": "ready", "kind": "log-present", "match": "^ready", "deadline": 3}]'
  touch manager/refuses-journal
  when_asking gates
  then_differs
  then_says "the log was not read"
  when_upgrading 2.0.0
  then_status 7
  then_unit_runs 1.0.0
}
finish
