# releases.sh - the releases of services.sh are as bad as they say, and the fast profile sees it.
. "$(dirname "$0")/services.sh"

given_toy_and_the_profile() {
  given_machine
  given_global_npm toy
  given_fast_profile
}

when_it_runs() { # VERSION: of core and plugins
  local options=(--target "core=$core") id
  for id in "${plugins[@]}"; do options+=(--target "$id=$extensions/$id"); done
  ctl stop "$unit"
  when_waybill apply "/stick/$1.waybill" --public /stick/k.pub --yes "${options[@]}"
  then_ok
  ctl start "$unit"
}

scenario_a_good_release_is_green_in_a_few_seconds() {
  given_toy_and_the_profile
  given_release 3.0.0
  when_it_runs 3.0.0
  then_answers 3.0.0
  SECONDS=0
  when_gates
  then_green
  ((SECONDS < 15)) || fail "the gates took $SECONDS s"
  given_release 4.0.0 2
  when_it_runs 4.0.0
  then_answers 4.0.0
  then_equal "$(there jq -c .schema "$state/data/state.json")" 2
}

scenario_a_release_that_crashes_is_red() {
  given_toy_and_the_profile
  given_bad_release crash 3.0.0
  when_it_runs 3.0.0
  then_restarts 1
  when_gates
  then_red
  then_gate service failed
}

scenario_a_release_that_dies_is_red_when_the_gates_wait_long_enough() {
  given_toy_and_the_profile
  given_bad_release dies 3.0.0 6
  when_it_runs 3.0.0
  then_ready
  when_gates --soak 10
  then_red
  then_gate service failed
}

scenario_a_release_with_a_broken_plugin_is_red_while_it_says_that_it_is_ready() {
  given_toy_and_the_profile
  given_bad_release plugin 3.0.0
  when_it_runs 3.0.0
  then_answers 3.0.0
  when_gates
  then_red
  then_gate service passed
  then_seen load 'hello failed to load from'
  then_seen plugin:hello '"error"'
  then_gate plugin:other passed
}

scenario_a_release_that_never_listens_is_red_while_systemd_calls_it_active() {
  given_toy_and_the_profile
  given_fast_profile 1 8
  given_bad_release never-listens 3.0.0
  when_it_runs 3.0.0
  then_active
  when_gates
  then_red
  then_gate service passed
  [[ $(verdict listening) != passed && $(verdict port) != passed ]] || fail "something listens"
}

scenario_a_release_that_hangs_is_green_and_does_not_stop() {
  given_toy_and_the_profile
  given_bad_release hangs 3.0.0
  when_it_runs 3.0.0
  then_answers 3.0.0
  when_gates
  then_green
  ctl stop "$unit"
  then_equal "$(property Result)" timeout
}

scenario_a_release_that_migrates_keeps_the_old_one_from_starting() {
  given_toy_and_the_profile
  given_bad_release migrates 3.0.0
  when_it_runs 3.0.0
  then_restarts 1
  when_gates --soak 4
  then_red
  ctl stop "$unit"
  when_waybill rollback
  then_ok
  ctl start "$unit" || true # it may end before systemd has said that it started
  then_journal_will_say 'the state is of schema 2, this is a toy of schema 1'
}
finish
