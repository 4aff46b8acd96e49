# evil.sh - bundles that a trusted key has signed and that break one rule each: refused with the right status and words,
# and the node as it was. The cases are those of `evil --list` (tests/evil); a few are sound, so that the others prove something.
. "$(dirname "$0")/../lib.sh"
EVIL=${EVIL:-$(dirname "$WAYBILL")/tests/evil/evil}

given_ready() { # ./ready: a node with release 1, its key, and places that a bundle may want to reach
  given_releases 1
  when_installing 1.waybill
  mkdir -p ready/outside edge/outside edge/opt/outside edge/opt/demo/outside
  mv edge k.key k.pub ready/
}

given_case() { # NAME
  cp -a "$ready/ready/." .
  "$EVIL" "$1" k.key evil.waybill
  given_listing outside outside
  node_now >before
}

then_nothing_happened() {
  then_listing_is outside outside
  node_now >now
  diff before now || fail "the node is not as it was"
  [[ -z $(find . -name '*planted*') ]] || fail "something was planted"
  then_nothing_staged
  then_audit_is_clean
}

then_reads_plain() { # no control character of a bundle reaches the terminal
  ! grep -qaP '[^\x09\x0a\x20-\x7e\x80-\xff]|\xc2[\x80-\x9f]' "$scratch/stdout" "$scratch/stderr" ||
    fail "a control character was printed"
}

limit=(prlimit --data=1073741824) # more than any of these bundles needs; a sanitizer's shadow does not fit
"${limit[@]}" "$INSTALL" --version >/dev/null 2>&1 || limit=()

when_given_time() { # COMMAND...: 20 s are more than any refusal takes
  when "${limit[@]}" timeout 90 "$@"
}

case_is_installed() { # NAME
  given_case "$1"
  when_given_time "$INSTALL" verify evil.waybill --public k.pub
  then_ok
  when_given_time "$INSTALL" apply evil.waybill --public k.pub --root edge --yes
  then_ok
  then_audit_is_clean
  [[ -z $(find edge/opt -perm /o+w ! -type l) ]] || fail "others can write what was installed"
}

case_is_refused() { # NAME STATUS WORDS
  given_case "$1"
  when_given_time "$INSTALL" verify evil.waybill --public k.pub
  ((status == 0 || status == $2)) || fail "verify has status $status"
  then_reads_plain
  when_given_time "$INSTALL" apply evil.waybill --public k.pub --root edge --yes
  then_status "$2"
  then_says "$3"
  then_reads_plain
  then_nothing_happened
}

case_of() { # NAME: as the list has it
  local status words
  IFS=$'\t' read -r _ status words < <("$EVIL" --list | grep -P "^$1\t")
  if ((status == 0)); then case_is_installed "$1"; else case_is_refused "$1" "$status" "$words"; fi
}

scenario_without_the_generator() { skip "there is no $EVIL here"; }

scenario_names() {
  if [[ -x $EVIL ]]; then "$EVIL" --list | cut -f 1 | sed 's/^/scenario_/'; else echo scenario_without_the_generator; fi
}

for name in $(scenario_names); do
  [[ $name == scenario_without_the_generator ]] || eval "$name() { case_of ${name#scenario_}; }"
done
ready=$(mktemp -d "${SCRATCH:-${TMPDIR:-/tmp}}/waybill-evil.XXXXXX")
trap 'rm -rf "$ready"' EXIT
[[ ! -x $EVIL ]] || (scratch=$ready && cd "$ready" && given_ready >/dev/null 2>&1)

finish
