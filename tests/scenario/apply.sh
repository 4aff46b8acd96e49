# apply.sh - what apply does to a node, and what it leaves alone.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

scenario_a_first_install() {
  given_releases 1
  when_installing 1.waybill --json
  then_json '.changed, .release' $'true\n"1"'
  then_installed 1
  then_audit_is_clean
  then_equal "$(stat -c '%a' edge/opt/demo/app)" 755 "mode of a first install"
}

scenario_an_update_needs_no_targets() {
  given_installed 1 2
  when_updating 2.waybill
  then_installed 2
  then_audit_is_clean
  then_nothing_staged
}

scenario_an_update_over_a_foreign_tree_keeps_the_owner_and_mode_of_its_top() {
  needs_root
  given_releases 1
  mkdir -p edge/opt/demo edge/opt/demo/plugins
  cp -a captured/1/app edge/opt/demo/app
  echo foreign >edge/opt/demo/app/foreign
  chmod 0700 edge/opt/demo/app
  chown -R 4711:4712 edge/opt/demo/app
  when_installing 1.waybill
  then_installed 1
  then_equal "$(stat -c '%a %u:%g' edge/opt/demo/app)" "700 4711:4712" top
  then_equal "$(find edge/opt/demo/app ! -user 4711 -o ! -group 4712)" "" "not given to the owner"
  then_audit_is_clean
  when_rolling_back
  then_ok
  then_there edge/opt/demo/app/foreign
}

scenario_only_one_component() {
  given_installed 1 2
  when_updating 2.waybill --only core
  then_same_tree captured/2/app edge/opt/demo/app
  then_same_tree captured/1/plugins/hello edge/opt/demo/plugins/hello
  when_updating 2.waybill
  then_installed 2
}

scenario_all_but_one_component() {
  given_installed 1 2
  when_updating 2.waybill --without core
  then_same_tree captured/1/app edge/opt/demo/app
  then_same_tree captured/2/plugins/hello edge/opt/demo/plugins/hello
}

scenario_a_component_without_a_target_is_carried_and_not_installed() {
  given_releases 1
  when_applying 1.waybill --target core=/opt/demo/app
  then_ok
  then_says "carried, not installed"
  then_absent edge/opt/demo/plugins
}

scenario_a_plugin_alone_needs_what_it_refers_to() {
  given_releases 1
  mkdir edge
  when_applying 1.waybill --target hello=/opt/demo/plugins/hello
  then_refused
  then_says "host" "core"
}

scenario_applying_again_changes_nothing() {
  given_installed 1
  given_listing edge before
  when_updating 1.waybill --json
  then_json .changed false
  then_listing_is edge before
}

scenario_drift_is_put_right() {
  given_installed 1
  echo drift >>edge/opt/demo/app/lib/core.js
  rm edge/opt/demo/app/lib/same.js
  touch edge/opt/demo/app/extra
  when_auditing
  then_differs
  then_says lib/core.js lib/same.js extra
  when_updating 1.waybill
  then_installed 1
  then_audit_is_clean
}

scenario_plan_changes_nothing() {
  given_installed 1 2
  given_listing edge before
  when "$INSTALL" plan 2.waybill --public k.pub --root edge --json
  then_ok
  then_json '[.components[].change]' '["update","update"]'
  then_listing_is edge before
  when "$INSTALL" plan 2.waybill --public k.pub --root elsewhere --json "${targets[@]}"
  then_absent elsewhere
}

scenario_without_yes_and_without_a_terminal_nothing_happens() {
  given_installed 1 2
  given_listing edge before
  when "$INSTALL" apply 2.waybill --public k.pub --root edge </dev/null
  then_status 2
  then_listing_is edge before
}

scenario_staging_is_never_inside_the_directory_of_a_plugin() {
  given_installed 1 2
  when_updating 2.waybill
  then_absent edge/opt/demo/plugins/.waybill
  then_equal "$(ls -A edge/opt/demo/plugins)" hello "beside the plugin"
}

scenario_an_ancestor_that_is_a_link_is_followed_once() {
  given_releases 1 2
  mkdir -p edge/data/real
  mkdir -p edge/opt
  ln -s /data/real edge/opt/demo
  when_installing 1.waybill
  then_same_tree captured/1/app edge/data/real/app
  then_equal "$(readlink edge/opt/demo)" /data/real
  when_updating 2.waybill
  then_same_tree captured/2/app edge/data/real/app
  then_audit_is_clean
}

scenario_a_target_that_is_a_link_is_resolved_to_what_it_leads_to() {
  given_releases 1
  mkdir -p edge/opt/demo/app-old
  echo old >edge/opt/demo/app-old/old
  ln -s app-old edge/opt/demo/app
  when_installing 1.waybill
  then_same_tree captured/1/app edge/opt/demo/app-old
  then_equal "$(readlink edge/opt/demo/app)" app-old
}

scenario_several_instances_on_one_node() {
  given_installed 1 2
  when_applying 2.waybill --name demo --instance b --target core=/srv/b/app --target hello=/srv/b/plugins/hello
  then_ok
  then_installed 1
  then_same_tree captured/2/app edge/srv/b/app
  when_auditing
  then_status 2 "which instance was not said"
  when_auditing --name demo --instance b
  then_ok
}

scenario_the_command_that_goes_back_is_printed_as_it_must_be_typed() {
  given_releases 1 2
  local instance line
  for instance in a b; do
    when "$INSTALL" apply 1.waybill --public k.pub --root "an edge" --yes --name demo --instance $instance \
      --target core=/srv/$instance/app --target hello=/srv/$instance/plugins/hello
    then_ok
  done
  line=$(sed -n 's/.*back with: waybill-install //p' "$scratch/stdout")
  when bash -c "'$INSTALL' $line"
  then_ok
  then_absent "an edge/srv/b/app"
  then_there "an edge/srv/a/app"
}

scenario_the_umask_of_the_caller_does_not_matter() {
  given_releases 1
  (umask 077 && when_installing 1.waybill)
  then_installed 1
}

given_twin_bundle() { # RELEASE SEQUENCE
  given_twin "$1" "$1"
  "$WAYBILL" capture --name openclaw --release "$1" --core "$1/core" --plugin dingtalk="$1/plugins/dingtalk" \
    --plugin wecom="$1/plugins/wecom" --key k.key --output "$1.waybill" --unvalidated test --sequence "$2"
}

scenario_a_tree_like_the_real_one_arrives_whole() {
  local old=2026.3.13 new=2026.3.23-2 at=/home/x/extensions
  given_keys
  given_twin_bundle $old 1
  given_twin_bundle $new 2
  when_applying $old.waybill --target core=/opt/app --target dingtalk=$at/dingtalk --target wecom=$at/wecom
  then_ok
  when_updating $new.waybill
  then_same_tree $new/core edge/opt/app
  then_same_tree $new/plugins/dingtalk edge$at/dingtalk
  then_equal "$(readlink edge$at/wecom/node_modules/openclaw)" ../../../../../opt/app
  then_equal "$(find edge/opt/app edge$at -type f -links +1)" "" "hard links"
  then_audit_is_clean
  when_rolling_back --name openclaw
  then_same_tree $old/core edge/opt/app
}

finish
