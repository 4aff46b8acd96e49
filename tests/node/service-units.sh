# service-units.sh - what belongs to a service goes down and comes up with it; what is down stays down; nothing wakes it meanwhile.
. "$(dirname "$0")/slow-acts.sh"

given_unit_file() { put "/etc/systemd/system/$1"; } # NAME: standard input

given_socket_and_timer() { # both start the toy; poke is a stranger's timer that does so too, by a command
  printf '[Socket]\nListenStream=/run/toy.sock\nService=%s\n[Install]\nWantedBy=sockets.target\n' "$unit" | given_unit_file toy-wake.socket
  printf '[Timer]\nOnCalendar=*-*-* *:*:*\nAccuracySec=50ms\nUnit=%s\n' "$unit" | given_unit_file toy-wake.timer
  printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart=systemctl start --no-block %s\nExecStart=echo poked\n' "$unit" | given_unit_file poke.service
  printf '[Timer]\nOnCalendar=*-*-* *:*:*\nAccuracySec=50ms\n' | given_unit_file poke.timer
  ctl daemon-reload
  ctl stop "$unit"
  ctl start toy-wake.socket toy-wake.timer poke.timer
  then_ready
}

# What is asked again and again between the stop and the start; each answer a line in ./held.
watch_the_hold() {
  while [[ ! -e held.end ]]; do
    there bash -c 'between() { grep -q "\"step\":\"\(switch\|clear\)\"" "$2"/acts/*1.json; }
      between "$@" || exit 0
      said=$(systemctl start "$1" && echo "start: exit 0"
        timeout 1 bash -c "exec 3<>/dev/tcp/127.0.0.1/18789" 2>/dev/null && echo listens
        systemctl show -P ActiveState "$1"
        systemctl show -p ConditionResult "$1"
        systemctl is-active toy-wake.socket toy-wake.timer | tr "\n" " "; echo
        journalctl -o cat -u poke.service | grep -c poked)
      ! between "$@" || echo "$said"' asked "$unit" "$records" 2>/dev/null >>held || true
  done
}

scenario_nothing_starts_a_service_that_is_held() {
  given_service
  given_socket_and_timer
  given_release 3.0.0
  local pokes
  watch_the_hold &
  slowly 700
  when_apply 3.0.0
  touch held.end
  wait
  then_ok
  then_answers 3.0.0
  sort held | uniq -c
  grep -q 'start: exit 0' held || fail "it was not tried while it was held"
  then_equal "$(grep -c listens held || true)" 0 "answers of a held service"
  then_equal "$(grep -E '^(active|activating|inactive|failed)$' held | sort -u)" inactive "the state of a held service"
  then_equal "$(grep Condition held | sort -u)" ConditionResult=no
  then_equal "$(grep ' $' held | sort -u)" 'inactive inactive ' "the triggers of a held service"
  pokes=$(grep -xE '[0-9]+' held)
  (($(tail -n 1 <<<"$pokes") > $(head -n 1 <<<"$pokes"))) || fail "the stranger's timer did not fire meanwhile"
  then_equal "$(there systemctl is-active toy-wake.socket toy-wake.timer poke.timer | sort -u)" active "the triggers afterwards"
  then_nothing_is_left
}

given_a_process_that_stays() { # each start leaves one in the control group, which no stop ends
  printf '[Service]\nKillMode=process\nExecStartPost=/usr/bin/setsid -f sleep 600\n' | put "$unit_path.d/stays.conf"
  ctl daemon-reload
  ctl restart "$unit"
  then_ready
}

scenario_what_outlives_its_service_stops_an_act_and_not_the_service() {
  given_service
  given_a_process_that_stays
  given_release 3.0.0
  before=$(state_now)
  when_apply 3.0.0
  then_status 3
  then_says "a process is left in"
  then_answers 2.0.0
  then_unchanged_since "$before"
  then_last '[.outcome, .proven]' '["undone",true]'
  then_nothing_is_left
}

