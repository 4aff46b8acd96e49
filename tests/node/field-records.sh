# field-records.sh - what OpenClaw and npm have written down, and where they look: rows 5, 6, 7 and 11 of
# docs/field-failures.md.
. "$(dirname "$0")/acts.sh"

openclaw="cd /usr/lib/node_modules/openclaw && npm_config_fetch_retries=0 openclaw" # as a person types it, who waits for no retry

# ---- 5: the program was kept, its state was not ------------------------------------------------------------------------------

when_a_plugin_came_with_the_upgrade() {
  bring "$parts/openclaw-weixin" /srv/openclaw-weixin
  by_hand "$openclaw plugins install --link /srv/openclaw-weixin"
  then_ok
}

scenario_row_5_by_hand_the_old_program_does_not_start_with_the_records_of_the_new_one() {
  needs_full
  given_machine
  given_openclaw dingtalk
  place_core old /var/backups/openclaw # and nothing else
  when_a_plugin_came_with_the_upgrade
  when_started && then_ready
  by_hand "systemctl stop $unit; mv $core $core.bad; mv /srv/openclaw-weixin /srv/openclaw-weixin.bad
    mv /var/backups/openclaw $core && systemctl start $unit"
  then_ok
  then_restarts 1
  then_journal_will_say 'Config invalid'
  then_journal_says 'plugins.load.paths: plugin: plugin path not found: /srv/openclaw-weixin'
  then_equal "$(get /readyz)" '' "who answers"
}

scenario_row_5_waybill_goes_back_with_the_records_and_the_old_program_starts() {
  needs_full
  given_machine
  given_old_openclaw dingtalk
  given_openclaw_adopted
  given_openclaw_bundle newer --core "$parts/core-canary" --plugin "dingtalk=$parts/dingtalk"
  local config
  config=$(there cat "$state/openclaw.json")
  when_apply newer
  then_ok
  when_a_plugin_came_with_the_upgrade
  ctl restart "$unit" && then_ready
  there grep -q /srv/openclaw-weixin "$state/openclaw.json"
  by_hand "mv /srv/openclaw-weixin /srv/openclaw-weixin.bad"
  when_back
  then_ok
  then_ready
  then_says_version "$old"
  then_last '[.outcome, .proven]' '["committed",true]'
  then_same_text "$(there cat "$state/openclaw.json")" "$config" "the configuration"
}

scenario_row_5_by_hand_the_old_program_refuses_newer_state_and_waybill_goes_back_with_both() {
  given_service
  given_toy_core "$new" kept/core
  given_release 3.0.0 2
  local before
  before=$(state_now)
  when_apply 3.0.0
  then_ok
  then_equal "$(schema)" 2
  by_hand "systemctl stop $unit && mv $core $core.3 && cp -R /stick/kept/core $core && systemctl start $unit"
  then_ok
  then_journal_will_say "the state is of schema 2, this is a toy of schema 1"
  by_hand "systemctl stop $unit && rm -r $core && mv $core.3 $core && systemctl start $unit"
  then_answers 3.0.0
  when_back
  then_ok
  then_answers "$new"
  then_equal "$(schema)" 1
  then_unchanged_since "$before"
  then_last '[.outcome, .proven]' '["committed",true]'
}

# ---- 6: no registry, no GitHub -----------------------------------------------------------------------------------------------

watched='strace -f -qq -e trace=%network' somebody='socket\(AF_INET|sa_family=AF_INET' # also where nobody answers

scenario_row_6_by_hand_npm_finds_no_registry_and_waybill_asks_nobody() {
  needs strace
  given_service
  given_release 3.0.0
  by_hand "$watched -o /stick/npm-asked npm install -g --fetch-retries=0 openclaw@2026.3.23-2"
  then_status 1
  then_says 'npm error code EAI_AGAIN'
  grep -qE "$somebody" npm-asked || fail "npm was not seen to ask"
  applying 3.0.0
  by_hand "$watched -o /stick/asked ${acting[*]}"
  then_ok
  [[ -e asked ]] || fail "it was not watched"
  ! grep -m 1 -E "$somebody" asked || fail "Waybill asked somebody"
  then_answers 3.0.0
  then_last '[.outcome, .proven]' '["committed",true]'
}

# ---- 7: the record named npm --------------------------------------------------------------------------------------------------

given_patched_by_hand() {
  by_hand "sed -i '1i // Repaired by hand on the canary.' $extensions/dingtalk/index.ts"
  then_ok
}

