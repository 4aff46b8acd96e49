# local-dirs.sh - local files in directories that the new release does not have, or that are hard to get into.
. "$(dirname "$0")/../lib.sh"

app=edge/opt/demo/app

given_release() { # VERSION [OPTION]...: a bundle of a fresh app in which data/*.db is local
  [[ -e k.key ]] || given_keys
  echo '{"name":"demo","local":["data/*.db"]}' >profile.json
  given_bundle "$1" --sequence "$1" --profile profile.json "${@:2}"
}

given_local_file_in_a_directory_of_the_release() { # release 1 has the directory `data`, 2 has not
  given_release 2
  given_app 1
  mkdir app/data
  echo shipped >app/data/shipped
  when_capturing --core app --plugin hello=plugins/hello --profile profile.json --key k.key --output 1.waybill
  then_ok
  when_installing 1.waybill
  given_local_file
}

given_local_file_in_a_directory_of_its_own() { # neither 1 nor 2 has `data`
  given_release 1
  given_release 2
  when_installing 1.waybill
  mkdir -m 750 $app/data
  given_local_file
}

given_local_file() {
  echo precious >$app/data/a.db
  chmod 600 $app/data/a.db
}

then_local_file_is_there() { # MODE of its directory
  then_equal "$(cat $app/data/a.db) $(stat -c %a $app/data/a.db) $(stat -c %a $app/data)" "precious 600 $1"
}

when_staging_and_going_on() {
  when "$INSTALL" stage 2.waybill --public k.pub --root edge
  then_ok
  when "$INSTALL" apply --root edge --yes
  then_ok
}

scenario_a_directory_that_the_new_release_does_not_have_is_carried() {
  given_local_file_in_a_directory_of_the_release
  when_updating 2.waybill
  then_local_file_is_there 755
  then_absent $app/data/shipped
  when_rolling_back
  then_ok
  then_local_file_is_there 755
  then_equal "$(cat $app/data/shipped)" shipped
  then_audit_is_clean
}

scenario_a_directory_that_only_the_node_has_is_carried() {
  given_local_file_in_a_directory_of_its_own
  when_updating 2.waybill
  then_local_file_is_there 750
}

scenario_what_the_installer_carried_is_no_drift() {
  given_local_file_in_a_directory_of_the_release
  then_audit_is_clean
  when_updating 2.waybill
  then_audit_is_clean
  when_updating 2.waybill --json
  then_json .changed false
}

scenario_what_the_installer_carried_does_not_spoil_what_is_staged() {
  given_local_file_in_a_directory_of_the_release
  when_staging_and_going_on
  then_local_file_is_there 755
}

scenario_a_directory_that_comes_after_staging_is_carried() {
  given_release 1
  given_release 2
  when_installing 1.waybill
  when "$INSTALL" stage 2.waybill --public k.pub --root edge
  mkdir -m 750 $app/data
  given_local_file
  when "$INSTALL" apply --root edge --yes
  then_ok
  then_local_file_is_there 750
}

scenario_a_directory_that_is_empty_now_is_no_drift_either() {
  given_local_file_in_a_directory_of_the_release
  when_updating 2.waybill
  rm $app/data/a.db
  then_audit_is_clean
  mkdir $app/data/deeper $app/lib/more
  then_audit_is_clean
  touch $app/lib/more/file
  when_auditing
  then_differs
  then_says "extra    core lib/more" "extra    core lib/more/file"
}

scenario_a_directory_of_the_release_is_missed() {
  given_local_file_in_a_directory_of_the_release
  chmod 700 $app/data
  when_auditing
  then_differs
  then_says "mode     core data"
  rm -r $app/data
  when_auditing
  then_differs
  then_says "missing  core data" "missing  core data/shipped"
}

scenario_a_directory_of_the_release_that_nobody_can_write_is_filled() {
  needs_root
  needs setpriv
  chmod 711 "$scratch" .
  given_release 2
  mkdir app/data
  touch app/data/shipped
  chmod 555 app/data
  for version in 1 2; do
    "$WAYBILL" capture --name demo --release $version --sequence $version --output $version.waybill --unvalidated test \
      --core app --plugin hello=plugins/hello --key k.key --profile profile.json
    echo more >>app/lib/core.js
  done
  chmod a+r ./*.waybill k.pub
  mkdir edge
  chown 4711:4711 edge
  as_somebody apply 1.waybill "${targets[@]}"
  given_local_file
  chown 4711:4711 $app/data/a.db
  as_somebody apply 2.waybill
  then_local_file_is_there 555
  echo newer >$app/data/a.db
  as_somebody rollback
  then_equal "$(cat $app/data/a.db) $(stat -c %a $app/data)" "newer 555"
  as_somebody audit
}

scenario_directories_that_their_owner_cannot_write_are_carried_too() {
  needs_root
  needs setpriv
  chmod 711 "$scratch" .
  given_keys
  echo '{"name":"demo","local":["state"]}' >profile.json
  given_bundle 1 --profile profile.json
  given_bundle 2 --profile profile.json --sequence 2
  chmod a+r ./*.waybill k.pub
  mkdir edge
  chown 4711:4711 edge
  as_somebody apply 1.waybill "${targets[@]}"
  mkdir -p $app/state/closed/inner
  echo precious >$app/state/closed/inner/file
  chmod 500 $app/state/closed $app/state/closed/inner
  chown -R 4711:4711 $app/state
  given_listing $app/state state
  as_somebody apply 2.waybill
  then_listing_is $app/state state
  as_somebody rollback
  then_listing_is $app/state state
}

as_somebody() { # COMMAND [BUNDLE] [OPTION]...: as a user without any right
  local more=()
  [[ $1 != apply ]] || more=(--public k.pub --yes)
  when setpriv --reuid 4711 --regid 4711 --clear-groups "$INSTALL" "$@" --root edge "${more[@]}"
  then_ok
}

finish
