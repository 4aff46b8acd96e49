# openclaw-service.sh - the real OpenClaw 2026.3.13 becomes 2026.3.23-2 with three plugins, under its own unit, and goes back.
. "$(dirname "$0")/acts.sh"

given_old_openclaw() { # as it was, with the plugins, as npm left it
  choose openclaw
  core=/usr/lib/node_modules/openclaw command=/usr/bin/openclaw
  place_interpreter /usr/bin/node
  place_core old "$core"
  there ln -sfn "../lib/node_modules/openclaw/openclaw.mjs" "$command"
  place_plugins "${plugins[@]}"
  unit_text "$interpreter $core/dist/index.js gateway --port $port" | put "$unit_path" # without WorkingDirectory, as it writes it
  when_started
  then_ready 180
}

given_openclaw_bundle() { # the canary's trees
  local id options=()
  given_keys
  for id in "${plugins[@]}"; do options+=(--plugin "$id=$parts/$id"); done
  "$WAYBILL" capture --name openclaw --release "$new" --profile openclaw --core "$parts/core-canary" "${options[@]}" \
    --key k.key --output openclaw.waybill --level 3 --unvalidated test
}

then_runs() { # VERSION: what the live gateway says of itself
  then_equal "$(there "$command" --version | grep -oF "$1" | head -n 1)" "$1" "openclaw --version"
  then_ready 90
}

loaded() { there "$command" plugins list --json | sed -n '/^{/,$p' | jq -r '.plugins[] | select(.origin != "bundled") | "\(.id) \(.status)"' | sort; }

scenario_openclaw_is_upgraded_with_its_plugins_and_goes_back() {
  given_machine
  given_old_openclaw
  given_openclaw_bundle
  given_installer
  when_there waybill-install adopt
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
  (($(jq .ours_us applied.json) < 150000)) || fail "ours took $(jq .ours_us applied.json) us"
  then_equal "$(there jq -c '[.plugins.installs[] | .source] | unique' "$state/openclaw.json")" '["path"]'
  then_equal "$(there cat "$state/agents/main/sessions/note.jsonl")" ours
  when_there waybill-install audit
  then_ok
  when_there waybill-install rollback --json
  then_ok
  then_runs "$old"
  then_equal "$(there cat "$state/openclaw.json" | b2sum)" "$(there cat /root/before.json | b2sum)" "the configuration is as it was, byte for byte"
  then_equal "$(there cat "$state/agents/main/sessions/note.jsonl")" ours
}
finish
