# points.sh - restore points are listed, pinned and pruned; the way back is never pruned.
. "$(dirname "$0")/../lib.sh"

then_points_are() { # JSON-LIST of their numbers
  when_asking_for points
  then_json '[.points[].point]' "$1"
}

scenario_prune_keeps_the_newest_and_the_way_back() {
  given_history_of 1 2 3 4
  then_points_are '[1,2,3,4]'
  when "$INSTALL" prune --root edge --keep 1 --days 0 --dry-run
  then_points_are '[1,2,3,4]'
  when "$INSTALL" prune --root edge --keep 1 --days 0
  then_ok
  then_points_are '[4]'
  then_absent edge/opt/demo/.waybill/demo/000002
  then_absent edge/opt/demo/.waybill/demo/000003
  then_nothing_staged
  when_rolling_back
  then_ok
  then_installed 3
}

scenario_a_pinned_point_stays() {
  given_history_of 1 2 3 4
  when "$INSTALL" points --root edge --pin 2
  then_ok
  when "$INSTALL" prune --root edge --keep 1 --days 0
  then_points_are '[2,4]'
  when_rolling_back --to 2
  then_installed 1
  when "$INSTALL" points --root edge --unpin 2
  when "$INSTALL" prune --root edge --keep 1 --days 0
  when_asking_for points
  then_says_not '"pinned":true'
}

scenario_young_points_stay() {
  given_history_of 1 2 3 4
  when "$INSTALL" prune --root edge --keep 1
  then_points_are '[1,2,3,4]'
}

scenario_a_tree_that_no_point_needs_any_more_goes() {
  given_history_of 1 2 3
  local i
  for i in 1 2 3; do
    when_rolling_back --to 3
    when "$INSTALL" points --root edge --json
    when_rolling_back --to "$(jq '[.points[].point] | max' "$scratch/stdout")"
  done
  when "$INSTALL" recover --root edge
  then_equal "$(find edge/opt/demo/.waybill -name core | wc -l)" 2 "stored trees of core"
}

given_stored_twice() { # release 2 was put aside, swept, applied again and put aside again
  given_history_of 1 2
  when_rolling_back
  local v before=2
  for v in 3 4 5; do given_bundle $v --after $before.waybill && before=$v; done
  when_updating 3.waybill
  when_updating 4.waybill
  when "$INSTALL" prune --root edge --keep 1 --days 0
  then_absent edge/opt/demo/.waybill/demo/000002/core
  when_updating 2.waybill --accept-downgrade
  when_updating 5.waybill
}

scenario_a_tree_that_was_swept_and_came_again_is_found() {
  given_stored_twice
  when_rolling_back --to 7
  then_ok
  then_installed 2
  then_audit_is_clean
}

scenario_of_equal_trees_points_keep_their_own_and_no_more() {
  given_history_of 1 2
  local i
  for i in 1 2 3; do
    when_rolling_back --to $((2 * i))
    when_updating 2.waybill
  done
  then_equal "$(find edge/opt/demo/.waybill -name core | wc -l)" 4 "stored trees of core while all points are there"
  when "$INSTALL" prune --root edge --keep 1 --days 0
  when_asking_for points
  then_equal "$(find edge/opt/demo/.waybill -name core | wc -l)" "$(jq '[.points[]] | length' "$scratch/stdout")" "stored trees of core"
  when_rolling_back
  then_installed 1
}

scenario_what_is_current_stays_so_after_a_checkpoint() {
  given_history_of 1 2
  when "$INSTALL" checkpoint --root edge
  then_ok
  when_applying 2.waybill --json
  then_ok
  then_json .changed false
  echo mine >edge/opt/demo/app/mine
  when "$INSTALL" checkpoint --root edge
  then_ok
  when_applying 2.waybill --json
  then_ok
  then_json .changed true
}
finish
