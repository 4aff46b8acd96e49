# hostile-points.sh - what is kept or waits was changed by somebody: a restore point before a rollback, a staged tree before
# the apply, a listing, a record. Every change is told by name, and nothing is put anywhere.
. "$(dirname "$0")/../lib.sh"
. "$tests/somebody.sh"

point=edge/opt/demo/.waybill/demo/000002

given_restore_point() { # release 2 is installed, 1 is what a rollback brings
  given_somebody
  given_releases 1 2
  when_installing 1.waybill
  when_updating 2.waybill
  mv edge ready
}

# ---- a tree ---------------------------------------------------------------------------------------------------------------

changes=( # what is told, and how it is done
  "core: lib/core.js: content|echo evil >>core/lib/core.js"
  "core: lib/core.js: content|: >core/lib/core.js"
  "core: lib/core.js: mode|chmod 4755 core/lib/core.js"
  "core: lib/core.js: mode|chmod o+w core/lib/core.js"
  "core: lib/core.js: kind|ln -sf $PWD/outside/core/file core/lib/core.js"
  "core: lib/core.js: kind|rm core/lib/core.js; mkfifo core/lib/core.js"
  "core: lib/core.js: missing|rm core/lib/core.js"
  "core: lib/core.js: missing|mv core/lib/core.js core/lib/Core.js"
  "core: main.js: target|ln -sfn ../../../outside core/main.js"
  "core: main.js: kind|rm core/main.js; echo main >core/main.js"
  "core: planted: extra|echo evil >core/planted"
  "core: planted: extra|ln -s /etc/passwd core/planted"
  "core: node_modules: extra|mkdir core/node_modules"
  "core: lib: mode|chmod 2777 core/lib"
  "core: lib: kind|mv core/lib his; ln -s \$OLDPWD/his core/lib"
  "core: .: kind|mv core his; ln -s his core"
  "core: .: missing|rm -rf core"
  "core: .: another tree|mv core his; cp -a hello core"
  "hello: host: target|ln -sfn /etc hello/host"
)

each_change_is_told() { # PREPARE COMMAND...
  local change told
  for change in "${changes[@]}"; do
    told=${change%%|*}
    "$1"
    (cd $point && eval "${change#*|}")
    given_listing edge before
    when timeout 20 "${@:2}"
    ((status == 6 || status == 8)) || fail "${change#*|}: status $status"
    case $told in
      "core: .: "*) then_says "core: " ;; # the tree itself: each command says it in its way
      *) then_says "$told" ;;
    esac
    then_listing_is edge before
    then_outside_is_untouched
  done
}

scenario_each_change_of_a_restore_point_is_told() {
  given_restore_point
  each_change_is_told fresh "$INSTALL" rollback --root edge
  fresh
  when_rolling_back
  then_ok
  then_installed 1
}

staged_anew() {
  when "$INSTALL" stage 2.waybill --public k.pub --root edge
  then_ok
  point=$(find edge/opt/demo/.waybill/demo -mindepth 1 -maxdepth 1 | sort | tail -n 1)
}

scenario_each_change_of_a_staged_tree_is_told() {
  given_somebody
  given_releases 1 2
  when_installing 1.waybill
  each_change_is_told staged_anew "$INSTALL" apply --root edge --yes
  then_installed 1
  staged_anew
  when "$INSTALL" apply --root edge --yes
  then_ok
  then_installed 2
}

given_restore_point_with_local_files() { # they will be carried into the tree that comes back
  given_somebody
  given_keys
  echo '{"name":"demo","local":["lib/*.local"]}' >profile.json
  given_bundle 1 --profile profile.json
  given_bundle 2 --profile profile.json --after 1.waybill
  when_installing 1.waybill
  when_updating 2.waybill
  echo mine >edge/opt/demo/app/lib/file.local
}

scenario_an_altered_point_that_is_accepted_still_leads_nowhere() {
  given_restore_point_with_local_files
  rm -r $point/core/lib
  ln -s "$PWD/outside/core" $point/core/lib
  mkfifo $point/core/fifo
  when timeout 20 "$INSTALL" rollback --root edge --accept-altered
  ((status == 0 || status == 3 || status == 6)) || fail "status $status"
  then_says "core: lib: kind"
  then_outside_is_untouched
  when timeout 20 "$INSTALL" audit --root edge
  then_outside_is_untouched
}

# ---- by who had it before ----------------------------------------------------------------------------------------------------

given_tree_of_somebody() { # and a second name of one of its files, and one that is open
  given_somebody
  given_releases 1 2
  when_installing 1.waybill
  chown -R "$somebody:$somebody" edge/opt/demo/app
  ln edge/opt/demo/app/lib/core.js his/second-name
  chown "$somebody" his/second-name
}

scenario_a_second_name_of_a_kept_file_is_no_way_in() {
  given_tree_of_somebody
  when_updating 2.waybill
  as_somebody sh -c 'echo evil >>his/second-name'
  given_listing edge before
  when_rolling_back
  then_refused
  then_says "core: lib/core.js: content"
  then_listing_is edge before
}

scenario_a_kept_file_that_was_open_is_no_way_in() {
  given_tree_of_somebody
  exec 3>>edge/opt/demo/app/lib/core.js
  when_updating 2.waybill 3>&-
  as_somebody sh -c 'echo evil >&3'
  when_rolling_back 3>&-
  then_refused
  then_says "core: lib/core.js: content"
  then_installed 2
}

# ---- what says how it was ----------------------------------------------------------------------------------------------------

digest_of() { b2sum -l 256 "$1" | cut -d ' ' -f 1; } # FILE

scenario_a_listing_that_was_made_to_fit_is_not_believed() {
  given_restore_point
  fresh
  local file=$point/core/lib/core.js was listings
  was=$(digest_of $file)
  listings=$(grep -l "$was" edge/var/lib/waybill/demo/trees/*)
  sed -i 's/core/evil/' $file
  sed -i "s/$was/$(digest_of $file)/" $listings
  when_rolling_back
  then_status 8
  then_says "was altered"
  then_installed 2
}

scenario_a_record_that_leads_elsewhere_removes_nothing() { # what is below the root stays below it, and no link is followed
  given_restore_point
  local slot
  for slot in /outside/core ../outside/core opt/demo/../../../outside/core opt/link/core; do
    fresh
    ln -s "$PWD/outside" edge/opt/link
    given_record ".components[0].slot = \"$slot\" | del(.outcome) | .step = \"stage\""
    when timeout 20 "$INSTALL" recover --root edge
    ((status == 3 || status == 8 || status == 4)) || fail "$slot: status $status"
    then_outside_is_untouched
    then_installed 2
  done
}

finish
