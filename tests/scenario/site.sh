# site.sh - what a site file says counts: the profile, units, directories and places; where the machine differs is said.
. "$(dirname "$0")/../lib.sh"

given_core() { # DIR VERSION
  mkdir -p "$1/bin"
  echo "{\"name\":\"demo\",\"version\":\"$2\"}" >"$1/package.json"
  printf '\177ELF' >"$1/bin/demo"
}

given_plugin() { # DIR ID VERSION
  mkdir -p "$1"
  echo "{\"id\":\"$2\"}" >"$1/plugin.json"
  echo "{\"name\":\"$2\",\"version\":\"$3\"}" >"$1/package.json"
}

given_node() { # a unit starts /opt/demo; another copy, and the same plugin twice
  mkdir -p edge/etc/systemd/system edge/root
  echo 'root:x:0:0::/root:/bin/sh' >edge/etc/passwd
  echo '{"name":"demo","scheme":"semver","units":["demo*.service"],"variables":[{"name":"state","default":"${home}/.demo"}],
    "core":{"package":"demo","places":["/opt/*"]},"plugins":{"marker":"plugin.json","places":["${state}/plugins/*"]},
    "state":[{"class":"restore","path":"${state}"}]}' | jq -c . >edge/root/demo.profile
  printf '[Service]\nExecStart=/opt/demo/bin/demo\n' >edge/etc/systemd/system/demo.service
  printf '[Service]\nExecStart=/opt/demo/bin/demo second\n' >edge/etc/systemd/system/other.service
  given_core edge/opt/demo 1.0.0
  given_core edge/srv/demo 2.0.0
  given_plugin edge/root/.demo/plugins/hello hello 1.0.0
  given_plugin edge/srv/state/plugins/hello hello 2.0.0
  given_plugin edge/srv/state/plugins/more more 2.0.0
}

when_adopting() { when "$INSTALL" adopt --root edge "$@"; }
when_looking() { when_asking_for inventory "$@"; }
site() { jq -c ".applications[0] | $1" edge/etc/waybill/site.json; }
change_site() { jq ".applications[0] |= ($1)" edge/etc/waybill/site.json >changed && cat changed >edge/etc/waybill/site.json; }
then_differs_in() { then_json '[.differences[]? | [.what, .site // "", .found // ""]]' "$1"; }

scenario_the_sites_profile_counts_where_none_is_named() {
  given_node
  (cd edge/root && when "$INSTALL" adopt --root .. --profile demo.profile && then_ok)
  then_equal "$(site .profile)" '"/root/demo.profile"'
  when_looking
  then_json '.application, .site' $'"demo"\n"/etc/waybill/site.json"'
  then_differs_in '[]'
  when_looking --profile generic
  then_json '.application, .site' $'"generic"\nnull'
  when_adopting
  then_ok
  then_equal "$(jq -c '[.applications[].application]' edge/etc/waybill/site.json)" '["demo"]'
  rm edge/root/demo.profile
  when "$INSTALL" inventory --root edge
  then_status 3
  then_says "/etc/waybill/site.json: profile of demo"
  when_adopting --undo
  then_ok
  then_absent edge/etc/waybill
  then_absent edge/etc/systemd/system/demo.service.d
}

scenario_what_the_site_says_counts_and_differences_are_told() {
  given_node
  when_adopting --profile edge/root/demo.profile
  then_ok
  change_site '(.components[] | select(.id == "core")).path = "/srv/demo" | .places[0].path = "/srv/state"'
  when_looking
  then_json '[.components[] | [.id, .real, .version]]' '[["core","/srv/demo","2.0.0"],["hello","/root/.demo/plugins/hello","1.0.0"],["more","/srv/state/plugins/more","2.0.0"]]'
  then_json '.places[0].path' '"/srv/state"'
  then_differs_in '[["state","/srv/state","/root/.demo"],["hello","/root/.demo/plugins/hello","/srv/state/plugins/hello"],["more","","/srv/state/plugins/more"],["core","/srv/demo","/opt/demo"]]'
  when "$INSTALL" inventory --root edge
  then_says "site /etc/waybill/site.json: differs" "the site says /srv/demo, found /opt/demo"
  change_site '.components += [{id: "gone", kind: "plugin", path: "/srv/gone"}] | .units += [{name: "gone.service", manager: "system", user: "root"}]'
  when_looking
  then_json '[.differences[] | select(.what | test("gone"))]' '[{"site":"system manager, as root","what":"unit gone.service"},{"site":"/srv/gone","what":"gone"}]'
}

scenario_the_unit_that_the_site_names_counts() {
  given_node
  when_adopting --profile edge/root/demo.profile --unit other.service
  then_ok
  change_site '.units = [{name: "other.service", manager: "system", user: "root"}]'
  when_looking
  then_json '.services[.main - 1].unit.name' '"other.service"'
}

