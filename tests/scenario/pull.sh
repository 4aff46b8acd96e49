# pull.sh - a bundle from a web server: only what is missing is fetched, and only what is right gets the name.
. "$(dirname "$0")/../lib.sh"
. "$tests/reach.sh"

scenario_a_bundle_is_pulled() {
  given_on_mirror 1
  pulling "$mirror/x.waybill" --json
  then_ok
  then_got 1.waybill
  then_absent .got.waybill.pull
  then_json .name '"demo"'
  then_json .kept 0
}

scenario_its_name_is_that_of_the_url() {
  given_on_mirror 1
  when "$WAYBILL" pull "$mirror/x.waybill?version=7" --public k.pub
  then_ok
  cmp 1.waybill x.waybill
}

scenario_a_server_without_ranges_is_read_through() {
  given_on_mirror 1
  pulling "$mirror/whole/x.waybill"
  then_ok
  then_got 1.waybill
}

scenario_a_redirection_is_followed() {
  given_on_mirror 1
  pulling "$mirror/moved/x.waybill"
  then_ok
  then_got 1.waybill
}

scenario_blocks_of_an_older_bundle_are_not_fetched() {
  given_on_mirror 1
  cp 1.waybill got.waybill
  given_large 2 --after 1.waybill
  cp 2.waybill www/x.waybill
  pulling "$mirror/x.waybill" --json
  then_ok
  then_got 2.waybill
  (($(fetched) < 2000000)) || fail "fetched $(fetched) bytes"
  rm got.waybill
  pulling "$mirror/x.waybill" --from 1.waybill --json
  then_ok
  then_got 2.waybill
  (($(fetched) < 2000000)) || fail "fetched $(fetched) bytes"
}

scenario_what_was_fetched_before_a_cut_is_kept() {
  given_on_mirror 1
  given_fault cut:20000000
  retries=0 pulling "$spoilt/x.waybill"
  then_system
  then_got_nothing
  then_there .got.waybill.pull
  pulling "$mirror/x.waybill" --json
  then_ok
  then_got 1.waybill
  (($(fetched) < $(stat -c %s 1.waybill) - 15000000)) || fail "fetched $(fetched) bytes"
}

scenario_cuts_are_outlasted_in_one_run() {
  given_on_mirror 1
  given_fault cut:9000000
  pulling "$spoilt/x.waybill"
  then_ok
  then_says "again in 1 s"
  then_got 1.waybill
}

scenario_killed_anywhere_it_goes_on() {
  given_on_mirror 1 'limit_rate 60m;'
  local delay
  for delay in 0.05 0.15 0.3 0.5; do
    timeout -s KILL "$delay" "$WAYBILL" pull "$mirror/x.waybill" --public k.pub --output got.waybill 2>/dev/null || true
    [[ ! -e got.waybill ]] || { cmp got.waybill 1.waybill && break; }
    [[ ! -e .got.waybill.pull ]] || flock .got.waybill.pull true # who was killed takes a moment to end
  done
  pulling "$mirror/x.waybill"
  then_ok
  then_got 1.waybill
  then_absent .got.waybill.pull
}

scenario_what_was_fetched_of_another_release_helps() {
  given_on_mirror 1
  given_fault cut:20000000
  retries=0 pulling "$spoilt/x.waybill"
  then_system
  given_large 2 --after 1.waybill
  cp 2.waybill www/x.waybill
  pulling "$mirror/x.waybill" --json
  then_ok
  then_got 2.waybill
  (($(fetched) < $(stat -c %s 2.waybill) - 15000000)) || fail "fetched $(fetched) bytes"
  then_absent .got.waybill.pull.before
}

scenario_a_busy_server_is_waited_for() {
  given_on_mirror 1
  given_fault busy 2
  pulling "$spoilt/x.waybill"
  then_ok
  then_says "the server says 503; again in 1 s"
  then_got 1.waybill
}

scenario_two_at_once_do_not_meet() {
  given_on_mirror 1 'limit_rate 12m;'
  "$WAYBILL" pull "$mirror/x.waybill" --public k.pub --output got.waybill &
  local first=$!
  until [[ -e .got.waybill.pull ]]; do sleep 0.02; done
  pulling "$mirror/x.waybill"
  then_refused
  then_says "is being pulled by another waybill"
  wait "$first"
  then_got 1.waybill
}

finish
