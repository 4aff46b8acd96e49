# stage.sh - everything but the switch ahead of time: the stick can go, and what was staged is taken only if it still fits.
. "$(dirname "$0")/../lib.sh"

slots=edge/opt/demo/.waybill/demo

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

given_staged() { # VERSION: beside release 1
  when_staging "$1.waybill"
  then_ok
}

when_staging() { when "$INSTALL" stage "$1" --public k.pub --root edge "${@:2}"; } # BUNDLE [OPTION]...
when_discarding() { when "$INSTALL" stage --discard --root edge; }
when_going_on() { when "$INSTALL" apply --root edge --yes "$@"; }

then_nothing_waits() {
  when_asking_for status
  then_json .staged null
}

scenario_the_bundle_can_go() {
  given_installed 1 2
  given_listing edge/opt/demo/app live
  given_staged 2
  then_listing_is edge/opt/demo/app live
  then_installed 1
  rm 2.waybill k.pub
  when_going_on
  then_ok
  then_installed 2
  then_audit_is_clean
  then_nothing_staged
  when_going_on
  then_status 2
}

scenario_a_first_install_is_staged() {
  given_releases 1
  when_staging 1.waybill "${targets[@]}"
  then_ok
  then_absent edge/opt/demo/app
  rm 1.waybill
  when_going_on
  then_ok
  then_installed 1
  then_audit_is_clean
}

scenario_a_staged_release_is_an_act_that_waits() {
  given_installed 1 2
  given_staged 2
  when_asking_for history
  then_json '[.acts[].outcome]' '["committed","staged"]'
  when_asking_for status
  then_json '[.release, .floor, .staged]' '["1",1,2]'
  then_audit_is_clean
  when_rolling_back --dry-run
  then_there $slots/000002/core
}

scenario_rollback_after_it_works_as_ever() {
  given_installed 1 2
  given_staged 2
  when_going_on
  then_ok
  when_rolling_back
  then_ok
  then_installed 1
  then_audit_is_clean
  when_rolling_back --to 3
  then_installed 2
}

scenario_nothing_staged_is_a_wrong_command() {
  given_installed 1
  given_listing edge before
  when_going_on
  then_status 2
  then_says "nothing is staged"
  when_discarding
  then_refused
  when "$INSTALL" stage --root edge
  then_status 2
  then_listing_is edge before
}

scenario_what_is_installed_and_whole_is_not_staged() {
  given_installed 1
  given_listing edge before
  when_staging 1.waybill --json
  then_ok
  then_json .changed false
  then_listing_is edge before
}

scenario_discard_leaves_nothing_behind() {
  given_installed 1 2
  node_now >before
  given_staged 2
  then_there $slots/000002/core
  when_discarding
  then_ok
  node_now >after
  diff before after || fail "something was left"
  then_absent $slots/000002
  then_nothing_waits
  when_going_on
  then_status 2
  when_updating 2.waybill
  then_installed 2
}

scenario_discard_of_a_first_install_leaves_no_directory() {
  given_releases 1
  when_staging 1.waybill "${targets[@]}"
  then_ok
  then_there $slots/000001/core
  when_discarding
  then_ok
  then_absent edge/opt
  then_equal "$(find edge -name '.waybill')" ""
}

scenario_staging_again_replaces_what_was_staged() {
  given_installed 1 2 3
  given_staged 2
  given_staged 3
  then_absent $slots/000002
  when_going_on
  then_ok
  then_installed 3
  then_nothing_staged
}

scenario_every_other_change_gives_it_up() {
  given_installed 1 2 3
  given_staged 3
  when_updating 2.waybill
  then_absent $slots/000002/core
  then_nothing_waits
  given_staged 3
  when_rolling_back
  then_ok
  then_installed 1
  then_nothing_waits
  then_nothing_staged
}

scenario_how_it_was_staged_cannot_be_changed() {
  given_installed 1 2
  given_staged 2
  local option
  for option in "--target core=/srv/app" "--only core" "--without core" "--plan k.pub"; do
    # shellcheck disable=SC2086
    when_going_on $option
    then_status 2
  done
  when "$INSTALL" apply --root edge </dev/null
  then_status 2
  when_going_on
  then_installed 2
}

finish
