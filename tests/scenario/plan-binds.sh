# plan-binds.sh - what was approved is what is done: a plan in a file holds `apply` and `stage` to the node it was made on.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

when_planning() { when "$INSTALL" plan "$1" --public k.pub --root edge "${@:2}"; } # BUNDLE [OPTION]...

given_plan() { # BUNDLE [OPTION]...: ./approved
  when_planning "$1" --output approved "${@:2}"
  then_ok
}

then_last_act_has_the_plan() {
  when_asking_for history
  then_json '.acts[-1].plan' "\"$(digest_of approved)\""
}

digest_of() { b2sum -l 256 "$1" | cut -c -64; }

then_plan_is_refused() { # BUNDLE [OPTION]...: nothing but the lock is new
  given_listing edge before
  when_applying "$1" --plan approved "${@:2}"
  then_refused
  then_listing_is edge before
}

# ---- when nothing has changed -------------------------------------------------------------------------------------------

scenario_a_node_that_is_as_it_was_takes_it_and_remembers_its_digest() {
  given_installed 1 2
  given_plan 2.waybill
  when_updating 2.waybill --plan approved
  then_installed 2
  then_last_act_has_the_plan
  then_json '.acts[0] | has("plan")' false
}

scenario_a_first_install_is_bound_too() {
  given_releases 1
  mkdir edge
  given_plan 1.waybill "${targets[@]}"
  when_installing 1.waybill --plan approved
  then_last_act_has_the_plan
  then_installed 1
}

scenario_files_of_the_node_may_change() {
  given_keys
  echo '{"name":"demo","local":["state"]}' >profile.json
  given_bundle 1 --profile profile.json
  given_bundle 2 --profile profile.json --sequence 2
  when_installing 1.waybill
  given_plan 2.waybill
  mkdir edge/opt/demo/app/state
  echo new >edge/opt/demo/app/state/db
  when_updating 2.waybill --plan approved
  then_last_act_has_the_plan
  then_equal "$(cat edge/opt/demo/app/state/db)" new
}

scenario_directories_of_such_files_may_come_and_go() {
  given_keys
  echo '{"name":"demo","local":["data/*.db","shipped/*.db"]}' >profile.json
  given_app 1
  mkdir app/shipped
  when_capturing --core app --plugin hello=plugins/hello --key k.key --profile profile.json --output 1.waybill
  given_bundle 2 --profile profile.json --sequence 2
  when_installing 1.waybill
  given_plan 2.waybill
  mkdir edge/opt/demo/app/data
  touch edge/opt/demo/app/data/a.db edge/opt/demo/app/shipped/a.db
  when_updating 2.waybill --plan approved
  then_there edge/opt/demo/app/data/a.db
  then_there edge/opt/demo/app/shipped/a.db
}

# ---- when something has -------------------------------------------------------------------------------------------------

scenario_another_bundle() {
  given_installed 1 2 3
  given_plan 2.waybill
  then_plan_is_refused 3.waybill
  then_says "the plan is for manifest $(jq -r .manifest approved) (2)" "core: the plan brings another tree" \
    "hello: the plan brings another tree"
}

scenario_another_tree_at_a_target() {
  given_installed 1 2
  given_plan 2.waybill
  echo changed >>edge/opt/demo/app/lib/core.js
  then_plan_is_refused 2.waybill
  then_says "core: what is at /opt/demo/app is not what was there when the plan was made"
  then_says_not "hello:"
}

scenario_another_mode_or_a_file_more() {
  given_installed 1 2
  given_plan 2.waybill
  chmod 700 edge/opt/demo/app/lib
  touch edge/opt/demo/plugins/hello/more
  then_plan_is_refused 2.waybill
  then_says "core: what is at" "hello: what is at"
}

scenario_another_release_was_applied_meanwhile() {
  given_installed 1 2 3
  given_plan 3.waybill
  when_updating 2.waybill
  then_plan_is_refused 3.waybill
  then_says "made after act 1, current is act 2" "core: what is at" "hello: what is at"
}

scenario_there_and_back_again_is_another_node() {
  given_installed 1 2 3
  given_plan 3.waybill
  when_updating 2.waybill
  when_rolling_back
  then_ok
  then_installed 1
  then_plan_is_refused 3.waybill
  then_says "made after act 1, current is act 3"
}

scenario_another_directory() {
  given_releases 1
  mkdir edge
  given_plan 1.waybill "${targets[@]}"
  then_plan_is_refused 1.waybill --target core=/srv/app --target hello=/opt/demo/plugins/hello
  then_says "core: the plan puts it at /opt/demo/app, now it would be at /srv/app"
  then_says_not "hello:"
}

scenario_another_choice_of_components() {
  given_installed 1 2
  given_plan 2.waybill
  then_plan_is_refused 2.waybill --only core
  then_says "hello: the plan says update, now it would be same"
  then_plan_is_refused 2.waybill --without core
  then_says "core: the plan says update, now it would be same"
  rm approved
  given_plan 2.waybill --only core
  then_plan_is_refused 2.waybill
  then_says "hello: the plan says same, now it would be update"
}

scenario_a_component_more_or_less() {
  given_releases 1
  mkdir edge
  given_plan 1.waybill "${targets[@]}"
  then_plan_is_refused 1.waybill --target core=/opt/demo/app
  then_says "hello: in the plan, but not in what would be done now"
  rm approved
  given_plan 1.waybill --target core=/opt/demo/app
  then_plan_is_refused 1.waybill "${targets[@]}"
  then_says "hello: not in the plan, but would be done now"
}

scenario_another_instance() {
  given_installed 1 2
  given_plan 2.waybill
  then_plan_is_refused 2.waybill --name demo --instance b --target core=/srv/app --target hello=/srv/hello
  then_says "the plan is for demo" "this is demo b"
}

finish
