# openclaw-migrates.sh - OpenClaw 2026.9.6 takes the state of 2026.3.23-2 to where the older release does not look, and writes
# a configuration that it refuses: row 5 of docs/field-failures.md.
#
# The parts, for once: NEXT=1 tests/openclaw/canary.sh out/openclaw. In the long form only; a story takes two minutes.
. "$(dirname "$0")/acts.sh"

needs_next() {
  needs_full
  [[ -e $parts/core-next.version && -e $parts/node-next.version ]] ||
    skip "OpenClaw 2026.9.6 is not built here (NEXT=1 tests/openclaw/canary.sh out/openclaw)"
  next=$(<"$parts/core-next.version")
  export NODE_SIZE=4g
}

given_running_openclaw() { # [PLUGIN]: 2026.3.23-2
  given_openclaw "$@"
  (($# > 0)) || configuration | jq 'del(.plugins)' | put "$state/openclaw.json" 600
  when_started && then_ready 300
  there cp -a "$state" /root/before
}

given_talk() { # what the sessions hold
  local talk=11111111-1111-4111-8111-111111111111 sessions=$state/agents/main/sessions
  echo "{\"type\":\"session\",\"version\":3,\"id\":\"$talk\",\"timestamp\":\"2026-03-24T08:00:00.000Z\",\"cwd\":\"/root\"}" |
    put "$sessions/$talk.jsonl" 600
  echo "{\"agent:main:main\":{\"sessionId\":\"$talk\",\"updatedAt\":1774339200000}}" | put "$sessions/sessions.json" 600
}

given_users() { # they paired a device, may write to the bot, and have it do something every hour
  echo '{"version":1,"allowFrom":["123"]}' | put "$state/credentials/telegram-allowFrom.json" 600
  by_hand "cd $core && openclaw devices list && openclaw cron add --name hourly --every 1h --message hello --session isolated"
  then_ok
  there bash -c 'rm -r /root/before && cp -a "$1" /root/before' again "$state"
  users_state=$(users_state_now)
  ! grep -q 'No such file' <<<"$users_state" || fail "$users_state"
}

users_state_now() {
  there sha256sum "$state"/{identity/device.json,identity/device-auth.json,credentials/telegram-allowFrom.json} 2>&1
  there jq -c 'keys' "$state/devices/paired.json" 2>&1
  there jq -c '[.jobs[] | .id, .name]' "$state/cron/jobs.json" 2>&1
}

given_next_bundle() { # [PLUGIN]: ./next.waybill, with the Node.js that it wants
  local file options=()
  mkdir -p runtime/bin
  cp "$parts/node-next/package.json" runtime
  cp "$parts/node-next/bin/node" runtime/bin
  (($# == 0)) || options+=(--plugin "$1=$parts/$1")
  for file in third_party/index.js tools/performance.js; do # Chrome's public keys
    options+=(--accept-secret "core/node_modules/chrome-devtools-mcp/build/src/$file")
  done
  new=$next given_openclaw_bundle next --core "$parts/core-next" --runtime runtime "${options[@]}"
}

has_database() { there test -s "$1/openclaw.sqlite" || fail "$1 has no openclaw.sqlite"; } # DIR
told() { there jq -c '[.meta.migrations, .agents.entries, .plugins.installs] | map(. != null)' "$1"; } # FILE: keys that only one of both knows
then_moved() {
  has_database "$state/state"
  then_equal "$(told "$state/openclaw.json")" '[true,true,false]'
}
kept_at() { last ".states[] | select(.path == \"${1#/}\") | \"/\" + .slot" | jq -r .; } # PATH: what the newest act displaced

scenario_row_5_by_hand_the_old_openclaw_refuses_what_a_much_later_one_wrote() {
  needs_next
  given_machine
  given_running_openclaw wecom
  bring "$parts/core-next" "$core.next"
  put /opt/node-next/bin/node 755 <"$parts/node-next/bin/node"
  by_hand "systemctl stop $unit; mv $core $core.old && mv $core.next $core &&
    sed -i 's,^ExecStart=[^ ]*,ExecStart=/opt/node-next/bin/node,' $unit_path && systemctl daemon-reload && systemctl start $unit"
  then_ok
  then_ready 300
  then_journal_says 'Removed retired plugins.installs after preserving plugin install'
  then_moved
  by_hand "systemctl stop $unit; mv $core $core.next && mv $core.old $core &&
    sed -i 's,^ExecStart=[^ ]*,ExecStart=$interpreter,' $unit_path && systemctl daemon-reload && systemctl start $unit"
  then_ok
  then_restarts 1
  then_journal_will_say 'Config invalid'
  then_journal_says 'meta: Unrecognized key: "migrations"'
  then_journal_says 'agents: Unrecognized key: "entries"'
  then_equal "$(get /readyz)" '' "who answers"
}

then_the_old_openclaw_is_back() { # with its state; what the later release made of it is kept
  then_ready 300
  then_says_version "$new"
  then_equal "$(there readlink "/proc/$(property MainPID)/exe")" "$interpreter"
  there cmp /root/before/openclaw.json "$state/openclaw.json"
  there test ! -e "$state/state" || fail "$state/state is still there"
  has_database "$(kept_at "$state/state")"
  then_equal "$(told "$(kept_at "$state/openclaw.json")")" '[true,true,false]' "what the later release wrote"
  then_nothing_is_left
}

verdicts() { last "$1" | jq -c '[.gates[] | [.name, .verdict]]'; } # FILTER

when_the_next_is_applied() { # and is proven
  when_apply next --add runtime
  then_ok
  then_last '[.outcome, .proven]' '["committed",true]'
  then_moved
  then_equal "$(there readlink "/proc/$(property MainPID)/exe")" /opt/waybill/openclaw/runtime/bin/node
  baseline=$(verdicts .baseline)
}

then_proven_as_before() {
  then_ok
  then_last '[.kind, .outcome, .proven]' '["rollback","committed",true]'
  then_equal "$(verdicts .evidence)" "$baseline" "the gates"
}

scenario_row_5_waybill_goes_back_from_a_much_later_openclaw_with_the_records_that_it_moved() {
  needs_next
  given_machine
  given_running_openclaw wecom
  given_openclaw_adopted
  given_next_bundle wecom
  when_the_next_is_applied
  when_back
  then_proven_as_before
  then_the_old_openclaw_is_back
}

sessions_in() { there jq -cS . "$1/agents/main/sessions/sessions.json"; }

# A rollback leaves as it is what users made; but this is not where the older release looks for it any more.
scenario_row_5_waybill_goes_back_from_a_much_later_openclaw_with_all_state() {
  needs_next
  given_machine
  given_running_openclaw
  given_talk
  given_users
  given_openclaw_adopted
  given_next_bundle
  when_the_next_is_applied
  local file
  for file in identity/device.json devices/paired.json credentials/telegram-allowFrom.json cron/jobs.json agents/main/sessions/sessions.json; do
    there test ! -e "$state/$file" || fail "$file is still there"
  done
  when_back --all-state
  then_proven_as_before
  then_the_old_openclaw_is_back
  there diff -r --exclude sessions.json /root/before/agents "$state/agents"
  then_equal "$(sessions_in "$state")" "$(sessions_in /root/before)" "the sessions" # the old one writes them anew, on more lines
  then_same_text "$(users_state_now)" "$users_state" "what users made"
}

# Where it has records of plugins to move, 2026.9.6 leaves the identity where it is, and does not start because of that.
scenario_row_5_waybill_takes_back_a_much_later_openclaw_with_the_state_that_it_migrated() {
  needs_next
  given_machine
  given_running_openclaw wecom
  given_users
  given_openclaw_adopted
  given_next_bundle wecom
  when_apply next --add runtime
  then_status 7
  then_says "undone, the old release is in place: gates: $next did not pass its gates: service"
  then_journal_says "Gateway failed to start: Legacy device identity exists at $state/identity/device.json."
  then_last '[.outcome, .failed, .capsule, .proven, .baseline.verdict]' '["undone",true,true,true,"passed"]'
  then_the_old_openclaw_is_back
  then_same_text "$(users_state_now)" "$users_state" "what users made"
}
finish
