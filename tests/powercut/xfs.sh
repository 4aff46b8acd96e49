# xfs.sh - the power is cut at every write of a disk with xfs, during an apply and a rollback: each component is old or new at
# once, and after the recovery all is of one release; once a command said that it was done, it stays done.
. "$(dirname "$0")/words.sh"

scenario_every_cut_on_xfs_leaves_the_old_or_the_new() {
  cut_everywhere xfs
  then_all_are_whole
}

finish
