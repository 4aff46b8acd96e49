# by-hand.sh - a bundle is opened without Waybill: the recipe that docs/format.md prints, word for word.
. "$(dirname "$0")/../lib.sh"

recipe() { # the first sh block after the heading
  sed -n '/^#* *Opening a bundle without Waybill/,$p' "$tests/../docs/format.md" | sed -n '/^```sh$/,/^```$/p' |
    sed '1d; /^```$/,$d'
}

given_bundle_and_trusted_key() { # demo.waybill, canary.pub
  local tool
  for tool in minisign jq b2sum zstd tar; do needs $tool; done
  given_keys
  mv k.pub canary.pub
  given_twin 2026.3.23-2 t
  head -c 40000000 /dev/urandom >t/core/large
  rm t/plugins/wecom/node_modules/openclaw
  "$WAYBILL" capture --name openclaw --release 2026.3.23-2 --core t/core --plugin wecom=t/plugins/wecom --unvalidated test \
    --output demo.waybill --key k.key
}

when_opening_by_hand() {
  recipe >recipe.sh
  grep -q minisign recipe.sh || fail "docs/format.md has no recipe"
  when env -i PATH="$PATH" HOME="$PWD" sh ./recipe.sh
}

then_opened() { # exactly the captured trees
  then_ok
  then_equal "$(ls opened | paste -sd' ')" "core wecom" components
  then_same_tree t/core opened/core
  then_same_tree t/plugins/wecom opened/wecom
}

then_not_believed() { # TEXT: the step that says so; nothing was unpacked
  ((status != 0)) || fail "believed"
  then_says "$@"
  then_equal "$(ls opened)" "" "unpacked"
}

given_taken_apart() { mkdir y && tar -xf demo.waybill -C y; }
given_put_together() { # MEMBER...: from ./y, in this order
  (cd y && tar --format=ustar -cf ../demo.waybill "$@")
}

scenario_the_recipe_gives_the_captured_tree() {
  given_bundle_and_trusted_key
  when_opening_by_hand
  then_opened
}

scenario_one_of_three_signatures_is_trusted() {
  given_bundle_and_trusted_key
  given_keys other
  given_keys third
  "$WAYBILL" sign demo.waybill --key other.key
  "$WAYBILL" sign demo.waybill --key third.key
  when_opening_by_hand
  then_opened
}

scenario_a_bundle_that_only_others_signed_is_not_opened() {
  given_bundle_and_trusted_key
  given_keys other
  mv other.pub canary.pub
  when_opening_by_hand
  then_not_believed "key id"
}

scenario_a_planted_key_is_not_believed() {
  given_bundle_and_trusted_key
  given_keys evil
  given_taken_apart
  mv evil.pub y/canary.pub
  rm y/signatures/*
  minisign -S -s evil.key -m y/waybill.json -x y/signatures/0.minisig -t evil
  given_put_together canary.pub waybill.json signatures/0.minisig index blocks canary.pub
  when_opening_by_hand
  then_not_believed "key id"
}

scenario_extra_members_do_not_matter_by_hand_and_are_refused_by_us() {
  given_bundle_and_trusted_key
  mkdir -p extra/core
  echo extra >extra/core/extra
  ln -s /etc extra/index
  tar -rf demo.waybill -C extra core index
  when "$WAYBILL" verify demo.waybill --public canary.pub
  then_format
  when_opening_by_hand
  then_opened
}

scenario_a_second_manifest_is_not_believed() {
  given_bundle_and_trusted_key
  mkdir extra
  echo '{}' >extra/waybill.json
  tar -rf demo.waybill -C extra waybill.json
  when_opening_by_hand
  then_not_believed
}

scenario_a_second_block_of_the_same_name_is_noticed() {
  given_bundle_and_trusted_key
  given_taken_apart
  echo other >y/blocks/00000.tar.zst
  tar -rf demo.waybill -C y blocks/00000.tar.zst
  when_opening_by_hand
  then_not_believed "blocks/00000.tar.zst: FAILED"
}

scenario_a_changed_block_is_noticed() {
  given_bundle_and_trusted_key
  given_taken_apart
  printf x | dd of=y/blocks/00000.tar.zst bs=1 seek=100 conv=notrunc status=none
  given_put_together waybill.json signatures index blocks
  when_opening_by_hand
  then_not_believed "blocks/00000.tar.zst: FAILED"
}

scenario_the_tree_digest_is_that_of_the_index() {
  given_bundle_and_trusted_key
  given_taken_apart
  cd y
  then_equal "$(zstd -dcq index/*.zst | awk -F '\t' '$1 == "core"' | cut -f 2-7 | b2sum -l 256 | cut -d' ' -f1)" \
    "$(jq -r '.components[] | select(.id == "core").tree' waybill.json)" "tree digest"
}

scenario_the_digest_of_each_file_in_the_index_is_that_of_b2sum() {
  given_bundle_and_trusted_key
  given_taken_apart
  mkdir files
  cat y/blocks/* | zstd -dc | tar -xf - -C files
  zstd -dcq y/index/*.zst | awk -F '\t' '$3 == "f" {print $6 "  " $1 "/" $2}' >sums
  then_equal "$(cd files && b2sum -l 256 -c --strict ../sums 2>&1 | grep -c ': OK$')" "$(find files -type f | wc -l)" "files whose digest is right"
}

scenario_blocks_together_are_one_plain_tar_without_hard_links() {
  given_bundle_and_trusted_key
  given_taken_apart
  cat y/blocks/* | zstd -dc >all.tar
  then_equal "$(tar -tvf all.tar | grep '^h' | head -n 3)" "" "hard links"
  then_equal "$(tar -tf all.tar | cut -d/ -f1 | sort -u | paste -sd' ')" "core wecom" "top names"
}

finish
