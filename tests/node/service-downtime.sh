# service-downtime.sh - the service is down as long as it takes to stop and start; what is ours does not grow with the program.
. "$(dirname "$0")/acts.sh"

given_journaled_disk() { # ./disk, an ext4 with a journal on a disk of its own; where no loop device can be had, none
  type -P mkfs.ext4 losetup >/dev/null || skip "there is no ext4 or loop device here"
  truncate -s 600M "$scratch/disk.img"
  mkfs.ext4 -q -m 0 "$scratch/disk.img"
  mkdir disk
  loop=$(losetup --find --show "$scratch/disk.img") || skip "no loop device here"
}

given_toy_on_that_disk() { # its program and its state, as /opt and /srv of a node that sees it mounted
  trap give_back EXIT
  mount "$loop" disk
  mkdir disk/opt disk/toy
  given_machine n1 --bind="$PWD/disk/opt:/opt" --bind="$PWD/disk/toy:/root/.toy"
  trap give_back EXIT
  given_wrapper toy
  by_root
  given_adopted
  then_equal "$(there stat -f -c %T "$core")" ext2/ext3 "the file system of the program"
}

give_back() {
  [[ -z ${machine:-} ]] || node rm-all
  ! mountpoint -q "$scratch/here/disk" || umount "$scratch/here/disk"
  losetup --detach "$loop"
}

given_files() { # VERSION COUNT: the release has so many more
  local i
  for ((i = 0; i < $2 / 100; i++)); do
    mkdir -p "release/$1/core/node_modules/m$i"
    for ((k = 0; k < 100; k++)); do echo "$1 $i $k" >"release/$1/core/node_modules/m$i/$k.js"; done
  done
}

measured() { jq -r ".$1" "$scratch/stdout"; }
when_measured() { # VERSION: the four parts are told and recorded
  when_apply "$1" --json
  then_ok
  then_json .proven true
  local part sum=0
  for part in stop_us ours_us start_us; do
    (($(measured $part) > 0)) || fail "$part is $(measured $part)"
    then_equal "$(last ".$part")" "$(measured $part)" "$part of the record"
  done
  (($(measured settle_us) >= 0)) || fail "no settle_us"
  echo "ours: $(measured ours_us) us"
}

scenario_what_is_ours_of_the_downtime_does_not_grow_with_the_program() {
  given_journaled_disk
  given_toy_on_that_disk
  local small large
  given_release_trees 3.0.0
  given_files 3.0.0 1000
  capture_release 3.0.0
  when_measured 3.0.0
  small=$(measured ours_us)
  given_release_trees 4.0.0
  given_files 4.0.0 10000
  capture_release 4.0.0
  when_measured 4.0.0
  then_answers 4.0.0
  large=$(measured ours_us)
  then_equal "$(there find "$core" -type f | wc -l)" "$(find release/4.0.0/core -type f | wc -l)" "files"
  ((small < 150000)) || fail "ours took $small us"
  ((large < 150000)) || fail "ours took $large us with a program ten times larger"
}
finish
