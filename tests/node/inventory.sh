# inventory.sh - of every kind of node: which copy the active unit really runs, how that is known, and what else is there.
. "$(dirname "$0")/fixtures.sh"

then_chain() { then_equal "$(jq -r '[.chain[].how] | join(" ")' <<<"$counts")" "$*" "the chain"; }

then_runs() { # CORE VERSION
  then_counts .unit.name "$unit"
  then_counts .unit.active active
  then_counts .core "$1"
  then_counts .version "$2"
  then_inventory .version "$2"
  then_inventory '[.copies[] | select(.runs) | .path] | join(" ")' "$1"
  then_inventory '.components[] | select(.id == "core") | .real' "$1"
}

then_plugins() {
  then_inventory '[.components[] | select(.kind == "plugin") | .id] | join(" ")' "$(printf '%s\n' "${plugins[@]}" | sort | paste -sd ' ')"
  then_inventory '[.components[] | select(.kind == "plugin" and (.recorded | not)) | .id] | join(" ")' ''
  then_inventory '[.components[] | select(.kind == "plugin" and .source != "npm") | .id] | join(" ")' ''
}

then_port_is_the_units_own() {
  then_inventory .port.number "$port"
  then_inventory '[.port.holders[] | select(.own | not)] | length' 0
  then_inventory '[.port.holders[] | select(.own)] | length > 0' true
  then_inventory '.orphans // [] | length' 0
}

check_global_npm() {
  then_runs "/usr/lib/node_modules/$app" "$new"
  then_chain unit argument package process
  then_counts .runtime /usr/bin/node
  then_counts '.notes // [] | length' 0
  then_plugins
  then_port_is_the_units_own
  then_inventory "[.copies[].wrappers[]?] | index(\"/usr/bin/$app\") != null" true
  then_inventory .runtime_version "$("$node_binary" -p process.versions.node)"
  then_inventory '[.file_systems[] | select(.exchange != "yes") | .type] | join(" ")' ''
}

check_nvm() {
  then_runs "$core" "$new"
  then_counts .unit.user claw
  then_counts .runtime "$interpreter"
  then_plugins
  then_port_is_the_units_own
  then_inventory '[.copies[] | select(.runs | not) | "\(.path) \(.version)"] | join(" ")' "$older $old"
  then_inventory "[.copies[] | select(.path == \"$older\") | .wrappers[]] | join(\" \")" "/usr/bin/$app"
}

check_wrapper() {
  then_runs "$core" "$new"
  then_chain unit wrapper path argument package process
  then_plugins
  then_port_is_the_units_own
  given_stale_drop_in
  when_inventory
  then_counts .core "$older"
  then_counts .live "$core"
  then_inventory .version "$new"
  then_inventory '[.copies[] | select(.runs) | .path] | join(" ")' "$core"
  grep -qF "the live process runs $core $new; the unit changed since: its next start runs $older $old" text ||
    fail "the text does not tell both"
  then_counts .unit.exec_from "$unit_path.d/override.conf"
  then_counts '.notes | map(select(test("overrides it"))) | length' 1
  then_equal "$(jq -r '.chain[0].how' <<<"$counts")" drop-in
  then_inventory "[.copies[] | select(.path == \"$core\") | .version] | join(\" \")" "$new"
  grep -q 'override.conf' text || fail "the text does not name the drop-in"
  ctl restart "$unit" && then_ready 240 # an older one compiles itself first
  when_inventory
  then_counts .live "$older"
  then_inventory .version "$old"
}

check_orphan() {
  then_counts .core "$core"
  then_inventory '[.port.holders[] | select(.own)] | length' 0
  then_inventory '[.port.holders[].process.pid] | unique | join(" ")' "$orphan"
  then_inventory "[.orphans[] | select(.pid == $orphan)] | length" 1
  then_inventory ".orphans[] | select(.pid == $orphan) | .parent" 1
  then_inventory ".orphans[] | select(.pid == $orphan) | .cgroup | test(\"session-\")" true
  then_inventory ".orphans[] | select(.pid == $orphan) | .started > 1700000000" true
  then_counts '.unit.restarts >= 1' true
  then_inventory '[.components[] | select(.kind == "plugin")] | length' 0
  grep -q "pid $orphan of uid 0, since 20" text || fail "the text does not name the orphan"
}

check_user() {
  then_runs "$core" "$new"
  then_counts .unit.manager user
  then_counts .unit.user claw
  then_plugins
  then_port_is_the_units_own
}

for_every_kind() { # APP
  case $2 in
    global) given_global_npm "$1" && when_inventory && check_global_npm ;;
    nvm) given_nvm_forgotten "$1" && when_inventory && check_nvm ;;
    wrapper) given_wrapper "$1" && when_inventory && check_wrapper ;;
    orphan) given_orphan "$1" && when_inventory && check_orphan ;;
    user) given_user_service "$1" && when_inventory && check_user ;;
  esac
}

