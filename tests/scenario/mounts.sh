# mounts.sh - a file system that is not there, or too small: nothing is taken for undone, nothing is begun.
. "$(dirname "$0")/../lib.sh"

given_disk() { # MOUNT-OPTION...: ./disk, until the story ends
  mkdir -p disk
  mount -t tmpfs "$@" none disk 2>/dev/null || skip "mounting is not possible here"
  trap '{ umount -l edge/opt/demo; umount -l disk; } 2>/dev/null || true' EXIT
}
given_disk_at() { mkdir -p "$1" && mount --bind disk "$1"; }

given_cut() { # the newest act, as a power cut after its switch leaves it
  given_record 'del(.outcome, .ended, .proven) | .step = "commit"'
}

scenario_a_first_install_is_not_taken_for_undone_while_its_file_system_is_away() {
  needs_root
  given_releases 1
  given_disk
  given_disk_at edge/opt/demo
  when_installing 1.waybill
  given_cut
  umount edge/opt/demo
  when_recovering
  then_status 8
  then_says "undo act 1" "nothing is mounted at /opt/demo"
  then_equal "$(jq -r '.outcome // ""' "$(newest_record)")" '' "the outcome"
  then_equal "$(ls -A edge/opt/demo)" '' "what is below the mount point"
  given_disk_at edge/opt/demo
  when_recovering
  then_ok
  then_equal "$(jq -r .outcome "$(newest_record)")" undone
  then_equal "$(ls -A edge/opt/demo | grep -v '^plugins$' || true)" '' "what the undone install left"
}

scenario_a_target_where_a_part_of_the_same_file_system_is_bound() {
  needs_root
  given_releases 1 2
  when_installing 1.waybill
  mkdir elsewhere
  cp -a edge/opt/demo/app/. elsewhere/
  mount --bind elsewhere edge/opt/demo/app 2>/dev/null || skip "mounting is not possible here"
  trap 'umount edge/opt/demo/app' EXIT
  given_listing edge before
  when_applying 2.waybill
  then_refused
  then_says "/opt/demo/app is a mount point"
  then_listing_is edge before
}

scenario_a_checkpoint_asks_for_room_first() {
  needs_root
  given_releases 1
  when_installing 1.waybill
  head -c 3000000 /dev/urandom >edge/opt/demo/app/large
  given_disk -o size=4m
  cp -a edge/. disk/
  given_listing disk before
  when "$INSTALL" checkpoint --root disk
  then_refused
  then_says "needs 2.9 MiB on the file system of /opt/demo/app" "free"
  then_listing_is disk before
  rm disk/opt/demo/app/large
  when "$INSTALL" checkpoint --root disk
  then_ok
}

scenario_a_checkpoint_asks_for_inodes_first() {
  needs_root
  given_releases 1
  when_installing 1.waybill
  mkdir edge/opt/demo/app/many
  touch edge/opt/demo/app/many/{1..200}
  given_disk -o nr_inodes=300
  cp -a edge/. disk/
  given_listing disk before
  when "$INSTALL" checkpoint --root disk
  then_refused
  then_says "inodes on the file system of /opt/demo/app" "free"
  then_listing_is disk before
}
finish
