# adopt.sh - what is found becomes the site file, the units can be held, and --undo takes it all away again.
. "$(dirname "$0")/fixtures.sh"

profile() { # of the application; the toy's is a file there
  if [[ $app == openclaw ]]; then echo openclaw; else echo /root/toy.profile; fi
}

given_profile() { [[ $app == openclaw ]] || put /root/toy.profile <"$here/toy.profile.json"; }

when_adopted() { # [OPTION]...
  given_installer
  given_profile
  when_there waybill-install adopt --profile "$(profile)" "$@"
}

site() { there jq -r "$1" /etc/waybill/site.json; }
ours() { there find /etc /var/lib /root /home /usr /opt /run -xdev '(' -path '*waybill*' -o -name '.waybill' ')' -not -path '/usr/local/bin/waybill-install' -not -path '/root/toy.profile' | sort; }

then_held_by_a_marker() { # the drop-in is read, does nothing, and holds once the marker is there
  local dropin
  dropin=$(site '.applications[0].units[0].dropin')
  grep -qF "$dropin" <<<"$(property DropInPaths)" || fail "the manager does not know $dropin"
  then_equal "$(property NeedDaemonReload)" no
  then_active
  ctl restart "$unit"
  then_active
  there mkdir -p "/var/lib/waybill/$app"
  there touch "/var/lib/waybill/$app/hold"
  ctl restart "$unit" || true
  then_equal "$(property ActiveState)" inactive "with the marker"
  then_equal "$(property ConditionResult)" no "with the marker"
  there rm "/var/lib/waybill/$app/hold"
  ctl start "$unit"
  then_active
}

scenario_a_node_is_adopted_and_given_back() {
  given_machine
  given_global_npm toy
  local before pid digest
  before=$(ours) pid=$(property MainPID)
  when_adopted
  then_ok
  then_says "core: $core, device" "$unit: unit: $unit_path"
  then_equal "$(property MainPID)" "$pid" "the service was not touched"
  then_equal "$(site '.applications[0].components[] | select(.id == "core") | "\(.path) \(.inode)"')" "$core $(there stat -c %i "$core")"
  then_equal "$(site '.applications[0].units[0] | "\(.manager) \(.name) \(.user)"')" "system $unit root"
  digest=$(site '.applications[0].installer')
  then_equal "$(there b2sum -l 256 "/var/lib/waybill/installer/$digest" | cut -d ' ' -f 1)" "$digest"
  there cmp "/var/lib/waybill/installer/$digest" /usr/local/bin/waybill-install
  then_held_by_a_marker
  when_there waybill-install adopt --profile "$(profile)"
  then_ok
  then_equal "$(site '.applications | length')" 1
  when_there waybill-install gates --json
  then_ok
  then_equal "$(jq -r '.application' "$scratch/stdout")" toy "whose gates"
  when_there waybill-install inventory --json
  then_ok
  then_equal "$(jq -c '[.site, .differences // []]' "$scratch/stdout")" '["/etc/waybill/site.json",[]]'
  when_there waybill-install adopt --undo
  then_ok
  then_equal "$(ours)" "$before" "what is ours afterwards"
  then_active
  then_equal "$(there jq -r .version "$core/package.json")" "$new"
  when_there waybill-install adopt --profile "$(profile)" --undo
  then_status 6
}

scenario_a_users_own_service_is_held_too() {
  given_machine
  given_user_service toy
  when_adopted
  then_ok
  then_equal "$(site '.applications[0].units[0] | "\(.manager) \(.name) \(.user)"')" "user $unit claw"
  then_held_by_a_marker
}

scenario_an_inode_of_64_bits_is_written_so_that_it_is_read_again() {
  given_machine
  choose toy
  core=/opt/toy/app
  place_interpreter /usr/bin/node
  place_core new /opt/toy/other
  there mv /usr/share/common-licenses "$core" # an overlay gives what comes from below the high bits of 64
  there cp -a /opt/toy/other/. "$core/"
  place_plugins "${plugins[@]}"
  given_unit "/usr/bin/node $core/dist/index.js gateway --port $port"
  when_started
  then_ready
  [[ $(there stat -c %i "$core") =~ ^[0-9]{17} ]] || skip "inodes are small here"
  when_adopted
  then_ok
  when_there waybill-install inventory --json
  then_ok
  then_equal "$(jq -c '[.site, (.components[] | select(.id == "core") | .inode < 9007199254740992)]' "$scratch/stdout")" '["/etc/waybill/site.json",true]'
  when_there waybill-install adopt --undo
  then_ok
}

everything() { # that an adoption may touch, and all around it; content where it is configuration
  there bash -c "find /etc /home /opt /srv /usr/local /var/lib -xdev -path /var/lib/systemd -prune -o -path '*/.cache' -prune -o \
    '(' -type d -printf '%p %m %U:%G\n' -o -printf '%p %y %m %U:%G %s %l\n' ')' | sort; find /etc -xdev -type f -exec cksum {} + | sort"
}

scenario_after_undo_nothing_is_other_than_before() {
  given_machine
  given_user_service toy
  given_installer
  given_profile
  everything >before
  when_adopted
  then_ok
  everything >adopted
  ! cmp -s before adopted || fail "nothing was written"
  when_there waybill-install adopt --undo
  then_ok
  everything >after
  diff before after || fail "it is other than before: $(diff before after | grep -m 1 '^[<>]')"
  then_equal "$(property NeedDaemonReload)" no
  then_active
}

scenario_nothing_is_adopted_where_nothing_runs() {
  given_machine
  choose toy
  local before
  before=$(ours)
  when_adopted
  then_status 6
  then_says "no unit here runs"
  then_equal "$(ours)" "$before"
}

scenario_apply_needs_no_targets_on_an_adopted_node() {
  given_machine
  given_global_npm toy
  when_adopted
  then_ok
  local version=3.0.0 id plugin_options=()
  given_toy_core "$version" release/core
  for id in "${plugins[@]}"; do
    given_toy_plugin "$id" "$version" "release/$id"
    plugin_options+=(--plugin "$id=release/$id")
  done
  "$WAYBILL" keygen --secret k.key --public k.pub --no-passphrase
  "$WAYBILL" capture --name toy --release "$version" --core release/core "${plugin_options[@]}" --key k.key --output toy.waybill --unvalidated test
  when_there waybill-install apply /stick/toy.waybill --public /stick/k.pub --yes --accept-unvalidated
  then_ok
  then_equal "$(there jq -r .version "$core/package.json")" "$version"
  then_equal "$(there jq -r .version "$extensions/hello/package.json")" "$version"
  when_there waybill-install adopt --profile "$(profile)" --undo
  then_ok
  then_equal "$(ours)" '' "what is ours afterwards"
  then_equal "$(there jq -r .version "$core/package.json")" "$version" "the release stays"
}
finish
