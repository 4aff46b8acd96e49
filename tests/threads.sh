#!/bin/bash
# threads.sh - make check-threads: what runs on several threads, by programs that ThreadSanitizer watches.
# WAYBILL and INSTALL name the programs, UNITS the unit tests. Any report fails it, whatever the program's status was.
[[ ${calm-} ]] || ! setarch -R true 2>/dev/null || calm=yes exec setarch -R bash "$0" # its shadow has fixed addresses
. "$(dirname "$0")/lib.sh"

reports=$(mktemp -d)
trap 'tell_reports' EXIT
export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 log_path=$reports/report"
room=$(df -m --output=avail /dev/shm 2>/dev/null | tail -n 1) || room=0
[[ ${SCRATCH-} ]] || ((room < 400)) || export SCRATCH=/dev/shm # no disk to wait for

tell_reports() {
  local status=$?
  cat "$reports"/* 2>/dev/null && status=1
  rm -rf "$reports"
  exit "$status"
}

given_tree() { # many batches to walk, several blocks, and a file that is cut into pieces
  local i
  given_twin 2026.3.13 t
  mkdir t/core/many
  for ((i = 0; i < 3000; i++)); do echo "$i" >"t/core/many/$i.js"; done
  for i in 1 2 3; do head -c 9000000 /dev/urandom >"t/core/block-$i"; done
  head -c 20000000 /dev/urandom >t/core/large
}

given_bundle_of_tree() { # RELEASE [OPTION]...
  when "$WAYBILL" capture --name demo --release "$1" --core t/core --plugin hello=t/plugins/wecom --output "$1.waybill" \
    --unvalidated test --key k.key --level 3 --threads 4 "${@:2}"
  then_ok
}

given_two_bundles() {
  given_keys
  given_tree
  given_bundle_of_tree 1
  echo changed >t/core/many/7.js
  given_bundle_of_tree 2 --after 1.waybill
}

damaged() { # FILE: one byte in the middle of it is another
  printf '\0\377' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 2)) conv=notrunc status=none
}

scenario_the_unit_tests() {
  local unit
  for unit in $UNITS; do
    when "$unit"
    then_ok
  done
}

scenario_capture_apply_audit_and_rollback() {
  (($(nproc) > 1)) || fail "the installer has a thread per core, and there is one core here"
  given_two_bundles
  when_installing 1.waybill
  then_audit_is_clean
  when_updating 2.waybill
  echo drift >edge/opt/demo/app/many/9.js
  when_auditing
  then_differs
  when_rolling_back
  then_ok
  then_audit_is_clean
}

scenario_a_failure_among_threads() {
  given_two_bundles
  damaged 2.waybill
  when_installing 1.waybill
  when_applying 2.waybill
  then_format
}

finish
