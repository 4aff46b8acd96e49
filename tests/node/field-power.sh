# field-power.sh - the power goes after a release was unpacked: row 14 of docs/field-failures.md.
#
# The program lies on an ext4 of its own. What of it had reached the disk is asked of the disk: its image is copied as it is,
# and the machine boots with the copy, whose journal is replayed as after any cut.
. "$(dirname "$0")/acts.sh"

in_holder() { nsenter --mount="/proc/$(<"$scratch/nodes/$machine/holder")/ns/mnt" "$@"; } # where the machine's mounts live

given_machine_with_a_disk() { # /opt/toy is on it
  needs mkfs.ext4
  truncate -s 96M "$scratch/disk.img"
  mkfs.ext4 -q -F -m 0 "$scratch/disk.img"
  mkdir "$scratch/disk"
  given_machine
  when_power_is_cut
  in_holder mount -o loop "$scratch/disk.img" "$scratch/disk" || skip "a disk of its own is not possible here"
  when_booting --bind="$scratch/disk:/opt/toy"
}

given_release_of_many_files() { # VERSION
  given_release_trees "$1"
  mkdir "release/$1/core/docs"
  local n
  for n in {1..2000}; do echo "page $n of $1" >"release/$1/core/docs/$n.md"; done
  capture_release "$1"
  given_archive "$1" "release/$1/core"
  there sync
}

when_the_disk_loses_power() { # soon after the journal was written: something on the disk asked for that, as databases do
  there bash -c 'echo note >/opt/toy/note && sync /opt/toy/note'
  when_power_is_cut
  cp --sparse=always "$scratch/disk.img" "$scratch/cut.img"
  in_holder umount "$scratch/disk"
  in_holder mount -o loop "$scratch/cut.img" "$scratch/disk"
  when_booting --bind="$scratch/disk:/opt/toy"
}

empty_files() { there find "$core" -type f -size 0 | wc -l; }

scenario_row_14_by_hand_after_a_power_cut_thousands_of_files_are_empty() {
  given_machine_with_a_disk
  given_wrapper toy
  given_release_of_many_files 3.0.0
  by_hand "mkdir $core.new && tar -x -f /stick/3.0.0.tgz -C $core.new && mv $core $core.old && mv $core.new $core && systemctl restart $unit"
  then_ok
  then_answers 3.0.0
  when_the_disk_loses_power
  (($(empty_files) > 2000)) || fail "only $(empty_files) files are empty"
  then_restarts 2
  then_equal "$(property ExecMainStatus)" 0 "systemd sees no failure: its status"
  then_equal "$(get /readyz)" '' "who answers"
}

scenario_row_14_after_a_power_cut_the_release_that_waybill_installed_is_whole() {
  given_machine_with_a_disk
  given_wrapper toy
  by_root
  given_adopted
  given_release_of_many_files 3.0.0
  when_apply 3.0.0
  then_ok
  when_the_disk_loses_power
  then_equal "$(empty_files)" 0 "empty files"
  when_waybill_install audit
  then_ok
  then_answers 3.0.0
  then_nothing_is_left
}
finish
