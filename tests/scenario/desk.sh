# desk.sh - a node's questions, asked at the desk over what its inventory said.
. "$(dirname "$0")/../lib.sh"

given_inventory() { # a node with demo 1 and the plugin hello, which a service runs
  cat >inventory <<'END'
{"application":"demo","arch":"x86_64","kernel":"6.1.0","libc":"glibc","libc_version":"2.36","runtime_version":"22.16.0",
 "profile":"demo","scheme":"semver","version":"1.0.0",
 "components":[
  {"id":"core","kind":"core","path":"/opt/demo","real":"/opt/demo","owner":"root","version":"1.0.0","device":1,"inode":2},
  {"id":"hello","kind":"plugin","path":"/p/hello","real":"/p/hello","owner":"root","version":"1.0.0","device":1,"inode":3},
  {"id":"mine","kind":"plugin","path":"/p/mine","real":"/p/mine","owner":"root","version":"7.0.0","device":1,"inode":4,"host":"<2.0.0"}],
 "file_systems":[{"mount":"/","type":"ext4","exchange":"yes","device":1,"free":1000000000,"inodes":1000000,"size":2000000000,
  "holds":["/opt/demo","/p/hello"]}]}
END
}

given_profile() {
  echo '{"name":"demo","scheme":"semver","plugins":{"marker":"plugin.json","places":[],"host":"/wants"}}' >profile
}

given_bundle_with() { # PACKAGE-JSON-OF-CORE PACKAGE-JSON-OF-HELLO
  given_app 2.0.0
  given_profile
  echo "$1" >app/package.json
  echo "$2" >plugins/hello/package.json
  rm -f demo.waybill
  "$WAYBILL" capture --name demo --release 2.0.0 --core app --plugin hello=plugins/hello --profile profile \
    --output demo.waybill --unvalidated test
}

change() { jq -c "$1" inventory >changed && mv changed inventory; } # FILTER
when_asked() { when "$WAYBILL" plan demo.waybill --inventory inventory "$@"; }

scenario_what_fits_is_told() {
  given_inventory
  given_bundle_with '{"name":"demo","version":"2.0.0","engines":{"node":">=22.1.0"}}' '{"name":"hello","version":"2.0.0","wants":">=1.5.0"}'
  change 'del(.components[2])'
  when_asked
  then_ok
  then_says "update   core" "1.0.0 -> 2.0.0  /opt/demo" "update   hello"
}

scenario_every_no_is_told_at_once() {
  given_inventory
  given_bundle_with '{"name":"demo","version":"2.0.0","engines":{"node":">=24"}}' '{"name":"hello","version":"2.0.0","wants":">=3.0.0"}'
  change '.file_systems[0].free = 10 | .port = {number: 80, from: "x", holders: [{address: "::", process:
    {pid: 4711, command: "stray", started: 1, ticks: 1}}]}'
  when_asked
  then_status 6
  then_says "core wants Node.js >=24, the service here runs 22.16.0" "hello wants a core >=3.0.0, it will be 2.0.0" \
    "mine wants a core <2.0.0, it will be 2.0.0" "on /, 10 bytes free" "port 80 is held by pid 4711" \
    "mine 7.0.0 is there and not in the bundle"
}

scenario_the_bits_are_asked_too() {
  given_inventory
  given_bundle_with '{"name":"demo","version":"2.0.0"}' '{"name":"hello","version":"2.0.0"}'
  cp "$(realpath /bin/true)" app/native
  rm demo.waybill
  "$WAYBILL" capture --name demo --release 2.0.0 --core app --plugin hello=plugins/hello --profile profile \
    --output demo.waybill --unvalidated test
  change 'del(.components[2])'
  when_asked
  then_ok
  change '.arch = "aarch64"'
  when_asked
  then_status 6
  then_says "core is made for $(uname -m), this machine is aarch64"
  change '.arch = "'"$(uname -m)"'" | .libc_version = "2.1"'
  when_asked
  then_status 6
  then_says "this machine has 2.1"
  change '.libc = "musl" | del(.libc_version)'
  when_asked
  then_status 6
  then_says "made for glibc, this machine has musl"
}

scenario_another_application_is_refused() {
  given_inventory
  given_bundle_with '{"name":"demo","version":"2.0.0"}' '{"name":"hello","version":"2.0.0"}'
  change '.application = "other"'
  when_asked
  then_status 6
  then_says 'the bundle is of "demo", the inventory of "other"'
  when "$WAYBILL" plan demo.waybill
  then_status 2
  echo '{"application":1}' >inventory
  when_asked
  then_status 4
}

scenario_a_node_asks_the_same_of_its_own_bits() {
  given_inventory
  given_keys
  given_bundle_with '{"name":"demo","version":"2.0.0"}' '{"name":"hello","version":"2.0.0","wants":">=3.0.0"}'
  "$WAYBILL" sign demo.waybill --key k.key
  when "$INSTALL" plan demo.waybill --public k.pub --root edge "${targets[@]}"
  then_status 6
  then_says "hello wants a core >=3.0.0, it will be 2.0.0"
}
scenario_a_site_file_that_others_can_write_is_not_believed() {
  given_releases 1
  mkdir -p edge/etc/waybill
  echo '{"applications":[{"application":"demo","components":[{"id":"core","kind":"core","path":"/opt/demo/app"}],"profile":"generic"}]}' >edge/etc/waybill/site.json
  when "$INSTALL" plan 1.waybill --public k.pub --root edge
  then_ok
  then_says "install  core" "/opt/demo/app"
  chmod 777 edge/etc/waybill
  when "$INSTALL" plan 1.waybill --public k.pub --root edge
  then_status 6
  then_says "others can write"
}
finish
