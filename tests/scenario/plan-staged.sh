# plan-staged.sh - what was staged by an approved plan is held to it until it is applied.
. "$(dirname "$0")/../lib.sh"

given_approved() { # [OPTION]...: release 1 is installed; ./approved is the plan for 2
  given_releases 1 2
  when_installing 1.waybill
  when "$INSTALL" plan 2.waybill --public k.pub --root edge --output approved "$@"
  then_ok
}

when_staging() { # [OPTION]...
  when "$INSTALL" stage 2.waybill --public k.pub --root edge --plan approved "$@"
  then_ok
}

when_going_on() { when "$INSTALL" apply --root edge --yes; }

given_staged_by_plan() { # release 2, by ./approved
  given_approved
  when_staging
}

scenario_it_is_applied_without_the_bundle() {
  given_staged_by_plan
  rm 2.waybill
  when_going_on
  then_ok
  then_installed 2
  when_asking_for history
  then_json '.acts[-1].plan' "\"$(b2sum -l 256 approved | cut -c -64)\""
}

scenario_a_tree_that_changed_since_is_refused() {
  given_staged_by_plan
  echo changed >>edge/opt/demo/app/lib/core.js
  given_listing edge before
  when_going_on
  then_refused
  then_says "core: what is at /opt/demo/app is not what was there when the plan was made"
  then_says_not "hello:"
  then_listing_is edge before
  echo "core 1" >edge/opt/demo/app/lib/core.js
  when_going_on
  then_ok
  then_installed 2
}

scenario_so_is_one_that_would_stay() {
  given_approved --only core
  when_staging --only core
  touch edge/opt/demo/plugins/hello/more
  when_going_on
  then_refused
  then_says "hello: what is at /opt/demo/plugins/hello is not what was there when the plan was made"
}

finish
