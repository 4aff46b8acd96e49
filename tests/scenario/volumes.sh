# volumes.sh - a bundle that was cut: read in place, from one stick or several; what is wrong with a volume is named.
. "$(dirname "$0")/../lib.sh"

given_volumes() { # [SIZE]: 1.waybill has several blocks; stick/1.waybill.001 and so on
  given_releases 1
  head -c 70000000 /dev/urandom >app/large
  "$WAYBILL" capture --name demo --release 1 --core app --plugin hello=plugins/hello --output 1.waybill --unvalidated test \
    --key k.key --level 1 >/dev/null
  rm -rf captured/1 && mkdir -p captured/1 && cp -a app plugins captured/1/
  mkdir stick
  split -b "${1:-20000000}" -a 3 --numeric-suffixes=1 1.waybill stick/1.waybill.
}

when_verifying() { # PATH [OPTION]...: by both programs, which say the same
  when "$WAYBILL" verify "$1" --public k.pub "${@:2}"
  local first=$status
  cp "$scratch/stdout" said
  when "$INSTALL" verify "$1" --public k.pub --root edge "${@:2}"
  then_equal "$first" "$status" "the two programs"
  diff said "$scratch/stdout" || fail "the two programs differ"
}

scenario_any_volume_opens_the_bundle_in_place() {
  given_volumes
  cmp 1.waybill <(cat stick/1.waybill.0*)
  touch stick/._1.waybill.001 stick/.DS_Store stick/1.waybill.001.part
  local path
  for path in stick/1.waybill.001 stick/1.waybill.003 stick/1.waybill; do
    when_verifying "$path"
    then_ok
    then_says "whole, every byte"
  done
  when "$WAYBILL" inspect stick/1.waybill.002 --files
  then_ok
  when_installing stick/1.waybill.004
  then_installed 1
  when "$WAYBILL" sign stick/1.waybill.001 --key k.key
  then_refused
}

scenario_several_sticks() {
  given_volumes
  mkdir other
  mv stick/1.waybill.002 stick/1.waybill.004 other/
  when_verifying stick/1.waybill.001
  then_format
  then_says "bad: 1.waybill.002 bytes 0 to 19999999 (all of it: missing)" "bad: 1.waybill.004 bytes 0 to"
  when_verifying stick/1.waybill.001 --volume-dir other
  then_ok
  when_installing stick/1.waybill.001 --volume-dir other
  then_installed 1
  cp other/1.waybill.002 stick/
  when_verifying stick/1.waybill.001 --volume-dir other
  then_ok
  printf x | dd of=stick/1.waybill.002 bs=1 seek=100 conv=notrunc status=none
  when "$INSTALL" verify stick/1.waybill.001 --public k.pub --root edge --volume-dir other
  then_format
  then_says "there twice, with different bytes" "other/1.waybill.002"
}

scenario_what_is_wrong_with_a_volume_is_named() {
  given_volumes
  cp -a stick whole
  local size
  again() { rm -rf stick && cp -a whole stick; }
  size=$(stat -c %s 1.waybill)

  rm stick/1.waybill.001
  when_verifying stick/1.waybill.002
  then_format
  then_says "1.waybill.001 is missing"

  again && rm stick/1.waybill.003 && truncate -s 15000000 stick/1.waybill.002
  when_verifying stick/1.waybill.001
  then_format
  then_says "bad: 1.waybill.002 bytes 15000000 to 19999999 (the rest: cut short)" "bad: 1.waybill.003 bytes 0 to 19999999 (all of it: missing)"
  then_says_not "1.waybill.004"

  again && mv stick/1.waybill.002 x && mv stick/1.waybill.003 stick/1.waybill.002 && mv x stick/1.waybill.003
  when_verifying stick/1.waybill.001
  then_format
  then_says "1.waybill.002 bytes 0 to 19999999 (all of it: misnamed: its bytes are those from 40000000 on)" \
    "1.waybill.003 bytes 0 to 19999999 (all of it: misnamed: its bytes are those from 20000000 on)"

  again && head -c 20000000 /dev/urandom >stick/1.waybill.002
  when_verifying stick/1.waybill.001
  then_format
  then_says "1.waybill.002 bytes 0 to 19999999 (all of it: not of this bundle)"
  then_says_not "1.waybill.003"

  again && printf x | dd of=stick/1.waybill.004 bs=1 seek=9000000 conv=notrunc status=none
  when "$INSTALL" verify stick/1.waybill.001 --public k.pub --root edge --json
  then_format
  then_json '.bad | map(.volume.name) | unique | contains(["1.waybill.004"])' true
  then_json '.bad | all(.volume.to - .volume.from == .to - .from and .why == "damaged")' true

  again && printf more >>stick/1.waybill.002
  when_verifying stick/1.waybill.001
  then_format
  then_says "1.waybill.002 bytes 20000000 to 20000003 (behind it: bytes that do not belong)"

  again && truncate -s $((size - 60000000 - 600)) stick/1.waybill.004
  when_applying stick/1.waybill.001 "${targets[@]}"
  then_format
  then_says "1.waybill.004 bytes $((size - 60000000 - 600)) to $((size - 60000000 - 1)): cut short"
  then_absent edge/opt
}

scenario_cut_anywhere() { # uneven, and smaller than a member
  given_releases 1
  mkdir stick
  local at=0 n=1 size
  for size in 1 700 5 1 511 513 2000; do
    dd if=1.waybill of="stick/1.waybill.00$n" bs=1 skip=$at count=$size status=none
    at=$((at + size)) n=$((n + 1))
  done
  tail -c +$((at + 1)) 1.waybill >"stick/1.waybill.00$n"
  when_verifying stick/1.waybill.002
  then_ok
  when_installing stick/1.waybill.001
  then_installed 1
}

until_said() { # TEXT TIMES: on the terminal
  local i
  for ((i = 0; i < 200; i++)); do
    (($(grep -cF "$1" terminal || true) < $2)) || return 0
    sleep 0.05
  done
  cat terminal
  fail "does not say: $1"
}

scenario_one_stick_after_another_is_asked_for() {
  needs script
  given_volumes
  local n
  for n in 2 3 4; do mkdir "stick$n" && mv "stick/1.waybill.00$n" "stick$n/"; done
  mkdir edge
  mkfifo typed
  : >terminal
  script -qfec "$INSTALL apply stick/1.waybill.001 --public k.pub --root edge --yes ${targets[*]}" terminal <typed >/dev/null &
  local at_work=$!
  exec 3>typed
  until_said "missing: 1.waybill.002, 1.waybill.003, 1.waybill.004" 1
  rm stick/1.waybill.001 # it was taken out
  mv stick2/1.waybill.002 stick/
  echo >&3
  until_said "missing: 1.waybill.003, 1.waybill.004" 1
  rm stick/1.waybill.002
  truncate -s 100 stick/1.waybill.003
  echo >&3
  until_said "has 100 bytes, needs 20000000" 1
  echo stick4 >&3
  until_said "missing: 1.waybill.003" 3
  echo stick3 >&3
  wait "$at_work" || fail "status $?"
  exec 3>&-
  then_installed 1
}

scenario_who_has_no_more_sticks_stops() {
  needs script
  given_volumes
  rm stick/1.waybill.003
  status=0
  script -qfec "$INSTALL verify stick/1.waybill.001 --public k.pub" terminal <<<. >/dev/null || status=$?
  then_format
  grep -q "1.waybill.003 bytes 0 to 19999999" terminal
}

finish
