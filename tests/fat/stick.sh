# stick.sh - a bundle on a real FAT file system: carried, cut short, damaged, repaired, installed from, and cut into volumes.
cd /canary || exit 1
fail() { echo "not ok - fat: $1"; cat said; exit 1; }
ok() { echo "ok - fat: $1"; }
expect() { # STATUS COMMAND...
  want=$1
  shift
  "$@" >said 2>&1
  status=$?
  [ "$status" = "$want" ] || fail "$1 $2: exit $status, not $want"
}
says() { grep -q "$1" said || fail "it does not say \"$1\""; }
clean() { rm -rf /stick/* /node/*; sync; }
carried() { expect 0 waybill carry 1.waybill --to /stick "$@"; }
applied() { # INSTALLER BUNDLE
  expect 0 "$1" apply "$2" --public k.pub --root /node --target core=/opt/app --yes
  expect 0 waybill-install audit --root /node
  says '0 differences'
}

grep -q ' /stick vfat ' /proc/mounts || fail "the stick has no FAT"

carried
says 'all of it was read back'
cmp 1.waybill /stick/1.waybill || fail "another bundle"
applied /stick/waybill-install /stick/1.waybill
ok "a bundle is installed from the stick by the installer on it"

clean
waybill carry 1.waybill --to /stick >said 2>&1 &
carrying=$!
until [ -s /stick/.1.waybill.part ] || [ -e /stick/1.waybill ]; do :; done
kill -9 $carrying
wait $carrying 2>/dev/null
[ ! -e /stick/1.waybill ] || fail "it has its name before it was read back"
carried
expect 0 /stick/waybill-install verify /stick/1.waybill --public k.pub
ok "a carry that was killed is done again"

carried
says ' 0 bytes written'
ok "what is right already is not written again"

printf x | dd of=/stick/1.waybill bs=1 seek=300000 conv=notrunc 2>/dev/null
expect 4 waybill-install verify /stick/1.waybill --public k.pub
says '1 bad range'
expect 0 waybill carry 1.waybill --to /stick --repair
expect 0 waybill-install verify /stick/1.waybill --public k.pub
ok "a damaged stick is repaired"

clean
carried --volume-size 3M
[ ! -e /stick/1.waybill ] && [ -e /stick/1.waybill.003 ] || fail "no volumes"
applied /stick/waybill-install /stick/1.waybill.002
ok "volumes on the stick are installed from"

clean
carried --single
expect 0 /stick/1.run verify --public k.pub
says 'whole, every byte'
ok "a program that carries its bundle runs from the stick"

clean
expect 3 waybill-install apply 1.waybill --public k.pub --root /stick --target core=/opt/app --yes
says 'undone'
[ ! -e /stick/opt/app ] || fail "half a tree is left"
ok "a tree with links is not installed on FAT, and nothing of it is left"

if [ -e large.waybill ]; then
  clean
  expect 0 waybill carry large.waybill --to /stick
  [ "$(stat -c %s /stick/large.waybill.001)" -lt 4294967296 ] || fail "a volume of 4 GiB"
  [ -e /stick/large.waybill.002 ] || fail "one volume"
  expect 0 /stick/waybill-install verify /stick/large.waybill.001 --public k.pub
  ok "a bundle of more than 4 GiB is cut into volumes by itself"
fi
echo "ok - fat: all told"
