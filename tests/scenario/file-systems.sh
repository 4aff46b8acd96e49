# file-systems.sh - real file systems that cannot do something, or end in the middle: each act ends as documented.
SCRATCH=${SCRATCH:-$([[ -w /dev/shm ]] && echo /dev/shm || echo /tmp)}
. "$(dirname "$0")/../lib.sh"

given_disk() { # DIR SIZE OPTION MKFS...: a file system of its own, mounted there until the story ends
  needs_root
  needs "$4"
  truncate -s "$2" "$scratch/disk.img"
  "${@:4}" "$scratch/disk.img" >/dev/null
  mkdir -p "$1"
  mount -o "loop$3" "$scratch/disk.img" "$1" 2>/dev/null || skip "$4: cannot be mounted here"
  mounted=$PWD/$1
  trap 'umount "$mounted"' EXIT
}

given_exfat() { # DIR: no exchange, no links, no owners, one name for README and readme
  needs_root
  needs mkfs.exfat
  needs mount.exfat-fuse
  truncate -s 32M "$scratch/disk.img"
  mkfs.exfat "$scratch/disk.img" >/dev/null
  mkdir -p "$1"
  loop=$(losetup -f --show "$scratch/disk.img") || skip "loop devices are not possible here"
  mounted=$PWD/$1
  trap 'umount "$mounted" 2>/dev/null; losetup -d "$loop"' EXIT
  mount.exfat-fuse -o umask=022 "$loop" "$1" >/dev/null 2>&1 || skip "FUSE is not possible here"
}

given_plain_releases() { # VERSION...: of one component, without links
  local version before=()
  given_keys
  for version; do
    given_app "$version"
    rm app/main.js
    "$WAYBILL" capture --name demo --release "$version" --core app --output "$version.waybill" --unvalidated test --key k.key "${before[@]}"
    mkdir -p "captured/$version" && cp -a app "captured/$version/"
    before=(--after "$version.waybill")
  done
}

content_of() { (cd "$1" && find . -type f | sort | xargs sha256sum); } # DIR: where modes mean nothing
then_content() { then_equal "$(content_of edge/opt/demo/app)" "$(content_of "captured/$1/app")" "the files of $1"; }

scenario_where_nothing_can_be_exchanged_trees_are_renamed() {
  given_exfat edge/opt
  given_plain_releases 1 2
  when_applying 1.waybill --target core=/opt/demo/app
  then_ok
  when "$INSTALL" plan 2.waybill --public k.pub --root edge
  then_says "may not exchange directories: the path is absent for an instant"
  when_updating 2.waybill
  then_content 2
  when_rolling_back
  then_ok
  then_content 1
}

scenario_links_where_there_are_none_leave_the_old_release() {
  given_exfat edge/opt
  given_plain_releases 1
  when_applying 1.waybill --target core=/opt/demo/app
  then_ok
  given_app 2
  "$WAYBILL" capture --name demo --release 2 --core app --output 2.waybill --unvalidated test --key k.key --after 1.waybill
  when_applying 2.waybill
  then_system
  then_says "link main.js" "the old release is in place"
  then_content 1
  then_nothing_staged
}

scenario_names_that_are_one_there_are_refused() {
  given_exfat edge/opt
  given_plain_releases 1
  when_applying 1.waybill --target core=/opt/demo/app
  then_ok
  given_app 2
  rm app/main.js
  echo one >app/README
  echo two >app/readme
  "$WAYBILL" capture --name demo --release 2 --core app --output 2.waybill --unvalidated test --key k.key --after 1.waybill
  when_applying 2.waybill
  then_system
  then_says "create readme: File exists" "the old release is in place"
  then_content 1
  then_nothing_staged
}

scenario_a_quota_that_is_reached_while_staging() {
  given_disk edge 120M "" mkfs.btrfs -q
  given_releases 1 2
  when_installing 1.waybill
  btrfs quota enable edge
  needs btrfs
  head -c 6000000 /dev/urandom >app/large
  "$WAYBILL" capture --name demo --release 3 --core app --plugin hello=plugins/hello --output 3.waybill --unvalidated test --key k.key --after 2.waybill
  btrfs qgroup limit 3M edge
  when_applying 3.waybill
  then_system
  then_says "uota exceeded" "the old release is in place"
  then_installed 1
  when_recovering
  then_installed 1
}

given_overlay() { # [OPTION]: release 1 lies in the lower layer of edge; 2 and 3 wait
  needs_root
  given_releases 1 2 3
  when_installing 1.waybill
  mv edge lower
  mkdir edge upper
  mount -t tmpfs none upper || skip "mounting is not possible here"
  trap 'umount "$scratch/here/edge" "$scratch/here/upper"' EXIT
  mkdir upper/{files,work}
  mount -t overlay -o "lowerdir=lower,upperdir=upper/files,workdir=upper/work$1" none edge 2>/dev/null || skip "no overlay can be mounted here"
}

scenario_trees_in_the_lower_layer_of_an_overlay_that_redirects() {
  given_overlay ,redirect_dir=on
  when_updating 2.waybill
  then_installed 2
  when_updating 3.waybill
  then_installed 3
  when_rolling_back
  then_ok
  then_installed 2
  then_audit_is_clean
}

scenario_trees_in_the_lower_layer_of_an_overlay_that_cannot_rename_them() {
  given_overlay ,redirect_dir=off
  when_applying 2.waybill
  then_system
  then_says "ross-device link" "the old release is in place"
  then_installed 1
  then_audit_is_clean
  then_nothing_staged
}

given_second_file_system() { # DIR
  needs_root
  given_releases 1 2
  mkdir -p "$1"
  mount -t tmpfs none "$1" || skip "mounting is not possible here"
  mounted=$PWD/$1
  trap 'umount "$mounted"' EXIT
}

scenario_a_plugin_with_no_room_beside_it_on_its_file_system_is_refused() {
  given_second_file_system edge/opt/demo/plugins
  when_applying 1.waybill "${targets[@]}"
  then_refused
  then_says "no directory above it on its own file system can hold the new tree"
  then_absent edge/opt/demo/app
}

scenario_components_on_different_file_systems() { # each is staged on its own
  given_second_file_system edge/mnt
  when_applying 1.waybill --target core=/opt/demo/app --target hello=/mnt/plugins/hello
  then_ok
  when_updating 2.waybill
  when_rolling_back
  then_ok
  then_same_tree captured/1/app edge/opt/demo/app
  then_equal "$(cat edge/mnt/plugins/hello/index.js)" "hello 1"
  then_equal "$(readlink edge/mnt/plugins/hello/host)" ../../../opt/demo/app
  then_audit_is_clean
}

finish
