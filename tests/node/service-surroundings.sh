# service-surroundings.sh - whoever starts an act on a service, and with what around: it does what it always does.
. "$(dirname "$0")/acts.sh"

given_traps() { # in /srv/traps: programs with the names of those that the installer starts
  local name
  there mkdir -p /srv/traps
  for name in systemctl systemd-run busctl journalctl node sh; do
    printf '#!/bin/bash\n: >/tmp/trapped\nexit 1\n' | put "/srv/traps/$name" 755
  done
}
hostile=(env -i PATH=/srv/traps HOME=/nowhere XDG_RUNTIME_DIR=/nowhere XDG_STATE_HOME=/nowhere DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere
  DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere SYSTEMD_PAGER=false SYSTEMD_LOG_LEVEL=debug LC_ALL=de_DE.UTF-8 TZ=Asia/Tokyo
  NODE_OPTIONS=--nothing TMPDIR=/nowhere)

when_hostilely() { # ARGUMENT...: with closed streams, ignored signals, umask 0777 too
  when "${installer[@]}" bash -c 'umask 0777; exec <&- "$@" 9>/dev/null' hostile \
    "${hostile[@]}" "${places[@]}" /usr/bin/env --ignore-signal=CHLD,TERM,PIPE --block-signal=CHLD,TERM /usr/local/bin/waybill-install "$@"
}

hostile_life() {
  given_release 3.0.0
  given_traps
  when_hostilely apply /stick/3.0.0.waybill --public /stick/k.pub --yes --accept-unvalidated
  then_ok
  then_says 'is in place'
  then_says_not 'nobody recovers this act'
  then_says_not 'stays in the control group'
  then_answers 3.0.0
  when_hostilely status --json
  then_json '[.release, .proven, .held]' '["3.0.0",true,false]'
  when_hostilely rollback
  then_ok
  then_answers "$new"
  then_equal "$(last .proven)" true
  there test ! -e /tmp/trapped || fail "a program of the caller's PATH was run"
}

scenario_by_root() {
  places=()
  given_service
  hostile_life
}

scenario_by_a_user_for_his_own_manager() {
  places=(HOME=/home/claw XDG_STATE_HOME=/home/claw/.local/state)
  given_service given_user_service by_user
  hostile_life
}

finish
