# damage.sh - a bad stick: every bad range is named, nothing of it is believed, and the node stays as it was.
. "$(dirname "$0")/../lib.sh"

given_node_and_a_large_bundle() { # ./edge has release 1; 2.waybill has several blocks
  given_releases 1
  when_installing 1.waybill
  head -c 50000000 /dev/urandom >app/large
  "$WAYBILL" capture --name demo --release 2 --core app --plugin hello=plugins/hello --output 2.waybill --unvalidated test \
    --sequence 2 --key k.key --level 1
  given_listing edge before
}

given_node_and_a_small_bundle() {
  given_releases 1 2
  when_installing 1.waybill
  given_listing edge before
}

members() { # BUNDLE: name, header offset, content offset and size of each
  python3 - "$1" <<'END'
import sys, tarfile
for m in tarfile.open(sys.argv[1]): print(m.name, m.offset, m.offset_data, m.size)
END
}

flip() { # FILE OFFSET: one bit
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

then_neither_verify_nor_apply_take_it() { # BUNDLE WHERE
  when "$WAYBILL" verify "$1" --public k.pub
  ((status == 4 || status == 5)) || fail "$2: verify has status $status"
  when "$INSTALL" verify "$1" --public k.pub --root edge
  ((status == 4 || status == 5)) || fail "$2: the installer's verify has status $status"
  when_applying "$1"
  ((status == 4 || status == 5)) || fail "$2: apply has status $status"
  then_only_records_may_differ "$2"
}

then_only_records_may_differ() { # an undone act is a record, and the only thing that is new
  listing_of edge >"$scratch/listing.now"
  diff "$scratch/listing.before" "$scratch/listing.now" | grep '^[<>]' | grep -v 'var/lib/waybill/demo/acts/' >left || return 0
  cat left
  fail "$1: $(head -n 1 left)"
}

scenario_one_bit_in_each_member() {
  given_node_and_a_small_bundle
  local name header content size
  members 2.waybill >list
  while read -r name header content size; do
    for at in "$header" $((header + 124)) $((header + 511)) "$content" $((content + size / 2)) $((content + size - 1)); do
      cp 2.waybill bad.waybill
      flip bad.waybill "$at"
      then_neither_verify_nor_apply_take_it bad.waybill "$name, byte $at"
    done
  done <list
}

scenario_one_bit_in_the_padding_and_the_end() {
  given_node_and_a_small_bundle
  local name header content size at
  members 2.waybill >list
  while read -r name header content size; do
    at=$((content + (size + 511) / 512 * 512 - 1))
    ((size % 512)) || continue
    cp 2.waybill bad.waybill
    flip bad.waybill "$at"
    then_neither_verify_nor_apply_take_it bad.waybill "padding of $name"
  done <list
  cp 2.waybill bad.waybill
  flip bad.waybill $(($(stat -c %s bad.waybill) - 1))
  then_neither_verify_nor_apply_take_it bad.waybill "the end"
}

scenario_cut_at_each_member_and_anywhere() {
  given_node_and_a_small_bundle
  local at size
  size=$(stat -c %s 2.waybill)
  RANDOM=7
  for at in $(members 2.waybill | awk '{print $2; print $3; print $3 + $4}') 0 1 $((size - 1)) $((size - 512)) \
    $((size - 1024)) $((RANDOM % size)) $((RANDOM % size)) $((RANDOM % size)); do
    head -c "$at" 2.waybill >bad.waybill
    then_neither_verify_nor_apply_take_it bad.waybill "cut at $at"
  done
}

scenario_something_behind_the_end() {
  given_node_and_a_small_bundle
  cp 2.waybill bad.waybill
  printf x >>bad.waybill
  then_neither_verify_nor_apply_take_it bad.waybill "one byte more"
  cp 2.waybill bad.waybill
  echo extra >extra
  tar -rf bad.waybill extra
  then_neither_verify_nor_apply_take_it bad.waybill "one member more"
}

scenario_every_bad_range_is_named_at_once() {
  given_node_and_a_large_bundle
  local name header content size first third
  members 2.waybill | grep blocks/ >list
  (($(wc -l <list) > 3)) || fail "too few blocks"
  read -r name header content size < <(sed -n 1p list)
  first=$header && flip 2.waybill $((content + 10))
  read -r name header content size < <(sed -n 3p list)
  third=$header && flip 2.waybill $((content + 10))
  when "$WAYBILL" verify 2.waybill --public k.pub --json
  then_format
  then_json '.bad | length' 2
  then_json '[.bad[].what | split(":")[0]]' '["blocks/00000.tar.zst","blocks/00002.tar.zst"]'
  then_json .whole false
  when "$INSTALL" verify 2.waybill --public k.pub --root edge
  then_format
  then_says "$first" "$third"
  when_applying 2.waybill
  then_format
  then_says "2 bad ranges"
  then_only_records_may_differ "two bad blocks"
}

scenario_a_bad_index_is_found_before_anything_is_recorded() {
  given_node_and_a_small_bundle
  local name header content size
  read -r name header content size < <(members 2.waybill | grep index/)
  flip 2.waybill $((content + 5))
  when_applying 2.waybill
  then_format
  then_listing_is edge before
}

scenario_a_manifest_from_another_bundle() {
  given_node_and_a_small_bundle
  mkdir x
  tar -xf 2.waybill -C x
  tar -xf 1.waybill -C x waybill.json signatures
  (cd x && tar --format=ustar -cf ../bad.waybill waybill.json signatures/*.minisig index/* blocks/*)
  then_neither_verify_nor_apply_take_it bad.waybill "manifest of 1, content of 2"
}

scenario_not_a_bundle_at_all() {
  given_node_and_a_small_bundle
  head -c 5000 /dev/zero >zeros
  head -c 5000 /dev/urandom >noise
  : >empty
  local file
  for file in zeros noise empty k.pub; do then_neither_verify_nor_apply_take_it "$file" "$file"; done
  when_applying .
  ((status == 3 || status == 4)) || fail "a directory: status $status"
  when_applying nowhere.waybill
  then_system
}

scenario_a_damaged_record_is_never_guessed_around() {
  given_node_and_a_small_bundle
  local record=edge/var/lib/waybill/demo/acts/000001.json command
  cp "$record" whole
  for command in 'echo >R' 'head -c 100 whole >R' 'sed s/committed/committee/ whole >R' 'sed s/\"core\"/\"cove\"/ whole | rev >R'; do
    eval "${command//>R/>$record}"
    given_listing edge/opt before
    when_applying 2.waybill
    then_status 8 "$command"
    then_listing_is edge/opt before
    cp whole "$record"
  done
  when_updating 2.waybill
}

scenario_a_damaged_listing_is_stuck_not_clean() {
  given_node_and_a_small_bundle
  local one
  for one in edge/var/lib/waybill/demo/trees/*; do echo x >>"$one"; done
  when_auditing
  then_status 8
}

finish
