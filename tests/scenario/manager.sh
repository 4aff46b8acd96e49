# manager.sh - a service of a manager that is asked with systemctl: what is seen of it, how it is held, judged and brought back.
. "$(dirname "$0")/../manager.sh"

scenario_what_runs_is_found_judged_and_adopted() {
  given_unit
  when_asking inventory --profile profile.json
  then_says "toy.service (system manager, as root): active/running  <- counts" "18789 (standard)"
  when_asking gates --profile profile.json --output proof.json
  then_ok
  when_asking gates --profile profile.json --baseline proof.json --json
  then_ok
  when_asking gates --profile profile.json --output proof.json
  then_says "proof.json"
  when_asking gates --profile profile.json --soak 99999
  then_status 2
  when_asking adopt --profile profile.json
  then_ok
  when_asking inventory --json
  then_ok
}

scenario_a_release_is_proven_and_goes_again() {
  given_adopted
  when_upgrading 2.0.0
  then_ok
  then_says "passed    process" "is in place and proven"
  then_unit_runs 2.0.0
  when_asking rollback
  then_ok
  then_unit_runs 1.0.0
  when_asking checkpoint
  then_ok
  when_asking audit
  then_ok
}

scenario_a_release_that_crashes_is_undone() {
  given_adopted
  when_upgrading 2.0.0 quits
  then_status 7
  then_says "failed    runs" "undone, the old release is in place"
  then_unit_runs 1.0.0
  when_asking report --to .
  then_ok
  when_asking history --json
  then_says undone
}

scenario_a_release_that_does_not_listen_is_undone() {
  given_adopted
  when_upgrading 2.0.0 deaf
  then_status 7
  then_says "failed    port" "failed    again" "gone: port 18789"
  then_unit_runs 1.0.0
}

scenario_a_release_that_logs_errors_is_undone() {
  given_adopted
  when_upgrading 2.0.0 grumbles
  then_status 7
  then_says "failed    quiet" "out of sorts"
  then_unit_runs 1.0.0
}

given_dropins() { # LINE...: the profile's release brings a drop-in with them
  jq --args '.dropins = [{name: "lane.conf", unit: "${unit}", lines: (["[Service]"] + $ARGS.positional)}]' "$@" <profile.json >p && cp p profile.json
}

lane() { tr '\0' '\n' <"/proc/$(cat manager/pid)/environ" | sed -n 's/^LANE=//p'; }

scenario_a_drop_in_comes_and_goes_with_its_release() {
  given_adopted
  given_dropins 'Environment=LANE=${core}'
  when_upgrading 2.0.0
  then_ok
  then_unit_runs 2.0.0
  then_equal "$(cat etc/systemd/system/toy.service.d/lane.conf)" $'[Service]\n'"Environment=LANE=$PWD/opt/app"
  when_asking rollback
  then_ok
  then_unit_runs 1.0.0
  then_absent etc/systemd/system/toy.service.d/lane.conf
}

scenario_a_drop_in_that_cannot_be_planned_is_refused() {
  given_adopted
  given_dropins 'Environment=LANE=${nowhere}'
  when_upgrading 2.0.0
  then_refused
  then_says 'LANE=${nowhere}": a place in it is not known here'
  given_dropins 'Environment=LANE=1'
  given_release 3.0.0
  printf 'odd\001\n' >etc/systemd/system/toy.service.d/lane.conf
  when_going_to 3.0.0
  then_refused
  then_says "lane.conf is there and holds control characters"
  echo secret >etc/systemd/system/toy.service.d/lane.conf
  chmod 600 etc/systemd/system/toy.service.d/lane.conf
  when_going_to 3.0.0
  then_refused
  then_says "lane.conf is there and not for everybody to read"
  then_unit_runs 1.0.0
}

interpreter() { readlink "/proc/$(cat manager/pid)/exe"; }

scenario_an_interpreter_comes_and_goes_with_its_release() {
  given_adopted
  mkdir perls
  cp /usr/bin/perl perls/
  given_release 2.0.0 "" --runtime perls
  when_going_to 2.0.0 --target "runtime=$PWD/opt/perl"
  then_ok
  then_unit_runs 2.0.0
  then_equal "$(interpreter)" "$PWD/opt/perl/perl"
  when_asking rollback
  then_ok
  then_unit_runs 1.0.0
  then_equal "$(interpreter)" "$(realpath /usr/bin/perl)"
}
finish
