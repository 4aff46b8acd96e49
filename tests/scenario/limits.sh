# limits.sh - small limits of the process that starts the installer: it works, or nothing has changed.
. "$(dirname "$0")/../lib.sh"

given_node_with_a_file_of_64K() {
  given_releases 1 2
  given_app 3
  head -c 65536 /dev/urandom >app/lib/large
  "$WAYBILL" capture --name demo --release 3 --output 3.waybill --unvalidated test --core app --plugin hello=plugins/hello \
    --key k.key --after 2.waybill
  when_installing 1.waybill
  when_updating 2.waybill
  mv edge ready
  given_outcome before
  given_outcome after apply
}

apply() { "${applying_3[@]}"; }

limited() ( # LETTER LIMIT COMMAND...
  ulimit "-$1" "$2"
  exec "${@:3}"
)

then_worked_or_nothing_has_changed() {
  case $status in
    0) then_node_is after ;;
    3 | 6) then_node_is before ;;
    *) fail "$where: exit status $status" ;;
  esac
  then_records_are_whole
}

scenario_a_small_limit_of_file_sizes_is_an_error_and_no_death() {
  local blocks failed=0
  given_node_with_a_file_of_64K
  for blocks in 0 1 2 4 8 16 32 63 200 4096; do # of 1 KiB
    fresh
    where="files of at most $blocks KiB"
    when limited f "$blocks" "${applying_3[@]}"
    then_worked_or_nothing_has_changed
    ((status == 0)) || failed=$((failed + 1))
    ((status == 0 || blocks == 0)) || then_says 'File too large'
    fresh
    when limited f "$blocks" "${rolling_back[@]}"
    ((status == 0 || status == 3 || status == 6)) || fail "$where: rollback has status $status"
    "${recovering[@]}" || fail "$where: cannot be recovered"
    then_audit_is_clean
  done
  ((failed >= 6)) || fail "the limit was felt $failed times only"
}

scenario_few_descriptors_are_enough_or_it_says_so() {
  local most worked=0 failed=0
  given_node_with_a_file_of_64K
  for most in 3 4 5 6 7 8 9 10 11 12 13 14 16 20 32 64; do
    fresh
    where="$most descriptors"
    when limited n "$most" "${applying_3[@]}"
    then_worked_or_nothing_has_changed
    ((status == 0)) && worked=$((worked + 1)) || failed=$((failed + 1))
    ((status == 0)) || grep -qE 'Too many open files|No file descriptors available' "$scratch/stderr" || fail "$where: does not say so"
  done
  ((worked && failed)) || fail "worked $worked times, failed $failed times"
}

finish
