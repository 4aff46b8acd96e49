# service.sh - a living service that commands start and stop: an act stops it, moves its state and configuration along, judges
# it, and brings all of it back. Where a real systemd is, tests/node has the same for units.
[[ ${own_mounts-} ]] || ((EUID != 0)) || ! unshare --mount true 2>/dev/null ||
  own_mounts=yes exec unshare --mount --propagation private bash "$0" "$@"
. "$(dirname "$0")/../lib.sh"

# ---- the machine: /etc, /var/lib and /run of its own, everything else is this one's ------------------------------------------

given_program() { # VERSION: ./toy
  rm -rf toy
  mkdir -p toy/app/lib toy/plugins/hello
  echo "{\"name\":\"toy\",\"version\":\"$1\"}" >toy/app/package.json
  echo "{\"name\":\"hello\",\"version\":\"$1\"}" >toy/plugins/hello/package.json
  echo "$1" | tee toy/app/lib/main.js >toy/plugins/hello/index.js
  ln -s ../../app toy/plugins/hello/host
}

given_bundle_of() { # VERSION [OPTION]...
  given_program "$1"
  [[ ! -e sick ]] || cp sick toy/app/
  "$WAYBILL" capture --name toy --release "$1" --profile profile.json --core toy/app --plugin hello=toy/plugins/hello \
    --key k.key --unvalidated test --output "$1.waybill" "${@:2}"
}

given_commands() { # ./service start|stop|status; a newer release migrates the state, an older one refuses it
  cat >service <<END
#!/bin/sh
cd $PWD
version=\$(cat opt/app/lib/main.js)
case \$1 in
start)
  [ ! -e refuses ] || exit 3
  [ "\$(cat opt/plugins/hello/index.js) \$(cat opt/plugins/hello/host/lib/main.js)" = "\$version \$version" ] || exit 4
  grep -q "\"\$version\"" state/toy.json || exit 5
  [ "\$(cat state/data/schema)" -le "\${version%%.*}" ] || exit 6
  echo "\${version%%.*}" >state/data/schema
  echo "\$version" >>starts
  : >well
  setsid sleep 1000 </dev/null >/dev/null 2>&1 &
  echo \$! >pid ;;
stop) [ ! -e clings ] || exit 7; kill "\$(cat pid)" && rm pid ;;
status)
  [ ! -e mute ] || kill -9 \$\$
  [ -e pid ] && kill -0 "\$(cat pid)" 2>/dev/null || exit 1
  [ ! -e opt/app/sick ] || [ -e well ] || { kill "\$(cat pid)"; rm pid; } # there when it is asked for the first time
  rm -f well ;;
esac
END
  chmod 755 service
}

given_machine() { # release 1.0.0 runs, and is adopted
  [[ ${own_mounts-} ]] || skip "mounts of its own are not possible here"
  given_keys
  mkdir -p etc/waybill/keys var run opt/plugins state/data state/credentials cache
  grep '^root:' /etc/passwd >etc/passwd
  grep '^root:' /etc/group >etc/group
  cp k.pub etc/waybill/keys/
  trap end_machine EXIT
  mount --bind etc /etc && mount --bind var /var/lib && mount --bind run /run
  jq -n --arg here "$PWD" '{name: "toy", scheme: "semver", variables: [{name: "state", default: ($here + "/state")}],
    state: [{class: "restore", path: "${state}/data"}, {class: "keep", path: "${state}/credentials"}],
    caches: [$here + "/cache"], local: ["/.env"],
    config: [{path: "${state}/toy.json", syntax: "json5", records: [{component: "*", at: "/versions/${component}", value: "\"${version}\""}]}]}' >profile.json
  given_program 1.0.0
  cp -a toy/. opt/
  echo 1 >state/data/schema
  echo token >state/credentials/token
  echo SECRET=1 >opt/app/.env
  printf '{\n  // by hand\n  "versions": {"hello": "1.0.0"}\n}\n' >state/toy.json
  given_commands
  ./service start
  jq -n --arg here "$PWD" '{applications: [{application: "toy", profile: ($here + "/profile.json"), home: "/root",
    components: [{id: "core", kind: "core", path: ($here + "/opt/app")}, {id: "hello", kind: "plugin", path: ($here + "/opt/plugins/hello")}],
    units: [{name: "toy", manager: "command", user: "root", start: [$here + "/service", "start"],
      stop: [$here + "/service", "stop"], status: [$here + "/service", "status"]}]}]}' >etc/waybill/site.json
}

