# report.sh - what happened in an act, in one directory, for somebody who was not there; without a service.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

when_reporting() { when "$INSTALL" report --root edge "$@"; }
then_file_says() { grep -qF -e "$2" "$1" || { cat "$1"; fail "$1 does not say: $2"; }; } # FILE TEXT

scenario_a_report_has_all_that_is_known_and_changes_nothing() {
  given_installed 1 2
  when_updating 2.waybill
  given_listing edge before
  mkdir out
  when_reporting --to out
  then_ok
  then_says out/demo-000002-report README.txt 'without journal.txt: the act has no service'
  then_listing_is edge before
  then_equal "$(stat -c %a out/demo-000002-report)" 700
  then_equal "$(stat -c %a out/demo-000002-report/* | sort -u)" 600
  then_equal "$(cd out/demo-000002-report && echo *)" 'README.txt act.json history.json inventory.json status.json'
  cmp out/demo-000002-report/act.json edge/var/lib/waybill/demo/acts/000002.json
  then_file_says out/demo-000002-report/README.txt 'apply, act 2: 1 -> 2'
  then_file_says out/demo-000002-report/README.txt 'Committed, and proven.'
  jq -e '.acts | length == 2' out/demo-000002-report/history.json
  jq -e '.release == "2"' out/demo-000002-report/status.json
}

scenario_a_report_is_of_the_newest_act_that_went_wrong_and_never_over_one() {
  given_history_of 1 2
  given_undone interrupted
  given_releases 1 2 3
  when_updating 3.waybill
  when_reporting --json
  then_ok
  then_json '[.act, .path]' '[2,"./demo-000002-report"]'
  then_file_says demo-000002-report/README.txt 'Undone'
  then_file_says demo-000002-report/README.txt interrupted
  given_listing demo-000002-report before
  when_reporting
  then_refused
  then_says 'demo-000002-report is there already'
  then_listing_is demo-000002-report before
  when_reporting 3
  then_ok
  then_there demo-000003-report/README.txt
  when_reporting 7
  then_refused
  when_reporting x
  then_status 2
  when_reporting --to nowhere
  then_system
}

scenario_an_act_without_outcome_is_reported_first() {
  given_history_of 1 2
  given_record 'del(.outcome, .ended, .proven) | .step = "switch"'
  when_reporting
  then_ok
  then_file_says demo-000002-report/README.txt 'Its last step: switch.'
  then_file_says demo-000002-report/README.txt 'waybill-install recover --root edge'
}

scenario_no_secret_of_a_record_or_a_log_comes_into_a_report() {
  given_history_of 1 2
  given_undone 'refused by wss://me:pw-of-mine@host/x, token=not-for-others'
  printf 'begun\nAuthorization: Bearer abcdefgh-0123\n-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\nended\n' \
    >edge/var/lib/waybill/demo/acts/000002.log
  when_reporting
  then_ok
  then_file_says demo-000002-report/act.log ended
  then_file_says demo-000002-report/act.json '[redacted]'
  ! grep -rE 'pw-of-mine|not-for-others|abcdefgh-0123|MIIEvQ' demo-000002-report || fail "a secret is in the report"
}

scenario_a_report_that_cannot_be_whole_is_none() {
  given_history_of 1 2
  needs strace
  when strace -f -qq -e trace=renameat,renameat2,rename -e inject=renameat,renameat2,rename:error=EIO:when=3+ -o /dev/null \
    "$INSTALL" report --root edge
  then_system
  then_absent demo-000002-report
}

scenario_where_records_are_damaged_a_report_has_all_the_others() {
  given_history_of 1 2 3
  local acts=edge/var/lib/waybill/demo/acts
  sed 's/"kind"/"kind/; s/^{/{"token":"not-for-others",/' $acts/000002.json >spoilt
  cp spoilt $acts/000002.json
  when "$INSTALL" status --root edge
  then_status 8
  given_listing edge before
  when_reporting
  then_ok
  then_says "demo-000002-report" damaged.txt "what act 2 was: the record acts/000002.json of demo" \
    "without act.json: the record cannot be read"
  then_listing_is edge before
  then_equal "$(jq -c '[.acts[].number]' demo-000002-report/history.json)" '[1,3]' "the acts in the report"
  then_file_says demo-000002-report/damaged.txt '==== acts/000002.json'
  then_file_says demo-000002-report/damaged.txt '"number":2'
  ! grep -r not-for-others demo-000002-report || fail "a secret is in the report"
  then_file_says demo-000002-report/README.txt 'It is not known: the record of the act cannot be read.'
  then_file_says demo-000002-report/README.txt 'until it can no command changes'
  when_reporting 3
  then_ok
  then_file_says demo-000003-report/README.txt 'apply, act 3: 2 -> 3'
  cmp demo-000003-report/act.json $acts/000003.json
  rm -r demo-*-report
  echo '{' >$acts/000001.json
  : >$acts/000002.json
  head -c 100 /dev/urandom >$acts/000003.json
  echo '{' | install -D /dev/stdin edge/etc/waybill/site.json
  when_reporting
  then_ok
  then_says "what act 1 was" "what act 2 was" "what act 3 was" "what is known of this node: "
  then_there demo-000003-report/damaged.txt
}
finish
