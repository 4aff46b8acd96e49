# service-orphan.sh - a process that is not the service's holds its port: it is named, and ended only when that is asked for.
. "$(dirname "$0")/acts.sh"

given_orphan_and_bystander() { # $orphan listens where the unit should; $bystander was started by the same words and does not
  given_machine
  given_orphan toy
  by_root
  given_adopted
  local words="$core/dist/index.js gateway --port $port"
  node shell "$machine" setsid --fork bash -c 'exec -a "$(tr "\0" " " <"/proc/$1/cmdline" | sed "s/ *$//")" sleep 1000 </dev/null >/dev/null 2>&1' by-hand "$orphan"
  bystander=$(there pgrep -n -x sleep)
  then_equal "$(there tr '\0' ' ' </dev/null; there bash -c 'tr "\0" " " <"/proc/$1/cmdline" | cut -d " " -f 1' words "$bystander")" \
    "$(there bash -c 'tr "\0" " " <"/proc/$1/cmdline" | cut -d " " -f 1' words "$orphan")" "the words"
}

scenario_an_orphan_on_the_port_is_named_and_ended_only_when_asked() {
  settle=2 deadline=10
  given_orphan_and_bystander
  given_release 3.0.0
  local started before
  started=$(date -u -d "$(there ps -o lstart= -p "$orphan")" '+%Y-%m-%d %H:%M')
  before=$(there cat "$core/package.json")
  when_apply 3.0.0
  then_refused
  then_says "pid $orphan" "toy-gateway" "$started" "holds port 18789" "--end-orphans"
  then_equal "$(listener)" "$orphan"
  then_equal "$(there cat "$core/package.json")" "$before"
  then_nothing_is_left
  when_apply 3.0.0 --end-orphans
  then_ok
  then_answers 3.0.0
  then_equal "$(cgroup_of "$(listener)")" "/system.slice/$unit"
  ! there kill -0 "$orphan" 2>/dev/null || fail "the orphan still runs"
  there kill -0 "$bystander" || fail "somebody else was ended"
  then_last '[.outcome, .proven]' '["committed",true]'
  then_nothing_is_left
}

scenario_an_orphan_that_takes_the_port_from_the_new_release_is_named_and_the_old_one_comes_back() {
  settle=2 deadline=8
  given_service
  given_release 3.0.0 1 '{"start-after":"2"}'
  there bash -c 'setsid --fork bash -c "while :; do python3 -m http.server --bind 127.0.0.1 18789 2>/dev/null; sleep 0.05; done" </dev/null >/dev/null 2>&1'
  when_apply 3.0.0
  then_status 8
  then_says "http.server" "port"
  then_last '[.outcome, .proven // false]' '["undone",false]'
  there pkill -f http.server
}
finish
