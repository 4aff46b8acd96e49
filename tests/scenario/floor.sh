# floor.sh - a node does not go back unless it is told to: the highest release that was ever committed is remembered.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

then_floor_is() { # SEQUENCE
  when_asking_for status "${@:2}"
  then_json .floor "$1"
}

then_untrusted_everywhere() { # BUNDLE TEXT [OPTION]...: plan, stage and apply say no, and the node is as it was
  local command
  given_listing edge before
  for command in plan stage; do
    when "$INSTALL" $command "$1" --public k.pub --root edge "${@:3}"
    then_untrusted
    then_says "$2"
  done
  when_applying "$1" "${@:3}"
  then_untrusted
  then_says "$2"
  then_listing_is edge before
}

scenario_an_older_sequence_is_refused_by_every_command() {
  given_installed 1 2 3
  when_updating 3.waybill
  then_untrusted_everywhere 2.waybill "sequence 2 is older than 3"
  then_floor_is 3
}

scenario_an_equal_number_with_another_manifest() {
  given_installed 1 2
  given_bundle 2b --sequence 2
  when_updating 2.waybill
  then_untrusted_everywhere 2b.waybill "sequence 2 was installed here with another manifest"
  when_updating 2b.waybill --accept-downgrade
  then_equal "$(cat edge/opt/demo/app/lib/core.js)" "core 2b"
  then_floor_is 2
}

scenario_the_very_same_bundle_is_admitted() {
  given_installed 1 2
  when_updating 2.waybill
  when_updating 2.waybill --json
  then_json .changed false
  echo drift >>edge/opt/demo/app/lib/core.js
  when_updating 2.waybill --json
  then_json .changed true
  then_installed 2
}

scenario_the_very_same_bundle_is_admitted_after_a_rollback() {
  given_installed 1 2
  when_updating 2.waybill
  when_rolling_back
  then_ok
  when_updating 2.waybill
  then_installed 2
}

scenario_what_is_installed_is_admitted_though_it_is_below() {
  given_installed 1 2
  when_updating 2.waybill
  when_updating 1.waybill --accept-downgrade
  when_updating 1.waybill --json
  then_json .changed false
  echo drift >>edge/opt/demo/app/lib/core.js
  when_updating 1.waybill
  then_installed 1
  then_floor_is 2
}

scenario_going_below_once_does_not_lower_it() {
  given_installed 1 2 3
  when_updating 3.waybill
  when_updating 1.waybill --accept-downgrade
  then_floor_is 3
  then_untrusted_everywhere 2.waybill "sequence 2 is older than 3"
}

scenario_neither_rollback_nor_prune_lowers_it() {
  given_installed 1 2 3
  when_updating 3.waybill
  when_rolling_back
  then_floor_is 3
  when "$INSTALL" prune --root edge --keep 1 --days 0
  then_ok
  then_floor_is 3
  then_untrusted_everywhere 2.waybill "sequence 2 is older than 3"
}

scenario_what_was_never_committed_does_not_raise_it() {
  given_installed 1 2 3
  when "$INSTALL" plan 3.waybill --public k.pub --root edge
  when "$INSTALL" stage 3.waybill --public k.pub --root edge
  then_ok
  then_floor_is 1
  when "$INSTALL" stage --discard --root edge
  then_floor_is 1
  given_keys other
  when "$INSTALL" apply 3.waybill --public other.pub --root edge --yes
  then_untrusted
  if command -v strace >/dev/null; then
    export ASAN_OPTIONS=detect_leaks=0
    kill_at renameat2 1 "${applying_3[@]}" || fail "not reached"
    when_recovering
    then_ok
  fi
  then_floor_is 1
  when_updating 2.waybill
  then_installed 2
}

scenario_each_instance_has_its_own() {
  given_installed 1 2
  when_updating 2.waybill
  local b=(--name demo --instance b) c=(--name demo --instance c)
  when_updating 1.waybill "${b[@]}" --target core=/srv/b/app --target hello=/srv/b/plugins/hello
  then_floor_is 1 "${b[@]}"
  then_floor_is 2 --name demo
  when_updating 2.waybill "${b[@]}"
  then_untrusted_everywhere 1.waybill "sequence 1 is older than 2" "${b[@]}"
  when_updating 1.waybill "${c[@]}" --target core=/srv/c/app --target hello=/srv/c/plugins/hello
  then_floor_is 1 "${c[@]}"
}

scenario_each_application_has_its_own() {
  given_installed 1 2
  when_updating 2.waybill
  "$WAYBILL" capture --name another --release 1 --core app --key k.key --output another.waybill --unvalidated test
  when_updating another.waybill --target core=/srv/another
  then_floor_is 1 --name another
  then_floor_is 2 --name demo
}

finish
