# service-state.sh - what a rollback by hand puts back: what releases migrate; what users made only if it is asked for.
. "$(dirname "$0")/acts.sh"

write_state() { # WORD: as the service and its users do
  echo "$1" | put "$state/data/rows.db"
  echo "$1" | put "$state/credentials/device.json" 600
}
state_says() { there cat "$state/data/rows.db" "$state/credentials/device.json" | paste -sd ' '; }
kept_at() { there cat "/$(last ".states[] | select(.path == \"${state#/}/data\") | .slot" | jq -r .)/$1"; } # FILE: what the newest act displaced

scenario_a_rollback_puts_back_what_releases_migrate_and_leaves_what_users_made() {
  given_service
  write_state before
  given_release 3.0.0 2
  when_apply 3.0.0
  then_ok
  then_equal "$(schema)" 2
  write_state since
  when_back --dry-run
  then_ok
  then_says "state" "$state/data"
  then_equal "$(state_says)" 'since since'
  when_back
  then_ok
  then_answers 2.0.0
  then_equal "$(schema)" 1
  then_equal "$(state_says)" 'before since' "rows and credentials"
  then_equal "$(kept_at rows.db) $(kept_at state.json | jq -c .schema)" 'since 2' "what was displaced"
  when_back --to 2 # forward again: what was displaced comes back
  then_ok
  then_answers 3.0.0
  then_equal "$(schema) $(state_says)" '2 since since' "schema, rows and credentials"
  then_nothing_is_left
}

scenario_a_rollback_can_leave_all_state_or_put_all_back() {
  given_service
  write_state before
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  write_state since
  when_back --keep-state
  then_ok
  then_answers 2.0.0
  then_equal "$(state_says)" 'since since' "rows and credentials"
  when_apply 3.0.0
  then_ok
  write_state later
  when_back --all-state
  then_ok
  then_answers 2.0.0
  then_equal "$(state_says)" 'since since' "rows and credentials"
  when_back --all-state --keep-state
  then_status 2
  then_nothing_is_left
}

scenario_a_rollback_that_keeps_state_the_old_release_refuses_says_that_it_is_back_and_unwell() {
  deadline=5
  given_service
  given_release 3.0.0 2
  when_apply 3.0.0
  then_ok
  when_back --keep-state
  then_status 8
  then_says "2.0.0" "does not pass its gates"
  then_last '[.outcome, .proven // false]' '["committed",false]'
  then_equal "$(there jq -r .version "$core/package.json")" 2.0.0
  when_back --to 2
  then_ok
  then_answers 3.0.0
}
finish
