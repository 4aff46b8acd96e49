# service-cut.sh - the power goes in a step: the next boot brings the service up whole, old or new, and closes the act.
. "$(dirname "$0")/slow-acts.sh"

while_it_is_off() { # COMMAND...: in the root of the machine that was cut
  local holder
  holder=$(<"$scratch/nodes/$machine/holder")
  nsenter --mount="/proc/$holder/ns/mnt" bash -c 'cd "$1" && "${@:2}"' off "$scratch/nodes/$machine/root" "$@"
}

cut_in() { # STEP, which is what the record on the disk still says
  start_applying
  wait_for_step "$1"
  when_power_is_cut
  wait "$applying" || true
  then_equal "$(while_it_is_off jq -r .step ".$records/acts/${record##*/}")" "${1/outcome/commit}" "the step of the record"
}

scenario_a_cut_in_any_step_is_finished_by_the_next_boot() {
  given_slow_service
  local step outcome
  for step in $(sampled snapshot settle switch gates); do
    cut_in "$step"
    when_booting
    if [[ $step == stage || $step == snapshot ]]; then then_active; fi
    then_it_is_finished 60
    then_one_of_both_answers
    outcome=$(last '[.outcome, .proven]')
    [[ $outcome == '["undone",true]' || ($step == outcome && $outcome == '["committed",true]') ]] || fail "$step: $outcome"
    then_nothing_is_left
    ready_again
  done
}

# The root of these machines is an overlay: nothing but a mark tells there which tree is which once its content has changed.
scenario_a_release_that_writes_into_its_own_tree_is_undone_by_the_next_boot() {
  given_slow_service
  start_applying
  wait_for_step gates
  echo "written by 3.0.0" | put "$core/cache.txt"
  echo "written by 3.0.0" | put "$extensions/hello/cache.txt"
  when_power_is_cut
  wait "$applying" || true
  when_booting
  then_it_is_finished 60
  then_one_of_both_answers
  then_last '[.outcome, .proven]' '["undone",true]'
  there test ! -e "$core/cache.txt"
  then_nothing_is_left
}

scenario_a_cut_during_the_recovery_is_finished_by_the_boot_after_it() {
  settle=5
  given_slow_service
  cut_in switch
  when_booting
  wait_for_step_of_recovery prove
  when_power_is_cut
  when_booting
  then_it_is_finished 60
  then_one_of_both_answers
  then_last '[.outcome, .proven]' '["undone",true]'
  then_nothing_is_left
}
wait_for_step_of_recovery() {
  local deadline=$((SECONDS + 30))
  until [[ $(step_now) == "$1 " ]]; do
    ((SECONDS < deadline)) || fail "no $1 after the boot: $(step_now)"
    sleep 0.05
  done
}

scenario_a_users_service_is_recovered_at_a_boot_by_root() {
  given_slow_service given_user_service
  cut_in switch
  when_booting
  then_it_is_finished 60
  then_one_of_both_answers
  then_last '[.outcome, .proven]' '["undone",true]'
  then_nothing_is_left
}

scenario_a_users_unit_has_its_drop_ins_back_before_its_manager_is_up() {
  given_service given_user_service
  jq '.dropins = [{name: "more.conf", unit: "${unit}", lines: ["[Service]", "Environment=MORE=1"]}]' toy-fast.profile.json >more.json
  mv more.json toy-fast.profile.json
  given_release 3.0.0
  before=$(state_now)
  slowly 600
  by_root
  cut_in clear
  when_booting
  then_ok
  then_it_is_finished 60
  then_one_of_both_answers
  then_last '[.outcome, .proven]' '["undone",true]'
  then_equal "$(there find /etc/systemd /home/claw/.config/systemd -name more.conf)" ''
  then_equal "$(there systemctl show -P ExecMainStatus waybill-recover.service)" 0 "the early recovery"
  then_nothing_is_left
}

scenario_a_users_own_act_is_recovered_at_a_boot_by_that_user() {
  given_slow_service given_user_service by_user
  cut_in switch
  when_booting
  then_it_is_finished 60
  then_one_of_both_answers
  then_last '[.outcome, .proven]' '["undone",true]'
  then_nothing_is_left
}

scenario_a_service_that_cannot_be_recovered_stays_held_until_a_person_has_helped() {
  given_slow_service
  given_a_strange_tree_at_the_next_boot
  cut_in clear
  when_booting
  then_ok
  then_equal "$(property ActiveState)" inactive "$unit"
  then_equal "$(property ConditionResult)" no "$unit"
  ctl start "$unit"
  then_equal "$(property ActiveState)" inactive "$unit"
  when_waybill_install status
  then_says "UNFINISHED: act 1 stopped at clear" "HELD: the units do not start"
  when_waybill_install recover
  then_status 8
  then_says "core" "$core"
  then_held
  there bash -c 'rmdir "$1" && mv /root/aside "$1"' back "$core"
  when_waybill_install recover
  then_ok
  then_one_of_both_answers
  then_nothing_is_left
}
scenario_what_a_boot_could_not_recover_is_recovered_when_it_can_be() {
  given_slow_service
  given_a_strange_tree_at_the_next_boot
  cut_in clear
  when_booting
  then_ok
  then_held
  there bash -c 'rm -rf "$1" && mv /root/aside "$1"' back "$core"
  then_it_is_finished 60
  then_one_of_both_answers
  then_last '[.outcome, .proven]' '["undone",true]'
  then_nothing_is_left
}

given_a_strange_tree_at_the_next_boot() { # somebody puts a tree of his own where the program was: before anything of the boot
  printf '[Unit]\nDefaultDependencies=no\nBefore=waybill-recover.service\n[Service]\nType=oneshot\nExecStart=/bin/sh -c "[ -e /root/aside ] || { mv %s /root/aside && mkdir %s; }"\n[Install]\nWantedBy=sysinit.target\n' "$core" "$core" |
    put /etc/systemd/system/strange.service
  ctl enable strange.service
  before=$(state_now)
}
finish
