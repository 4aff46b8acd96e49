# openclaw-gates.sh - the real OpenClaw 2026.3.23-2: what it does not say of itself, its gates do.
. "$(dirname "$0")/fixtures.sh"

given_broken_plugin() { # ID LINE...: what it says when it is loaded; without an export it gets one
  local channel='"channels":[],"configSchema":{"type":"object","additionalProperties":true,"properties":{}}'
  put "$extensions/$1/openclaw.plugin.json" <<<"{\"id\":\"$1\",$channel}"
  put "$extensions/$1/package.json" <<<"{\"name\":\"$1\",\"version\":\"1.0.0\",\"type\":\"module\",\"openclaw\":{\"extensions\":[\"./index.ts\"]}}"
  local exported="export default { id: \"$1\", name: \"$1\", register() {} };"
  [[ "${*:2}" != *'export default'* ]] || exported=
  printf '%s\n' "${@:2}" "$exported" | put "$extensions/$1/index.ts"
  there chmod 700 "$extensions/$1"
  plugins+=("$1")
  configuration | put "$state/$app.json" 600
}

given_plugin_that_calls() { # ID FUNCTION: of the plugin SDK
  given_broken_plugin "$1" "import { $2 } from \"openclaw/plugin-sdk\";" "export const made: unknown = $2(\"$1\");"
}

then_all_else_says_it_is_well() {
  then_ready 1
  then_equal "$(there "$command" --version | grep -oF "$new")" "$new" "openclaw --version"
  local gate
  for gate in service port listening; do then_gate "$gate" passed; done
}

when_the_window_is_over() { # gates end with the first that is red for good; the one that waits for 20 seconds has passed by then
  while (($(there cut -d. -f1 /proc/uptime) < $(property ActiveEnterTimestampMonotonic) / 1000000 + 22)); do sleep 1; done
}

then_caught() { # PLUGIN ERROR
  then_seen load "$2"
  then_seen "plugin:$1" "$2"
  [[ $(verdict "plugin:$1") != passed ]] || fail "gate plugin:$1 passed"
}

scenario_a_plugin_that_fails_when_it_registers_itself_is_red() {
  needs_full
  given_machine
  given_openclaw
  given_broken_plugin mini 'export default { id: "mini", name: "mini", register() { throw new Error("not here"); } };'
  when_started && then_ready
  given_gates 'select(.name | IN("listening", "load", "plugin")) | .deadline = 60 | del(.settle)'
  when_gates
  then_red
  then_gate load failed
  then_seen load '[plugins] mini failed during register from'
}

scenario_plugins_that_call_what_the_sdk_does_not_have_are_red() {
  given_machine
  given_openclaw
  given_plugin_that_calls mini-store createPluginRuntimeStore
  given_plugin_that_calls mini-tmpdir resolvePreferredOpenClawTmpDir
  given_no_directory
  there mkdir "$state/node_modules"
  there ln -s "$core" "$state/node_modules/openclaw" # what people do about the error of the next story
  when_started && then_ready
  when_the_window_is_over
  when_gates
  then_red
  then_gate load failed
  then_caught mini-store 'createPluginRuntimeStore) is not a function'
  then_caught mini-tmpdir 'resolvePreferredOpenClawTmpDir) is not a function'
  then_all_else_says_it_is_well
}

scenario_plugins_that_do_not_find_the_sdk_are_red() {
  needs_full
  given_machine
  given_openclaw
  given_plugin_that_calls mini-store createPluginRuntimeStore
  given_no_directory
  when_started && then_ready
  when_the_window_is_over
  when_gates
  then_red
  then_gate load failed
  then_caught mini-store "Cannot find module 'openclaw/plugin-sdk'"
  then_all_else_says_it_is_well
}

scenario_a_plugin_in_error_of_which_the_journal_says_nothing_is_red() {
  needs_full
  given_machine
  given_openclaw openclaw-weixin wecom # no account: the gateway never loads the first
  given_no_directory
  when_started && then_ready
  given_gates 'select(.name | IN("listening", "load", "plugin")) | .deadline = 30 | del(.settle)'
  when_gates
  then_red
  then_gate plugin:openclaw-weixin failed
  then_seen plugin:openclaw-weixin "Cannot find module 'openclaw/plugin-sdk/channel-config-schema'"
  then_gate plugin:wecom passed
  then_gate load passed
  then_journal_says_not weixin
}

scenario_a_healthy_openclaw_is_green_and_a_connection_lost_after_it_was_announced_is_told() {
  given_machine
  given_openclaw dingtalk openclaw-weixin wecom
  when_started && then_ready
  when_gates
  then_green
  then_connection_was_lost
  then_equal "$(jq '.evidence.gates[] | select(.name == "connection:dingtalk") | .required' evidence)" false
  local gate
  for gate in load promise channels connection:wecom connection:openclaw-weixin "${plugins[@]/#/plugin:}"; do
    then_gate "$gate" passed
  done
}

scenario_a_slow_start_does_not_hide_that_the_connection_is_lost_10_s_after_it() { # its gates begin with it
  needs_full
  given_machine
  given_openclaw dingtalk
  printf '[Service]\nExecStartPre=/bin/sleep 15\n' | put "$unit_path.d/20-slow.conf"
  given_gates 'select(.name | IN("listening", "connection"))'
  ctl daemon-reload
  ctl start --no-block "$unit"
  when_gates
  then_green
  then_connection_was_lost
}

then_connection_was_lost() {
  then_journal_says 'DingTalk Stream client connected successfully'
  then_gate connection:dingtalk failed
  then_seen connection:dingtalk '[dingtalk] [default] Connection health check failed - detected disconnection'
}

scenario_no_secret_of_a_line_that_a_gate_saw_is_in_the_evidence() {
  needs_full
  given_machine
  given_openclaw
  local secrets=(Zm9vYmFyYmF6cXV4MTIz s3cr3t-of-the-account hunter22hunter22 not-a-real-token-0123456789)
  local said="login?access_token=${secrets[0]} {\"clientSecret\":\"${secrets[1]}\"} http://me:${secrets[2]}@proxy gateway.auth.token ${secrets[3]}"
  given_broken_plugin leaky "throw new Error('$said');"
  when_started && then_ready
  given_gates 'select(.name | IN("load", "plugin")) | .deadline = 30 | del(.settle)'
  when_gates --output /stick/proof
  then_red
  then_seen load 'leaky failed to load from'
  then_seen load 'access_token=[redacted]'
  then_seen plugin:leaky '[redacted]'
  there waybill-install gates --profile /root/toy.profile >text || true
  local secret
  for secret in "${secrets[@]}"; do
    then_journal_says "$secret"
    ! grep -F -e "$secret" evidence proof text "$scratch/stderr" || fail "$secret was told"
  done
}
finish
