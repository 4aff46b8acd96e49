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
