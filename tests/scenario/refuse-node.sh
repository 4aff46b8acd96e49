# refuse-node.sh - a machine that cannot take a release: told before anything is changed.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

then_apply_changes_nothing() { # STATUS BUNDLE [OPTION]...
  given_listing edge before
  when_applying "$2" "${@:3}"
  then_status "$1"
  then_listing_is edge before
}

given_mount() { # DIR [MOUNT-OPTION]...: a file system of its own, until the story ends
  mount -t tmpfs "${@:2}" none "$1" 2>/dev/null || skip "mounting is not possible here"
  mounted="$PWD/$1"
  trap 'umount "$mounted"' EXIT
}

scenario_too_few_inodes() {
  needs_root
  given_releases 1
  mkdir -p app/many
  touch app/many/{1..200}
  "$WAYBILL" capture --name demo --release 2 --core app --plugin hello=plugins/hello --output 2.waybill --unvalidated test \
    --sequence 2 --key k.key
  mkdir edge
  given_mount edge -o nr_inodes=150
  when_installing 1.waybill
  then_apply_changes_nothing 6 2.waybill
  then_says "inodes" "free"
  then_says_not "MiB on the file system"
  then_installed 1
}

scenario_a_target_on_a_file_system_that_is_read_only() {
  needs_root
  given_installed 1 2
  mount --bind edge/opt edge/opt 2>/dev/null && mount -o remount,bind,ro edge/opt || skip "mounting is not possible here"
  trap 'umount edge/opt' EXIT
  then_apply_changes_nothing 6 2.waybill
  then_says "cannot be written"
}

scenario_a_first_install_on_a_file_system_that_is_read_only() {
  needs_root
  given_releases 1
  mkdir -p edge/opt
  given_mount edge/opt -o ro
  then_apply_changes_nothing 6 1.waybill "${targets[@]}"
  then_says "/opt" "cannot be written"
}

scenario_a_parent_that_is_missing_is_made() {
  given_installed 1 2
  rm -r edge/opt/demo
  when_updating 2.waybill
  then_installed 2
  then_audit_is_clean
}

scenario_a_parent_that_is_a_file() {
  given_releases 1
  mkdir -p edge/opt
  echo file >edge/opt/demo
  given_listing edge before
  when_applying 1.waybill "${targets[@]}"
  ((status == 3 || status == 6)) || fail "status $status"
  then_says /opt/demo
  then_listing_is edge before
}

scenario_home_may_be_a_link() {
  given_releases 1 2
  mkdir -p edge/data/home/u
  ln -s /data/home edge/home
  local at=/home/u/.demo
  when_applying 1.waybill --target core=$at/app --target hello=$at/plugins/hello
  then_ok
  then_same_tree captured/1/app edge/data/home/u/.demo/app
  when_updating 2.waybill
  then_same_tree captured/2/plugins/hello edge/data/home/u/.demo/plugins/hello
  when_updating 2.waybill --target core=$at/app --json
  then_json .changed false
  when_rolling_back
  then_ok
  then_same_tree captured/1/app edge/data/home/u/.demo/app
  then_equal "$(readlink edge/home)" /data/home
}

scenario_a_link_on_the_way_that_came_later_is_not_followed() {
  given_installed 1 2
  mkdir -p edge/elsewhere
  cp -a edge/opt/demo edge/elsewhere/demo
  rm -r edge/opt/demo
  ln -s /elsewhere/demo edge/opt/demo
  given_listing edge/elsewhere before
  when_applying 2.waybill
  ((status == 3 || status == 6)) || fail "status $status"
  then_says opt/demo
  then_listing_is edge/elsewhere before
}

# ---- the place of the records --------------------------------------------------------------------------------------------

as_somebody() { # COMMAND...: without any right
  setpriv --reuid 4711 --regid 4711 --clear-groups "$@"
}

scenario_records_that_this_user_may_not_write() {
  needs_root
  needs setpriv
  given_releases 1 2
  chmod 711 "$scratch" .
  chmod a+r ./*.waybill k.pub
  mkdir -p edge/opt edge/var/lib/waybill
  chown 4711:4711 edge/opt
  given_listing edge before
  when as_somebody "$INSTALL" apply 1.waybill --public k.pub --root edge --yes "${targets[@]}"
  ((status == 3 || status == 6)) || fail "status $status"
  then_says waybill
  then_listing_is edge before
  when_installing 1.waybill
  chown -R 4711:4711 edge/opt
  given_listing edge before
  when as_somebody "$INSTALL" apply 2.waybill --public k.pub --root edge --yes
  ((status == 3 || status == 6)) || fail "status $status"
  then_listing_is edge before
}

scenario_records_that_others_can_write_are_not_believed() {
  given_installed 1 2
  chmod 777 edge/var/lib/waybill/demo
  then_apply_changes_nothing 6 2.waybill
  then_says "others can write"
  chmod 755 edge/var/lib/waybill/demo
  when_updating 2.waybill
}

scenario_records_in_the_place_of_a_file() {
  given_releases 1
  mkdir -p edge/var/lib
  echo file >edge/var/lib/waybill
  given_listing edge before
  when_applying 1.waybill "${targets[@]}"
  ((status == 3 || status == 6)) || fail "status $status"
  then_listing_is edge before
}

scenario_records_on_a_disk_that_is_full() {
  needs_root
  given_installed 1 2
  cp -a edge/var/lib/waybill records
  given_mount edge/var/lib/waybill -o size=512k
  cp -a records/. edge/var/lib/waybill/
  rm edge/var/lib/waybill/demo/reserve
  dd if=/dev/zero of=edge/var/lib/waybill/filler bs=4096 status=none 2>/dev/null || true
  given_listing edge before
  when_applying 2.waybill
  then_system
  then_listing_is edge before
  rm edge/var/lib/waybill/filler
  when_updating 2.waybill
  then_installed 2
}

finish
