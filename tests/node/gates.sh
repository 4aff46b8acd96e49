# gates.sh - is what runs healthy? The journal of this start, the port's owner, what the application says of its plugins.
. "$(dirname "$0")/fixtures.sh"

tell() { echo "${2:-}" | put "$state/told/$1"; } # WORD [ANSWER]
restart() { ctl restart "$unit"; }
given_short_settles() { # the toy's profile; its own settles, of up to 20 s, are those of the first story
  jq '.gates |= map(if .settle then .settle = 3 else . end)' "$here/toy.profile.json" >short
  profile=$PWD/short
}

scenario_a_healthy_toy_is_green() {
  given_machine
  given_global_npm toy
  when_gates
  then_green
  local gate
  for gate in service port listening load promise; do then_gate "$gate" passed; done
  then_equal "$(jq -r .version evidence)" "$new"
  then_equal "$(jq -r '[.with[].id] | join(" ")' evidence)" "core hello other"
}

scenario_a_plugin_that_failed_to_load_is_red_while_the_gateway_says_it_is_ready() {
  given_machine
  given_short_settles
  given_global_npm toy
  tell load-fails hello
  restart && then_ready
  when_gates
  then_red
  then_gate load failed
  then_gate service passed
  then_seen load "hello failed to load"
  then_equal "$(there toy --version | grep -o "$new")" "$new" "the version is the new one"
}

scenario_a_plugin_that_failed_when_it_registered_itself_is_red() {
  given_machine
  given_short_settles
  given_global_npm toy
  tell register-fails hello
  restart && then_ready
  when_gates
  then_red
  then_gate load failed
  then_seen load "hello failed during register from"
}

scenario_what_an_earlier_start_said_does_not_count() {
  given_machine
  given_short_settles
  given_global_npm toy
  tell load-fails hello
  restart && then_ready
  there rm "$state/told/load-fails"
  restart && then_ready
  when_gates
  then_green
}

scenario_a_line_that_another_process_forges_does_not_count() {
  given_machine
  given_short_settles
  given_global_npm toy
  there systemd-cat -t toy echo '[gateway] [plugins] hello failed to load from /x: Error: forged'
  there logger --journald <<<$'MESSAGE=[plugins] hello failed to load from /forged\n_SYSTEMD_UNIT=toy-gateway.service\nUNIT=toy-gateway.service'
  when_gates
  then_green
}

scenario_an_orphan_on_the_port_is_red() {
  given_machine
  given_short_settles
  given_orphan toy
  when_gates
  then_red
  then_gate service failed
  [[ $(verdict port) != passed ]] || fail "the port is somebody else's"
  then_seen port "$orphan"
}

scenario_a_service_that_dies_in_the_window_is_red() {
  given_machine
  given_short_settles
  given_global_npm toy
  tell exit-after 5
  restart && then_ready
  when_gates --soak 12
  then_red
  then_gate service failed
}

scenario_a_users_own_service_is_judged_too() {
  given_machine
  given_short_settles
  given_user_service toy
  when_gates
  then_green
}

scenario_a_long_running_service_is_red_without_waiting_and_a_young_one_may_still_come() {
  given_machine
  given_global_npm toy
  jq '.gates = [(.gates[] | select(.kind == "service") | .settle = 2),
    {"name":"says","kind":"command","argv":["/usr/bin/cat","/root/answer"],"expect":["/plugins/*/status = loaded"],"deadline":20},
    {"name":"line","kind":"log-present","match":"no such line","deadline":20,"advisory":true}]' "$here/toy.profile.json" >profile
  local profile=$PWD/profile began
  echo '{"plugins":[{"id":"hello","status":"error"}]}' | put /root/answer
  restart && then_ready
  given_installer
  there bash -c '(sleep 8; echo "{\"plugins\":[{\"id\":\"hello\",\"status\":\"loaded\"}]}" >/root/answer) >/dev/null 2>&1 </dev/null &'
  when_gates
  then_green
  then_gate says passed
  echo '{"plugins":[{"id":"hello","status":"error"}]}' | put /root/answer
  sleep 14 # with the first asking it has run longer than the deadline
  began=$SECONDS
  when_gates
  then_red
  then_gate says failed
  then_seen says '"error"; expected'
  ((SECONDS - began < 18)) || fail "it took $((SECONDS - began)) s"
  ctl stop "$unit"
  began=$SECONDS
  when_gates
  then_red
  then_gate service failed
  ((SECONDS - began < 18)) || fail "of a service that is down it took $((SECONDS - began)) s"
}

scenario_a_log_file_counts_from_the_asking_on() {
  given_machine
  given_global_npm toy
  there bash -c 'echo "old: failed to load plugin" >/var/log/toy.log; sleep 2'
  restart && then_ready
  jq '.gates += [{"name":"file","kind":"log-absent","match":"failed to load","path":"/var/log/toy.log","deadline":30,"settle":6},
    {"name":"there","kind":"log-present","match":"all is well","path":"/var/log/toy.log","deadline":30}]' "$here/toy.profile.json" |
    put /root/with-file
  given_installer
  there bash -c '(sleep 2; echo "all is well" >>/var/log/toy.log) >/dev/null 2>&1 </dev/null &'
  when_there waybill-install gates --profile /root/with-file --json
  cp "$scratch/stdout" evidence
  then_green
  then_gate file passed
  then_gate there passed
  there bash -c '(sleep 2; echo "hello failed to load" >>/var/log/toy.log; echo "all is well" >>/var/log/toy.log) >/dev/null 2>&1 </dev/null &'
  when_there waybill-install gates --profile /root/with-file --json
  cp "$scratch/stdout" evidence
  then_red
  then_gate file failed
}

scenario_what_was_there_before_must_be_there_again() {
  given_machine
  given_global_npm toy
  when_gates
  then_green
  then_equal "$(jq -c '[.lists[].items[]] | sort' evidence)" "[\"port $port\",\"port $((port + 2))\",\"unit $unit\"]"
  jq -c . evidence | put /root/before
  when_gates --baseline /root/before
  then_green
  then_gate again passed
  jq -c '.lists[0].items += ["port 9999"]' evidence | put /root/before
  when_gates --baseline /root/before --soak 2
  then_red
  then_seen again "port 9999"
}

scenario_evidence_is_carried_into_a_bundle() {
  given_machine
  given_global_npm toy
  given_installer
  put /root/toy.profile <"$here/toy.profile.json"
  when_there waybill-install gates --profile /root/toy.profile --output /stick/evidence
  then_ok
  given_toy_core "$new" release/core
  "$WAYBILL" capture --name toy --release "$new" --core release/core --profile "$here/toy.profile.json" --output toy.waybill --evidence evidence
  "$WAYBILL" inspect toy.waybill --json >document
  then_equal "$(jq -r .manifest.evidence.verdict document)" passed
  then_equal "$(jq -r '[.manifest.evidence.gates[].name] | index("service") != null' document)" true
  then_equal "$(jq -r '[.manifest.with[].id] | join(" ")' document)" "hello other"
}
finish
