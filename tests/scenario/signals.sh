# signals.sh - a dropped session, a closed pipe, Ctrl-C: the act is finished or undone before the process ends.
SCRATCH=${SCRATCH:-$([[ -w /dev/shm ]] && echo /dev/shm || echo /tmp)}
. "$(dirname "$0")/../lib.sh"

apply() { "${applying_3[@]}"; }

given_outcomes() {
  given_node
  given_outcome before
  given_outcome after apply
}

then_nothing_is_unfinished() { # at once, without recover
  then_node_is before after
  then_records_are_whole
}

when_a_signal_comes() { # SIGNAL: at each change of a name
  local k
  for k in 1 2; do
    fresh
    where="SIG$1 at renameat2 $k"
    inject "renameat2:signal=$1:when=$k" "${applying_3[@]}"
    echo "$where: status $status"
    then_nothing_is_unfinished
  done
  for k in 2 4 6 8; do
    fresh
    where="SIG$1 at renameat $k"
    inject "renameat:signal=$1:when=$k" "${applying_3[@]}"
    echo "$where: status $status"
    then_nothing_is_unfinished
  done
}

scenario_a_dropped_session_does_not_leave_a_mixture() { given_outcomes && when_a_signal_comes HUP; }
scenario_an_interrupt_does_not_leave_a_mixture() { given_outcomes && when_a_signal_comes INT; }
scenario_a_termination_does_not_leave_a_mixture() { given_outcomes && when_a_signal_comes TERM; }

scenario_a_reader_that_goes_away_does_not_leave_a_mixture() {
  local lines
  given_outcomes
  for lines in 0 1 3 5 6; do
    fresh
    where="a pipe that is closed after $lines lines"
    { "${applying_3[@]}" 2>&1 || true; } | head -n "$lines" >/dev/null
    then_nothing_is_unfinished
  done
}

finish
