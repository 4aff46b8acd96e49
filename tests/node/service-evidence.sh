# service-evidence.sh - what was not proven together is not put together unasked.
. "$(dirname "$0")/acts.sh"

given_third_plugin() { # here, and in no bundle
  there cp -R "$extensions/other" "$extensions/third"
  printf '{"name":"@toys/third","version":"0.8.3","toy":{"install":{"minHostVersion":">=1.5.0"}}}\n' | put "$extensions/third/package.json"
  printf '{"id":"third"}\n' | put "$extensions/third/toy.plugin.json"
  ctl restart "$unit"
  then_ready
}

scenario_a_plugin_that_the_bundle_does_not_carry_is_refused_until_it_is_accepted() {
  given_service
  given_third_plugin
  given_release 3.0.0
  local pid
  pid=$(main_pid)
  when_apply 3.0.0
  then_refused
  then_says "third 0.8.3 is here" ">=1.5.0" "--accept-unproven third"
  then_equal "$(main_pid)" "$pid" "the process that runs"
  when_apply 3.0.0 --accept-unproven other
  then_refused
  when_apply 3.0.0 --accept-unproven third
  then_ok
  then_answers 3.0.0
  then_equal "$(there jq -r .version "$extensions/third/package.json")" 0.8.3 "it stays as it was"
}

scenario_a_plugin_that_the_new_release_no_longer_loads_is_found_by_the_gate_that_compares() {
  given_service
  given_third_plugin
  given_release 3.0.0 1 '{"load-fails":"third"}'
  when_apply 3.0.0 --accept-unproven third
  then_status 7
  then_says "third"
  then_answers 2.0.0
}

scenario_a_release_without_evidence_is_refused_on_an_adopted_node() {
  given_service
  given_release 3.0.0
  when_waybill_install apply /stick/3.0.0.waybill --public /stick/k.pub --yes
  then_refused
  then_says "wants evidence" "--accept-unvalidated"
  then_answers 2.0.0
  then_nothing_is_left
}

scenario_a_release_that_passed_its_gates_on_the_canary_is_taken() {
  given_service
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  when_waybill_install gates --profile /stick/adopted.json --output /stick/evidence.json # this machine is now the canary
  then_ok
  local id options=()
  for id in "${plugins[@]}"; do options+=(--plugin "$id=release/3.0.0/$id"); done
  "$WAYBILL" capture --name toy --release 3.0.0 --profile toy-fast.profile.json --sequence 2 --key k.key --evidence evidence.json \
    --core release/3.0.0/core "${options[@]}" --output proven.waybill
  when_back
  then_ok
  then_answers 2.0.0
  when_waybill_install apply /stick/proven.waybill --public /stick/k.pub --yes
  then_ok
  then_answers 3.0.0
}
finish