scenario_row_7_by_hand_the_record_of_a_patched_plugin_still_leads_to_npm() {
  given_machine
  given_openclaw dingtalk
  given_patched_by_hand
  by_hand "$openclaw plugins update dingtalk"
  then_says 'Downloading @soimy/dingtalk@3.1.4' 'Failed to update dingtalk: npm pack failed: npm error code EAI_AGAIN'
  then_equal "$(there jq -r .plugins.installs.dingtalk.source "$state/openclaw.json")" npm
  when_inventory
  then_says 'recorded: npm @soimy/dingtalk@3.1.4'
}

scenario_row_7_waybill_writes_that_the_plugin_came_by_path_and_an_update_leaves_it() {
  needs_full
  given_machine
  given_openclaw dingtalk
  when_started && then_ready
  given_openclaw_adopted
  cp -a "$parts/dingtalk" repaired
  sed -i '1i // Repaired on the canary.' repaired/index.ts
  given_openclaw_bundle repaired --plugin dingtalk=repaired
  when_apply repaired
  then_ok
  then_last '[.outcome, .proven]' '["committed",true]'
  then_equal "$(there jq -c '.plugins.installs.dingtalk | [.source, .sourcePath, .installPath, .spec]' "$state/openclaw.json")" \
    "[\"path\",\"$extensions/dingtalk\",\"$extensions/dingtalk\",null]"
  by_hand "$openclaw plugins update dingtalk"
  then_ok
  then_says 'Skipping "dingtalk" (source: path).'
  then_says_not Downloading
  then_equal "$(there head -n 1 "$extensions/dingtalk/index.ts")" '// Repaired on the canary.'
  when_inventory
  then_says 'recorded: path'
}

scenario_row_7_waybill_writes_the_record_of_the_toy() {
  given_service
  configuration | put "$state/toy.json" 600
  ctl restart "$unit" && then_ready
  then_equal "$(there jq -r .plugins.installs.hello.source "$state/toy.json")" npm
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  then_equal "$(there jq -c '.plugins.installs.hello | [.source, .sourcePath, .installPath, .version, .spec]' "$state/toy.json")" \
    "[\"path\",\"$extensions/hello\",\"$extensions/hello\",\"3.0.0\",null]"
  when_back
  then_ok
  then_equal "$(there jq -r .plugins.installs.hello.source "$state/toy.json")" npm
}

# ---- 11: date versions are not semver -----------------------------------------------------------------------------------------

given_plugin_that_asks_itself() { # weixin checks the host's version, and takes its own for it
  by_hand "cd $extensions/openclaw-weixin && sed -i 's/assertHostCompatibility(api.runtime?.version)/assertHostCompatibility(api.version)/' index.ts &&
    sed -i 's/\"version\": *\"[^\"]*\"/\"version\": \"0.8.3-beta\"/' package.json openclaw.plugin.json"
  then_ok
}

scenario_row_11_by_hand_semver_takes_a_newer_date_for_an_older_one() {
  needs_full
  given_machine
  given_openclaw openclaw-weixin
  by_hand "cd $core && node -p 'const v = require(\"semver\"); [v.lt(\"$new\", \"2026.3.23\"), v.satisfies(\"$new\", \">=2026.3.23\")].join(\" \")'"
  then_says 'true false'
  given_plugin_that_asks_itself
  by_hand "$openclaw plugins list --json"
  then_json '.plugins[] | select(.id == "openclaw-weixin") | .error | split("\n")[0]' '"Error: openclaw-weixin@2.0.0 requires OpenClaw >=2026.3.22, but found 0.8.3-beta. Please upgrade OpenClaw, or install the compatible track for older hosts:"'
  then_waybill_compares_dates
}

then_waybill_compares_dates() {
  given_bundle_of_dates "$new"
  when_waybill plan /stick/dates.waybill --public /stick/k.pub --target "core=$core" --target "openclaw-weixin=$extensions/openclaw-weixin"
  then_ok
  then_says "$new -> $new" '0.8.3-beta -> 0.8.3-beta'
  given_bundle_of_dates 2026.3.22
  when_waybill plan /stick/dates.waybill --public /stick/k.pub --target "core=$core" --target "openclaw-weixin=$extensions/openclaw-weixin"
  then_refused
  then_says 'openclaw-weixin wants a core >=2026.3.23, it will be 2026.3.22'
}

given_bundle_of_dates() { # VERSION of the core; the plugin wants the 23rd
  rm -rf dates dates.waybill
  mkdir -p dates/core dates/plugin
  echo "{\"name\":\"openclaw\",\"version\":\"$1\"}" >dates/core/package.json
  echo '{"name":"weixin","version":"0.8.3-beta","openclaw":{"install":{"minHostVersion":">=2026.3.23"}}}' >dates/plugin/package.json
  [[ -e k.key ]] || given_keys
  "$WAYBILL" capture --name openclaw --release "$1" --profile openclaw --core dates/core --plugin openclaw-weixin=dates/plugin \
    --key k.key --output dates.waybill --unvalidated test
}
finish
