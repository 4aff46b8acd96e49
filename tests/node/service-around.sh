# service-around.sh - what triggers or needs a service is held as that is, and nothing of the hold is left behind.
. "$(dirname "$0")/slow-acts.sh"

given_unit_file() { put "/etc/systemd/system/$1"; } # NAME: standard input

# needs.service requires the toy, other.service its socket; a timer starts the one each second, a stranger's timer the timer.
given_surroundings() {
  printf '[Unit]\nRequires=%s\nAfter=%s\n[Service]\nExecStart=sleep infinity\n' "$unit" "$unit" | given_unit_file needs.service
  printf '[Timer]\nOnCalendar=*-*-* *:*:*\nAccuracySec=50ms\nUnit=needs.service\n' | given_unit_file often.timer
  printf '[Socket]\nListenStream=/run/toy.sock\nService=%s\n' "$unit" | given_unit_file toy-wake.socket
  printf '[Unit]\nRequires=toy-wake.socket\nAfter=toy-wake.socket\n[Service]\nExecStart=sleep infinity\n' | given_unit_file other.service
  printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart=systemctl start --no-block often.timer needs.service other.service\nExecStart=echo poked\n' | given_unit_file poke.service
  printf '[Timer]\nOnCalendar=*-*-* *:*:*\nAccuracySec=50ms\n' | given_unit_file poke.timer
  ctl daemon-reload
  ctl stop "$unit"
  ctl start toy-wake.socket other.service often.timer poke.timer
  then_ready
  wait_for_all
}
around=(needs.service often.timer toy-wake.socket other.service)
states() { there systemctl is-active "${around[@]}" | paste -sd ' '; }
wait_for_all() {
  local deadline=$((SECONDS + 10))
  until [[ $(states) == 'active active active active' ]]; do ((SECONDS < deadline)) || fail "around it: $(states)"; sleep 0.2; done
}
ours() { there find /etc/systemd -name 'zz-waybill-*'; }
then_no_hold_is_left() {
  then_equal "$(ours)" '' "drop-ins of the act"
  then_equal "$(there systemctl show -P NeedDaemonReload "${around[@]}" "$unit" | grep . | sort -u)" no "the manager's word"
  then_equal "$(there systemctl show -P DropInPaths "${around[@]}" | grep zz-waybill || true)" '' "what the manager has read"
}

watch_around() { # a line in ./seen for each look between the stop and the start
  while [[ ! -e seen.end ]]; do
    there bash -c 'between() { grep -q "\"step\":\"\(switch\|clear\)\"" "$1"/acts/*1.json; }
      between "$1" || exit 0
      said=$(systemctl is-active "${@:2}" | paste -sd " "; systemctl show -P ConditionResult "${@:2}" | grep . | sort -u | paste -sd " ")
      ! between "$1" || echo "$said"' asked "$records" "${around[@]}" 2>/dev/null >>seen || true
  done
}

scenario_nothing_starts_what_is_around_a_held_service() {
  given_service
  given_surroundings
  given_release 3.0.0
  watch_around &
  slowly 900
  when_apply 3.0.0
  touch seen.end
  wait
  then_ok
  then_answers 3.0.0
  sort seen | uniq -c
  grep -q inactive seen || fail "nothing was seen"
  then_equal "$(grep active seen | sort -u)" 'inactive inactive inactive inactive' "around a held service"
  then_equal "$(act '.acts[0].units | map(select(.hold) | .name) | sort')" '["needs.service","often.timer","other.service","toy-wake.socket"]'
  wait_for_all
  then_no_hold_is_left
  then_nothing_is_left
  given_bad_release plugin 4.0.0
  by_root
  when_apply 4.0.0
  then_status 7
  wait_for_all
  then_no_hold_is_left
  when_back
  then_ok
  then_answers 2.0.0
  wait_for_all
  then_no_hold_is_left
}

scenario_who_is_killed_while_it_is_held_leaves_no_hold_to_recovery() {
  given_service
  given_surroundings
  given_release 3.0.0
  before=$(state_now)
  slowly 600
  by_root
  local step
  for step in $(sampled switch outcome); do
    [[ $step != stage && $step != snapshot ]] || continue
    start_applying
    wait_for_step "$step"
    kill_both
    wait "$applying" || true
    [[ $step != switch ]] || [[ $(ours) ]] || fail "there was no hold"
    when_waybill_install recover
    then_ok
    then_one_of_both_answers
    wait_for_all
    then_no_hold_is_left
    then_nothing_is_left
    ready_again
  done
  when_waybill_install adopt --profile /stick/adopted.json --undo
  then_ok
  then_equal "$(there find /etc/systemd -name '*waybill*')" ''
}

given_namesake() { # dora has a unit of that name, too, and it holds the port that claw's is to have; $theirs
  there useradd --create-home --shell /bin/bash dora
  printf '[Service]\nExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 %s\n' "$port" | put "/home/dora/.config/systemd/user/$unit"
  there chown -R dora: /home/dora
  theirs=(node user "$machine" dora systemctl --user)
  "${theirs[@]}" daemon-reload
}

scenario_another_users_unit_of_the_same_name_is_a_stranger() {
  given_service given_user_service
  given_namesake
  given_release 3.0.0
  ctl stop "$unit"
  "${theirs[@]}" start "$unit"
  local deadline=$((SECONDS + 10))
  until [[ $(listener) ]]; do ((SECONDS < deadline)) || fail "nobody listens"; sleep 0.2; done
  when_apply 3.0.0
  then_refused
  then_says "the port belongs to somebody else" "of user dora"
  "${theirs[@]}" stop "$unit"
  there sed -i "s/$port/18790/" "/home/dora/.config/systemd/user/$unit"
  "${theirs[@]}" daemon-reload
  "${theirs[@]}" start "$unit"
  ctl start "$unit"
  then_ready
  local pid
  pid=$("${theirs[@]}" show -P MainPID "$unit")
  when_apply 3.0.0
  then_ok
  then_answers 3.0.0
  then_last '[.outcome, .proven, (.units | map(.user))]' '["committed",true,["claw"]]'
  then_equal "$("${theirs[@]}" show -P MainPID "$unit")" "$pid" "dora's own process"
}
finish
