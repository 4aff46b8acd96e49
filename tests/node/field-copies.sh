# field-copies.sh - which copy runs, what systemd starts meanwhile, and what becomes of the old one: rows 1, 12 and 13 of
# docs/field-failures.md.
. "$(dirname "$0")/slow-acts.sh"

# ---- 1: the service still started an older copy ----------------------------------------------------------------------------

given_drop_in_of_long_ago() { # APP: people upgrade what lies in /opt; a drop-in starts a copy in /srv
  choose "$1"
  core=/opt/$app/app command=/usr/local/bin/$app
  place_interpreter /usr/bin/node
  place_core old "$core"
  printf '#!/bin/sh\nexec node %s/%s.mjs "$@"\n' "$core" "$app" | put "$command" 755
  place_plugins
  given_unit "$command gateway run --port $port"
  given_stale_drop_in
  when_started
  then_ready 300
}

when_upgraded_by_hand() {
  place_core new "$core.new"
  by_hand "mv $core $core.old && mv $core.new $core && systemctl restart $unit"
  then_ok
  then_ready 300
}

then_all_seems_well() {
  then_says_version "$new"
  then_active
  then_journal_says_not 'failed to load'
}

then_waybill_names_both_copies() {
  when_inventory
  then_says "$unit (system manager, as root): active/running  <- counts" "drop-in     $unit_path.d/override.conf"
  grep -qE "runs $old +$older " "$scratch/stdout" || fail "it does not say that $older runs"
  grep -qE "^ +$new +$core \(root\)" "$scratch/stdout" || fail "it does not name $core"
}

scenario_row_1_by_hand_the_service_still_starts_the_older_copy() {
  given_machine
  given_drop_in_of_long_ago toy
  when_upgraded_by_hand
  then_all_seems_well
  then_answers "$old"
  then_waybill_names_both_copies
}

scenario_row_1_waybill_upgrades_the_copy_that_runs() {
  given_machine
  given_drop_in_of_long_ago toy
  by_root
  given_adopted
  then_says "core: $older"
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  then_says "is started as $older/dist/index.js"
  then_answers 3.0.0
  then_equal "$(there jq -r .version "$core/package.json")" "$old" "the copy that does not run"
}

scenario_row_1_by_hand_openclaw_still_starts_the_older_copy() {
  needs_full
  given_machine
  given_drop_in_of_long_ago openclaw
  when_upgraded_by_hand
  then_all_seems_well
  by_hand "$command status --json"
  then_json .gateway.self.version "\"$old\""
  then_waybill_names_both_copies
}

# ---- 12: Restart=always started what was half unpacked -----------------------------------------------------------------------

given_slow_stick() { # ./half.tar: release 3.0.0 up to its last file, as far as a slow stick has given it
  given_release_trees 3.0.0
  tar -C release/3.0.0/core -cf whole.tar package.json toy.mjs dist/index.js dist/plugins.js
  head -c $((512 * $(tar --block-number -tf whole.tar | sed -n 's,^block \([0-9]*\): dist/plugins.js,\1,p'))) whole.tar >half.tar
}

scenario_row_12_by_hand_restart_always_starts_what_is_half_unpacked() {
  given_machine
  given_global_npm toy
  given_slow_stick
  by_hand "kill $(property MainPID); rm -r $core/*; (cat /stick/half.tar; sleep 600) | tar -b 1 -x -C $core >/dev/null 2>&1 & sleep 3"
  then_restarts 1
  then_journal_will_say "Cannot find module './plugins.js'"
  then_journal_says 'Scheduled restart job'
  then_equal "$(get /readyz)" '' "who answers"
}

half() { # is core one release and a plugin another?
  local versions
  versions=$(jq -r .version "$files"{"$core","$extensions"/hello,"$extensions"/other}/package.json 2>/dev/null | sort | uniq -c)
  [[ $(wc -l <<<"$versions") == 2 ]]
}

given_half_a_switch_of_which_nobody_is_left() { # between two exchanges all of Waybill is killed
  slowly 100
  there sed -i 's/-e trace=renameat .*ms/-e trace=renameat2 -e inject=renameat2:delay_exit=2000ms/' /usr/local/bin/slow
  by_root
  start_applying
  local deadline=$((SECONDS + 60))
  until half; do
    ((SECONDS < deadline)) || { cat applied; fail "never seen half switched"; }
  done
  kill_both
  wait "$applying" || true
  half || fail "it was killed too late"
}

