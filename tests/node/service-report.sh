# service-report.sh - what people are told of an act with a running service: before it, while it works, and afterwards.
. "$(dirname "$0")/services.sh"

given_adopted() { # after a fixture: the node knows itself
  given_installer
  put /root/toy.profile <toy-fast.profile.json
  when_there waybill-install adopt --profile /root/toy.profile
  then_ok
}

words() { echo waybill-install "$1" "/stick/$2.waybill" --public /stick/k.pub --accept-unvalidated "${@:3}"; }
when_planning() { when_there $(words plan "$@"); }     # VERSION [OPTION]...
when_applying() { when_there $(words apply "$@" --yes); } # VERSION [OPTION]...
given_applying() { # VERSION: by somebody who logged in; $login is the process
  when_logged_in true
  node shell "$machine" $(words apply "$1" --yes) >apply.said 2>&1 &
  login=$!
}
given_step() { # STEP: the act at work has begun it
  local deadline=$((SECONDS + 60))
  until [[ $(there waybill-install status --json 2>/dev/null | jq -r 'select(.at_work) | .unfinished_step') == "$1" ]]; do
    ((SECONDS < deadline)) || fail "no act came to $1"
  done
}
when_following() { when_there timeout 150 waybill-install status --follow "$@"; }

then_valid() { # NAME FILE
  python3 -c 'import json, sys, jsonschema; jsonschema.validate(*(json.load(open(f)) for f in sys.argv[1:]))' \
    "$2" "$tests/../docs/schemas/$1.json" || fail "$2 is no $1 document"
}
then_file_says() { grep -qF -e "$2" "$1" || { cat "$1"; fail "$1 does not say: $2"; }; } # FILE TEXT

# A release whose log has a token, in the line that makes a gate red.
given_talkative_release() { # VERSION
  given_release_trees "$1"
  sed -i '/^if (process.argv\[2\] !== "gateway")/i say("gateway", "[plugins] hello failed to load from x: token=not-for-others-4711");' \
    "release/$1/core/dist/index.js"
  grep -q not-for-others "release/$1/core/dist/index.js"
  capture_release "$1"
}

# ---- before ---------------------------------------------------------------------------------------------------------------

scenario_a_plan_tells_what_happens_to_the_service() {
  given_machine
  given_fast_profile
  jq '.dropins = [{name: "waybill-cwd.conf", unit: "${unit}", lines: ["[Service]", "WorkingDirectory=${core}"]}]' \
    toy-fast.profile.json >with && mv with toy-fast.profile.json
  given_nvm_forgotten toy
  there mkdir -p /tmp/jiti
  given_adopted
  given_release 3.0.0
  when_planning 3.0.0
  then_ok
  then_says "stop     $unit (system), which runs" "copy     $state/toy.json (config, " "clear    /tmp/jiti" \
    "set      $state/toy.json: /plugins/installs/hello/source" "add      $unit_path.d/waybill-cwd.conf" \
    "leave    $older 1.0.0, another copy" 'judge    9 gates (2 more are advisory), at most ' 'down     not known yet' \
    'back     waybill-install rollback --to 1'
  when_planning 3.0.0 --json
  cp "$scratch/stdout" plan
  then_valid plan plan
  then_json '[.service.starts, .service.gates.required, .service.states[].class, .service.units[].name]' \
    '[true,9,"config","restore","keep","toy-gateway.service"]'
  when_planning 3.0.0 --output /stick/approved
  then_ok
  then_valid plan-file approved
  then_equal "$(jq -c '[.units[].name, .states, .dropins[].path]' approved)" \
    "[\"$unit\",[\"$state/credentials\",\"$state/data\",\"$state/toy.json\"],\"$unit_path.d/waybill-cwd.conf\"]"
  printf '[Service]\nWorkingDirectory=%s\n' "$core" | put "$unit_path.d/waybill-cwd.conf"
  when_applying 3.0.0 --plan /stick/approved
  then_refused
  then_says "in the plan, but not now: drop-in $unit_path.d/waybill-cwd.conf"
  there rm "$unit_path.d/waybill-cwd.conf"
  when_applying 3.0.0 --plan /stick/approved
  then_ok
  when_planning 3.0.0
  then_says 'nothing would change'
}

scenario_what_was_staged_by_a_plan_is_held_to_what_that_said_of_the_service() {
  given_machine
  given_fast_profile
  given_global_npm toy
  given_adopted
  given_release 3.0.0
  when_planning 3.0.0 --output /stick/approved
  then_ok
  when_there $(words stage 3.0.0 --plan /stick/approved)
  then_ok
  printf '[Unit]\nRequires=%s\n[Service]\nExecStart=sleep infinity\n' "$unit" | put /etc/systemd/system/needs.service
  ctl daemon-reload
  ctl start needs.service
  when_there waybill-install apply --yes
  then_refused
  then_says "not in the plan, but now: dependent needs.service of the system manager"
  then_active
  ctl stop needs.service
  there rm /etc/systemd/system/needs.service
  ctl daemon-reload
  when_there waybill-install apply --yes
  then_ok
  then_answers 3.0.0
}

