# field-records.sh - what OpenClaw and npm have written down, and where they look: rows 5, 6, 7 and 11 of
# docs/field-failures.md.
. "$(dirname "$0")/services.sh"

openclaw="cd /usr/lib/node_modules/openclaw && npm_config_fetch_retries=0 openclaw" # as a person types it, who waits for no retry

# ---- 5: the program was kept, its state was not ------------------------------------------------------------------------------

when_a_plugin_came_with_the_upgrade() {
  bring "$parts/openclaw-weixin" /srv/openclaw-weixin
  by_hand "$openclaw plugins install --link /srv/openclaw-weixin"
  then_ok
}

scenario_row_5_by_hand_the_old_program_does_not_start_with_the_records_of_the_new_one() {
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

# ---- 6: no registry, no GitHub -----------------------------------------------------------------------------------------------

watched='strace -f -qq -e trace=%network' somebody='AF_INET' # also where nobody answers

scenario_row_6_by_hand_npm_finds_no_registry_and_waybill_asks_nobody() {
  needs strace
  given_machine
  given_global_npm toy
  given_release 3.0.0
  by_hand "$watched -o /stick/npm-asked npm install -g --fetch-retries=0 openclaw@2026.3.23-2"
  then_status 1
  then_says 'npm error code EAI_AGAIN'
  grep -qE "$somebody" npm-asked || fail "npm was not seen to ask"
  ctl stop "$unit"
  given_installer
  by_hand "$watched -o /stick/asked waybill-install apply /stick/3.0.0.waybill --public /stick/k.pub --yes --only core --target core=$core"
  then_ok
  ! grep -m 1 -E "$somebody" asked || fail "Waybill asked somebody"
  ctl start "$unit"
  then_answers 3.0.0
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
  then_a_bundle_carries_the_record_that_names_its_place
}

then_a_bundle_carries_the_record_that_names_its_place() {
  given_capture_of "$parts/dingtalk" record.waybill --profile openclaw
  "$WAYBILL" inspect record.waybill --json >inspected
  then_equal "$(jq -r '.manifest.profile.config[0].records[] | "\(.at)=\(.value)"' inspected)" \
    '/plugins/installs/${component}/source="path"
/plugins/installs/${component}/sourcePath="${place}"
/plugins/installs/${component}/installPath="${place}"'
}

# ---- 11: date versions are not semver -----------------------------------------------------------------------------------------

given_plugin_that_asks_itself() { # weixin checks the host's version, and takes its own for it
  by_hand "cd $extensions/openclaw-weixin && sed -i 's/assertHostCompatibility(api.runtime?.version)/assertHostCompatibility(api.version)/' index.ts &&
    sed -i 's/\"version\": *\"[^\"]*\"/\"version\": \"0.8.3-beta\"/' package.json openclaw.plugin.json"
  then_ok
}

scenario_row_11_by_hand_semver_takes_a_newer_date_for_an_older_one() {
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
