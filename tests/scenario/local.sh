# local.sh - files of the node inside an installed tree: in no bundle, carried from tree to tree, and no drift.
. "$(dirname "$0")/../lib.sh"

app=edge/opt/demo/app

given_profile() { # GLOB...: ./profile.json
  jq -cn '{name: "demo", local: $ARGS.positional}' --args "$@" >profile.json
}

given_release() { # VERSION [OPTION]...: a bundle of a fresh app, with the profile
  [[ -e k.key ]] || given_keys
  given_bundle "$1" --sequence "$1" --profile profile.json "${@:2}"
}

given_node_with_local_files() { # releases 1 and 2 that call `state` and *.local.json local; 1 is installed
  given_profile state '*.local.json'
  given_release 1
  given_release 2
  when_installing 1.waybill
  given_local_files
}

given_local_files() {
  mkdir -p "$app/state/private/deep"
  echo '{"a":1}' >"$app/settings.local.json"
  head -c 300000 /dev/urandom >"$app/state/private/deep/db"
  : >"$app/state/empty"
  ln -s private/deep/db "$app/state/current"
  ln -s /nowhere/at/all "$app/state/dangling"
  chmod 600 "$app/settings.local.json"
  chmod 640 "$app/state/private/deep/db"
  chmod 700 "$app/state/private"
  chmod 1770 "$app/state/private/deep"
  ((EUID != 0)) || find "$app/state" ! -type l -exec chown 4711:4712 {} +
  touch -d '2001-02-03 04:05:06.789' "$app/state/private/deep/db" "$app/settings.local.json"
  given_local_listing
}

given_local_listing() {
  given_listing "$app/state" state
  settings=$(settings_now)
}
settings_now() { stat -c '%a %u:%g %s %y' "$app/settings.local.json" && cat "$app/settings.local.json"; }

then_local_files_are_as_they_were() {
  then_listing_is "$app/state" state
  then_equal "$(settings_now)" "$settings" "settings.local.json"
}

then_core_is() { then_equal "$(cat "$app/lib/core.js")" "core $1" "the core"; } # VERSION

scenario_local_files_of_the_canary_stay_there() {
  given_profile '*.local.json' 'state/**' cache
  given_app 1
  mkdir -p app/state/deep app/cache/x app/lib/cache
  touch app/a.local.json app/lib/b.local.json app/state/db app/state/deep/db app/cache/x/y app/lib/cache/z app/local.json
  when_capturing --core app --plugin hello=plugins/hello --profile profile.json --output b.waybill
  then_ok
  when "$WAYBILL" inspect b.waybill --files --json
  then_json '[.files[] | select(.component == "core").path]' \
    '[".","lib","lib/core.js","lib/only-1.js","lib/same.js","local.json","main.js","package.json","state"]'
  then_json '[.manifest.components[].local] | unique' '[["*.local.json","state/**","cache"]]'
}

scenario_they_survive_an_apply_byte_for_byte() {
  given_node_with_local_files
  when_updating 2.waybill
  then_core_is 2
  then_local_files_are_as_they_were
  then_audit_is_clean
  then_nothing_staged
}

scenario_those_of_a_tree_that_was_found_survive_too() {
  given_profile state '*.local.json'
  given_release 1
  mkdir -p $app
  echo found >$app/found
  given_local_files
  when_installing 1.waybill
  then_core_is 1
  then_local_files_are_as_they_were
  then_absent $app/found
}

scenario_they_are_no_drift() {
  given_node_with_local_files
  then_audit_is_clean
  echo more >>"$app/state/empty"
  rm "$app/settings.local.json"
  then_audit_is_clean
  when_updating 1.waybill --json
  then_json .changed false
  when "$INSTALL" plan 2.waybill --public k.pub --root edge
  then_ok
  then_says_not "changed here"
}

scenario_a_repair_leaves_them_alone() {
  given_node_with_local_files
  echo drift >>"$app/lib/core.js"
  when_updating 1.waybill --json
  then_json '[.components[].change]' '["repair","same"]'
  then_core_is 1
  then_local_files_are_as_they_were
}

scenario_a_rollback_takes_the_newest_ones_along() {
  given_node_with_local_files
  when_updating 2.waybill
  echo newer >>"$app/state/private/deep/db"
  echo '{"a":2}' >"$app/settings.local.json"
  rm "$app/state/empty"
  mkdir "$app/state/made-later"
  given_local_listing
  when_rolling_back
  then_ok
  then_core_is 1
  then_local_files_are_as_they_were
  then_audit_is_clean
  when_rolling_back --to 3
  then_ok
  then_core_is 2
  then_local_files_are_as_they_were
}

scenario_what_changes_after_staging_is_carried() {
  given_node_with_local_files
  when "$INSTALL" stage 2.waybill --public k.pub --root edge
  then_ok
  echo newer >>"$app/state/private/deep/db"
  rm -r "$app/state/empty" "$app/state/dangling"
  mkdir "$app/state/made-later"
  given_local_listing
  when "$INSTALL" apply --root edge --yes
  then_ok
  then_core_is 2
  then_local_files_are_as_they_were
  then_audit_is_clean
}

scenario_links_keep_their_owner() {
  needs_root
  given_node_with_local_files
  chown -h 4711:4712 "$app/state/current"
  given_local_listing
  when_updating 2.waybill
  then_local_files_are_as_they_were
}

scenario_directories_keep_their_time() {
  given_node_with_local_files
  touch -d '2001-02-03 04:05:06' "$app/state/private/deep" "$app/state"
  when_updating 2.waybill
  then_equal "$(stat -c %Y "$app/state/private/deep" "$app/state" | uniq)" "$(date -d '2001-02-03 04:05:06' +%s)" "time"
}

then_both_are_there() {
  then_equal "$(cat "$app/lib/a"$'\n'"b.db" "$app/lib/"$'\e\xff'"*? .db")" $'precious\nprecious'
}

scenario_any_name_is_carried_there_and_back() {
  given_profile '*.db'
  given_release 1
  given_release 2
  when_installing 1.waybill
  echo precious >"$app/lib/a"$'\n'"b.db"
  echo precious >"$app/lib/"$'\e\xff'"*? .db"
  when_updating 2.waybill
  then_both_are_there
  when_rolling_back
  then_ok
  then_core_is 1
  then_both_are_there
}

scenario_sockets_and_fifos_are_made_again_by_whoever_made_them() {
  given_node_with_local_files
  mkfifo "$app/state/fifo"
  when_updating 2.waybill
  then_absent "$app/state/fifo"
  then_local_files_are_as_they_were
}

finish
