# field-stick.sh - what comes on the stick was made for another machine, or is damaged: rows 10 and 15 of docs/field-failures.md.
. "$(dirname "$0")/acts.sh"

# ---- 10: made for another machine --------------------------------------------------------------------------------------------

given_canary_of_another_machine() { # its Node.js is ours but for two bytes, which say aarch64
  given_release_trees 3.0.0
  mkdir runtime
  install -m 755 "$node_binary" runtime/node
  printf '\xb7\x00' | dd of=runtime/node bs=1 seek=18 conv=notrunc status=none
  given_keys
  "$WAYBILL" capture --name toy --release 3.0.0 --core release/3.0.0/core --runtime runtime/node --level 1 --key k.key \
    --output 3.0.0.waybill --unvalidated test
}

scenario_row_10_waybill_refuses_a_node_js_of_another_machine() {
  given_service
  given_canary_of_another_machine
  local pid
  pid=$(main_pid)
  when_waybill_install plan /stick/3.0.0.waybill --public /stick/k.pub --accept-unvalidated --target runtime=/usr/lib/node-next
  then_refused
  when_apply 3.0.0 --target runtime=/usr/lib/node-next
  then_refused
  then_says 'runtime is made for aarch64, this machine is x86_64'
  then_equal "$(main_pid)" "$pid" "the process"
  then_answers "$new"
  then_nothing_is_left
}

scenario_row_10_by_hand_a_node_js_of_another_machine_does_not_start() {
  given_machine
  given_global_npm toy
  given_canary_of_another_machine
  by_hand "install -m 755 /stick/runtime/node $interpreter.new && mv $interpreter.new $interpreter && systemctl restart $unit"
  then_ok
  then_restarts 1
  then_journal_says "Failed to execute $interpreter: Exec format error"
  then_journal_says 'Main process exited, code=exited, status=203/EXEC'
}

given_core_with() { # PLATFORM...: a program that has the addon koffi of OpenClaw for these, and nothing else
  local platform
  rm -rf natives
  mkdir -p natives
  echo '{"name":"toy","version":"3.0.0"}' >natives/package.json
  for platform; do cp -r "$parts/core-canary/node_modules/koffi/build/koffi/$platform" natives/; done
  given_capture_of natives natives.waybill
}

scenario_row_10_by_hand_addons_of_other_systems_do_not_load_and_are_no_reason_to_refuse() {
  needs_openclaw
  given_machine
  given_global_npm toy
  given_core_with darwin_arm64 linux_arm64 linux_x64
  by_hand "$interpreter -e 'require(\"/stick/natives/darwin_arm64/koffi.node\")'"
  then_status 1
  then_says 'koffi.node: invalid ELF header'
  by_hand "$interpreter -e 'require(\"/stick/natives/linux_arm64/koffi.node\")'"
  then_status 1
  then_says 'koffi.node: cannot open shared object file: No such file or directory'
  by_hand "$interpreter -e 'require(\"/stick/natives/linux_x64/koffi.node\")'"
  then_ok
  when_waybill plan /stick/natives.waybill --public /stick/k.pub --target core=/opt/natives
  then_ok
}

# ---- 15: the stick was bad ----------------------------------------------------------------------------------------------------

given_bad_stick() { # archive and bundle have the same fault: 4096 bytes of them read as zeros
  local file
  given_release_trees 3.0.0
  seq 400000 >release/3.0.0/core/numbers
  capture_release 3.0.0
  tar -C release/3.0.0/core --mtime=@0 --owner=root --group=root -c package.json toy.mjs dist/index.js numbers dist/plugins.js |
    gzip -n >3.0.0.tgz
  for file in 3.0.0.tgz 3.0.0.waybill; do
    head -c 4096 /dev/zero | dd of="$file" bs=1 seek=100000 conv=notrunc status=none
  done
}

scenario_row_15_by_hand_the_stick_is_bad_and_it_shows_half_way_through() {
  given_machine
  given_global_npm toy
  given_bad_stick
  by_hand "systemctl stop $unit && rm -r $core/* && tar -x -f /stick/3.0.0.tgz -C $core"
  then_status 2
  then_says 'gzip: stdin: invalid compressed data' 'tar: Error is not recoverable: exiting now'
  by_hand "systemctl start $unit"
  then_restarts 1
  then_journal_says "Cannot find module './plugins.js'"
}

scenario_row_15_a_bad_stick_is_told_before_anything_is_touched() {
  given_service
  given_bad_stick
  local before pid
  before=$(there find "$core" "$extensions" -printf '%p %y %m %s %i %T@\n' | sort) pid=$(property MainPID)
  when_waybill_install verify /stick/3.0.0.waybill --public /stick/k.pub
  then_format
  then_says '1 bad range: bytes ' '(blocks/00000.tar.zst: damaged)'
  when_apply 3.0.0
  then_format
  then_says '(blocks/00000.tar.zst: damaged)'
  then_equal "$(there find "$core" "$extensions" -printf '%p %y %m %s %i %T@\n' | sort)" "$before" "the trees"
  then_equal "$(property MainPID)" "$pid" "the process"
  then_answers "$new"
  then_nothing_is_left
}
finish
