# refuse-target.sh - places where a tree cannot be put: refused, and not even a directory is made.
. "$(dirname "$0")/../lib.sh"

then_nothing_is_made() { # STATUS BUNDLE [OPTION]...: also no records
  given_listing edge before
  when_applying "$2" "${@:3}"
  then_status "$1"
  then_listing_is edge before
}

scenario_a_link_in_a_directory_that_others_can_write() {
  given_releases 1
  mkdir -p edge/shared edge/data
  chmod 1777 edge/shared
  ln -s /data edge/shared/way
  then_nothing_is_made 6 1.waybill --target core=/shared/way/app
  then_says "others can change"
}

scenario_a_target_inside_another_one() {
  given_releases 1
  mkdir edge
  then_nothing_is_made 6 1.waybill --target core=/opt/demo --target hello=/opt/demo/plugins/hello
  then_says "inside the tree"
}

scenario_a_target_in_the_place_of_records() {
  given_releases 1
  mkdir edge
  then_nothing_is_made 6 1.waybill --target core=/var/lib/waybill/demo --target hello=/opt/hello
  then_nothing_is_made 6 1.waybill --target core=/var --target hello=/opt/hello
}

scenario_a_target_that_is_a_file() {
  given_releases 1
  mkdir -p edge/opt/demo
  echo file >edge/opt/demo/app
  then_nothing_is_made 6 1.waybill "${targets[@]}"
  then_says "not a directory"
}

scenario_the_root_as_a_target() {
  given_releases 1
  mkdir edge
  then_nothing_is_made 6 1.waybill --target core=/ --target hello=/opt/hello
}

scenario_every_no_is_told_at_once() {
  given_releases 1
  mkdir -p edge/opt/demo
  echo file >edge/opt/demo/app
  then_nothing_is_made 6 1.waybill --target core=/opt/demo/app --target hello=/var/lib/waybill
  then_says "not a directory" "in each other's way"
}

scenario_a_mount_point() {
  needs_root
  given_releases 1
  mkdir -p edge/opt/demo/app
  mount -t tmpfs none edge/opt/demo/app 2>/dev/null || skip "mounting is not possible here"
  trap 'umount edge/opt/demo/app' EXIT
  then_nothing_is_made 6 1.waybill "${targets[@]}"
  then_says "mount point"
}

scenario_a_target_that_cannot_be_written() {
  needs_root
  needs setpriv
  given_releases 1
  mkdir -p edge/opt/demo edge/var/lib/waybill
  chown -R 4711 edge/var
  chmod 711 "$scratch" .
  chmod a+r 1.waybill k.pub
  given_listing edge before
  when setpriv --reuid 4711 --regid 4711 --clear-groups "$INSTALL" apply 1.waybill --public k.pub --root edge --yes "${targets[@]}"
  then_refused
  then_says "cannot be written"
  then_listing_is edge before
}

scenario_the_place_of_another_application() {
  given_releases 1 2
  when_installing 1.waybill
  given_listing edge before
  local core
  for core in /opt/demo/app /opt/demo/app/inside /opt/demo; do
    when_applying 2.waybill --name demo --instance b --target core=$core --target hello=/srv/hello
    then_refused
    then_listing_is edge before
  done
}

scenario_a_mount_inside_the_live_tree() {
  needs_root
  given_releases 1 2
  when_installing 1.waybill
  mkdir edge/opt/demo/app/data
  mount -t tmpfs none edge/opt/demo/app/data 2>/dev/null || skip "mounting is not possible here"
  trap 'umount -l "$(findmnt -rno TARGET | grep -F "$PWD/edge/")"' EXIT
  echo precious >edge/opt/demo/app/data/x
  given_listing edge before
  when_applying 2.waybill
  then_refused
  then_says data
  then_listing_is edge before
}

finish
