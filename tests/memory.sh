#!/bin/bash
# memory.sh - make check-memory: the commands on a small tree, watched by valgrind. What fails it: a read of bytes that
# nobody wrote, an access outside of what is allocated, a leak. WAYBILL and INSTALL name the programs; a native build.
. "$(dirname "$0")/lib.sh"
command -v valgrind >/dev/null || { echo "memory.sh: there is no valgrind here (.ci/deps.sh lint)" >&2; exit 3; }

watch=$(mktemp -d)
mkdir "$watch/reports"
trap 'tell_reports' EXIT

tell_reports() {
  local status=$?
  ! cat "$watch"/reports/* | grep ^== || status=1 # what begins with -- is about calls that an old valgrind does not know
  rm -rf "$watch"
  exit "$status"
}

watched() { # PROGRAM NAME: a command that runs it under valgrind
  printf '#!/bin/sh\nexec valgrind %s "%s" "$@"\n' "-q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
--errors-for-leak-kinds=definite --log-file=$watch/reports/%p" "$1" >"$watch/$2"
  chmod 755 "$watch/$2"
  echo "$watch/$2"
}
WAYBILL=$(watched "$WAYBILL" waybill)
INSTALL=$(watched "$INSTALL" waybill-install)

scenario_from_capture_to_rollback() {
  given_releases 1 2
  when "$WAYBILL" verify 2.waybill --public k.pub
  then_ok
  when "$INSTALL" verify 2.waybill --public k.pub --root edge
  then_ok
  when_installing 1.waybill
  when_updating 2.waybill
  then_audit_is_clean
  when_rolling_back
  then_ok
  when_asking_for history
}

scenario_a_large_file_is_cut_into_pieces() {
  given_app 1
  head -c 17000000 /dev/zero >app/large
  given_capture_of app 1.waybill --level 1
  when_applying 1.waybill --target core=/opt/demo/app
  then_ok
  then_audit_is_clean
}

scenario_what_goes_wrong() {
  given_releases 1 2
  when_installing 1.waybill
  echo drift >>edge/opt/demo/app/lib/core.js
  when_auditing
  then_differs
  truncate -s -1000 2.waybill
  when_applying 2.waybill
  then_format
  given_keys other
  when "$INSTALL" verify 1.waybill --public other.pub --root edge
  then_untrusted
}

finish