scenario_what_a_failed_release_leaves_running_is_killed_by_the_undo() {
  given_service
  printf '[Service]\nKillMode=process\nExecStartPost=/bin/sh -c "grep -q 4.0.0 %s/package.json && setsid -f sleep 600 || true"\n' "$core" | put "$unit_path.d/stays.conf"
  ctl daemon-reload
  ctl restart "$unit"
  then_ready
  given_bad_release plugin 4.0.0
  before=$(state_now)
  when_apply 4.0.0
  then_status 7
  then_answers 2.0.0
  then_unchanged_since "$before"
  then_equal "$(there pgrep -fx 'sleep 600' || true)" '' "what was left"
  then_nothing_is_left
}

given_dependents() {
  local run='ExecStart=sleep infinity'
  printf '[Unit]\nRequires=%s\nAfter=%s\n[Service]\n%s\n' "$unit" "$unit" "$run" | given_unit_file needs.service
  printf '[Unit]\nRequires=needs.service\nAfter=needs.service\n[Service]\n%s\n' "$run" | given_unit_file needs-that.service
  printf '[Unit]\nBindsTo=%s\nAfter=%s\n[Service]\n%s\n' "$unit" "$unit" "$run" | given_unit_file bound.service
  printf '[Unit]\nPartOf=%s\n[Service]\n%s\n' "$unit" "$run" | given_unit_file part.service
  printf '[Unit]\nRequires=%s\n[Service]\n%s\n' "$unit" "$run" | given_unit_file idle.service
  printf '[Unit]\nWants=%s\n[Service]\n%s\n' "$unit" "$run" | given_unit_file wants.service
  ctl daemon-reload
  ctl start needs.service needs-that.service bound.service part.service wants.service
}
dependents() { there systemctl is-active needs.service needs-that.service bound.service part.service idle.service wants.service | paste -sd ' '; }

scenario_what_requires_a_service_is_started_again_and_what_was_down_stays_down() {
  given_service
  given_dependents
  local as wants
  as=$(dependents) wants=$(there systemctl show -P MainPID wants.service)
  then_equal "$as" 'active active active active inactive active'
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  then_answers 3.0.0
  then_equal "$(dependents)" "$as" "the dependents after an upgrade"
  then_equal "$(there systemctl show -P MainPID wants.service)" "$wants" "what only wants it is left alone"
  given_bad_release plugin 4.0.0
  when_apply 4.0.0
  then_status 7
  then_equal "$(dependents)" "$as" "the dependents after an undo"
  when_back
  then_ok
  then_equal "$(dependents)" "$as" "the dependents after a rollback"
}

scenario_a_service_that_was_stopped_stays_stopped_and_nothing_is_proven() {
  given_service
  given_release 3.0.0
  ctl stop "$unit"
  when_apply 3.0.0
  then_ok
  then_says "did not run before and was not started: nothing is proven"
  then_equal "$(property ActiveState)" inactive
  then_equal "$(there jq -r .version "$core/package.json")" 3.0.0
  then_last '[.outcome, .proven // false]' '["committed",false]'
  when_back
  then_ok
  then_equal "$(property ActiveState)" inactive
  then_nothing_is_left
  ctl start "$unit"
  then_answers 2.0.0
}

given_failed_unit() { # as after too many restarts
  echo | put "$state/told/fail"
  printf '[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst=2\n' | put "$unit_path.d/20-limit.conf"
  ctl daemon-reload
  ctl restart "$unit" || true
  local deadline=$((SECONDS + 30))
  until [[ $(property ActiveState) == failed ]]; do ((SECONDS < deadline)) || fail "it does not fail"; sleep 0.2; done
}

scenario_a_failed_unit_is_started_with_the_new_release() {
  deadline=5
  given_service
  given_failed_unit
  there rm "$state/told/fail"
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  then_answers 3.0.0
  then_last '[.outcome, .proven, .baseline.verdict]' '["committed",true,"failed"]'
}

scenario_a_failed_unit_that_fails_with_the_new_release_too_is_no_worse_than_before() {
  deadline=5
  given_service
  given_failed_unit
  given_release 3.0.0
  when_apply 3.0.0
  then_status 7
  then_equal "$(there jq -r .version "$core/package.json")" 2.0.0
  then_last '[.outcome, .baseline.verdict]' '["undone","failed"]'
  then_nothing_is_left
}
finish
