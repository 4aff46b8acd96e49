# carry.sh - a stick is laid out, read back, and goes on where it was cut short.
. "$(dirname "$0")/../lib.sh"
. "$tests/stick.sh"

pattern_place() { # FILE OFFSET: where in the disk its 64 bytes from there are, once they are
  python3 - "$1" "$2" "$scratch/stick.img" <<'END'
import sys, time
f = open(sys.argv[1], "rb"); f.seek(int(sys.argv[2])); want = f.read(64)
for _ in range(300):
    at = open(sys.argv[3], "rb").read().find(want)
    if at >= 0: print(at); break
    time.sleep(0.1)
END
}

scenario_a_stick_is_laid_out_and_says_what_to_type() {
  given_bundle_of 5
  given_disk stick 32M mkfs.ext4 -q
  when_carrying --volume-size 2M
  then_ok
  local built # for this machine, and for others after make installers
  built=$(cd "${WAYBILL%/*}" && shopt -s nullglob && echo waybill-install waybill-install-*)
  then_equal "$(cd stick && echo [!l]*)" "1.waybill.001 1.waybill.002 1.waybill.003 WAYBILL.txt $built"
  cmp 1.waybill <(cat stick/1.waybill.0*)
  grep -qF "$(sed -n 2p k.pub)" stick/WAYBILL.txt
  grep -qF "$(sha256sum <stick/waybill-install | cut -d' ' -f1)" stick/WAYBILL.txt
  grep -qF "$(b2sum -l 256 <stick/waybill-install | cut -d' ' -f1)" stick/WAYBILL.txt
  grep -qF "./waybill-install apply 1.waybill" stick/WAYBILL.txt
  then_stick_is_good
  stick/waybill-install apply stick/1.waybill --public k.pub --root edge --target core=/opt/app --yes
  then_same_tree app edge/opt/app
  when_carrying --volume-size 2M --json
  then_ok
  then_json .written 0
  when_carrying
  then_refused
  then_says "which 1.waybill would be mixed up with: take it away first"
}

scenario_installers_of_every_architecture_go_along() {
  given_bundle_of 1
  mkdir stick bin
  cp "$WAYBILL" bin/waybill
  echo one >bin/waybill-install && echo two >bin/waybill-install-aarch64 && echo three >riscv64
  touch bin/waybill-install.1 bin/waybill-installed
  when bin/waybill carry 1.waybill --to stick --installer riscv64
  then_ok
  then_equal "$(ls stick | xargs)" "1.waybill WAYBILL.txt riscv64 waybill-install waybill-install-aarch64"
  cmp bin/waybill-install-aarch64 stick/waybill-install-aarch64
  cmp riscv64 stick/riscv64
  [[ -x stick/waybill-install-aarch64 ]]
  when bin/waybill carry 1.waybill --to stick --installer bin/waybill-install
  then_status 2 "two files of one name"
  rm bin/waybill-install*
  when bin/waybill carry 1.waybill --to stick --single
  then_system
  when bin/waybill carry 1.waybill --to stick --single --installer riscv64
  then_format
  then_says "no installer that a bundle can stand behind"
}

scenario_only_what_is_whole_and_signed_is_carried() {
  given_bundle_of 1
  mkdir stick
  given_keys other
  when "$WAYBILL" carry 1.waybill --to stick --public other.pub
  then_untrusted
  flip 1.waybill 500000
  when_carrying
  then_format
  then_says "1 bad range"
  then_equal "$(ls -A stick)" ""
}

scenario_a_medium_that_is_too_small() {
  given_bundle_of 9
  given_disk stick 8M mkfs.ext4 -q
  when_carrying
  then_refused
  then_says "needs " " free; nothing was written"
  then_absent stick/1.waybill
  then_absent stick/.1.waybill.part
}

scenario_what_is_right_already_is_not_written_again() {
  given_bundle_of 8
  needs strace
  mkdir stick
  local carrying=("$WAYBILL" carry 1.waybill --to stick --public k.pub) place
  inject pwrite64:signal=KILL:when=6 "${carrying[@]}"
  then_status 137
  then_absent stick/1.waybill
  then_equal "$(stat -c %s stick/.1.waybill.part)" $((5 << 20))
  flip stick/.1.waybill.part 1500000
  place=$(($(stat -c %s 1.waybill) - (4 << 20)))
  when_carrying --json
  then_ok
  then_json .kept $((4 << 20))
  then_json ".written - ([.files[] | select(.name != \"1.waybill\").size] | add)" "$place"
  cmp 1.waybill stick/1.waybill

  rm -rf stick && mkdir stick
  inject pwrite64:error=ENOSPC:when=6 "${carrying[@]}"
  then_system
  when_carrying
  then_ok
  then_absent stick/.1.waybill.part
  then_stick_is_good
}

scenario_a_bit_that_the_medium_changed_is_found() { # while carry waits to read back what it has flushed
  given_bundle_of 5
  needs strace
  given_disk stick 32M mkfs.ext4 -q
  local place
  strace -f -qq -e trace=fadvise64 -e inject=fadvise64:delay_enter=2000000:when=1 -o /dev/null \
    "$WAYBILL" carry 1.waybill --to stick --public k.pub >said 2>&1 &
  place=$(pattern_place 1.waybill 3500000)
  flip "$scratch/stick.img" "$place"
  status=0
  wait $! || status=$?
  cat said
  then_format
  grep -qF "stick does not give back what was written: 1.waybill bytes 3145728 to 4194303" said
  then_absent stick/1.waybill
  when_carrying --json
  then_ok
  then_json .written 1048576
  then_stick_is_good
}

scenario_fat_cuts_what_it_cannot_hold() {
  given_bundle_of 3
  given_disk stick 64M mkfs.vfat -F 32
  when_carrying --volume-size 4G
  then_refused
  then_says "at most 4294967295 bytes"
  when_carrying --volume-size 1M
  then_ok
  cmp 1.waybill <(cat stick/1.waybill.0*)
}

needs_small_installer() { (($(stat -c %s "$INSTALL") < 2500000)) || skip "this installer has not the usual size"; }

scenario_where_files_have_a_largest_size_it_cuts_by_itself() {
  needs_small_installer
  given_bundle_of 5
  mkdir stick
  (ulimit -f 2500 && when_carrying && then_ok) # KiB
  then_equal "$(cd stick && stat -c %s 1.waybill.00[12])" "$(printf '2097152\n2097152')"
  cmp 1.waybill <(cat stick/1.waybill.0*)
  (ulimit -f 2500 && when_carrying --volume-size 3M && then_refused && then_says "at most 2560000 bytes")
  (ulimit -f 2500 && when_carrying --single && then_refused && then_says "carry it without --single")
}

scenario_from_two_sticks_comes_the_same_tree() {
  needs_small_installer
  given_bundle_of 5
  given_disk stick 16M mkfs.ext4 -q
  given_disk other 16M mkfs.ext4 -q
  when_carrying --volume-size 1M
  mv stick/1.waybill.002 stick/1.waybill.005 other/
  when stick/waybill-install apply stick/1.waybill.001 --public k.pub --root edge --target core=/opt/app --yes
  then_format
  then_says "1.waybill.002 bytes 0 to 1048575: missing; 1.waybill.005 bytes 0 to"
  then_absent edge/opt
  when stick/waybill-install apply stick/1.waybill.001 --volume-dir other --public k.pub --root edge --target core=/opt/app --yes
  then_ok
  then_same_tree app edge/opt/app
}

finish
