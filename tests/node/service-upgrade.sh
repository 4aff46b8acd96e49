# service-upgrade.sh - a release comes and goes again; the service is proven each time, and its configuration is a person's.
. "$(dirname "$0")/acts.sh"

given_commented_configuration() { # as a person keeps it; the toy does not mind
  there bash -c 'cat >"$1" && chmod 640 "$1"' keep "$state/toy.json" <<'END'
// ours, do not touch -- ops
{
  gateway: { port: 18789, bind: "loopback", }, // trailing commas are fine
  /* two plugins,
     from npm */
  "plugins": {
    "enabled": true, 'entries': {hello: {enabled: true}},
    "installs": {
      "hello": {"source": "npm", "spec": "@toys/hello@2.0.0", /* keep */ "installPath": "OLD", "note": "\u00e9"},
      "other": {"source": "npm"}
    },
  },
	"odd":   [1, 2,3 ,   ],
}
END
  config=$(configuration_now)
}
configuration_now() { there bash -c 'stat -c "%a %U" "$1" && cat "$1"' now "$state/toy.json"; }

then_only_the_records_differ() { # of the configuration: what the profile says, and not a byte more
  diff <(echo "$config") <(configuration_now) >"$scratch/diff" || true
  there python3 - <<END || fail "the configuration is not what was to be written: $(cat "$scratch/diff")"
now = open("$state/toy.json").read()
for id in ("hello", "other"):
    for key in ("sourcePath", "installPath"):
        now.index('"' + key + '": "$extensions/' + id + '"')
END
  then_equal "$(grep -c '^<' "$scratch/diff")" 2 "lines that changed"
  grep -q '/\* keep \*/' <<<"$(configuration_now)" || fail "a comment is gone"
  then_equal "$(grep -c '"source": "path"' <<<"$(configuration_now)")" 2
}

then_upgraded_and_back() {
  given_commented_configuration
  given_release 3.0.0
  local before pid
  before=$(state_now)
  when_apply 3.0.0 --json
  then_ok
  then_json .changed true
  then_json .proven true
  then_answers 3.0.0
  then_only_the_records_differ
  then_equal "$(there jq -r .version "$extensions/other/package.json")" 3.0.0
  then_last '[.outcome, .proven, .evidence.verdict]' '["committed",true,"passed"]'
  then_nothing_is_left
  then_nothing_happens_when_current
  when_waybill_install status
  then_says "3.0.0" "rollback goes to restore point 1"
  when_back
  then_ok
  then_answers 2.0.0
  then_equal "$(configuration_now)" "$config" "the configuration"
  then_unchanged_since "$before"
  then_last '[.kind, .outcome, .proven]' '["rollback","committed",true]'
  then_nothing_is_left
  when_back
  then_refused
  then_answers 2.0.0
}

then_nothing_happens_when_current() {
  local before pid
  before=$(written) pid=$(main_pid)
  when_apply 3.0.0 --json
  then_ok
  then_json .changed false
  then_equal "$(main_pid)" "$pid" "the process that runs"
  then_same_text "$(written)" "$before" "what lies on the disk"
}
written() { # all that an installer could write, with times
  there find "${records%/*}" "$state" "$core" /etc/waybill /etc/systemd -not -name reserve -type f -printf '%p %T@ %s %i\n' 2>/dev/null | sort || true
}

scenario_a_release_under_a_system_unit_is_proven_and_goes_back() {
  given_service
  then_upgraded_and_back
}

scenario_a_release_under_a_users_unit_is_proven_and_goes_back_by_root() {
  given_service given_user_service
  then_upgraded_and_back
}

scenario_a_release_under_a_users_unit_is_proven_and_goes_back_by_that_user() {
  given_service given_user_service by_user
  then_upgraded_and_back
  then_equal "$(there find "$core" "$extensions" "$state" ! -user claw)" '' "not the user's"
  then_equal "$(there find /etc /home /root /var/lib /usr/lib/.waybill -xdev -user root -path '*waybill*' 2>/dev/null || true)" '' "of root's"
}
finish
