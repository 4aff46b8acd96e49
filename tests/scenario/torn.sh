# torn.sh - bundles that were torn apart on the way: cut at hundreds of places, spoilt in every member at once, put together
# in another order.
. "$(dirname "$0")/../lib.sh"

given_node_and_a_bundle() {
  given_releases 1 2
  when_installing 1.waybill
  given_trees
}

given_node_and_a_large_bundle() { # 2.waybill has several blocks
  given_releases 1
  when_installing 1.waybill
  head -c 50000000 /dev/urandom >app/large
  "$WAYBILL" capture --name demo --release 2 --core app --plugin hello=plugins/hello --output 2.waybill --unvalidated test \
    --sequence 2 --key k.key --level 1
  given_trees
}

given_trees() { given_listing edge/opt trees; } # an undone act leaves a record and nothing else

given_members() { # 2.waybill: ./members/NUMBER is the header and the content of one, ./names has a line for each
  mkdir members
  python3 - <<'END_OF_PYTHON'
import tarfile
raw = open("2.waybill", "rb").read()
names = open("names", "w")
for i, m in enumerate(tarfile.open("2.waybill")):
    end = m.offset_data + (m.size + 511) // 512 * 512
    open("members/%04d" % i, "wb").write(raw[m.offset:end])
    print(m.name, m.offset, m.offset_data, m.size, file=names)
END_OF_PYTHON
}

given_bad_bundle_of() { # NUMBER...: these members in this order, and the end
  local number
  for number; do cat "members/$(printf %04d "$number")"; done >bad.waybill
  head -c 1024 /dev/zero >>bad.waybill
}

then_nobody_takes_it() { # WHERE
  when "$WAYBILL" verify bad.waybill --public k.pub
  ((status == 4 || status == 5)) || fail "$1: verify has status $status"
  when_applying bad.waybill
  ((status == 4 || status == 5)) || fail "$1: apply has status $status"
  then_listing_is edge/opt trees
}

flip() { # FILE OFFSET: one bit
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf "\\x$(printf %02x $((byte ^ 4)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

scenario_cut_at_five_hundred_places() {
  given_node_and_a_bundle
  local i=0 at size
  size=$(stat -c %s 2.waybill)
  cp 2.waybill bad.waybill
  for at in $(awk -v n="$size" 'BEGIN {srand(11); for (i = 0; i < 500; i++) print int(rand() * n)}' | sort -rnu); do
    truncate -s "$at" bad.waybill
    status=0
    "$INSTALL" apply bad.waybill --public k.pub --root edge --yes >said 2>&1 || status=$?
    ((status == 4 || status == 5)) || { cat said; fail "cut at $at: status $status"; }
    i=$((i + 1))
  done
  ((i > 400)) || fail "only $i places"
  then_listing_is edge/opt trees
  then_nothing_staged
  when_updating 2.waybill
}

scenario_a_bit_in_every_member_at_once() {
  given_node_and_a_large_bundle
  given_members
  local name content size
  cp 2.waybill bad.waybill
  while read -r name _ content size; do
    case $name in
      index/* | blocks/*) flip bad.waybill $((content + size / 2)); echo "$name" >>spoilt ;;
    esac
  done <names
  (($(wc -l <spoilt) > 4)) || fail "too few members"
  when "$WAYBILL" verify bad.waybill --public k.pub --json
  then_format
  then_json '[.bad[].what | split(":")[0]]' "$(jq -Rcn '[inputs]' spoilt)"
  then_json '[.bad[].from]' "$(awk '/^(index|blocks)\// {print $2}' names | jq -cn '[inputs]')"
  when "$INSTALL" verify bad.waybill --public k.pub --root edge --json
  then_format
  then_json '.bad | length' "$(wc -l <spoilt)"
  while read -r name; do then_says "$name"; done <spoilt
  then_nobody_takes_it "a bit in every member"
}

scenario_members_in_another_order_or_twice() {
  given_node_and_a_large_bundle
  given_members
  local last
  last=$(($(wc -l <names) - 1))
  given_bad_bundle_of $(seq 0 $last)
  cmp bad.waybill 2.waybill || fail "it is not put together as it was"
  ((last >= 5)) || fail "too few members"
  given_bad_bundle_of $(seq 0 $((last - 2))) $last $((last - 1))
  then_nobody_takes_it "two blocks changed places"
  given_bad_bundle_of $(seq 0 $last) $last
  then_nobody_takes_it "a block twice"
  given_bad_bundle_of $(seq 0 $((last - 1))) $((last - 1))
  then_nobody_takes_it "a block in the place of another"
  given_bad_bundle_of $(seq 0 $((last - 2))) $last
  then_nobody_takes_it "a block is missing"
  given_bad_bundle_of 0 1 2 2 $(seq 3 $last)
  then_nobody_takes_it "the index twice"
  given_bad_bundle_of 0 1 1 $(seq 2 $last)
  then_nobody_takes_it "the signature twice"
  given_bad_bundle_of 0 0 $(seq 1 $last)
  then_nobody_takes_it "the manifest twice"
}

finish