scenario_a_global_npm_install_of_the_toy() { given_machine; for_every_kind toy global; }
scenario_nvm_runs_and_a_system_wide_copy_of_the_toy_is_forgotten() { given_machine; for_every_kind toy nvm; }
scenario_a_wrapper_starts_the_toy_and_a_stale_drop_in_overrides_it() { given_machine; for_every_kind toy wrapper; }
scenario_an_orphan_of_the_toy_holds_the_port() { given_machine; for_every_kind toy orphan; }
scenario_the_toy_is_a_users_own_service() { given_machine; for_every_kind toy user; }

scenario_a_global_npm_install_of_openclaw() { given_machine; for_every_kind openclaw global; }
scenario_nvm_runs_and_a_system_wide_copy_of_openclaw_is_forgotten() { given_machine; for_every_kind openclaw nvm; }
scenario_a_wrapper_starts_openclaw_and_a_stale_drop_in_overrides_it() { given_machine; for_every_kind openclaw wrapper; }
scenario_an_orphan_of_openclaw_holds_the_port() { given_machine; for_every_kind openclaw orphan; }
scenario_openclaw_is_a_users_own_service() { given_machine; for_every_kind openclaw user; }

scenario_a_service_that_is_down_and_one_that_is_absent() {
  given_machine
  given_global_npm toy
  ctl stop "$unit"
  when_inventory
  then_counts .unit.active inactive
  then_counts .core "/usr/lib/node_modules/$app"
  then_inventory '.port.holders // [] | length' 0
  then_inventory '[.copies[] | select(.runs)] | length' 0
  there rm "$unit_path"
  ctl daemon-reload
  when_inventory
  then_inventory '.services // [] | length' 0
  then_inventory '[.copies[].path] | join(" ")' "/usr/lib/node_modules/$app"
}

scenario_what_starts_it_and_what_stops_with_it_is_told() {
  given_machine
  given_global_npm toy
  printf '[Timer]\nOnCalendar=yearly\nUnit=%s\n' "$unit" | put /etc/systemd/system/yearly.timer
  printf '[Unit]\nRequires=%s\n[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n' "$unit" |
    put /etc/systemd/system/needs-it.service
  ctl daemon-reload
  ctl start yearly.timer needs-it.service
  when_inventory
  then_counts '.unit.triggers | join(" ")' "yearly.timer: active"
  then_counts '.unit.dependents | join(" ")' "needs-it.service: active"
}

scenario_a_control_group_that_is_called_like_the_units_is_not_the_units() {
  given_machine
  given_orphan toy
  ctl stop "$unit"
  there bash -c 'd=$(findmnt -f -n -o TARGET -t cgroup2)/forged/system.slice/$2 && mkdir -p "$d" && echo "$1" >"$d/cgroup.procs"' forge "$orphan" "$unit" ||
    skip "control groups cannot be made here"
  [[ $(cgroup_of "$orphan") == */forged/system.slice/$unit ]] || skip "the process did not move: $(cgroup_of "$orphan")"
  ctl start "$unit"
  then_restarts 1
  when_inventory
  then_inventory '[.port.holders[] | select(.own)] | length' 0
  then_inventory "[.orphans[] | select(.pid == $orphan)] | length" 1
}

scenario_the_generic_profile_needs_nothing_but_a_units_name() {
  given_machine
  given_wrapper toy
  given_installer
  there waybill-install inventory --profile generic --unit "$unit" --json >inventory
  counts=$(jq -c 'if .main then .services[.main - 1] else {} end' inventory)
  then_counts .unit.name "$unit"
  then_counts .unit.active active
  then_inventory '.components[] | select(.id == "core") | .version' "$new"
  when_there waybill-install adopt --profile generic --unit "$unit" --name toy
  then_ok
  when_there waybill-install gates --profile generic --unit "$unit"
  then_ok
}

scenario_what_a_user_may_not_see_is_said() {
  given_machine
  given_global_npm toy
  there useradd --create-home nobody2
  put /tmp/toy.profile <"$here/toy.profile.json"
  given_installer
  node user "$machine" nobody2 waybill-install inventory --profile /tmp/toy.profile --json >inventory
  counts=$(jq -c 'if .main then .services[.main - 1] else {} end' inventory)
  then_counts .core "/usr/lib/node_modules/$app"
  then_inventory '.unseen | map(select(test("not root"))) | length' 1
  then_inventory '[.port.holders[] | select(.process)] | length' 0
  then_inventory '[.places[] | select(.path == "/root/.toy/toy.json" and .what == "config") | .unseen]  | join(" ")' true
  then_inventory '.unseen | map(select(test("/root/.toy/toy.json: Permission denied"))) | length' 1
  then_inventory '.unseen | map(select(test("/usr/bin/node: only root"))) | length' 1
  when_user nobody2 waybill-install adopt --profile /tmp/toy.profile
  then_system
  then_equal "$(there find /home/nobody2 -name '*waybill*')" '' "what a failed adoption left"
}
finish
