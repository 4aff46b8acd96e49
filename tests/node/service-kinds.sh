# service-kinds.sh - what a release can bring beside trees, and services that are not systemd's.
. "$(dirname "$0")/acts.sh"

scenario_a_checkpoint_is_gone_back_to_after_somebody_worked_by_hand() {
  given_service
  when_there waybill-install checkpoint --reason 'before npm'
  then_ok
  then_says 'restore point 1 holds toy'
  then_answers "$new"
  there bash -c 'echo "// by hand" >>"$1/dist/index.js" && rm "$1/dist/plugins.js"' spoil "$core"
  there bash -c 'jq ".schema = 7" "$1/data/state.json" >/root/state && cat /root/state >"$1/data/state.json"' spoil "$state"
  there systemctl restart "$unit" || true
  when_there waybill-install rollback --to 1
  then_ok
  then_answers "$new"
  ! there grep -q 'by hand' "$core/dist/index.js" || fail "the tree is not what it was"
  then_equal "$(there jq .schema "$state/data/state.json")" 1 "the state's schema"
  when_there waybill-install history
  then_says checkpoint 'before npm'
}

scenario_a_release_brings_its_own_interpreter_and_takes_it_away_again() {
  given_service
  local before
  before=$(there b2sum <"$node_binary")
  mkdir -p own/bin
  cp "$node_binary" own/bin/node
  given_release_trees 3.0.0
  capture_release 3.0.0 --runtime own
  when_apply 3.0.0
  then_ok
  then_says 'runtime: carried, not installed'
  given_release_trees 4.0.0
  capture_release 4.0.0 --runtime own
  when_apply 4.0.0 --add runtime
  then_ok
  then_answers 4.0.0
  then_equal "$(there readlink "/proc/$(property MainPID)/exe")" /opt/waybill/toy/runtime/bin/node
  then_equal "$(there cat "$interpreter" | b2sum)" "$before" "the interpreter that was there"
  when_there waybill-install rollback
  then_ok
  then_answers 3.0.0
  then_equal "$(there readlink "/proc/$(property MainPID)/exe")" "$interpreter"
  there test ! -e "$unit_path.d/waybill-runtime.conf"
}

scenario_what_is_kept_must_not_lie_in_what_is_restored() { # a rollback would bring both
  given_service
  jq '.state = [{class: "restore", path: "${state}/data"}, {class: "keep", path: "${state}/data/keys"}]' toy-fast.profile.json >more.json
  mv more.json toy-fast.profile.json
  given_release 3.0.0
  when_apply 3.0.0
  then_refused
  then_says "the state /root/.toy/data/keys is to be kept and lies in /root/.toy/data"
  then_answers "$new"
}

scenario_a_cache_that_cannot_be_cleared_stops_an_act_and_not_the_service() {
  given_service
  jq '.caches += ["/srv/cache/toy"]' toy-fast.profile.json >more.json
  mv more.json toy-fast.profile.json
  given_release 3.0.0
  before=$(state_now)
  echo stale | put /srv/cache/toy/file
  there bash -c 'mount --bind /srv/cache /srv/cache && mount -o remount,ro,bind /srv/cache'
  when_apply 3.0.0
  then_status 3
  then_says "Read-only file system" "undone, the old release is in place"
  then_answers "$new"
  then_unchanged_since "$before"
  then_nothing_is_left
}

given_service_of_commands() { # a daemon that two scripts start and stop; the site file says so
  printf '%s\n' '#!/bin/sh' "cd $core && setsid $interpreter dist/index.js gateway --port $port </dev/null >/root/daemon.log 2>&1 &" \
    'echo $! >/run/toy.pid' | put /usr/local/bin/toy-start 755
  printf '%s\n' '#!/bin/sh' 'kill "$(cat /run/toy.pid)"' | put /usr/local/bin/toy-stop 755
  printf '%s\n' '#!/bin/sh' 'kill -0 "$(cat /run/toy.pid)"' | put /usr/local/bin/toy-status 755
  jq -n --arg core "$core" '{applications: [{application: "toy", profile: "/root/toy.profile", home: "/root",
    components: [{id: "core", kind: "core", path: $core}],
    units: [{name: "toy", manager: "command", user: "root", start: ["/usr/local/bin/toy-start"], stop: ["/usr/local/bin/toy-stop"],
      status: ["/usr/local/bin/toy-status"]}]}]}' | put /etc/waybill/site.json
}

given_commands() {
  given_machine
  install_global toy
  place_plugins "${plugins[@]}"
  given_fast_profile
  given_installer
  put /root/toy.profile <toy-fast.profile.json
  given_service_of_commands
  there setsid -f /usr/local/bin/toy-start
  then_ready
  given_release 3.0.0
}

scenario_a_service_whose_status_nobody_tells_is_not_touched() { # its stop could not be believed, nor its release judged
  given_commands
  there bash -c 'jq "del(.applications[].units[].status)" "$1" >/root/site && cat /root/site >"$1"' site /etc/waybill/site.json
  when_logged_in waybill-install apply /stick/3.0.0.waybill --public /stick/k.pub --yes
  then_refused
  then_says '"status"'
  then_answers "$new"
}

scenario_a_service_without_a_manager_is_stopped_and_started_by_its_commands() {
  given_commands
  when_logged_in waybill-install apply /stick/3.0.0.waybill --public /stick/k.pub --yes
  then_ok
  then_answers 3.0.0
  given_bad_release crash 4.0.0
  when_logged_in waybill-install apply /stick/4.0.0.waybill --public /stick/k.pub --yes
  then_status 7
  then_answers 3.0.0
  when_logged_in waybill-install rollback
  then_ok
  then_answers "$new"
}
scenario_a_rollback_to_what_was_never_well_is_as_it_was() { # the old release has a plugin that it cannot load
  given_machine
  choose toy
  install_global toy
  place_plugins "${plugins[@]}"
  there touch "$extensions/hello/broken"
  given_unit "$interpreter $core/dist/index.js gateway --port $port"
  when_started
  then_ready
  by_root
  given_adopted
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  then_equal "$(last '[.baseline.verdict, .evidence.verdict]')" '["failed","passed"]'
  when_back
  then_ok
  then_answers "$new"
  there test -e "$extensions/hello/broken"
  then_last '[.kind, .outcome, .proven]' '["rollback","committed",true]'
  # what was red before is asked, told, and neither waited for nor held against it
  then_last '[.evidence.verdict, (.evidence.gates[] | select(.name == "load") | .verdict, .required)]' '["passed","failed",false]'
}
finish
