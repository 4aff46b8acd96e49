# hostile.sh - another user of the node, whom nobody trusts: what he planted is not believed, not followed and not waited for,
# and what is outside of the node's places stays as it was.
. "$(dirname "$0")/../lib.sh"

. "$tests/somebody.sh"

# ---- what is believed only where nobody else can write it ------------------------------------------------------------------

then_not_believed() { # PATH: changed so that somebody can write it, and then back
  local change owner mode
  owner=$(stat -c %u "$1")
  mode=$(stat -c %a "$1")
  for change in "chmod o+w" "chmod g+w" "chown $somebody"; do
    $change "$1"
    given_listing edge before
    when "${updating[@]}"
    [[ $status == 6 ]] || fail "$1 after $change: status $status"
    then_says "others can write"
    then_listing_is edge before
    chown "$owner" "$1"
    chmod "$mode" "$1"
  done
}

scenario_keys_that_somebody_can_write_are_not_believed() {
  given_node_with_keys
  then_not_believed edge/etc/waybill
  then_not_believed edge/etc/waybill/keys
  then_not_believed edge/etc/waybill/keys/k.pub
  when "${updating[@]}"
  then_ok
}

scenario_a_site_file_that_somebody_can_write_is_not_believed() {
  given_node_with_keys
  echo '{"applications":[{"application":"demo","profile":"generic"}]}' >edge/etc/waybill/site.json
  then_not_believed edge/etc/waybill/site.json
  when "${updating[@]}"
  then_ok
}

scenario_a_profile_of_the_site_that_somebody_can_write_is_not_believed() {
  given_node_with_keys
  mkdir edge/srv
  jq -cS . "$tests/node/toy.profile.json" >edge/srv/demo.json
  jq -cnS '{applications: [{application: "demo", profile: "/srv/demo.json"}]}' >edge/etc/waybill/site.json
  when "$INSTALL" inventory --root edge --name demo
  then_ok
  chmod o+w edge/srv/demo.json
  when "$INSTALL" inventory --root edge --name demo
  then_refused
  then_says "others can write"
}

scenario_records_that_somebody_can_write_are_not_believed() {
  given_node_with_keys
  local state=edge/var/lib/waybill
  mkdir -p $state/installer
  then_not_believed $state
  then_not_believed $state/demo
  then_not_believed $state/demo/acts
  then_not_believed $state/demo/acts/000001.json
  when "${updating[@]}"
  then_ok
}

scenario_a_key_that_was_taken_away_signs_nothing_any_more() {
  given_node_with_keys
  given_keys other
  mv edge/etc/waybill/keys/k.pub .
  cp other.pub edge/etc/waybill/keys/
  given_listing edge before
  when "${updating[@]}"
  then_untrusted
  then_listing_is edge before
}

# ---- what lies where a name of ours will be -----------------------------------------------------------------------------

plant() { # PATH KIND
  rm -rf "$1"
  case $2 in
    link) ln -s "$PWD/outside/core/file" "$1" ;;
    link-to-a-directory) ln -s "$PWD/outside" "$1" ;;
    dangling-link) ln -s "$PWD/outside/planted" "$1" ;;
    fifo) mkfifo "$1" ;;
    file) echo planted >"$1" ;;
    directory) mkdir "$1" ;;
  esac
}

then_update_is_whole_or_refused() { # whatever was planted; nothing waits for it
  when "${updating[@]}"
  ((status != 124 && status < 128)) || fail "$planted: status $status"
  then_outside_is_untouched
  if ((status == 0)); then then_installed 2; else then_installed 1; fi
}

scenario_whatever_lies_at_a_name_of_ours_leads_nowhere() { # the quick form has each third
  given_node_with_keys
  mv edge ready
  local name kind n=0 state=edge/var/lib/waybill/demo
  for name in $state/{lock,reserve,hold,.new-hold} $state/acts/{000002.json,.new-000002.json} $state/trees/.new \
    $state/README $state/.new-README edge/etc/waybill/{site.json,keys/l.pub} edge/opt/demo/.waybill edge/var/lib/waybill/installer; do
    for kind in link link-to-a-directory dangling-link fifo file directory; do
      ((n++ % 3 == 0)) || [[ ${FULL:-} ]] || continue
      fresh
      planted="$name is a $kind"
      plant "$name" "$kind"
      then_update_is_whole_or_refused
    done
    ((n++))
  done
}

scenario_a_place_for_slots_that_somebody_made_is_refused() {
  given_node_with_keys
  local place=edge/opt/demo/.waybill
  chown "$somebody" edge/opt/demo
  rm -rf $place
  as_somebody mkdir -p $place/demo/000002/core
  as_somebody ln -s "$PWD/outside" $place/demo/000002/core/link
  as_somebody ln -s "$PWD/outside/core" $place/demo/000002/hello
  when "${updating[@]}"
  then_refused
  then_says "opt/demo/.waybill: others can write it"
  then_installed 1
  then_outside_is_untouched
  as_somebody rm -rf $place
  as_somebody ln -s "$PWD/outside" $place
  when "${updating[@]}"
  then_system
  then_says "opt/demo/.waybill"
  then_installed 1
  then_outside_is_untouched
}

# ---- numbers and clocks -------------------------------------------------------------------------------------------------

scenario_a_number_that_nothing_is_above_is_left_by_saying_so() {
  EVIL=${EVIL:-$(dirname "$WAYBILL")/tests/evil/evil}
  [[ -x $EVIL ]] || skip "there is no $EVIL here"
  given_releases 1 2
  when_installing 1.waybill
  "$EVIL" sequence-huge k.key huge.waybill
  when_updating huge.waybill
  when_applying 2.waybill
  then_untrusted
  when_applying 2.waybill --accept-downgrade
  then_ok
  then_installed 2
}

then_started_within_a_minute_of() { # SECONDS: the first act; the clock was what it was meant to be
  local started
  started=$(jq .started edge/var/lib/waybill/demo/acts/000001.json)
  ((started >= $1 && started < $1 + 60)) || fail "the clock was $started and not $1"
}

scenario_a_clock_that_is_wrong_neither_stops_nor_opens_anything() {
  local native=${INSTALL%/*} clock=${CLOCK_OF:-$(dirname "$WAYBILL")/tests/evil/clock.so} now
  native=${native%/native}/native/waybill-install
  [[ -x $native && -e $clock ]] || skip "there is no $native or $clock here"
  LD_PRELOAD=$clock CLOCK=0 "$native" --version >/dev/null 2>&1 || skip "nothing can be preloaded here"
  given_releases 1 2 3
  given_keys other
  export LD_PRELOAD=$clock
  INSTALL=$native
  for now in 0 4102444800 253402300800; do # 1970, 2100, 10000
    nothing
    CLOCK=$now when_installing 1.waybill
    CLOCK=$now when_updating 2.waybill
    CLOCK=0 when_applying 1.waybill
    then_untrusted
    CLOCK=$now when "$INSTALL" apply 3.waybill --public other.pub --root edge --yes
    then_untrusted
    CLOCK=0 when_updating 3.waybill
    CLOCK=$now when "$INSTALL" prune --root edge
    then_ok
    CLOCK=1000 when_rolling_back
    then_ok
    then_installed 2
    then_started_within_a_minute_of "$now"
  done
}

finish
