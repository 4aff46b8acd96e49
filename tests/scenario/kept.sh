# kept.sh - copies of the installer stay as long as something names them, and no longer.
. "$(dirname "$0")/../lib.sh"

given_copy() { # WORD: of an installer of that version; its digest in $digest
  digest=$(b2sum -l 256 <<<"$1" | cut -d ' ' -f 1)
  mkdir -p edge/var/lib/waybill/installer
  echo "$1" >"edge/var/lib/waybill/installer/$digest"
}
copies() { cat edge/var/lib/waybill/installer/* 2>/dev/null | paste -sd ' '; }

given_copies() { # "old" is named by a record whose restore point is there, "other" by an unfinished one of another application,
  given_history_of 1 2
  given_copy old
  given_record ".installer = \"$digest\""
  given_copy other
  mkdir -p edge/var/lib/waybill/other/acts edge/etc/waybill
  jq -cnS --arg installer "$digest" '{components: [], installer: $installer, kind: "apply", name: "other", number: 1, started: 1,
    step: "hold", type: "act", waybill: 1}' >edge/var/lib/waybill/other/acts/000001.json
  given_copy site # by the site alone,
  jq -n --arg installer "$digest" '{applications: [{application: "third", installer: $installer, profile: "generic"}]}' >edge/etc/waybill/site.json
  given_copy nobody # and by nothing
  given_releases 3
}

scenario_a_commit_takes_away_copies_that_nothing_names() {
  given_copies
  when_applying 3.waybill --name demo --accept-downgrade
  then_ok
  then_equal "$(copies | tr ' ' '\n' | sort | paste -sd ' ')" 'old other site' "copies of installers"
}

scenario_so_does_prune_with_the_points_that_go() {
  given_copies
  when_applying 3.waybill --name demo --accept-downgrade
  then_ok
  when "$INSTALL" prune --root edge --name demo --days 0 --keep 1
  then_ok
  then_equal "$(copies | tr ' ' '\n' | sort | paste -sd ' ')" 'other site' "copies of installers"
}

scenario_where_somebody_is_at_work_or_cannot_be_asked_all_stay() {
  given_copies
  local before
  before=$(copies)
  (exec 9>edge/var/lib/waybill/other/lock && flock 9 && when_applying 3.waybill --name demo --accept-downgrade && then_ok)
  then_equal "$(copies)" "$before" "copies, another application is at work"
  echo spoilt >edge/var/lib/waybill/other/acts/000001.json
  when "$INSTALL" prune --root edge --name demo
  then_ok
  then_equal "$(copies)" "$before" "copies, a record is spoilt"
}
finish
