# refuse.sh - what apply refuses, and that a refusal leaves the node byte for byte as it was.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

then_apply_is_refused() { # STATUS BUNDLE [OPTION]...
  given_listing edge before
  when "$INSTALL" apply "$2" --root edge --yes "${@:3}"
  then_status "$1"
  then_listing_is edge before
}

scenario_an_unsigned_bundle() {
  given_installed 1
  "$WAYBILL" capture --name demo --release 2 --core app --output u.waybill --unvalidated test --sequence 2
  then_apply_is_refused 5 u.waybill --public k.pub
}

scenario_a_bundle_signed_by_another_key() {
  given_installed 1 2
  given_keys other
  then_apply_is_refused 5 2.waybill --public other.pub
}

scenario_a_bundle_on_a_node_that_trusts_no_key_says_the_next_line() {
  given_installed 1 2
  then_apply_is_refused 5 2.waybill
  then_says "waybill-install apply 2.waybill" "--public"
}

scenario_the_keys_of_the_node_are_the_ones_that_count() {
  given_installed 1 2 3
  given_keys other
  mkdir -p edge/etc/waybill/keys
  cp other.pub edge/etc/waybill/keys/
  then_apply_is_refused 5 2.waybill
  then_apply_is_refused 2 2.waybill --public k.pub
  cp k.pub edge/etc/waybill/keys/
  when "$INSTALL" apply 2.waybill --root edge --yes
  then_ok
  then_installed 2
  chmod 777 edge/etc/waybill/keys
  then_apply_is_refused 6 3.waybill
}

scenario_an_older_sequence() {
  given_installed 1 2
  when_updating 2.waybill
  then_apply_is_refused 5 1.waybill --public k.pub
  then_says "accept-downgrade"
  when_updating 1.waybill --accept-downgrade
  then_installed 1
}

scenario_the_same_sequence_with_another_content() {
  given_installed 1
  given_bundle 1b --sequence 1
  then_apply_is_refused 5 1b.waybill --public k.pub
}

scenario_the_floor_stays_after_a_rollback() {
  given_installed 1 2 3
  when_updating 3.waybill
  when_rolling_back
  then_apply_is_refused 5 2.waybill --public k.pub
}

scenario_a_target_that_is_moved() {
  given_installed 1 2
  then_apply_is_refused 6 2.waybill --public k.pub --target core=/srv/app
}

scenario_an_unknown_component() {
  given_installed 1 2
  then_apply_is_refused 2 2.waybill --public k.pub --only nobody
  then_apply_is_refused 2 2.waybill --public k.pub --target nobody=/opt/x
}

scenario_another_installer_at_work() {
  given_installed 1 2
  exec 9<edge/var/lib/waybill/demo/lock
  flock 9
  then_apply_is_refused 6 2.waybill --public k.pub
  then_says "another waybill-install"
  exec 9<&-
  when_updating 2.waybill
}

scenario_two_installers_that_start_together() {
  given_installed 1 2
  local i pids=() won=0 s
  for i in 1 2 3 4; do
    "$INSTALL" apply 2.waybill --public k.pub --root edge --yes >"said.$i" 2>&1 &
    pids+=($!)
  done
  for i in "${pids[@]}"; do
    s=0
    wait "$i" || s=$?
    ((s == 0 || s == 6)) || fail "status $s"
    won=$((won + (s == 0)))
  done
  ((won > 0)) || fail "nobody won"
  then_installed 2
  then_audit_is_clean
}

scenario_a_read_only_file_system() {
  needs_root
  given_installed 1 2
  given_listing edge before
  mount --bind edge edge 2>/dev/null && mount -o remount,bind,ro edge || skip "mounting is not possible here"
  trap 'umount edge' EXIT
  when_applying 2.waybill
  ((status == 3 || status == 6)) || fail "status $status"
  then_listing_is edge before
}

scenario_too_little_room() {
  needs_root
  given_installed 1
  head -c 4000000 /dev/urandom >app/large
  "$WAYBILL" capture --name demo --release 2 --core app --output 2.waybill --unvalidated test --sequence 2 --key k.key
  mkdir small
  mount -t tmpfs -o size=2m none small 2>/dev/null || skip "mounting is not possible here"
  trap 'umount small' EXIT
  cp -a edge/. small/
  given_listing small before
  when "$INSTALL" apply 2.waybill --public k.pub --root small --yes
  then_refused
  then_says "needs" "free"
  then_listing_is small before
}

finish
