# service-dropin.sh - a unit file that travels with the release comes, goes and is undone with it.
. "$(dirname "$0")/slow-acts.sh"

given_service_with_dropin() { # [FIXTURE] [by_...]: 3.0.0 brings one, with a variable
  given_service "$@"
  jq '.dropins = [{name: "toy-lane.conf", unit: "${unit}", lines: ["[Service]", "Environment=TOY_LANE=${core}"]}]' toy-fast.profile.json >with.json
  mv with.json toy-fast.profile.json
  before=$(state_now)
}
lane() { there bash -c 'tr "\0" "\n" <"/proc/$1/environ" | sed -n "s/^TOY_LANE=//p"' lane "$(main_pid)"; }
dropin_files() { there find /etc/systemd /home -xdev -name toy-lane.conf 2>/dev/null || true; }

then_is_as_before() {
  then_answers 2.0.0
  then_equal "$(lane)" '' "the variable of 3.0.0"
  then_equal "$(dropin_files)" ''
  then_equal "$(property NeedDaemonReload)" no
  then_unchanged_since "$before"
  then_nothing_is_left
}

then_comes_and_goes() {
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  then_answers 3.0.0
  then_equal "$(lane)" "$core" "the variable of 3.0.0"
  then_equal "$(property NeedDaemonReload)" no
  when_back
  then_ok
  then_is_as_before
  given_bad_release plugin 4.0.0
  when_apply 4.0.0
  then_status 7
  then_is_as_before
}

scenario_a_drop_in_comes_and_goes_with_its_release() {
  given_service_with_dropin
  then_comes_and_goes
}

scenario_a_drop_in_of_a_users_unit_comes_and_goes_with_its_release() {
  given_service_with_dropin given_user_service by_user
  then_comes_and_goes
}

cut_in_gates() {
  given_release 3.0.0
  slowly 300
  "by_${by/claw/user}"
  start_applying
  wait_for_step gates
  then_equal "$(dropin_files | wc -l)" 1 "drop-ins"
  when_power_is_cut
  wait "$applying" || true
  when_booting
  then_it_is_finished 60
  then_last '[.outcome, .proven]' '["undone",true]'
  then_is_as_before
}

scenario_a_drop_in_is_undone_by_the_boot_after_a_cut() {
  given_service_with_dropin
  cut_in_gates
}

scenario_a_drop_in_of_a_users_unit_is_undone_by_the_boot_after_a_cut() {
  given_service_with_dropin given_user_service
  cut_in_gates
}

scenario_a_drop_in_of_a_users_own_act_is_undone_by_the_boot_after_a_cut() {
  given_service_with_dropin given_user_service by_user
  cut_in_gates
}
finish
