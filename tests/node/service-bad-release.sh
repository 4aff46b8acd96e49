# service-bad-release.sh - a release that does not work is taken back, with what it wrote, and not tried twice.
. "$(dirname "$0")/acts.sh"

given_kept_state() { # what the old release wrote
  there mkdir -p "$state/credentials"
  echo '{"device":"d-1"}' | put "$state/credentials/device.json" 600
  echo 'rows of the old release' | put "$state/data/rows.db"
  before=$(state_now)
}

then_old_release_is_back() { # and proven, with all it had
  then_status 7
  then_answers 2.0.0
  then_unchanged_since "$before"
  then_equal "$(schema)" 1
  then_last '[.outcome, .failed, .proven, .baseline.verdict]' '["undone",true,true,"passed"]'
  when_waybill_install status
  then_says_not UNFINISHED
  when_waybill_install history
  then_says "undone"
  then_nothing_is_left
}

capsule() { # PATH: what the failed release had there, as the act's record names its place
  there cat "/$(last ".states[] | select(.path == \"${1#/}\") | .slot" | jq -r .)${2:-}"
}

then_not_tried_twice() { # VERSION
  local pid
  pid=$(main_pid)
  when_apply "$1"
  then_refused
  then_says "failed its gates here in act" "--retry"
  then_equal "$(main_pid)" "$pid" "the process that runs"
  then_answers 2.0.0
}

# KIND [WHAT-IS-SAID]
then_is_taken_back() {
  given_service
  given_kept_state
  given_bad_release "$1" 3.0.0 "${3:-}"
  when_apply 3.0.0
  then_says "${2:-did not pass its gates}"
  then_old_release_is_back
}

scenario_a_release_that_ends_at_once_is_taken_back_and_refused_until_retry() {
  then_is_taken_back crash
  then_not_tried_twice 3.0.0
  when_apply 3.0.0 --retry
  then_old_release_is_back
}

scenario_a_release_that_ends_while_it_is_watched_is_taken_back() {
  settle=6
  then_is_taken_back dies "did not pass its gates: service" 3
}

scenario_a_release_whose_plugin_does_not_load_is_taken_back_though_it_answers() {
  then_is_taken_back plugin "did not pass its gates: load"
  grep -qF 'failed to load' <<<"$(last '[.evidence.gates[] | select(.name == "load") | .seen[]]')" || fail "the evidence does not say what failed"
}

scenario_a_release_that_never_listens_is_taken_back() {
  deadline=6
  then_is_taken_back never-listens "did not pass its gates: port"
}

scenario_a_release_that_migrated_the_state_is_taken_back_with_the_state_it_found() {
  settle=6
  then_is_taken_back migrates "did not pass its gates: service" 2
  then_equal "$(capsule "$state/data" /state.json | jq -c '[.schema, .by]')" '[2,"3.0.0"]' "what the failed release wrote"
  then_equal "$(there stat -c %a "/$(last '.states[0].slot' | jq -r 'sub("/\\.waybill/.*"; "/.waybill")')")" 700 "who may look at it"
}

scenario_state_that_a_newer_release_raised_is_refused_by_the_older_one() { # without Waybill: why it is put back
  given_service
  given_bad_release migrates 3.0.0 60
  ctl stop "$unit"
  there bash -c 'mv "$1" "$1.old" && cp -R /stick/release/3.0.0/core "$1"' by-hand "$core"
  ctl start "$unit"
  then_answers 3.0.0
  ctl stop "$unit"
  there bash -c 'rm -r "$1" && mv "$1.old" "$1"' by-hand "$core"
  ctl start "$unit"
  then_journal_will_say "the state is of schema 2, this is a toy of schema 1"
}

scenario_a_release_that_will_not_stop_gives_way_after_its_time() {
  given_service
  given_bad_release hangs 3.0.0
  when_apply 3.0.0
  then_ok
  then_answers 3.0.0
  given_release 4.0.0
  when_apply 4.0.0 --json
  then_ok
  then_answers 4.0.0
  (($(jq .stop_us "$scratch/stdout") >= 2500000)) || fail "it was not given its TimeoutStopSec: $(jq .stop_us "$scratch/stdout") us"
  then_nothing_is_left
}

scenario_a_failed_release_that_will_not_stop_either_is_taken_back() {
  given_service
  given_kept_state
  given_release_trees 3.0.0 1 '{"hang":""}'
  touch "release/3.0.0/${plugins[0]}/broken"
  capture_release 3.0.0
  when_apply 3.0.0
  then_old_release_is_back
}
finish
