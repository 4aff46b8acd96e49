# boot.sh - the power is cut at a write of the disk while a real systemd runs the service: the machine boots with what is left, and
# the service comes up whole by itself, old or new; new once the command said so. BOOTS: how many cuts (6).
#
# Program, state and records lie on the disk that remembers; the machine's own files on another one, which loses nothing.
# shellcheck disable=SC2034,SC2154 # from slow-acts.sh
. "$(dirname "$0")/../node/slow-acts.sh"

in_holder() { nsenter --mount="/proc/$(<"$scratch/nodes/$machine/holder")/ns/mnt" "$@"; } # where the machine's mounts live
from_disk() { echo --bind="$scratch/disk/"{program:/opt/toy,state:/root/.toy,records:/var/lib/waybill}; }
off() { # the disk too
  when_power_is_cut
  in_holder umount "$scratch/disk"
}

given_machine_with_a_disk() {
  needs mkfs.ext4
  truncate -s 96M "$scratch/base.img"
  mkfs.ext4 -q -F -m 0 -J size=4 "$scratch/base.img"
  mkdir "$scratch/disk" "$scratch/remembers"
  given_machine
  when_power_is_cut
  in_holder mount -o loop "$scratch/base.img" "$scratch/disk" || skip "a disk of its own is not possible here"
  mkdir_on_disk program state records
  when_booting $(from_disk)
  places+=(/opt/toy /root/.toy)
}
mkdir_on_disk() { in_holder mkdir "${@/#/$scratch/disk/}"; }

given_adopted_wrapper() {
  given_wrapper toy
  by_root
  given_adopted
  given_release 3.0.0
  before=$(state_now)
}

given_disk_that_remembers() {
  cp --sparse=always "$scratch/base.img" "$scratch/remembered.img"
  in_holder "$DISK" "$scratch/remembered.img" "$scratch/log" "$scratch/remembers" &
  disk=$!
  until in_holder test -e "$scratch/remembers/control"; do kill -0 "$disk" || skip "FUSE is not possible here"; sleep 0.02; done
  loop=$(in_holder losetup -f --show "$scratch/remembers/disk") || skip "loop devices are not possible here"
  in_holder mount "$loop" "$scratch/disk"
}
tell_disk() { in_holder bash -c 'echo "$1" >"$2/control"' tell "$1" "$scratch/remembers"; }
give_disk_back() {
  in_holder losetup -d "$loop"
  for _ in {1..100}; do ! in_holder umount "$scratch/remembers" 2>/dev/null || break; sleep 0.05; done # the kernel lets go of a loop device when it likes
  wait "$disk" || true
}

given_log() { # of an apply on a running service
  off
  given_disk_that_remembers
  when_booting $(from_disk)
  then_answers 2.0.0
  tell_disk "mark either"
  when_apply 3.0.0
  then_ok
  tell_disk "mark 3.0.0"
  then_answers 3.0.0
  off
  give_disk_back
}

when_booting_after() { # STATE
  "$CUT" "$scratch/log" make "$1" "$scratch/base.img" "$scratch/cut.img"
  in_holder mount -o loop "$scratch/cut.img" "$scratch/disk"
  when_booting $(from_disk)
}

chosen_cuts() { # most of them behind the stage, where something can be torn
  "$CUT" "$scratch/log" list 2 | grep -v ' -$' >cuts
  { grep ' either' cuts | tail -n +40 | shuf --random-source="$INSTALL" -n "$((${BOOTS:-6} - 1))" && grep ' 3.0.0' cuts | head -n 1; }
}

scenario_the_service_comes_up_whole_by_itself() {
  local cut wanted
  given_machine_with_a_disk
  given_adopted_wrapper
  given_log
  chosen_cuts >chosen
  while read -r cut wanted <&3; do
    echo "== $cut $wanted"
    when_booting_after "$cut"
    then_it_is_finished 60
    then_one_of_both_answers
    [[ $wanted == either || $(version_that_answers) == "$wanted" ]] || fail "$cut: $(version_that_answers) answers, not $wanted"
    then_nothing_is_left
    off
  done 3<chosen
}
finish