end_machine() {
  umount -l /etc /var/lib /run
  kill "$(cat "$scratch/here/pid")" 2>/dev/null || true
}

when_asking() { when "$INSTALL" "$@"; }
when_going_to() { when "$INSTALL" apply "$1.waybill" --yes --accept-unvalidated "${@:2}"; }

then_runs() { # VERSION: of one release are trees, configuration and state, and the service is up
  then_equal "$(cat opt/app/lib/main.js opt/plugins/hello/index.js | paste -sd' ')" "$1 $1" "the trees"
  grep -qF "\"hello\": \"$1\"" state/toy.json || fail "the configuration is not that of $1: $(cat state/toy.json)"
  grep -qF "// by hand" state/toy.json || fail "the comment is gone"
  then_equal "$(cat state/data/schema)" "${1%%.*}" "the state's schema"
  then_equal "$(cat state/credentials/token) $(cat opt/app/.env)" "token SECRET=1" "what belongs to the node"
  kill -0 "$(cat pid)" || fail "the service is down"
  then_equal "$(tail -n 1 starts)" "$1" "what started last"
}

# ---- stories ----------------------------------------------------------------------------------------------------------------

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

then_audit_of_toy() { when_asking audit; then_ok; }

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
  cat >opt/../starter <<END
#!/bin/sh
grep -q 2.0.0 $PWD/opt/app/lib/main.js && exit 9
exec $PWD/service start
END
  chmod 755 starter
  jq --arg here "$PWD" '.applications[0].units[0].start = [$here + "/starter"]' etc/waybill/site.json >s && cp s etc/waybill/site.json
  when_going_to 2.0.0
  then_system
  then_says "start toy: $PWD/starter exited with 9"
  then_runs 1.0.0
  then_audit_of_toy
}

scenario_who_only_watches_may_be_killed() {
  given_machine
  given_bundle_of 2.0.0
  "$INSTALL" apply 2.0.0.waybill --yes --accept-unvalidated >said 2>&1 &
  local watching=$!
  until [[ $(cat opt/app/lib/main.js) == 2.0.0 ]]; do kill -0 "$watching" || fail "it ended: $(cat said)"; sleep 0.05; done
  kill -9 "$watching"
  until [[ $(jq -r '.outcome // ""' var/waybill/toy/acts/000001.json) ]]; do sleep 0.2; done
  then_runs 2.0.0
  when_asking history
  then_says committed
}

scenario_the_worker_is_killed_and_the_old_release_is_brought_back() {
  given_machine
  given_bundle_of 2.0.0
  "$INSTALL" apply 2.0.0.waybill --yes --accept-unvalidated >said 2>&1 &
  local watching=$!
  until [[ $(cat opt/app/lib/main.js) == 2.0.0 ]]; do kill -0 "$watching" || fail "it ended: $(cat said)"; sleep 0.05; done
  kill -9 "$(pgrep -P "$watching")"
  wait "$watching" && fail "it says that all is well: $(cat said)"
  when_asking recover
  then_ok
  then_runs 1.0.0
  then_audit_of_toy
}

scenario_who_interrupts_gets_the_old_release_back() {
  given_machine
  given_bundle_of 2.0.0
  "$INSTALL" apply 2.0.0.waybill --yes --accept-unvalidated >said 2>&1 &
  local watching=$!
  until [[ $(cat opt/app/lib/main.js) == 2.0.0 ]]; do kill -0 "$watching" || fail "it ended: $(cat said)"; sleep 0.05; done
  kill -INT "$watching"
  wait "$watching" && fail "it says that all is well: $(cat said)"
  then_runs 1.0.0
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
