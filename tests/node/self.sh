# self.sh - the machines and the five installed gateways that other stories start from are what they say they are.
. "$(dirname "$0")/fixtures.sh"

# ---- a table of times, at the end ------------------------------------------------------------------------------------------

times=$(mktemp)
trap 'print_times; rm -f "$times"' EXIT
print_times() { [[ ! -s $times ]] || { printf '%-34s | %s\n' 'what was made' 'time' && cat "$times"; } || true; }

timed() { # NAME COMMAND...
  local began=${EPOCHREALTIME/./} took
  "${@:2}"
  took=$(((${EPOCHREALTIME/./} - began) / 10000))
  printf '%-34s | %3d.%02d s\n' "$1" $((took / 100)) $((took % 100)) >>"$times"
}

# ---- machines ---------------------------------------------------------------------------------------------------------------

given_timed_machine() { timed 'a machine' given_machine; }

scenario_a_machine_runs_and_no_unit_of_it_failed() {
  given_timed_machine
  then_equal "$(there systemctl is-system-running)" running
  then_equal "$(there cat /proc/1/comm)" systemd
  then_equal "$(there systemctl --failed --no-legend)" ''
  then_equal "$(there cat /proc/net/dev | grep -c :)" 1 "interfaces"
  when_there cat /stick/letter
  then_status 1
  echo brought >letter
  when_there cat /stick/letter
  then_says brought
}

scenario_a_command_is_a_unit_a_login_is_a_session_a_user_has_a_manager() {
  given_timed_machine
  there useradd --create-home claw
  when_there grep ^0:: /proc/self/cgroup
  then_says /system.slice/run-
  when_logged_in grep ^0:: /proc/self/cgroup
  then_says /user.slice/user-0.slice/session-
  when_user claw systemctl --user is-system-running
  then_says running
  when_user claw sh -c 'id -un; echo "$XDG_RUNTIME_DIR"; systemd-run --user --quiet --pipe --wait grep ^0:: /proc/self/cgroup'
  then_ok
  then_says claw /run/user/ /user@
}

scenario_statuses_and_standard_streams_pass() {
  given_timed_machine
  when_there sh -c 'echo said; echo told >&2; exit 7'
  then_status 7
  then_says said told
  when_logged_in sh -c 'exit 8'
  then_status 8
  then_equal "$(echo through | node exec "$machine" cat)" through
  then_equal "$(echo through | node shell "$machine" cat)" through
}

scenario_a_child_of_a_login_lives_on_and_one_of_a_unit_does_not() {
  given_timed_machine
  node shell "$machine" setsid --fork sleep 4321
  node exec "$machine" setsid --fork sleep 1234
  when there pgrep -f 'sleep 4321'
  then_ok
  when there pgrep -f 'sleep 1234'
  then_status 1
}

scenario_after_a_cut_the_files_and_the_journal_of_both_boots_are_there() {
  given_timed_machine
  echo kept | put /root/note
  there sync
  node shell "$machine" setsid --fork sleep 4321
  timed 'a power cut' when_power_is_cut
  timed 'a boot after it' when_booting
  then_equal "$(there cat /root/note)" kept
  then_equal "$(there journalctl --list-boots --no-pager | grep -c UTC)" 2 "boots in the journal"
  when there pgrep -f 'sleep 4321'
  then_status 1
}

scenario_two_machines_do_not_meet() {
  given_machine one
  echo one | put /root/name
  given_machine two
  echo two | put /root/name
  node rm one
  then_equal "$(there cat /root/name)" two
  then_equal "$(there systemctl is-system-running)" running
}

scenario_nothing_is_left_of_a_machine_whose_test_was_killed() {
  given_machine
  local id holder
  id=$(there cat /proc/sys/kernel/random/boot_id) holder=$(<"$scratch/nodes/n1/holder")
  [[ $id ]]
  node rm-all
  bash -c 'NODE_STATE=$1 NODE_OWNER=$$ "$2" up orphaned && cp "$1/orphaned/holder" . && kill -KILL $$' \
    killed "$scratch/nodes" "$here/node.sh" || true
  for ((i = 0; i < 100; i++)); do [[ -e $scratch/nodes ]] || break; sleep 0.1; done
  then_absent "$scratch/nodes"
  for holder in "$holder" "$(<holder)"; do
    [[ ! -e /proc/$holder ]] || grep -q 'State:.*Z' "/proc/$holder/status" || fail "the holder $holder is there"
  done
  then_equal "$(findmnt --noheadings --output TARGET | grep -F "$scratch" || true)" '' "mounts"
  then_equal "$(find /sys/fs/cgroup -maxdepth 2 -name "node-*-$(cksum <<<"$scratch/nodes/orphaned" | cut -d ' ' -f 1)")" '' "cgroups"
  then_equal "$(pgrep -f "systemd-nspawn.*$scratch" || true)" '' "processes"
}

# ---- the toy does as it is told ----------------------------------------------------------------------------------------------

tell() { echo "${2:-}" | put "$state/told/$1"; } # WORD [ANSWER]
restart() { ctl restart "$unit"; }

scenario_the_toy_can_be_told_to_fail() {
  given_machine
  given_global_npm toy
  tell load-fails hello
  tell disconnect-after 0.2
  restart && then_ready
  then_journal_says "[plugins] hello failed to load from $extensions/hello"
  sleep 0.5
  then_journal_says '[other] Connection health check failed'
  tell never-ready
  then_equal "$(get /readyz | head -n 1 | cut -d ' ' -f 2)" 503
  tell fail
  restart
  then_restarts 1
  then_journal_says 'failed to start: told so'
}

scenario_the_toy_can_be_told_to_hang_at_stop() {
  given_machine
  given_wrapper toy
  tell hang
  ctl stop "$unit"
  then_equal "$(property Result)" timeout
}