scenario_row_12_nothing_starts_what_waybill_has_half_switched() {
  given_service
  given_release 3.0.0
  given_half_a_switch_of_which_nobody_is_left
  by_hand "systemctl restart $unit; systemctl start $unit; echo \$?; sleep 4; systemctl is-active $unit"
  then_says 0 inactive
  then_held
  then_equal "$(get /readyz)" '' "who answers"
  then_journal_says "was skipped because of an unmet condition check (ConditionPathExists=!$records/hold)"
  half || fail "somebody has finished it meanwhile"
  when_waybill_install recover
  then_ok
  then_answers 2.0.0
  then_journal_says_not 'Cannot find module'
  then_last '[.outcome, .proven]' '["undone",true]'
  then_nothing_is_left
}

scenario_row_12_restart_always_finds_a_whole_release_while_waybill_unpacks() {
  given_slow_service
  start_applying
  wait_for_step stage
  by_hand "kill $(property MainPID)"
  then_answers 2.0.0
  status=0
  wait "$applying" || status=$?
  cat applied
  then_ok
  then_answers 3.0.0
  then_journal_says 'Scheduled restart job'
  then_journal_says_not 'Cannot find module'
}

# ---- 13: the old release was thrown away too early, or never ------------------------------------------------------------------

given_cleaning() { # what a cron job does every night
  put /root/clean 755 <<<"find /var/backups/toy -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -r {} +"
}

when_upgraded_with_a_backup() { # VERSION
  by_hand "mkdir -p $core.new /var/backups/toy && tar -x -f /stick/$1.tgz -C $core.new && systemctl stop $unit &&
    mv $core /var/backups/toy/before-$1 && mv $core.new $core && systemctl start $unit"
}

given_npm_times() { there find "$core" -exec touch -d '1985-10-26 08:15 UTC' {} +; } # as npm stamps what it packs

scenario_row_13_by_hand_the_old_release_is_thrown_away_the_same_night() {
  given_machine
  given_global_npm toy
  given_npm_times
  given_release 3.0.0
  given_archive 3.0.0 release/3.0.0/core
  given_cleaning
  when_upgraded_with_a_backup 3.0.0
  then_ok
  then_answers 3.0.0
  by_hand "sh /root/clean"
  then_ok
  by_hand "mv $core $core.bad && mv /var/backups/toy/before-3.0.0 $core"
  then_status 1
  then_says "mv: cannot stat '/var/backups/toy/before-3.0.0': No such file or directory"
}

scenario_row_13_times_of_files_do_not_age_a_restore_point() {
  given_service
  given_npm_times
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  when_waybill_install prune
  then_ok
  then_says 'nothing to prune'
  when_back
  then_ok
  then_answers "$new"
  then_last '[.outcome, .proven]' '["committed",true]'
}

given_small_disk() { # SIZE: for programs
  there mount -t tmpfs -o "size=$1" none /usr/lib/node_modules
}

given_large_release() { # VERSION
  given_release_trees "$1"
  head -c 2000000 /dev/urandom >"release/$1/core/large"
  capture_release "$1"
  given_archive "$1" "release/$1/core"
}

scenario_row_13_by_hand_old_releases_are_kept_until_the_disk_is_full() {
  given_machine
  given_small_disk 5m
  given_global_npm toy
  local version
  for version in 3.0.0 4.0.0 5.0.0; do given_large_release "$version"; done
  for version in 3.0.0 4.0.0 5.0.0; do
    by_hand "mkdir $core.new && tar -x -f /stick/$version.tgz -C $core.new && mv $core $core.before-$version && mv $core.new $core"
    [[ $version == 5.0.0 ]] || then_ok
  done
  then_status 2
  then_says 'tar: ./large: ' # "Cannot write: No space left on device", or how much of a block it could
}

scenario_row_13_a_full_disk_is_told_before_and_the_point_to_go_back_to_stays() {
  given_machine
  given_small_disk 5m
  given_global_npm toy
  by_root
  given_adopted
  local version pid
  for version in 3.0.0 4.0.0 5.0.0; do given_large_release "$version"; done
  when_apply 3.0.0
  then_ok
  when_apply 4.0.0
  then_ok
  pid=$(main_pid)
  when_apply 5.0.0
  then_refused
  then_says 'needs 1.9 MiB on the file system of /usr/lib/node_modules/toy, 1.1 MiB free'
  then_equal "$(main_pid)" "$pid" "the process"
  when_waybill_install prune --days 0 --keep 1
  then_ok
  then_says 'restore point 1 is gone'
  when_back
  then_ok
  then_answers 3.0.0
}
finish
