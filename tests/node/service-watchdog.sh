# service-watchdog.sh - who finishes an act that nobody finishes: a timer while it lasts, two units at each boot.
. "$(dirname "$0")/acts.sh"

boot_units() { there systemctl is-enabled waybill-recover.service waybill-prove.service 2>/dev/null | paste -sd ' ' || true; }

scenario_two_units_finish_acts_at_boot_from_adopt_to_its_undo() {
  given_service
  then_equal "$(boot_units)" "enabled enabled"
  there systemd-analyze verify --man=no /etc/systemd/system/waybill-recover.service /etc/systemd/system/waybill-prove.service
  when_power_is_cut
  when_booting
  then_ready
  then_equal "$(there systemctl show -P Result waybill-recover.service waybill-prove.service | grep . | sort -u)" success
  then_equal "$(there systemctl show -P ExecMainStatus waybill-recover.service waybill-prove.service | grep . | sort -u)" 0
  [[ $(there systemctl show -P ExecMainStartTimestampMonotonic waybill-recover.service) -gt 0 ]] || fail "it did not run at the boot"
  (($(there systemctl show -P ExecMainExitTimestampMonotonic waybill-recover.service) < $(property ActiveEnterTimestampMonotonic))) ||
    fail "the service was started before recovery had ended"
  when_waybill_install adopt --profile /stick/adopted.json --undo
  then_ok
  then_equal "$(boot_units)" ''
  then_equal "$(there find /etc/systemd -name '*waybill*')" ''
  then_active
}

scenario_a_users_own_units_finish_that_users_acts() {
  given_service given_user_service by_user
  then_equal "$(ctl is-enabled waybill-recover.service waybill-prove.service | paste -sd ' ')" "enabled enabled"
  when_waybill_install adopt --profile /stick/adopted.json --undo
  then_ok
  then_equal "$(there find /home/claw/.config/systemd /etc/systemd -name '*waybill*')" ''
}

scenario_a_timer_that_nobody_has_stopped_ends_with_its_next_run() { # who was to stop it was killed after the commit
  given_service
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  there systemd-run --quiet --collect --unit=waybill-recover-toy --on-active=1s --on-unit-inactive=1s --timer-property=AccuracySec=1s \
    /usr/local/bin/waybill-install recover --unattended --name toy
  local deadline=$((SECONDS + 20))
  while [[ $(our_units) ]]; do
    ((SECONDS < deadline)) || fail "it still runs: $(our_units)"
    sleep 0.5
  done
  then_answers 3.0.0
  then_nothing_is_left
}

scenario_recovery_says_nothing_where_nothing_is_unfinished_and_leaves_others_at_work() {
  given_service
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  local how
  for how in --boot --prove --unattended; do
    when_waybill_install recover "$how"
    then_ok
  done
  there bash -c 'exec 9>"$1/lock" && flock 9 && exec sleep 30' holder "$records" &
  sleep 0.5
  when_waybill_install recover --unattended
  then_ok
  then_says "another waybill-install is at work"
  when_waybill_install recover
  then_refused
}
finish
