# installer-itself.sh - the installer is a component like any other: it comes in a signed bundle, replaces itself while it
# runs, and goes back.
. "$(dirname "$0")/../lib.sh"

given_installer_bundles() { # 0.1.0, which is the one under test, and 0.1.1, which only says so
  given_keys
  mkdir -p tool edge
  cp "$INSTALL" tool/waybill-install
  "$WAYBILL" capture --name waybill --release 0.1.0 --core tool --output 1.waybill --unvalidated test --key k.key >/dev/null
  sed -i 's/0\.1\.0/0.1.1/g' tool/waybill-install
  "$WAYBILL" capture --name waybill --release 0.1.1 --core tool --output 2.waybill --unvalidated test --key k.key \
    --after 1.waybill >/dev/null
}

given_installed_installer() { # by the one from the stick; $itself is the one on the node
  given_installer_bundles
  when "$INSTALL" apply 1.waybill --public k.pub --root edge --yes --target core=/opt/waybill
  then_ok
  itself=$PWD/edge/opt/waybill/waybill-install
}

then_version_is() { [[ $("$itself" --version) == *"$1"* ]] || fail "$("$itself" --version), not $1"; }

scenario_it_replaces_itself_and_goes_back() {
  given_installed_installer
  then_version_is 0.1.0
  when "$itself" apply 2.waybill --public k.pub --root edge --yes
  then_ok
  then_version_is 0.1.1
  when "$itself" audit --root edge
  then_ok
  when "$itself" rollback --root edge
  then_ok
  then_version_is 0.1.0
  cmp "$INSTALL" "$itself"
}

scenario_killed_anywhere_there_is_one_that_finishes() {
  needs strace
  given_installed_installer
  mv edge ready
  local call k cuts=0
  for call in renameat2:1 renameat2:2 renameat:1 renameat:3 renameat:5 syncfs:1 syncfs:2 fsync:4 fsync:8 unlinkat:1; do
    k=${call#*:}
    rm -rf edge && cp -a ready edge
    was_killed_at "${call%:*}" "$k" "$itself" apply 2.waybill --public k.pub --root edge --yes || continue
    cuts=$((cuts + 1))
    when "$itself" recover --root edge
    then_ok
    when "$itself" audit --root edge
    then_ok
    when "$itself" apply 2.waybill --public k.pub --root edge --yes
    then_ok
    then_version_is 0.1.1
  done
  ((cuts >= 5)) || fail "only $cuts cuts"
}

scenario_a_damaged_one_takes_no_place() {
  given_installed_installer
  printf x | dd of=2.waybill bs=1 seek=$(($(stat -c %s 2.waybill) / 2)) conv=notrunc status=none
  when "$itself" apply 2.waybill --public k.pub --root edge --yes
  then_format
  then_version_is 0.1.0
  when "$itself" audit --root edge
  then_ok
}

finish
