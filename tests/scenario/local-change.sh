# local-change.sh - a release that changes its mind about which files belong to the node: none of them is lost.
. "$(dirname "$0")/../lib.sh"
EVIL=${EVIL:-$(dirname "$WAYBILL")/tests/evil/evil}

app=edge/opt/demo/app

given_release() { # VERSION GLOB [FILE CONTENT]: a bundle whose local files match GLOB, of an app with one more file
  [[ -e k.key ]] || given_keys
  given_app "$1"
  [[ -z ${3:-} ]] || { mkdir -p "$(dirname "app/$3")" && echo "$4" >"app/$3"; }
  jq -cn '{name: "demo", local: $ARGS.positional}' --args "$2" >profile.json
  "$WAYBILL" capture --name demo --release "$1" --sequence "$1" --core app --plugin hello=plugins/hello --key k.key \
    --profile profile.json --unvalidated test --output "$1.waybill"
}

given_node_with() { # FILE CONTENT: release 1 is installed, the file is the node's
  when_installing 1.waybill
  mkdir -p "$(dirname "$app/$1")"
  echo "$2" >"$app/$1"
}

then_content_is() { then_equal "$(cat "$app/$1")" "$2" "$1"; } # FILE CONTENT

scenario_a_bundle_that_carries_a_local_file_is_refused() {
  [[ -x $EVIL ]] || skip "there is no $EVIL here"
  given_releases 1
  when_installing 1.waybill
  given_listing edge before
  "$EVIL" row-that-is-local k.key evil.waybill
  when_applying evil.waybill
  then_format
  then_says "local files belong to the node"
  then_listing_is edge before
}

scenario_files_that_are_not_local_any_more_come_back_with_their_release() {
  given_release 1 state
  given_release 2 other
  given_node_with state/db precious
  when_updating 2.waybill
  when_rolling_back
  then_ok
  then_content_is state/db precious
}

scenario_a_local_file_that_the_next_release_brings_itself_comes_back_with_the_old_one() {
  given_release 1 settings.json
  given_release 2 other settings.json shipped
  given_node_with settings.json precious
  when_updating 2.waybill
  then_content_is settings.json shipped
  then_audit_is_clean
  when_rolling_back
  then_ok
  then_content_is settings.json precious
}

scenario_a_release_between_that_has_none_does_not_lose_them() {
  given_release 1 state
  given_release 2 other
  given_release 3 state
  given_node_with state/db precious
  when_updating 2.waybill
  when_updating 3.waybill
  then_absent $app/state
  mkdir $app/state
  echo new >$app/state/db
  when_rolling_back --to 2
  then_ok
  then_says "core: 1 local files are not carried on and stay in the displaced tree: state/db"
  then_content_is state/db precious
  then_audit_is_clean
  when_rolling_back --to 4
  then_ok
  then_content_is state/db new
  when_rolling_back --to 2
  then_content_is state/db precious
}

scenario_a_tree_that_was_taken_away_keeps_its_own() {
  given_release 1 state
  given_release 2 state
  given_node_with state/db precious
  rm -r edge/opt/demo/plugins
  mv edge/opt/demo/app moved
  when_updating 2.waybill
  then_absent $app/state
  mkdir $app/state
  echo new >$app/state/db
  when_updating 1.waybill --accept-downgrade
  then_content_is state/db new
  when_rolling_back --to 3
  then_ok
  then_content_is state/db new
}

scenario_what_stays_behind_is_told() {
  given_release 1 state
  given_release 2 'state/keep'
  given_node_with state/db precious
  touch "$app/state/keep" "$app/state/a"$'\n'b
  when "$INSTALL" plan 2.waybill --public k.pub --root edge
  then_ok
  then_says 'core: 2 local files are not carried on and stay in the displaced tree: state/a\x0ab, state/db'
  when_updating 2.waybill
  then_equal "$(ls $app/state)" keep
  when_rolling_back
  then_ok
  then_content_is state/db precious
}

scenario_a_file_of_the_release_that_becomes_local_keeps_what_the_node_made_of_it() {
  given_release 1 other settings.json shipped
  given_release 2 settings.json
  given_node_with settings.json edited
  when_updating 2.waybill
  then_content_is settings.json edited
  then_audit_is_clean
  when_rolling_back
  then_ok
  then_content_is settings.json edited
}

scenario_a_file_in_the_way_of_local_ones_is_refused() {
  given_release 1 'state/*.db' state/shipped x
  given_release 2 'state/*.db' state file
  given_node_with state/a.db precious
  given_listing edge/opt before
  when_applying 2.waybill
  then_refused
  then_says "core: the new tree's state is in the way of the local file state/a.db"
  then_listing_is edge/opt before
}

scenario_one_that_gets_in_the_way_after_staging_is_refused() {
  given_release 1 'state/*.db'
  given_release 2 'state/*.db' state file
  when_installing 1.waybill
  when "$INSTALL" stage 2.waybill --public k.pub --root edge
  then_ok
  mkdir $app/state
  echo precious >$app/state/a.db
  when "$INSTALL" apply --root edge --yes
  then_refused
  then_says "in the way of local files"
  then_content_is state/a.db precious
}

finish
