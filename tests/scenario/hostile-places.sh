# hostile-places.sh - another user at work while an act is: at the places on its way, and at what is staged.
. "$(dirname "$0")/../lib.sh"
. "$tests/somebody.sh"

given_service_of_somebody() { # the live trees are somebody's, as a service's often are
  needs strace
  given_node_with_keys
  chown -R "$somebody:$somebody" edge/opt/demo/app edge/opt/demo/plugins
  slot=edge/opt/demo/.waybill/demo/000002
}

when_held_up_at() { # CALL OCCURRENCE FUNCTION: that runs while the command waits before the call
  where="$3 at $1 $2"
  rm -f traced
  strace -f -qq -e trace="$1" -e signal=none -e "inject=$1:delay_enter=300000:when=$2" -o traced "${updating[@]}" \
    >"$scratch/stdout" 2>"$scratch/stderr" &
  until grep -q DELAYED traced 2>/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
  "$3"
  status=0
  wait $! || status=$?
  grep -q DELAYED traced
}

he() { as_somebody "$@" 2>/dev/null || true; } # COMMAND...: it may be too late for that, or too early

then_nothing_of_his_is_there() { # nor has anything been done where he led
  then_outside_is_untouched
  [[ -z $(find edge/opt/demo/app edge/opt/demo/plugins -name planted) ]] || fail "$where: something of his is there"
}

# ---- what is staged -----------------------------------------------------------------------------------------------------

he_tries_the_slot() { # nothing of it succeeds
  local there
  there=$(find $slot -name core.js)
  [[ $there ]] || fail "nothing is staged yet"
  for attempt in "cat $there" "cp his/evil $there" "ln -f $there his/link" "ls $slot" "mv $slot/core his/" "touch $slot/planted" \
    "ln -sfn $PWD/outside $slot/core" "chmod 777 edge/opt/demo/.waybill" "mv edge/opt/demo/.waybill his/" \
    "truncate -s 0 $there" "rmdir edge/opt/demo/.waybill" "rm -rf $slot"; do
    ! as_somebody $attempt 2>/dev/null || reached+=" [$attempt]"
  done
}

scenario_what_is_staged_is_out_of_reach_though_it_will_be_his() {
  given_service_of_somebody
  local reached=
  as_somebody sh -c 'echo evil >his/evil'
  when_held_up_at renameat2 1 he_tries_the_slot || fail "$where: not reached"
  then_equal "$reached" "" "he reached it"
  then_ok
  then_installed 2
  then_equal "$(stat -c %u edge/opt/demo/app/lib/core.js)" "$somebody" owner
  then_equal "$(stat -c %a edge/opt/demo/.waybill)" 700 mode
  then_nothing_of_his_is_there
}

scenario_the_restore_point_is_out_of_reach_though_it_was_his() {
  given_service_of_somebody
  when "${updating[@]}"
  then_ok
  local reached=
  as_somebody sh -c 'echo evil >his/evil'
  he_tries_the_slot
  then_equal "$reached" "" "he reached it"
  when_rolling_back
  then_ok
  then_installed 1
}

# ---- the directory on the way is his ----------------------------------------------------------------------------------------

he_plants_a_place() { # of his own, with trees of his own
  he mv edge/opt/demo/.waybill edge/opt/demo/.his
  he mkdir -p $slot/core/lib $slot/hello
  he touch $slot/core/planted $slot/hello/planted
}

he_plants_a_link() {
  he mv edge/opt/demo/.waybill edge/opt/demo/.his
  he ln -s "$PWD/outside" edge/opt/demo/.waybill
}

he_links_the_directory_away() {
  he mv edge/opt/demo edge/opt/.his
  he ln -s "$PWD/outside" edge/opt/demo
}

he_puts_it_right() { # between his two steps the act may have made the directory anew: nothing of worth is in that one
  if [[ -e edge/opt/.his ]]; then rm -rf edge/opt/demo && mv edge/opt/.his edge/opt/demo; fi
  if [[ -e edge/opt/demo/.his ]]; then rm -rf edge/opt/demo/.waybill && mv edge/opt/demo/.his edge/opt/demo/.waybill; fi
}

while_his_directory_changes() { # FUNCTION; the quick form has the first, one in the middle and the last of each call
  local call k count tried=0
  given_service_of_somebody
  mkdir -p outside/{app,plugins/hello} outside/{,.waybill/}demo/000002/{core,hello}
  touch outside/{app,plugins/hello}/theirs outside/{,.waybill/}demo/000002/{core,hello}/theirs
  given_listing outside outside
  chown "$somebody:$somebody" edge/opt/demo edge/opt
  mv edge ready
  for call in mkdirat openat2 renameat2 syncfs; do
    fresh
    count=$(occurrences "$call" "${updating[@]}")
    for k in $(seq 1 "$count"); do
      ((k == 1 || k == count || k == count * 2 / 3)) || [[ ${FULL:-} ]] || continue
      fresh
      when_held_up_at "$call" "$k" "$1" || continue # how a thread counts is not the same each time
      then_nothing_of_his_is_there
      he_puts_it_right
      when_recovering
      then_ok
      then_installed "$(jq -r .version edge/opt/demo/app/package.json)"
      then_nothing_of_his_is_there
      tried=$((tried + 1))
    done
  done
  ((tried >= 8)) || fail "only $tried were tried"
}

scenario_a_place_of_his_own_in_the_place_of_ours() { while_his_directory_changes he_plants_a_place; }
scenario_a_link_in_the_place_of_ours() { while_his_directory_changes he_plants_a_link; }
scenario_a_link_in_the_place_of_the_targets_directory() { while_his_directory_changes he_links_the_directory_away; }

finish
