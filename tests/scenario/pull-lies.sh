# pull-lies.sh - a mirror that cuts, lies, changes or asks: nothing wrong gets the name, nothing right is lost.
. "$(dirname "$0")/../lib.sh"
. "$tests/reach.sh"

scenario_one_wrong_bit_on_the_way_is_fetched_again() {
  given_on_mirror 1
  given_fault flip:70000 1
  pulling "$spoilt/x.waybill"
  then_ok
  then_got 1.waybill
}

scenario_a_damaged_bundle_is_refused_by_block() {
  given_on_mirror 1
  printf X | dd of=www/x.waybill bs=1 seek=4000000 conv=notrunc status=none
  pulling "$mirror/x.waybill"
  then_format
  then_says "blocks/" "its digest is not the one in the manifest"
  then_got_nothing
}

scenario_a_truncated_bundle_is_refused() {
  given_on_mirror 1
  truncate -s -1000000 www/x.waybill
  pulling "$mirror/x.waybill"
  then_format
  then_says "the server has $(stat -c %s www/x.waybill) bytes, the bundle needs $(stat -c %s 1.waybill)"
  then_got_nothing
}

scenario_bytes_behind_the_bundle_are_not_taken() {
  given_on_mirror 1
  echo more >>www/x.waybill
  pulling "$mirror/x.waybill"
  then_ok
  then_got 1.waybill
}

scenario_another_stretch_than_asked_for_is_refused() {
  given_on_mirror 1
  given_fault range
  pulling "$spoilt/x.waybill"
  then_format
  then_says "asked for bytes 0 to 65535, the server says it gives"
  then_got_nothing
}

scenario_a_size_that_is_not_true_changes_nothing() {
  given_on_mirror 1
  given_fault longer
  pulling "$spoilt/x.waybill"
  then_ok
  then_got 1.waybill
}

scenario_a_page_is_no_bundle() {
  given_on_mirror 1
  head -c 100000 /dev/zero | tr '\0' h >www/x.waybill
  pulling "$mirror/x.waybill"
  then_format
  then_says "not a bundle"
  then_got_nothing
  then_absent .got.waybill.pull
}

scenario_a_key_that_does_not_count_writes_nothing() {
  given_on_mirror 1
  given_keys other
  when "$WAYBILL" pull "$mirror/x.waybill" --public other.pub --output got.waybill
  then_untrusted
  then_got_nothing
  then_absent .got.waybill.pull
}

scenario_a_silent_server_is_left() {
  given_on_mirror 1
  given_fault stall:100000
  retries=0 pulling "$spoilt/x.waybill" --timeout 1
  then_system
  then_got_nothing
}

scenario_no_answer_is_asked_for_again_and_then_told() {
  given_on_mirror 1
  given_fault drop
  retries=1 pulling "$spoilt/x.waybill"
  then_system
  then_says "again in 1 s"
  then_got_nothing
}

scenario_another_bundle_under_the_name_meanwhile() {
  given_on_mirror 1 'limit_rate 24m;'
  given_large 2 --after 1.waybill
  "$WAYBILL" pull "$mirror/x.waybill" --public k.pub --output got.waybill --json >said 2>&1 &
  local first=$!
  until [[ -e .got.waybill.pull ]]; do sleep 0.01; done
  printf X | dd of=www/x.waybill bs=1 seek=30000000 conv=notrunc status=none
  cp 2.waybill next && mv next www/x.waybill
  wait "$first" || { cat said; fail "status $?"; }
  then_got 2.waybill
}

scenario_a_newer_bundle_is_not_replaced() {
  given_on_mirror 1
  given_large 2 --after 1.waybill
  cp 2.waybill got.waybill
  pulling "$mirror/x.waybill"
  then_untrusted
  then_says "it is newer: 2 with sequence 2, this is 1 with sequence 1"
  then_got 2.waybill
  then_absent .got.waybill.pull
}

scenario_what_is_no_bundle_is_not_replaced() {
  given_on_mirror 1
  echo mine >got.waybill
  pulling "$mirror/x.waybill"
  then_refused
  then_equal "$(cat got.waybill)" mine
  then_absent .got.waybill.pull
}

scenario_what_is_not_there_is_told() {
  given_on_mirror 1
  pulling "$mirror/y.waybill"
  then_system
  then_says "y.waybill: there is nothing"
  then_absent .got.waybill.pull
}

scenario_a_full_disk_is_told_before() {
  needs_root
  given_on_mirror 1
  mkdir small
  mount -t tmpfs -o size=3m none small || skip "tmpfs cannot be mounted"
  trap 'end_servers; umount "$scratch/here/small"' EXIT
  pulling_to small/got.waybill "$mirror/x.waybill"
  then_system
  then_says "make room for $(stat -c %s 1.waybill) bytes"
  then_absent small/got.waybill
}

finish
