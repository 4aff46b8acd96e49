# capture.sh - what a bundle keeps of a tree, and what it refuses by name.
. "$(dirname "$0")/../lib.sh"

given_installed_from() { # DIR: captured as it is and installed
  given_capture_of "$1" b.waybill
  when_applying b.waybill --target core=/opt/demo/app
  then_ok
}

then_arrives_whole() { given_installed_from "$1" && then_same_tree "$1" edge/opt/demo/app; }

scenario_modes_links_and_what_is_empty_are_kept() {
  mkdir -p t/empty/inner t/private
  local mode
  for mode in 644 600 744 755 775 444 400; do echo "$mode" >"t/m$mode" && chmod "$mode" "t/m$mode"; done
  chmod 700 t/private
  : >t/nothing
  ln -s m644 t/link
  ln -s ../private t/empty/up
  ln -s missing t/dangling
  echo x >t/.hidden
  then_arrives_whole t
}

scenario_names_in_any_script() {
  mkdir -p "t/日本語/ümlaut" "t/with space"
  echo 1 >"t/日本語/ümlaut/naïve 🙂.js"
  echo 2 >"t/with space/-dash 'quote\" \\back"
  echo 3 >"t/with space/*?[x]\$HOME"
  then_arrives_whole t
}

scenario_a_path_of_165_characters_and_more() {
  local deep
  deep=$(printf 'a-directory-with-a-long-name/%.0s' $(seq 40))
  mkdir -p "t/$deep"
  echo deep >"t/${deep}file"
  echo long >"t/$(printf 'n%.0s' $(seq 255))"
  then_arrives_whole t
}

scenario_what_nobody_else_may_write_stays_so() {
  mkdir t
  echo x >t/all && chmod 666 t/all
  given_installed_from t
  then_equal "$(stat -c %a edge/opt/demo/app/all)" 664 "world-writable"
}

scenario_a_sparse_file_stays_sparse() {
  mkdir t
  truncate -s 64M t/sparse
  printf end | dd of=t/sparse bs=1 seek=33554432 conv=notrunc status=none
  given_installed_from t
  cmp t/sparse edge/opt/demo/app/sparse
  (($(stat -c %b edge/opt/demo/app/sparse) < 2048)) || fail "it takes $(stat -c %b edge/opt/demo/app/sparse) blocks"
}

scenario_a_file_larger_than_a_block() {
  mkdir t
  head -c 40000003 /dev/urandom >t/large
  echo small >t/small
  given_installed_from t
  cmp t/large edge/opt/demo/app/large
  (($(tar -tf b.waybill | grep -c blocks/) > 2)) || fail "it is not cut"
  when_auditing
  then_ok
}

scenario_a_sparse_file_beyond_two_gigabytes() {
  mkdir t
  truncate -s 2560M t/huge
  printf end | dd of=t/huge bs=1 seek=2684354557 conv=notrunc status=none
  given_installed_from t
  then_equal "$(stat -c %s edge/opt/demo/app/huge)" 2684354560 size
  then_equal "$(tail -c 3 edge/opt/demo/app/huge)" end
  (($(stat -c %b edge/opt/demo/app/huge) < 2048)) || fail "it is not sparse"
}

scenario_hard_links_become_files_of_their_own() {
  mkdir t
  echo two >t/one
  ln t/one t/two
  then_arrives_whole t
  then_equal "$(stat -c %h edge/opt/demo/app/one)" 1 "links"
}

scenario_version_control_and_excluded_names_are_left_out() {
  mkdir -p t/.git t/sub/.git t/logs/deep t/.github
  touch t/.git/x t/sub/.git/x t/logs/a.log t/logs/deep/b.log t/keep.js t/.DS_Store t/.github/x
  given_capture_of t b.waybill --exclude '*.log' --exclude 'logs/deep'
  "$WAYBILL" inspect b.waybill --files --json >files
  then_equal "$(jq -r '.files[].path' files | sort | paste -sd' ')" ". .github .github/x keep.js logs sub" files
}

# ---- refused, by name -----------------------------------------------------------------------------------------------

then_capture_refuses() { # TEXT...
  when_capturing --core t --output b.waybill
  then_refused
  then_says "$@"
  then_absent b.waybill
  then_equal "$(find . -maxdepth 1 -name '.b.waybill*')" "" "left behind"
}

scenario_names_that_cannot_travel_are_refused() {
  mkdir t
  touch "t/new"$'\n'"line" "t/bad"$'\xff'"utf8" "t/escape"$'\e'"[31m" t/good
  then_capture_refuses "3 entries" 'new\x0aline' 'bad\xffutf8' 'escape\x1b[31m'
}

scenario_devices_and_other_beings_are_refused() {
  mkdir t
  mkfifo t/fifo
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("t/socket")' 2>/dev/null || touch t/none
  cp /bin/true t/suid && chmod 4755 t/suid
  cp /bin/true t/sgid && chmod 2755 t/sgid
  then_capture_refuses "core: fifo" "core: suid" "core: sgid"
  [[ ! -S t/socket ]] || then_says "core: socket"
}

scenario_a_device_is_refused() {
  needs_root
  mkdir t
  mknod t/null c 1 3 2>/dev/null || skip "no device can be made here"
  then_capture_refuses "core: null"
}

scenario_links_out_of_the_tree_are_refused() {
  mkdir -p t/sub
  ln -s /etc/passwd t/absolute
  ln -s ../../elsewhere t/sub/up
  then_capture_refuses "core: absolute" "core: sub/up"
}

scenario_a_link_to_another_component_works_at_the_new_place() {
  given_keys
  given_app 1
  rm plugins/hello/host
  mkdir plugins/hello/node_modules
  ln -s "$PWD/app" plugins/hello/node_modules/openclaw
  ln -s ../../../app/lib/core.js plugins/hello/node_modules/one-file
  when_capturing --core app --plugin hello=plugins/hello --key k.key --output b.waybill
  then_ok
  when_applying b.waybill --target core=/usr/lib/openclaw --target hello=/home/u/.openclaw/extensions/hello
  then_ok
  local new=edge/home/u/.openclaw/extensions/hello/node_modules
  cmp app/lib/core.js $new/openclaw/lib/core.js
  cmp app/lib/core.js $new/one-file
  [[ $(readlink $new/openclaw) != /* ]] || fail "absolute"
}

scenario_a_tree_that_changes_while_it_is_captured_is_refused() {
  mkdir t
  head -c 30000000 /dev/urandom >t/large
  (while :; do printf x | dd of=t/large bs=1 seek=$((RANDOM * 900)) conv=notrunc status=none; done) &
  local writer=$!
  when_capturing --core t --output b.waybill
  kill "$writer"
  then_refused
  then_says large
  then_absent b.waybill
}

scenario_a_component_inside_another_is_refused() {
  given_app 1
  when_capturing --core . --plugin hello=plugins/hello --output ../b.waybill
  then_refused
}

scenario_an_output_that_is_there_is_replaced_whole_or_not_at_all() {
  given_app 1
  echo before >b.waybill
  mkfifo app/fifo
  when_capturing --core app --output b.waybill
  then_refused
  then_equal "$(cat b.waybill)" before
  rm app/fifo plugins/hello/host
  when_capturing --core app --output b.waybill
  then_ok
  when "$WAYBILL" inspect b.waybill
  then_ok
}

finish