scenario_a_site_file_may_lie_anywhere_and_have_several_applications() {
  given_node
  when_adopting --profile edge/root/demo.profile
  jq '.applications += [.applications[0] | .application = "second" | .components[0].path = "/srv/demo"]' edge/etc/waybill/site.json >two
  when "$INSTALL" inventory --root edge --site two
  then_status 2
  then_says "two has 2 applications" "demo, second" "--name"
  when "$INSTALL" inventory --root edge --site two --name second --json
  then_ok
  then_json '.application, .components[0].real' $'"second"\n"/srv/demo"'
  when "$INSTALL" inventory --root edge --site two --name third
  then_refused
  then_says "--site two" third
  when "$WAYBILL" inventory --site two --profile edge/root/demo.profile --json
  then_ok
  then_json '.application, .site' $'"demo"\n"two"'
  echo '{"applications":[{"application":"demo","profile":"generic","odd":1}]}' >two
  when "$INSTALL" inventory --root edge --site two
  then_format
  then_says odd
}

scenario_what_people_wrote_into_the_site_stays() {
  given_node
  when_adopting --profile edge/root/demo.profile
  then_ok
  change_site '.local = ["/mine.env"] | .require_evidence = true | .gates = [{name: "mine", kind: "service"}]
    | .units += [{name: "old.service", manager: "system", user: "root", dropin: "/etc/systemd/system/old.service.d/zz-waybill.conf"}]'
  mkdir edge/etc/systemd/system/old.service.d && touch edge/etc/systemd/system/old.service.d/zz-waybill.conf
  when_adopting
  then_ok
  then_equal "$(site '[.local, .require_evidence, (.gates | length), [.units[].name]]')" '[["/mine.env"],true,1,["demo.service"]]'
  then_absent edge/etc/systemd/system/old.service.d
}

scenario_an_adoption_that_fails_leaves_nothing() {
  given_node
  mkdir -p edge/etc/systemd/system edge/var/lib edge/etc/waybill/keys
  touch edge/etc/systemd/system/demo.service.d
  given_listing edge before
  when_adopting --profile edge/root/demo.profile
  then_system
  then_says demo.service.d
  then_listing_is edge before
  rm edge/etc/systemd/system/demo.service.d
  given_listing edge before
  when_adopting --profile edge/root/demo.profile
  then_ok
  when_adopting --undo
  then_listing_is edge before
}

scenario_an_inventory_has_no_secrets() {
  given_node
  printf '[Service]\nEnvironment=API_TOKEN=hunter2hunter2 "DB=postgres://me:hunter3@db/x" PLAIN=seen\nExecStart=/opt/demo/bin/demo --password hunter4 --key=hunter5 --port 80 "--token=hunter 6"\n' >edge/etc/systemd/system/demo.service
  when "$INSTALL" inventory --root edge --profile edge/root/demo.profile --json
  then_ok
  then_json '[.services[0].unit.environment[]]' '["API_TOKEN=[redacted]","DB=postgres://[redacted]@db/x","PLAIN=seen"]'
  then_json '.services[0].unit.exec' '["/opt/demo/bin/demo","--password","[redacted]","--key=[redacted]","--port","80","--token=[redacted]"]'
  then_says_not hunter
}

scenario_capture_takes_from_the_site_what_it_is_not_told() {
  given_app 1.0.0
  echo '{"name":"demo","scheme":"semver","local":["/mine.env"]}' >demo.profile
  echo mine >app/mine.env
  cp -r plugins/hello plugins/other
  jq -n --arg here "$PWD" '{applications: [{application: "demo", profile: "\($here)/demo.profile", components: [
    {id: "core", kind: "core", path: "\($here)/app"}, {id: "hello", kind: "plugin", path: "\($here)/plugins/hello"}]}]}' >site
  when_capturing --site site --output a.waybill
  then_ok
  when "$WAYBILL" inspect a.waybill --files --json
  then_json '[.manifest.components[] | [.id, .version]]' '[["core","1.0.0"],["hello","1.0.0"]]'
  then_json '.manifest.profile.name, ([.files[] | select(.path == "mine.env")] | length)' $'"demo"\n0'
  echo '{"name":"hello","version":"7.0.0"}' >plugins/other/package.json
  when_capturing --site site --plugin hello=plugins/other --profile generic --output b.waybill
  then_ok
  when "$WAYBILL" inspect b.waybill --json
  then_json '[.manifest.profile.name, .manifest.components[1].version]' '["generic","7.0.0"]'
  jq '.applications[0].application = "else"' site >other
  when_capturing --site other --output c.waybill
  then_refused
  then_says "--site other" demo
  then_absent c.waybill
  when_capturing --site missing --output c.waybill
  then_status 3
}
finish
