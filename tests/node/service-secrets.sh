# service-secrets.sh - what is a node's own stays its own, and nowhere else.
. "$(dirname "$0")/acts.sh"

secret=s3cr3t-0f-th1s-n0d3 token=tok-9f8e7d6c5b4a39281706abcdef

given_secrets() { # in a plugin directory, in the configuration, in the log
  echo "TOKEN=$secret" | put "$extensions/hello/.env" 600
  there touch -d 2024-05-06T07:08:09Z "$extensions/hello/.env"
  own=$(own_file)
  printf '[Service]\nExecStartPost=/bin/echo "gateway.auth.token = %s"\nExecStartPost=/bin/echo "Authorization: Bearer %s"\nExecStartPost=/bin/echo "[plugins] hello failed to load from gateway.auth.token=%s"\n' \
    "$token" "$token" "$token" | put "$unit_path.d/30-talks.conf"
  ctl daemon-reload
  ctl restart "$unit"
  then_ready
}
own_file() { there bash -c 'stat -c "%a %u:%g %Y" "$1" && cat "$1"' own "$extensions/hello/.env"; }

then_nowhere_of_ours() { # TEXT
  local found
  found=$(there bash -c 'grep -rlF -e "$1" "${@:2}" 2>/dev/null || true' find "$1" "$records" /var/lib/waybill /etc/waybill /stick)
  then_equal "$found" '' "where \"$1\" is"
  then_says_not "$1"
}

scenario_a_secret_in_a_plugin_directory_survives_and_a_token_in_the_log_is_told_to_nobody() {
  given_service
  given_secrets
  given_release 3.0.0
  when_apply 3.0.0
  then_status 7 # the log has a line that the gate "load" does not want
  then_answers 2.0.0
  mkdir report
  when_waybill_install report 1 --to /stick/report
  then_ok
  then_nowhere_of_ours "$token"
  grep -rq 'failed to load' report || fail "the report is empty: nothing was hidden"
  grep -q 'failed to load' <<<"$(last '.evidence.gates')" || fail "the evidence is empty: nothing was hidden"
  there rm "$unit_path.d/30-talks.conf"
  printf '[Service]\nExecStartPost=/bin/echo "gateway.auth.token = %s listening [gateway] ready"\n' "$token" | put "$unit_path.d/30-talks.conf"
  ctl daemon-reload
  ctl restart "$unit"
  when_apply 3.0.0 --retry --json
  then_ok
  then_answers 3.0.0
  then_equal "$(own_file)" "$own" "the node's own file"
  when_back
  then_ok
  then_equal "$(own_file)" "$own" "the node's own file"
  then_journal_says "$token"
  when_waybill_install history --json
  then_nowhere_of_ours "$token"
  then_nowhere_of_ours "$secret"
}
finish