# ---- what the five have in common, and what tells them apart ----------------------------------------------------------------

then_runs() { # TREE: its unit says so, its directory is there, the port is held by the unit, and it says so itself
  then_active
  local main port_holder
  main=$(property MainPID)
  port_holder=$(listener)
  then_equal "$(there readlink "/proc/$main/cwd")" "$1" "directory of the process"
  then_equal "$(cgroup_of "$port_holder")" "$(property ControlGroup)" "whose the port is"
  then_equal "$(there readlink "/proc/$port_holder/exe")" "$interpreter" "interpreter"
  then_equal "$(there stat -c %U "/proc/$main")" "$service_user" "user"
  then_equal "$(there jq -r .version "$1/package.json")" "$new" "version"
  [[ $app == openclaw ]] || [[ $(get /version) == *"\"root\":\"$1\""* ]] || fail "it runs from elsewhere: $(get /version)"
  then_journal_says 'listening on ws://127.0.0.1'
  then_journal_says_not 'failed to load'
  then_equal "$(there find "$extensions" -mindepth 1 -maxdepth 1 -printf '%f %U\n' | sort)" \
    "$(printf "%s $(there id -u "$service_user")\n" "${plugins[@]}" | sort)" "plugins"
}

then_unit_says() { grep -qF -e "$1" <<<"$(ctl cat "$unit")" || fail "$unit does not say $1"; }
then_command_is() { then_equal "$(there "$1" --version | grep -o '20[0-9.-]*[0-9]\|[0-9]\.0\.0' | head -n 1)" "$2" "$1 --version"; }

check_global_npm() {
  then_runs /usr/lib/node_modules/"$app"
  then_unit_says "ExecStart=/usr/bin/node /usr/lib/node_modules/$app/dist/index.js gateway --port $port"
  then_equal "$(there readlink -f "/usr/bin/$app")" "/usr/lib/node_modules/$app/$app.mjs"
  then_command_is "/usr/bin/$app" "$new"
}

check_nvm_forgotten() {
  then_runs "/home/claw/.nvm/versions/node/v22.23.3/lib/node_modules/$app"
  then_unit_says User=claw
  then_command_is "/usr/bin/$app" "$old"
  then_equal "$(there jq -r .version "$older/package.json")" "$old" "the forgotten one"
}

check_wrapper() {
  then_runs /opt/"$app"/app
  then_unit_says "ExecStart=/usr/local/bin/$app gateway run"
  [[ $(listener) != "$(property MainPID)" ]] || fail "the gateway has no parent"
  then_command_is "/usr/local/bin/$app" "$new"
  given_stale_drop_in
  then_runs /opt/"$app"/app
  then_unit_says "$older/dist/index.js"
  then_equal "$(property NeedDaemonReload)" no
}

check_stale_drop_in_after_a_restart() {
  restart && then_ready
  [[ $(get /version) == *"\"root\":\"$older\""* ]] || fail "the older copy does not run: $(get /version)"
}

check_orphan() {
  local restarts
  restarts=$(property NRestarts)
  then_equal "$(listener)" "$orphan" "the listener"
  then_equal "$(there ps -o ppid= -p "$orphan" | tr -d ' ')" 1 "its parent"
  [[ $(cgroup_of "$orphan") == /user.slice/user-0.slice/session-* ]] || fail "the orphan is in $(cgroup_of "$orphan")"
  then_restarts $((restarts + 1))
  then_journal_says "is already in use."
  [[ $(get /readyz) == *' 200 '* ]] || fail "the orphan does not answer"
}

check_unnoticed_orphan() {
  then_equal "$(listener)" "$orphan" "the listener"
  then_active
  [[ $(property MainPID) != "$orphan" ]] || fail "the orphan is the unit's"
  then_equal "$(property NRestarts)" 0 "restarts"
}

check_user_service() {
  then_runs "/home/claw/.npm-global/lib/node_modules/$app"
  [[ $(property ControlGroup) == /user.slice/user-*/user@*.service/* ]] || fail "it runs in $(property ControlGroup)"
  then_equal "$(there systemctl show --property=LoadState --value "$unit")" not-found "the system's unit"
  then_equal "$(there test -e /var/lib/systemd/linger/claw && echo lingers)" lingers
  when_power_is_cut
  when_booting
  then_ready
  then_active
}

kind() { # APP KIND
  choose "$1"
  given_machine
  timed "$1: ${2//_/ }" "given_$2" "$1"
  "check_$2"
}

scenario_toy_installed_globally() { kind toy global_npm; }
scenario_toy_by_nvm_with_a_forgotten_copy() { kind toy nvm_forgotten; }
scenario_toy_behind_a_wrapper() { kind toy wrapper && check_stale_drop_in_after_a_restart; }
scenario_toy_kept_out_by_an_orphan() { kind toy orphan; }
scenario_toy_behind_an_orphan_that_systemd_does_not_notice() { kind toy unnoticed_orphan; }
scenario_toy_as_a_user_s_service() { kind toy user_service; }
scenario_openclaw_installed_globally() { needs_full; kind openclaw global_npm; }
scenario_openclaw_by_nvm_with_a_forgotten_copy() { needs_full; kind openclaw nvm_forgotten; }
scenario_openclaw_behind_a_wrapper() { needs_full; kind openclaw wrapper; }
scenario_openclaw_kept_out_by_an_orphan() { needs_full; kind openclaw orphan; }
scenario_openclaw_behind_an_orphan_that_systemd_does_not_notice() { kind openclaw unnoticed_orphan; }
scenario_openclaw_as_a_user_s_service() { needs_full; kind openclaw user_service; }

finish
