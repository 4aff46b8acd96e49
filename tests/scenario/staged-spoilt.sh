# staged-spoilt.sh - between `stage` and `apply` somebody was here: what is staged is taken only where it still fits and is whole.
. "$(dirname "$0")/../lib.sh"

slot=edge/opt/demo/.waybill/demo/000002

given_staged() { # release 2 beside 1
  given_releases 1 2
  when_installing 1.waybill
  when_staging
}

when_staging() {
  when "$INSTALL" stage 2.waybill --public k.pub --root edge
  then_ok
}

when_going_on() { when "$INSTALL" apply --root edge --yes; }

then_going_on_is_refused() { # TEXT...: the live trees are as they were
  given_listing edge before
  when_going_on
  then_refused
  then_says "$@"
  then_listing_is edge before
}

scenario_another_tree_at_a_target_is_refused() {
  given_staged
  mv edge/opt/demo/app edge/opt/demo/app-before
  cp -a edge/opt/demo/app-before edge/opt/demo/app
  then_going_on_is_refused "core: what is at /opt/demo/app is not what was there when it was staged"
  then_says_not "hello:"
  rm -r edge/opt/demo/app edge/opt/demo/plugins/hello
  then_going_on_is_refused "core: what is at" "hello: what is at"
}

scenario_what_was_edited_meanwhile_is_in_the_restore_point() {
  given_staged
  echo edited >>edge/opt/demo/app/lib/core.js
  given_listing edge/opt/demo/app edited
  when_going_on
  then_ok
  then_installed 2
  when_rolling_back
  then_ok
  then_listing_is edge/opt/demo/app edited
}

scenario_an_altered_staged_tree_is_refused_by_name() {
  given_staged
  echo altered >>$slot/core/lib/core.js
  chmod 777 $slot/core/lib
  ln -sfn /etc $slot/core/main.js
  touch $slot/hello/more
  then_going_on_is_refused "core: the staged tree was altered" "core: lib: mode" "core: lib/core.js: content" \
    "core: main.js: target" "hello: the staged tree was altered" "hello: more: extra"
  then_installed 1
  rm $slot/core/lib/same.js
  then_going_on_is_refused "core: lib/same.js: missing"
  then_installed 1
}

scenario_a_staged_tree_that_is_gone_is_refused() {
  given_staged
  rm -r $slot/core
  then_going_on_is_refused "core: .: missing"
  ln -s /etc $slot/core
  then_going_on_is_refused "core: .: kind"
  rm -r edge/opt/demo/.waybill
  then_going_on_is_refused "core: .: missing" "hello: .: missing"
  then_installed 1
  when_updating 2.waybill
  then_installed 2
}

scenario_after_a_refusal_it_can_be_staged_anew() {
  given_staged
  echo altered >>$slot/core/lib/core.js
  then_going_on_is_refused lib/core.js
  when_staging
  when_going_on
  then_ok
  then_installed 2
  then_audit_is_clean
  then_nothing_staged
}

scenario_killed_between_the_trees_it_is_undone() {
  needs strace
  given_staged
  local k
  for k in 1 2; do
    kill_at renameat2 $k "$INSTALL" apply --root edge --yes || fail "not reached"
    when_recovering
    then_ok
    then_installed 1
    then_nothing_staged
    when_staging
  done
  when_going_on
  then_installed 2
}

finish
