# field-openclaw.sh - the real OpenClaw, upgraded by hand, and what Waybill says of it: rows 2, 3, 8 and 9 of
# docs/field-failures.md.
. "$(dirname "$0")/services.sh"

short_gates() { given_gates "select(.name | IN($1)) | .deadline = 60 | if .settle then .settle = 3 else . end"; } # NAME,...

# ---- 2: the version was new, and a plugin had failed to load ----------------------------------------------------------------

scenario_row_2_by_hand_the_version_is_new_and_a_plugin_failed_to_load() {
  given_machine
  choose openclaw
  core=/usr/lib/node_modules/openclaw command=/usr/bin/openclaw
  place_interpreter /usr/bin/node
  place_core old "$core"
  there ln -s ../lib/node_modules/openclaw/openclaw.mjs "$command"
  place_plugins dingtalk
  given_unit "$interpreter $core/dist/index.js gateway --port $port"
  given_no_directory
  ctl daemon-reload
  place_core new "$core.new"
  by_hand "mv $core $core.old && mv $core.new $core && systemctl restart $unit"
  then_ok
  then_ready
  then_says_version "$new"
  then_active
  then_journal_says "[plugins] dingtalk failed to load from $extensions/dingtalk/index.ts: Error: Cannot find module 'openclaw/plugin-sdk'"
  short_gates '"service", "listening", "load", "plugin"'
  when_gates
  then_red
  then_gate service passed
  then_gate load failed
  [[ $(verdict plugin:dingtalk) != passed ]] || fail "gate plugin:dingtalk passed"
  then_seen load "dingtalk failed to load from"
}

# ---- 3: what npm has was broken, and only a patched tree worked --------------------------------------------------------------

given_patched_dingtalk() { # on the canary: it takes what it needs from where this release has it, by a link to the program
  cp -a "$parts/dingtalk" patched
  sed -i 's,"openclaw/plugin-sdk","openclaw/plugin-sdk/core",' patched/index.ts patched/src/channel.ts
  sed -i 's,"openclaw/plugin-sdk","openclaw/plugin-sdk/setup",' patched/src/onboarding.ts
  ln -s "$parts/core-canary" patched/node_modules/openclaw
}

given_bundle_of_the_canary() {
  [[ -e k.key ]] || given_keys
  "$WAYBILL" capture --name openclaw --release "$new" --profile openclaw --core "$parts/core-canary" --plugin dingtalk=patched \
    --level 1 --key k.key --output canary.waybill --unvalidated test
}

scenario_row_3_what_npm_has_is_broken_and_the_tree_of_the_canary_works() {
  needs_full
  given_machine
  given_openclaw dingtalk
  given_no_directory
  when_started && then_ready
  then_journal_says "[plugins] dingtalk failed to load from $extensions/dingtalk/index.ts: Error: Cannot find module 'openclaw/plugin-sdk'"
  given_patched_dingtalk
  given_bundle_of_the_canary
  ctl stop "$unit"
  when_waybill apply /stick/canary.waybill --public /stick/k.pub --yes --target "core=$core" --target "dingtalk=$extensions/dingtalk"
  then_ok
  then_equal "$(there readlink -f "$extensions/dingtalk/node_modules/openclaw")" "$core" "the link of the patch"
  ctl start "$unit" && then_ready
  short_gates '"service", "listening", "load", "plugin"'
  when_gates
  then_green
}

# ---- 8: channels status was red, and all was well ----------------------------------------------------------------------------

scenario_row_8_channels_status_is_red_on_a_custom_bind_where_all_is_well() {
  given_machine
  given_openclaw dingtalk
  configuration | jq '.gateway += {bind: "custom", customBindHost: "127.0.0.2"}' | put "$state/openclaw.json" 600
  address=127.0.0.2
  when_started && then_ready
  by_hand "cd $core && openclaw channels status"
  then_says 'Gateway not reachable; showing config-only status.'
  when_gates
  then_green
  then_seen port 127.0.0.2
  then_equal "$(jq '[.evidence.gates[] | select(.required and .verdict != "passed")] | length' evidence)" 0
  [[ $(verdict channels) != passed ]] || fail "channels status reached the gateway"
  then_seen channels 'no JSON'
}

# ---- 9: an orphan kept the port ----------------------------------------------------------------------------------------------

scenario_row_9_by_hand_the_new_gateway_retries_for_ever_while_an_orphan_has_the_port() {
  given_machine
  given_orphan openclaw
  by_hand "systemctl restart $unit; sleep 1; systemctl is-active $unit"
  then_restarts 1
  then_journal_says "Port $port is already in use."
  then_equal "$(listener)" "$orphan" "who listens"
  when_inventory
  then_says "pid $orphan, since"
  cp "$scratch/stdout" inventory
  short_gates '"service", "port"'
  when_gates
  then_red
  then_seen port "$orphan"
}
finish
