# powercut.sh - the power is cut at every write of the disk, during an apply and a rollback: each component is old or new at once,
# and after the recovery all is of one release; once a command said that it was done, it stays done.
. "$(dirname "$0")/words.sh"

cut_everywhere() { # FILE-SYSTEM
  needs_disks "$1"
  given_stick
  given_base "$1"
  given_outcomes
  given_log
  after_each_cut
  then_all_are_whole
}

scenario_every_cut_on_ext4_leaves_the_old_or_the_new() { cut_everywhere ext4; }
scenario_every_cut_on_xfs_leaves_the_old_or_the_new() { cut_everywhere xfs; }
scenario_every_cut_on_btrfs_leaves_the_old_or_the_new() { cut_everywhere btrfs; }

finish
