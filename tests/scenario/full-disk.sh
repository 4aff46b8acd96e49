# full-disk.sh - a real ext4 that is nearly full or out of inodes: nothing changes, and what is missing is said.
SCRATCH=${SCRATCH:-$([[ -w /dev/shm ]] && echo /dev/shm || echo /tmp)}
. "$(dirname "$0")/../lib.sh"

given_ext4() { # MKFS-OPTION...: edge is on it, with release 1; release 2 has a large file
  needs_root
  needs mkfs.ext4
  truncate -s 16M "$scratch/disk.img"
  mkfs.ext4 -q -F -m 0 "$@" "$scratch/disk.img"
  mkdir edge
  mount -o loop "$scratch/disk.img" edge 2>/dev/null || skip "mounting is not possible here"
  mounted=$PWD/edge
  trap 'umount "$mounted"' EXIT
  given_releases 1
  when_installing 1.waybill
  given_app 2
  head -c 3000000 /dev/urandom >app/large
  for ((n = 0; n < 120; n++)); do echo "$n" >"app/lib/$n.js"; done
  "$WAYBILL" capture --name demo --release 2 --core app --plugin hello=plugins/hello --output 2.waybill --unvalidated test --key k.key --after 1.waybill
  given_listing edge/opt before
}

then_refused_for() { # WORDS
  when_applying 2.waybill
  then_refused
  then_says "$1"
  then_listing_is edge/opt before
  then_audit_is_clean
}

scenario_a_disk_that_is_nearly_full() {
  given_ext4
  head -c "$(($(df --output=avail -B1 edge | tail -n 1) - 2000000))" /dev/zero >edge/filler
  then_refused_for "on the file system of"
  rm edge/filler
  when_updating 2.waybill
}

scenario_a_disk_without_inodes() {
  given_ext4 -N 128
  then_refused_for "inodes on the file system of"
}

finish
