# crash.sh - the process is killed at every system call that changes names or records: the node is the old release or the new
# one, whole, and the next command finishes the job. FULL=1 takes every occurrence.
SCRATCH=${SCRATCH:-$([[ -w /dev/shm ]] && echo /dev/shm || echo /tmp)}
. "$(dirname "$0")/../lib.sh"

apply_and_back() { "${applying_3[@]}" && "${rolling_back[@]}"; }
apply() { "${applying_3[@]}"; }
roll_back() { "${rolling_back[@]}"; }

after_recover() { # every component is the old tree or the new one, all of one release, and nothing else is there
  succeeds "${recovering[@]}"
  then_node_is before after
  then_records_are_whole
}

scenario_apply_killed_anywhere_then_recover() {
  given_node
  given_outcome before
  given_outcome after apply
  killing_everywhere after_recover fresh "${applying_3[@]}"
}

after_another_command() { # OCCURRENCE
  case $(($1 % 3)) in
    0) succeeds "${applying_3[@]}"; then_node_is after ;;
    1) succeeds "${auditing[@]}"; then_node_is before after ;;
    2) succeeds "${rolling_back[@]}"; then_node_is before_back after_back ;;
  esac
  then_records_are_whole
}

scenario_apply_killed_anywhere_then_another_command() {
  given_node
  given_outcome before
  given_outcome after apply
  given_outcome before_back roll_back
  given_outcome after_back apply_and_back
  killing_everywhere after_another_command fresh "${applying_3[@]}"
}

scenario_rollback_killed_anywhere_then_recover() {
  given_node
  given_outcome before
  given_outcome after roll_back
  killing_everywhere after_recover fresh "${rolling_back[@]}"
}

# ---- a first install ------------------------------------------------------------------------------------------------

installing_1=("$INSTALL" apply 1.waybill --public k.pub --root edge --yes "${targets[@]}")

trees_and_staging() { node_now | grep -v '^var\|lib/waybill' || true; }

after_first_install() {
  "$INSTALL" recover --root edge --name demo >said 2>&1 || [[ ! -e edge/var/lib/waybill/demo ]] || fail "$where: $(cat said)"
  trees_and_staging >now
  cmp -s now outcome.installed || [[ ! -s now ]] || { cat now; fail "$where: neither nothing nor the release"; }
}

scenario_a_first_install_killed_anywhere_leaves_nothing_or_the_release() {
  needs strace
  given_releases 1
  nothing
  when_installing 1.waybill
  trees_and_staging >outcome.installed
  killing_everywhere after_first_install nothing "${installing_1[@]}"
}

# ---- killed again, while what was cut short is undone ---------------------------------------------------------------

half_switched() { fresh && kill_at renameat2 2 "${applying_3[@]}"; }
uncommitted() { fresh && kill_at renameat "$commit" "${applying_3[@]}"; }
half_staged() { fresh && kill_at utimensat 4 "${applying_3[@]}"; }
half_rolled_back() { fresh && kill_at renameat2 2 "${rolling_back[@]}"; }

scenario_recover_killed_anywhere_when_half_was_switched() {
  given_node
  given_outcome before
  given_outcome after apply
  killing_everywhere after_recover half_switched "${recovering[@]}"
}

scenario_recover_killed_anywhere_when_only_the_commit_was_missing() {
  given_node
  given_outcome before
  given_outcome after apply
  fresh
  commit=$(occurrences renameat "${applying_3[@]}")
  killing_everywhere after_recover uncommitted "${recovering[@]}"
}

scenario_recover_killed_anywhere_when_half_was_staged() {
  given_node
  given_outcome before
  given_outcome after apply
  killing_everywhere after_recover half_staged "${recovering[@]}"
}

scenario_recover_of_a_rollback_killed_anywhere() {
  given_node
  given_outcome before
  given_outcome after roll_back
  killing_everywhere after_recover half_rolled_back "${recovering[@]}"
}

half_installed() { nothing && kill_at renameat2 2 "${installing_1[@]}"; }

scenario_recover_of_a_first_install_killed_anywhere() {
  needs strace
  given_releases 1
  : >outcome.installed
  killing_everywhere after_first_install half_installed "$INSTALL" recover --root edge --name demo
}

# ---- where directories cannot be exchanged ----------------------------------------------------------------------------

without_exchange() {
  no_exchange=(-e inject=renameat2:error=EINVAL)
  calls_that_change=renameat
}

scenario_apply_killed_anywhere_where_nothing_can_be_exchanged() {
  given_node
  given_outcome before
  given_outcome after apply
  without_exchange
  killing_everywhere after_recover fresh "${applying_3[@]}"
}

scenario_rollback_killed_anywhere_where_nothing_can_be_exchanged() {
  given_node
  given_outcome before
  given_outcome after roll_back
  without_exchange
  killing_everywhere after_recover fresh "${rolling_back[@]}"
}

# ---- restore points ---------------------------------------------------------------------------------------------------

pruning=("$INSTALL" prune --root edge --keep 1 --days 0)
prune() { "${pruning[@]}"; }

after_prune() { # what is installed is untouched, and pruning again finishes
  then_installed 2
  succeeds "${pruning[@]}"
  then_node_is after
  then_records_are_whole
}

scenario_prune_killed_anywhere() {
  given_node
  given_outcome after prune
  killing_everywhere after_prune fresh "${pruning[@]}"
}

# ---- on the canary ------------------------------------------------------------------------------------------------------

signing=("$WAYBILL" sign 1.waybill --key other.key)
capturing=("$WAYBILL" capture --name demo --release 9 --core app --plugin hello=plugins/hello --unvalidated x --output 1.waybill)
unsigned_again() { cp once.waybill 1.waybill; }

after_signing() { # the bundle is the one or the other, and the next try tidies up
  "$WAYBILL" verify 1.waybill --public k.pub >said 2>&1 || [[ $cut == capture ]] || fail "$where: $(cat said)"
  "$WAYBILL" inspect 1.waybill >/dev/null || fail "$where: the bundle is damaged"
  succeeds "${capturing[@]}"
  [[ -z $(find . -maxdepth 1 -name '.*.part*') ]] || fail "$where: left behind"
}

given_bundle_to_replace() {
  needs strace
  given_releases 1
  given_keys other
  cp 1.waybill once.waybill
}

scenario_sign_killed_anywhere() { cut=sign && given_bundle_to_replace && killing_everywhere after_signing unsigned_again "${signing[@]}"; }
scenario_capture_killed_anywhere() { cut=capture && given_bundle_to_replace && killing_everywhere after_signing unsigned_again "${capturing[@]}"; }

finish
