# rollback.sh - back to exactly what was there, without any bundle; twice is not forward.
. "$(dirname "$0")/../lib.sh"

then_history_is() { # JSON-LIST
  when_asking_for history
  then_json '[.acts[] | .kind + " " + .was_release + ">" + .release + " " + .outcome]' "$1"
}

scenario_the_old_trees_are_back_exactly() {
  given_releases 1 2
  when_installing 1.waybill
  chmod 0750 edge/opt/demo/app
  local part
  for part in app plugins/hello; do given_listing "edge/opt/demo/$part" "${part##*/}"; done
  when_updating 2.waybill
  when_rolling_back
  then_ok
  for part in app plugins/hello; do then_listing_is "edge/opt/demo/$part" "${part##*/}"; done
  then_equal "$(stat -c %a edge/opt/demo/app)" 750 "mode of the top"
  then_audit_is_clean
}

scenario_a_foreign_tree_is_back_with_all_that_a_bundle_cannot_carry() {
  given_releases 1
  mkdir -p edge/opt/demo/app/.git edge/opt/demo/plugins
  echo kept >edge/opt/demo/app/.git/x
  ln edge/opt/demo/app/.git/x edge/opt/demo/app/second-name
  mkfifo edge/opt/demo/app/fifo
  chmod 4755 edge/opt/demo/app/second-name
  ln -s /nowhere edge/opt/demo/app/dangling
  given_listing edge/opt/demo before
  when_installing 1.waybill
  when_rolling_back
  then_ok
  rm -rf edge/opt/demo/.waybill
  then_listing_is edge/opt/demo before
}

scenario_twice_does_not_bring_the_bad_release_back() {
  given_history_of 1 2
  when_rolling_back
  then_ok
  then_installed 1
  when_rolling_back
  then_refused
  then_installed 1
}

scenario_three_releases_back_step_by_step() {
  given_history_of 1 2 3
  when_rolling_back
  then_installed 2
  when_rolling_back
  then_installed 1
  then_audit_is_clean
  then_history_is '["apply >1 committed","apply 1>2 committed","apply 2>3 committed","rollback 3>2 committed","rollback 2>1 committed"]'
}

scenario_forward_needs_to_be_said() {
  given_history_of 1 2
  when_rolling_back
  when_rolling_back --to 3
  then_ok
  then_installed 2
  when_rolling_back --to 2
  then_ok
  then_installed 1
}

scenario_after_going_forward_again_the_brake_still_works() {
  given_history_of 1 2
  when_rolling_back
  when_rolling_back --to 3
  then_installed 2
  when_rolling_back
  then_ok
  then_installed 1
}

scenario_a_release_that_was_left_once_is_passed_over() {
  given_history_of 1 2 3
  when_rolling_back
  when_rolling_back --to 4
  then_installed 3
  given_bundle 4 --after 3.waybill
  when_updating 4.waybill
  when_rolling_back
  then_installed 2
}

scenario_a_point_that_is_not_there() {
  given_history_of 1 2
  given_listing edge before
  when_rolling_back --to 99
  then_refused
  when_rolling_back --to x
  then_status 2
  then_listing_is edge before
}

scenario_a_first_install_is_undone() {
  given_history_of 1
  when_rolling_back
  then_ok
  then_absent edge/opt/demo/app
  then_absent edge/opt/demo/plugins/hello
  when_rolling_back
  then_refused
  when_rolling_back --to 2
  then_installed 1
}

scenario_what_somebody_removed_is_brought_back() {
  given_history_of 1 2
  rm -rf edge/opt/demo/plugins edge/opt/demo/app
  when_rolling_back
  then_ok
  then_installed 1
  then_audit_is_clean
}

scenario_dry_run_changes_nothing() {
  given_history_of 1 2
  given_listing edge before
  when_rolling_back --dry-run
  then_ok
  then_says "2 -> 1"
  then_listing_is edge before
}

scenario_an_altered_restore_point_is_refused_by_name() {
  given_history_of 1 2
  echo altered >>edge/opt/demo/.waybill/demo/000002/core/lib/core.js
  given_listing edge before
  when_rolling_back
  then_refused
  then_says lib/core.js --accept-altered
  then_listing_is edge before
  when_rolling_back --accept-altered
  then_ok
  then_there edge/opt/demo/app/lib/only-1.js
}

scenario_a_restore_point_that_was_removed_is_refused() {
  given_history_of 1 2
  rm -rf edge/opt/demo/.waybill/demo/000002/hello
  when_rolling_back
  ((status == 6 || status == 8)) || fail "status $status"
  then_installed 2
}

scenario_status_says_what_is_installed_and_how_to_go_back() {
  given_history_of 1 2
  when_asking_for status
  then_json '[.release, .floor, .back_to, [.components[].target]]' '["2",2,2,["/opt/demo/app","/opt/demo/plugins/hello"]]'
  when_rolling_back
  when_asking_for status
  then_json '[.release, .floor]' '["1",2]'
}

scenario_the_release_that_failed_can_be_replaced_by_the_next() {
  given_history_of 1 2
  given_bundle 3 --after 2.waybill
  when_rolling_back
  when_updating 3.waybill
  then_audit_is_clean
  when_rolling_back
  then_installed 1
}

finish
