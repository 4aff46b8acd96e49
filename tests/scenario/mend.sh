# mend.sh - what is bad on a stick is written anew, and only that; a program that carries its bundle.
. "$(dirname "$0")/../lib.sh"
. "$tests/stick.sh"

scenario_only_the_bad_ranges_are_repaired() {
  given_bundle_of 8
  mkdir stick
  when_carrying --volume-size 3M
  flip stick/1.waybill.001 2000000
  flip stick/1.waybill.003 10
  truncate -s 3000000 stick/1.waybill.002
  cp -a stick bad
  when "$WAYBILL" verify stick/1.waybill --public k.pub
  then_format
  when_carrying --repair --json
  then_ok
  then_json .written $((4096 * 2 + (3 << 20) - 3000000 / 4096 * 4096))
  cmp 1.waybill <(cat stick/1.waybill.0*)
  rm stick/1.waybill.002
  when_carrying --repair --json
  then_ok
  then_json .written $((3 << 20))
  then_stick_is_good
  when "$WAYBILL" verify stick/1.waybill --public k.pub
  then_ok
}

scenario_another_bundle_is_not_repaired() {
  given_bundle_of 1
  mkdir stick
  given_capture_of app stick/1.waybill --sequence 2 >/dev/null
  cp stick/1.waybill before
  when_carrying --repair
  then_refused
  then_says "is another bundle"
  cmp before stick/1.waybill
}

scenario_one_program_carries_its_bundle() {
  given_bundle_of 3
  mkdir stick
  when_carrying --single
  then_ok
  then_equal "$(ls -A stick | xargs)" "1.run WAYBILL.txt"
  local size
  size=$(stat -c %s "$(dirname "$WAYBILL")/waybill-install")
  cmp 1.waybill <(tail -c +$((size + 1)) stick/1.run)
  grep -qF "head -c $size 1.run | sha256sum      $(head -c "$size" stick/1.run | sha256sum | cut -d' ' -f1)" stick/WAYBILL.txt
  grep -qxF "  ./1.run apply" stick/WAYBILL.txt
  when stick/1.run apply --root edge --target core=/opt/app --yes
  then_untrusted
  when stick/1.run verify --public k.pub --root edge
  then_says "this program: demo 1"
  then_ok
  when stick/1.run plan --public k.pub --root edge --target core=/opt/app
  then_ok
  when stick/1.run apply --public k.pub --root edge --target core=/opt/app --yes
  then_ok
  then_same_tree app edge/opt/app
  when "$WAYBILL" verify stick/1.run --public k.pub
  then_ok
  when "$INSTALL" verify stick/1.run --public k.pub --root edge
  then_ok
  flip stick/1.run $((size + 2000000))
  when stick/1.run verify --public k.pub --root edge
  then_says "this program: demo 1"
  then_format
  then_says "bad: bytes"
  when "$INSTALL" verify --public k.pub --root edge
  then_status 2
}

scenario_a_node_keeps_the_program_without_its_bundle() {
  given_bundle_of 1
  mkdir -p stick edge/etc/systemd/system edge/opt/demo/app
  when_carrying --single
  printf '[Service]\nExecStart=/opt/demo/app/run\n' >edge/etc/systemd/system/demo.service
  printf 'root:x:0:0::/root:/bin/sh\n' >edge/etc/passwd
  printf x >edge/opt/demo/app/run && chmod +x edge/opt/demo/app/run
  when stick/1.run adopt --root edge --profile generic --unit demo.service --name demo
  then_ok
  cmp edge/var/lib/waybill/installer/* "$(dirname "$WAYBILL")/waybill-install"
}

finish
