# openclaw-service.sh - the real OpenClaw 2026.3.13 becomes 2026.3.23-2 with two plugins, under its own unit, and goes back.
. "$(dirname "$0")/acts.sh"

given_canary_bundle() { # the canary's trees
  local id options=()
  given_keys
  for id in "${plugins[@]}"; do options+=(--plugin "$id=$parts/$id"); done
  "$WAYBILL" capture --name openclaw --release "$new" --profile patient.json --core "$parts/core-canary" "${options[@]}" \
    --key k.key --output openclaw.waybill --level 1 --unvalidated test
}

given_patience() { # ./patient.json: the built-in profile, for a machine that has other work too
  jq '.gates |= map(.deadline = 600)' "$tests/../manifest/profiles/openclaw.json" >patient.json
}

then_runs() { # VERSION: it is installed, and the unit's gateway answers
  then_ready 300
  then_says_version "$1"
  then_equal "$(cgroup_of "$(listener)")" "/system.slice/$unit" "who listens"
}

scenario_openclaw_is_upgraded_with_its_plugins_and_goes_back() {
  needs_full
  given_machine
  given_old_openclaw dingtalk wecom # openclaw-weixin 2.1.1 does not load there: going back to it would be red
  given_patience
  given_canary_bundle
  given_installer
  when_there waybill-install adopt --profile /stick/patient.json
  then_ok
  when_there waybill-install plan /stick/openclaw.waybill --public /stick/k.pub --accept-unvalidated
  then_ok
  there cp "$state/openclaw.json" /root/before.json
  there bash -c 'mkdir -p "$1/agents/main/sessions" && echo ours >"$1/agents/main/sessions/note.jsonl"' note "$state"
  when_there waybill-install apply /stick/openclaw.waybill --public /stick/k.pub --yes --accept-unvalidated --json
  then_ok
  then_runs "$new"
  cp "$scratch/stdout" applied.json
  then_equal "$(jq -c .proven applied.json)" true
  echo "downtime: $(jq -c '{stop_us, settle_us, ours_us, start_us}' applied.json)"
  (($(jq .ours_us applied.json) < 2000000)) || fail "ours took $(jq .ours_us applied.json) us" # service-downtime.sh measures; not this, under load
  then_equal "$(there jq -c '[.plugins.installs[] | .source] | unique' "$state/openclaw.json")" '["path"]'
  then_equal "$(there cat "$state/agents/main/sessions/note.jsonl")" ours
  when_there waybill-install audit
  then_ok
  [[ ${FULL:-} ]] || return 0 # the way back takes as long again
  when_there waybill-install rollback --json
  then_ok
  then_runs "$old"
  then_equal "$(there cat "$state/openclaw.json" | b2sum)" "$(there cat /root/before.json | b2sum)" "the configuration is as it was, byte for byte"
  then_equal "$(there cat "$state/agents/main/sessions/note.jsonl")" ours
}
finish
