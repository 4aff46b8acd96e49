# bad-disk.sh - the disk is full or broken at every system call that changes names or records: the old release stays, nothing
# is left behind, and what was done is said. FULL=1 takes every occurrence.
SCRATCH=${SCRATCH:-$([[ -w /dev/shm ]] && echo /dev/shm || echo /tmp)}
. "$(dirname "$0")/../lib.sh"

# What cannot be written on standard output is no matter of the node's disk: no writev.
calls_that_change=${calls_that_change/ writev/}

apply() { "${applying_3[@]}"; }
roll_back() { "${rolling_back[@]}"; }

# Status 0: the call did not matter. 3: all is as before, unless only the output could not be written (and where nothing can
# be written any more, that cannot be said either). 8: an operator has to look; when the disk is well again, recover helps.
then_the_node_is_one_or_the_other() {
  case $status in
    0) then_node_is after ;;
    3)
      echo "$where: $(tail -n 1 said)"
      ! grep -q 'the command itself is done' said || { then_node_is after; return; }
      [[ $where != *" write "*+ ]] || { then_node_is before after; return; }
      then_node_is before
      ;;
    8) stuck=$((stuck + 1)); echo "$where: $(tail -n 1 said)" ;;
    *) cat said; fail "$where: status $status" ;;
  esac
  succeeds "${recovering[@]}"
  if ((status == 3)); then then_node_is before; else then_node_is before after; fi
  then_records_are_whole
}

failing_everywhere() { # ERROR [+]  COMMAND...: at one occurrence, or from it on
  local call k stuck=0 failures=0
  for call in $calls_that_change; do
    fresh
    for k in $(chosen "$(occurrences "$call" "${@:3}")"); do
      where="$1 at $call $k$2"
      fresh
      inject "$call:error=$1:when=$k$2" "${@:3}"
      failures=$((failures + (status != 0)))
      then_the_node_is_one_or_the_other
    done
  done
  echo "$failures failures, $stuck of them stuck"
  ((failures >= 10)) || fail "only $failures failures"
}

given_outcomes() { # FUNCTION
  given_node
  given_outcome before
  given_outcome after "$1"
}

scenario_a_full_disk_during_apply() { given_outcomes apply; failing_everywhere ENOSPC "" "${applying_3[@]}"; }
scenario_a_broken_disk_during_apply() { given_outcomes apply; failing_everywhere EIO "" "${applying_3[@]}"; }
scenario_a_broken_disk_during_rollback() { given_outcomes roll_back; failing_everywhere EIO "" "${rolling_back[@]}"; }

scenario_a_disk_that_stays_full_during_apply() {
  given_outcomes apply
  calls_that_change="mkdirat symlinkat write pwrite64 fallocate"
  failing_everywhere ENOSPC + "${applying_3[@]}"
}

scenario_a_disk_that_stays_broken_during_apply() {
  given_outcomes apply
  calls_that_change="fsync syncfs renameat2 renameat unlinkat"
  failing_everywhere EIO + "${applying_3[@]}"
}

finish
