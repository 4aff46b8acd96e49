# evil.sh - signed bundles that break one rule each: refused with the right status and word, and the node as it was.
. "$(dirname "$0")/../lib.sh"

given_evil() {
  : "${EVIL:=$tests/../out/tests/evil/evil}"
  [[ -x $EVIL ]] || skip "there is no $EVIL here"
  given_releases 1
  when_installing 1.waybill
  mkdir -p outside edge/opt/outside edge/opt/demo/outside
  given_listing edge before
  given_listing outside before.outside
  node_now >before.node
}

# Refused before a record was made: not a byte of the node is another. Met while staging: the record of the undone act
# stays, and nothing else does.
then_untouched() {
  then_listing_is outside before.outside
  node_now >now
  diff before.node now || fail "the node is not as it was"
  then_audit_is_clean
  then_nothing_staged
}

then_reads_plain() { # no control character of the bundle reaches the terminal
  ! LC_ALL=C grep -qP '[^\x09\x0a\x20-\x7e\x80-\xff]|\xc2[\x80-\x9f]' "$scratch/stdout" "$scratch/stderr" ||
    fail "a control character was printed"
}

then_case_is_refused() { # NAME STATUS WORDS
  when timeout 60 "$INSTALL" apply evil.waybill --public k.pub --root edge --yes
  then_status "$2" "$1"
  then_says "$3"
  then_reads_plain
  [[ -z $(find . -name 'planted*') ]] || fail "something was planted"
  then_untouched
  when timeout 60 "$INSTALL" verify evil.waybill --public k.pub
  ((status == 0 || status == $2)) || fail "verify has status $status"
}

then_case_is_installed() { # NAME
  rm -rf sound && cp -a edge sound
  when timeout 60 "$INSTALL" apply evil.waybill --public k.pub --root sound --yes
  then_ok
}

then_every_case_is_as_listed() { # FIRST-STATUS
  local name said words
  given_evil
  while IFS=$'\t' read -r name said words; do
    rm -f evil.waybill
    "$EVIL" "$name" k.key evil.waybill
    if ((said == 0)); then then_case_is_installed "$name"; else then_case_is_refused "$name" "$said" "$words"; fi
  done < <("$EVIL" --list)
}

finish
