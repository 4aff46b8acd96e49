# layouts.sh - other ways in which people install and start it: for each the right copy is found, and the gates judge it.
. "$(dirname "$0")/fixtures.sh"

given_toy_at() { # PATH: a core with plugins, and an older copy that nothing runs; a unit comes next
  choose toy
  core=$1 older=/srv/toy-$old
  place_interpreter /usr/bin/node
  place_core new "$core"
  place_core old "$older"
  place_plugins "${plugins[@]}"
}

when_run_as() { # EXECSTART [LINE]...
  given_unit "$@"
  when_started
  then_ready
  when_inventory
  then_counts .core "$core"
  then_counts .version "$new"
  then_counts .live "$core"
  then_counts '.notes // [] | join(" ")' ''
  then_inventory '[.copies[] | select(.runs) | .path] | join(" ")' "$core"
}

pnpm_script() { # as pnpm writes it
  cat <<'END'
#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\,/,g')")

case `uname` in
    *CYGWIN*|*MINGW*|*MSYS*)
        if command -v cygpath > /dev/null 2>&1; then
            basedir=`cygpath -w "$basedir"`
        fi
    ;;
esac

if [ -z "$NODE_PATH" ]; then
  export NODE_PATH="/opt/pnpm/global/5/.pnpm/toy@2.0.0/node_modules"
else
  export NODE_PATH="/opt/pnpm/global/5/.pnpm/toy@2.0.0/node_modules:$NODE_PATH"
fi
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/global/5/node_modules/toy/toy.mjs" "$@"
else
  exec node  "$basedir/global/5/node_modules/toy/toy.mjs" "$@"
fi
END
}

scenario_pnpms_script_and_its_linked_store() {
  given_machine
  given_toy_at /opt/pnpm/global/5/.pnpm/toy@2.0.0/node_modules/toy
  there mkdir -p /opt/pnpm/global/5/node_modules
  there ln -s ../.pnpm/toy@2.0.0/node_modules/toy /opt/pnpm/global/5/node_modules/toy
  pnpm_script | put /opt/pnpm/toy 755
  when_run_as "/opt/pnpm/toy gateway run --port $port"
}

scenario_a_wrapper_that_calls_it_otherwise() {
  given_machine
  given_toy_at /opt/toy/app
  printf '#!/bin/bash\nset -euo pipefail\nself=$(readlink -f "${BASH_SOURCE[0]}")\nroot="${self%%/*}/.."\nexport A=1\nexec -a "toy gateway" -- /usr/bin/node --no-warnings "$root/app/dist/index.js" "$@" 2>&1\n' |
    put /opt/toy/bin/start 755
  there ln -s /opt/toy/bin/start /usr/local/bin/toy-start
  when_run_as "/usr/local/bin/toy-start gateway --port $port"
}

scenario_a_hashbang_with_options() {
  given_machine
  given_toy_at /opt/toy/app
  there bash -c 'f=/opt/toy/app/start.js; (echo "#!/usr/bin/env -S A=1 node --no-warnings --title=toy"; echo "require(\"./dist/index.js\")") >$f; chmod 755 $f'
  when_run_as "/opt/toy/app/start.js gateway --port $port"
}

scenario_a_shell_in_the_unit() {
  given_machine
  given_toy_at /opt/toy/app
  when_run_as "/bin/sh -c 'cd /opt/toy/app && exec node dist/index.js gateway --port $port'"
  then_inventory .port.from "--port of $unit"
}

scenario_a_shell_in_the_unit_that_stays() {
  given_machine
  given_toy_at /opt/toy/app
  when_run_as "/bin/bash -lc \"export X=1; umask 022; node /opt/toy/app/dist/index.js gateway --port $port >>/var/log/toy.log 2>&1; true\""
}

scenario_an_instance_of_a_template() {
  given_machine
  given_toy_at /opt/toy/app
  unit=toy-gateway@opt-toy.service unit_path=/etc/systemd/system/toy-gateway@.service
  given_unit "/usr/bin/node /%I/app/dist/index.js gateway --port $port"
  unit_path=/etc/systemd/system/$unit
  when_started
  then_ready
  when_inventory --unit "$unit"
  then_counts .unit.name "$unit"
  then_counts .core "$core"
  then_inventory '.unseen // [] | length' 0
  ctl stop "$unit"
  when_inventory --unit "$unit"
  then_counts .unit.name "$unit"
  then_counts .unit.active inactive
  then_counts .core "$core"
  then_inventory '.unseen // [] | length' 0
}

