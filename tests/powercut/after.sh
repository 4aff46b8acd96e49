#!/bin/sh
# after.sh hand|boot - in a machine whose power was cut: a person recovers, or the next boot does; then all is as between acts.
# The service comes up by itself either way.
set -eu
records=/var/lib/waybill/toy install=/stick/waybill-install
fail() { echo "$*" && exit 1; }
recorded() { find $records -name '*[0-9].json' -print -quit 2>/dev/null; }
come_up() { /stick/service.sh status || /stick/service.sh start || fail "the service does not start"; }
case $1 in
hand)
  $install recover >/run/said 2>&1 || { status=$? && [ $status = 6 ] && [ ! -e "$(recorded)" ]; } ||
    fail "recover: $status $(tail -n 1 /run/said)"
  come_up
  ;;
boot)
  $install recover --boot >/run/said 2>&1 || fail "recover --boot: $? $(tail -n 1 /run/said)"
  come_up
  $install recover --prove >/run/said 2>&1 || fail "recover --prove: $? $(tail -n 1 /run/said)"
  ;;
esac
[ ! -e /run/mixture ] || fail "started from a mixture: $(cat /run/mixture)"
/stick/service.sh status || fail "the service is down"
[ -e "$(recorded)" ] || exit 0 # cut before there was anything to record
$install audit >/run/said 2>&1 || fail "audit: $? $(tail -n 1 /run/said)"
$install history --json >/run/history 2>/run/said || fail "history: $? $(tail -n 1 /run/said)"
jq -e 'all(.acts[]; .outcome == "committed" or .outcome == "undone")' /run/history >/dev/null || fail "an act has no outcome"
[ ! -e $records/hold ] || fail "the marker is left"
left=$(find $records -name '.new-*')
[ -z "$left" ] || fail "left behind: $left"
for slot in $(find /opt /root -path '*/.waybill/toy/[0-9]*' -prune -print); do
  jq -e --arg n "${slot##*/}" 'any(.acts[]; .number == ($n | tonumber) and (.outcome == "committed" or .capsule == true))' \
    /run/history >/dev/null || fail "left behind: $slot"
done
