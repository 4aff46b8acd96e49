# field-copies.sh - which copy runs, what systemd starts meanwhile, and what becomes of the old one: rows 1, 12 and 13 of
# docs/field-failures.md.
. "$(dirname "$0")/services.sh"

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
  given_machine
  given_global_npm toy
  given_npm_times
  given_release 3.0.0
  ctl stop "$unit"
  when_waybill apply /stick/3.0.0.waybill --public /stick/k.pub --yes --only core --target "core=$core"
  then_ok
  when_waybill prune
  then_ok
  then_says 'nothing to prune'
  when_waybill rollback
  then_ok
  ctl start "$unit"
  then_answers "$new"
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
  then_says 'tar: ./large: Cannot write: No space left on device'
}

scenario_row_13_a_full_disk_is_told_before_and_the_point_to_go_back_to_stays() {
  given_machine
  given_small_disk 5m
  given_global_npm toy
  local version
  for version in 3.0.0 4.0.0 5.0.0; do given_large_release "$version"; done
  ctl stop "$unit"
  when_waybill apply /stick/3.0.0.waybill --public /stick/k.pub --yes --only core --target "core=$core"
  then_ok
  when_waybill apply /stick/4.0.0.waybill --public /stick/k.pub --yes
  then_ok
  when_waybill apply /stick/5.0.0.waybill --public /stick/k.pub --yes
  then_refused
  then_says 'needs 1.9 MiB on the file system of /usr/lib/node_modules/toy, 1.1 MiB free'
  when_waybill prune --days 0 --keep 1
  then_ok
  then_says 'restore point 1 is gone'
  when_waybill rollback
  then_ok
  ctl start "$unit"
  then_answers 3.0.0
}
finish