scenario_instances_are_found_by_a_pattern() {
  given_machine
  given_toy_at /opt/toy/app
  printf '[Service]\nExecStart=/usr/bin/node /opt/%%i/app/dist/index.js gateway --port %s\n[Install]\nWantedBy=multi-user.target\n' "$port" |
    put /etc/systemd/system/many-gateway@.service
  there systemctl daemon-reload
  there systemctl enable --quiet many-gateway@toy.service
  when_inventory --unit 'many-gateway@*.service'
  then_inventory '.unseen // [] | length' 0
  then_inventory '[.services[].unit | "\(.name) \(.active)"] | join(",")' "many-gateway@toy.service inactive"
  then_counts .core "$core"
  there systemctl start many-gateway@toy.service
  then_ready
  when_inventory --unit 'many-gateway@*.service'
  then_inventory '[.services[].unit | "\(.name) \(.active)"] | join(",")' "many-gateway@toy.service active"
}

scenario_opt_is_a_link_and_so_is_the_release() {
  given_machine
  there bash -c 'mkdir -p /srv/big && mv /opt /srv/big/opt && ln -s srv/big/opt /opt'
  given_toy_at /srv/big/opt/toy/releases/2.0.0
  there ln -s releases/2.0.0 /srv/big/opt/toy/current
  when_run_as "/usr/bin/node /opt/toy/current/dist/index.js gateway --port $port"
  then_inventory '.components[] | select(.id == "core") | .real' "$core"
}

scenario_another_user_and_an_environment_file() {
  given_machine
  choose toy
  given_claw
  core=/home/claw/apps/toy older=/srv/toy-$old
  place_interpreter /opt/node/bin/node
  place_core new "$core"
  place_core old "$older"
  place_plugins "${plugins[@]}"
  give_to_claw
  printf 'NODE="/opt/node/bin/node"\nAPP=%s\nSECRET=not-to-be-seen\nPORT=%s\n' "$core" "$port" | put /etc/default/toy 600
  when_run_as "/usr/bin/env \${NODE} \${APP}/dist/index.js gateway --port \${PORT}" User=claw EnvironmentFile=/etc/default/toy
  then_counts .unit.user claw
  then_inventory .port.from "--port of $unit"
  ctl stop "$unit"
  when_inventory
  then_counts .core "$core"
  then_counts .runtime /opt/node/bin/node
  ! grep -q not-to-be-seen inventory text || fail "a secret of the environment file is told"
}

scenario_a_user_of_the_system_with_a_manager_of_its_own() {
  given_machine
  choose toy
  there useradd --system --create-home --home-dir /var/lib/claw claw
  service_user=claw service_home=/var/lib/claw state=/var/lib/claw/.toy extensions=/var/lib/claw/.toy/extensions
  core=/opt/toy/app older=/srv/toy-$old
  unit_path=/var/lib/claw/.config/systemd/user/$unit
  manager=(node user "$machine" claw systemctl --user)
  place_interpreter /usr/bin/node
  place_core new "$core"
  place_core old "$older"
  place_plugins "${plugins[@]}"
  given_unit "/usr/bin/node $core/dist/index.js gateway --port $port"
  there chown -R claw: /var/lib/claw
  when_started
  then_ready
  when_inventory
  then_counts .unit.manager user
  then_counts .unit.user claw
  then_counts .core "$core"
}

scenario_the_last_of_three_drop_ins_counts() {
  given_machine
  given_toy_at /opt/toy/app
  given_unit "/usr/bin/node $older/dist/index.js gateway --port $port"
  printf '[Service]\nExecStart=\n' | put "$unit_path.d/20-none.conf"
  printf '[Service]\nExecStart=/usr/bin/false\n' | put "$unit_path.d/30-other.conf"
  printf '[Service]\nExecStart=\nExecStart=/usr/bin/node %s/dist/index.js gateway --port %s\n' "$core" "$port" | put "$unit_path.d/40-last.conf"
  when_started
  then_ready
  when_inventory
  then_counts .core "$core"
  then_counts .unit.exec_from "$unit_path.d/40-last.conf"
  then_counts '.unit.overridden | length' 2
}
finish
