# keys.sh - keys and signatures are minisign's own: made here, good there, and the other way round.
. "$(dirname "$0")/../lib.sh"

PW="correct horse"

given_minisign_key() { # a, without a passphrase
  needs minisign
  minisign -G -W -p a.pub -s a.key >/dev/null
}

given_minisign_key_with_passphrase() { # b
  needs minisign
  printf '%s\n%s\n' "$PW" "$PW" | minisign -G -p b.pub -s b.key >/dev/null
}

given_unsigned_bundle() {
  given_app 1
  "$WAYBILL" capture --name demo --release 1 --core app --plugin hello=plugins/hello --output u.waybill --unvalidated test
}

given_manifest_of() { tar -xf "$1" waybill.json; }

when_signing() { when "$WAYBILL" sign u.waybill "$@"; }
when_verifying() { when "$WAYBILL" verify u.waybill "$@"; }
when_minisign_verifies() { # PUBLIC: every signature of u.waybill
  local one
  tar -xf u.waybill waybill.json signatures
  for one in signatures/*; do when minisign -V -q -p "$1" -m waybill.json -x "$one"; done
}

scenario_a_key_made_by_minisign_signs_here() {
  given_minisign_key
  given_unsigned_bundle
  when_signing --key a.key
  then_ok
  when_verifying --public a.pub
  then_ok
  when_minisign_verifies a.pub
  then_ok
}

scenario_a_key_with_a_passphrase_made_by_minisign_signs_here() {
  given_minisign_key_with_passphrase
  given_unsigned_bundle
  when_signing --key b.key <<<"wrong"
  then_status 2
  when_signing --key b.key <<<"$PW"
  then_ok
  when_minisign_verifies b.pub
  then_ok
}

scenario_a_key_made_here_signs_with_minisign() {
  needs minisign
  given_keys w
  echo text >m
  when minisign -S -s w.key -m m -x m.minisig -t c
  then_ok
  when minisign -V -q -p w.pub -m m -x m.minisig
  then_ok
}

scenario_a_key_with_a_passphrase_made_here_signs_with_minisign() {
  needs minisign
  when "$WAYBILL" keygen --secret w.key --public w.pub <<<"$PW"
  then_ok
  echo text >m
  when minisign -S -s w.key -m m -x m.minisig <<<"$PW"
  then_ok
  when minisign -V -q -p w.pub -m m -x m.minisig
  then_ok
  when minisign -S -s w.key -m m -x n.minisig <<<"wrong"
  then_absent n.minisig
}

scenario_a_secret_key_is_for_its_owner_alone() {
  given_keys
  then_equal "$(stat -c %a k.key)" 600 mode
  then_equal "$(stat -c %a k.pub)" 644 mode
}

scenario_keygen_never_overwrites() {
  given_keys
  cp k.key before
  when "$WAYBILL" keygen --secret k.key --public other.pub --no-passphrase
  then_refused
  then_says k.key
  then_absent other.pub
  cmp k.key before
  when "$WAYBILL" keygen --secret other.key --public k.pub --no-passphrase
  then_refused
  then_absent other.key
}

scenario_a_bundle_is_signed_on_another_machine() {
  given_unsigned_bundle
  given_keys
  when_verifying --public k.pub
  then_untrusted
  mkdir elsewhere
  mv k.key elsewhere/
  cp u.waybill elsewhere/
  (cd elsewhere && "$WAYBILL" sign u.waybill --key k.key)
  cp elsewhere/u.waybill .
  when_verifying --public k.pub
  then_ok
}

scenario_a_signature_that_minisign_made_is_attached() {
  given_minisign_key
  given_unsigned_bundle
  given_manifest_of u.waybill
  minisign -S -s a.key -m waybill.json -x a.minisig -t "by hand"
  when_signing --signature a.minisig
  then_ok
  when_verifying --public a.pub
  then_ok
  when_signing --signature a.minisig
  then_refused
}

scenario_a_legacy_signature_is_refused() {
  given_minisign_key
  given_unsigned_bundle
  given_manifest_of u.waybill
  minisign -S -l -s a.key -m waybill.json -x a.minisig -t old
  cp u.waybill before
  when_signing --signature a.minisig
  then_format
  cmp u.waybill before
}

scenario_a_signature_over_something_else_is_not_believed() {
  given_minisign_key
  given_unsigned_bundle
  echo other >m
  minisign -S -s a.key -m m -x a.minisig -t c
  when_signing --signature a.minisig
  when_verifying --public a.pub
  then_untrusted
}

scenario_two_of_three_must_have_signed() {
  local name
  given_unsigned_bundle
  for name in x y z; do given_keys $name; done
  when_signing --key x.key
  when_verifying --public x.pub --public y.pub --public z.pub --threshold 2
  then_untrusted
  when_signing --key z.key
  then_says "2 signatures"
  when_verifying --public x.pub --public y.pub --public z.pub --threshold 2 --json
  then_ok
  then_json '.keys | length' 2
  when_verifying --public x.pub --public y.pub --threshold 2
  then_untrusted
  when_verifying --public x.pub --public x.pub --threshold 2
  ((status != 0)) || fail "one key counted twice"
}

scenario_signing_changes_nothing_but_the_signatures() {
  given_unsigned_bundle
  given_keys
  mkdir before after
  tar -xf u.waybill -C before
  when_signing --key k.key
  tar -xf u.waybill -C after
  rm -r after/signatures
  then_same_tree before after
}

finish