# ---- while it works ---------------------------------------------------------------------------------------------------------

scenario_whoever_comes_later_sees_the_act_to_its_end() {
  given_machine
  given_fast_profile 3
  given_global_npm toy
  given_adopted
  given_release 3.0.0
  given_applying 3.0.0
  given_step gates
  there pkill -KILL -f -o 'waybill-install apply' # the one that watches; the node's only apply, but for its worker
  when_there waybill-install status
  then_says 'at work: act 1, step gates'
  when_following
  then_ok
  then_says 'baseline: how toy-gateway.service is now' 'act 1: 3.0.0 is in place and proven. Back with: waybill-install rollback --to 1'
  then_answers 3.0.0
  when_there waybill-install status
  then_says 'toy: 3.0.0 since' ', proven'
  when_following
  then_says 'nothing is at work'
  when_there waybill-install history
  grep -qE 'committed .* proven  down [0-9.]+ s$' "$scratch/stdout" || fail "history does not say proven and the downtime"
}

scenario_a_service_that_is_held_says_why() {
  given_machine
  given_fast_profile
  given_global_npm toy
  given_adopted
  given_bad_release hangs 3.0.0
  when_applying 3.0.0
  then_ok
  given_release 4.0.0
  given_applying 4.0.0
  given_step hold
  until there test -e "/var/lib/waybill/$app/hold"; do sleep 0.02; done # the record comes before what it says
  there pkill -KILL -f 'waybill-install apply'
  when_there waybill-install status
  then_says 'UNFINISHED: act 2 stopped at hold' 'HELD: the units do not start: act 2 was interrupted; `waybill-install recover`'
  when_there waybill-install status --json
  then_json '[.held, .at_work, .unfinished]' '[true,false,2]'
  given_release 5.0.0 # takes a moment, in which nobody finishes the act
  when_there waybill-install report --to /stick
  then_ok
  then_file_says toy-000002-report/README.txt 'The units are HELD: they do not start.'
  then_file_says toy-000002-report/README.txt 'waybill-install recover'
  when_there waybill-install recover
  then_ok
  then_answers 3.0.0
}

# ---- afterwards --------------------------------------------------------------------------------------------------------------

scenario_a_release_that_failed_is_told_once_and_collected_without_its_secrets() {
  given_machine
  given_fast_profile
  given_global_npm toy
  given_adopted
  given_talkative_release 3.0.0
  when_applying 3.0.0
  then_status 7
  then_equal "$(grep -c 'failed to load from x' "$scratch/stderr")" 1 'lines with the reason'
  then_equal "$(awk 'length > 160' "$scratch/stderr" | wc -l)" 0 'long lines'
  then_says '3.0.0 did not pass its gates: load' '`waybill-install report` collects what happened'
  then_says_not not-for-others
  when_there waybill-install status
  then_says "last failure: act 1 to 3.0.0" "what it wrote is kept in /root/.waybill/toy/000001"
  when_there waybill-install report --to /stick --json
  then_ok
  cp "$scratch/stdout" report
  then_valid report report
  then_equal "$(jq -c '[.act, .missing]' report)" '[1,[]]'
  local name
  for name in act history inventory status; do then_valid "$name" "toy-000001-report/$name.json"; done
  then_file_says toy-000001-report/README.txt 'did not pass its gates. The old release is back and is what it was.'
  then_file_says toy-000001-report/README.txt 'gate load (log-absent): failed'
  then_file_says toy-000001-report/journal.txt 'token=[redacted]'
  then_file_says toy-000001-report/journal.txt "Stopped $unit"
  then_file_says toy-000001-report/act.log 'the old release is back; is it as it was?'
  then_file_says toy-000001-report/capsule.txt state.json
  ! grep -rF -e not-for-others -e not-a-real-token toy-000001-report || fail "a secret is in the report"
}

scenario_a_user_service_is_reported_from_its_own_journal() {
  given_machine
  given_fast_profile
  given_user_service toy
  given_adopted
  given_bad_release crash 3.0.0
  when_applying 3.0.0
  then_status 7
  when_there waybill-install report --to /stick
  then_ok
  then_file_says toy-000001-report/journal.txt 'Gateway failed to start: told so'
  then_file_says toy-000001-report/journal.txt "$unit: "
}
finish
