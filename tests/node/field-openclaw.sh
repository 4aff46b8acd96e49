# field-openclaw.sh - the real OpenClaw, upgraded by hand, and what Waybill says of it: rows 2, 3, 8 and 9 of
# docs/field-failures.md.
. "$(dirname "$0")/acts.sh"

short_gates() { given_gates "select(.name | IN($1)) | .deadline = 60 | if .settle then .settle = 3 else . end"; } # NAME,...

# ---- 2: the version was new, and a plugin had failed to load ----------------------------------------------------------------

scenario_row_2_by_hand_the_version_is_new_and_a_plugin_failed_to_load() {
  needs_full
  given_machine
  given_old_openclaw dingtalk
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

# The first bundle is captured without the drop-in that gives the unit its WorkingDirectory: the situation of the story above.
scenario_row_2_waybill_takes_back_the_release_whose_plugin_failed_to_load() {
  needs_full
  given_machine
  given_old_openclaw dingtalk
  given_openclaw_adopted '.dropins = []'
  given_openclaw_bundle bare --core "$parts/core-canary" --plugin "dingtalk=$parts/dingtalk"
  local config
  config=$(there cat "$state/openclaw.json")
  when_apply bare
  then_status 7
  then_says "undone, the old release is in place: gates: $new did not pass its gates: " 'failed    load' "dingtalk failed to load from"
  then_last '[.outcome, .failed, .proven, .baseline.verdict]' '["undone",true,true,"passed"]'
  then_ready
  then_says_version "$old"
  then_same_text "$(there cat "$state/openclaw.json")" "$config" "the configuration"
  then_nothing_is_left
  [[ ${FULL:-} ]] || return 0
  given_openclaw_adopted # by the profile that is built in
  given_openclaw_bundle whole --core "$parts/core-canary" --plugin "dingtalk=$parts/dingtalk"
  when_apply whole
  then_ok
  then_says_version "$new"
  then_last '[.outcome, .proven]' '["committed",true]'
  then_equal "$(property WorkingDirectory)" "$core"
  then_nothing_is_left
}

# ---- 3: what npm has was broken, and only a patched tree worked --------------------------------------------------------------

given_patched_dingtalk() { # on the canary: it takes what it needs from where this release has it, by a link to the program
  cp -a "$parts/dingtalk" patched
  sed -i 's,"openclaw/plugin-sdk","openclaw/plugin-sdk/core",' patched/index.ts patched/src/channel.ts
  sed -i 's,"openclaw/plugin-sdk","openclaw/plugin-sdk/setup",' patched/src/onboarding.ts
  ln -s "$parts/core-canary" patched/node_modules/openclaw
}

scenario_row_3_what_npm_has_is_broken_and_the_tree_of_the_canary_works() {
  needs_full
  given_machine
  given_openclaw dingtalk
  given_no_directory
  when_started && then_ready
  then_journal_says "[plugins] dingtalk failed to load from $extensions/dingtalk/index.ts: Error: Cannot find module 'openclaw/plugin-sdk'"
  given_openclaw_adopted '.dropins = []' # the patch alone does it
  given_patched_dingtalk
  given_openclaw_bundle canary --core "$parts/core-canary" --plugin dingtalk=patched
  when_apply canary
  then_ok
  then_says 'passed    plugin:dingtalk'
  then_last '[.outcome, .proven, .baseline.verdict]' '["committed",true,"failed"]'
  then_equal "$(there readlink -f "$extensions/dingtalk/node_modules/openclaw")" "$core" "the link of the patch"
  then_equal "$(property WorkingDirectory)" ''
}

# ---- 8: channels status was red, and all was well ----------------------------------------------------------------------------

given_openclaw_on_a_custom_bind() {
  given_openclaw dingtalk
  configuration | jq '.gateway += {bind: "custom", customBindHost: "127.0.0.2"}' | put "$state/openclaw.json" 600
  address=127.0.0.2
  when_started && then_ready
}

scenario_row_8_channels_status_is_red_on_a_custom_bind_where_all_is_well() {
  needs_full
  given_machine
  given_openclaw_on_a_custom_bind
  by_hand "cd $core && openclaw channels status"
  then_says 'Gateway not reachable; showing config-only status.'
  when_gates
  then_green
  then_seen port 127.0.0.2
  then_equal "$(jq '[.evidence.gates[] | select(.required and .verdict != "passed")] | length' evidence)" 0
  [[ $(verdict channels) != passed ]] || fail "channels status reached the gateway"
  then_seen channels 'no JSON'
}

scenario_row_8_waybill_takes_back_no_release_for_it() {
  needs_full
  judged+=', "channels"'
  given_machine
  given_openclaw_on_a_custom_bind
  given_openclaw_adopted
  cp -a "$parts/dingtalk" newer
  echo '// newer' >>newer/index.ts
  given_openclaw_bundle newer --plugin dingtalk=newer
  when_apply newer
  then_ok
  then_says 'on 127.0.0.2: the service'
  then_last '[.outcome, .proven, (.evidence.gates[] | select(.name == "channels") | .required, .verdict != "passed")]' '["committed",true,false,true]'
}

# ---- 9: an orphan kept the port ----------------------------------------------------------------------------------------------

scenario_row_9_by_hand_the_new_gateway_retries_for_ever_while_an_orphan_has_the_port() {
  needs_full
  given_machine
  given_orphan openclaw
  by_hand "systemctl restart $unit; sleep 1; systemctl is-active $unit"
  then_restarts 1
  then_journal_says "Port $port is already in use."
  then_equal "$(listener)" "$orphan" "who listens"
  when_inventory
  then_says "pid $orphan of uid 0, since"
  cp "$scratch/stdout" inventory
  short_gates '"service", "port"'
  when_gates
  then_red
  then_seen port "$orphan"
}

# APP
then_waybill_ends_the_orphan_when_asked() {
  when_apply "$1"
  then_refused
  then_says "pid $orphan (" "holds port $port of 127.0.0.1" "(--end-orphans ends that process)"
  then_equal "$(listener)" "$orphan" "who listens"
  when_apply "$1" --end-orphans
  then_ok
  then_ready
  ! there kill -0 "$orphan" 2>/dev/null || fail "the orphan still runs"
  then_equal "$(cgroup_of "$(listener)")" "/system.slice/$unit" "who listens"
  then_last '[.outcome, .proven]' '["committed",true]'
  then_nothing_is_left
}

scenario_row_9_waybill_names_the_orphan_and_ends_it_when_asked() {
  settle=2 deadline=10
  given_machine
  given_orphan toy
  by_root
  given_adopted
  given_release 3.0.0
  then_waybill_ends_the_orphan_when_asked 3.0.0
  then_answers 3.0.0
}

scenario_row_9_waybill_names_the_orphan_of_openclaw_and_ends_it_when_asked() {
  needs_full
  given_machine
  given_orphan openclaw
  given_openclaw_adopted '(.gates[] | .deadline) = 60'
  cp -a "$parts/core-canary" newer
  echo newer >newer/newer.txt
  given_openclaw_bundle newer --core newer
  then_waybill_ends_the_orphan_when_asked newer
}
finish
