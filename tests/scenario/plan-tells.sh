# plan-tells.sh - a plan says everything at once: what would be lost, and every reason that there is to refuse.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

when_planning() { when "$INSTALL" plan "$1" --public k.pub --root edge "${@:2}"; } # BUNDLE [OPTION]...

scenario_changes_that_would_be_displaced_are_named() {
  given_installed 1 2
  echo changed >>edge/opt/demo/app/lib/core.js
  rm edge/opt/demo/app/lib/same.js
  touch edge/opt/demo/app/lib/more.js
  given_listing edge before
  when_planning 2.waybill
  then_ok
  then_says "core: 3 entries were changed here" "will be displaced" "lib/core.js (content)" "lib/same.js (missing)" \
    "lib/more.js (extra)"
  then_says_not "hello: "
  when_planning 1.waybill
  then_ok
  then_says "core: 3 entries were changed here" "will be put right" "lib/core.js (content)"
  then_listing_is edge before
}

scenario_two_reasons_are_told_in_one_run() {
  given_installed 1 2
  when_updating 2.waybill
  given_listing edge before
  when_planning 1.waybill --target core=/srv/app --json
  then_untrusted
  then_json '.refusals | length' 2
  then_says "sequence 1 is older than 2" "core is installed at /opt/demo/app; it cannot be moved to /srv/app"
  when_applying 1.waybill --target core=/srv/app
  then_untrusted
  then_says "sequence 1 is older than 2" "core is installed at /opt/demo/app; it cannot be moved to /srv/app"
  then_listing_is edge before
}

given_plan_of_a_first_install() { # ./approved
  given_releases 1
  mkdir edge
  when_planning 1.waybill "${targets[@]}" --output approved
  then_ok
}

scenario_what_the_plan_forbids_and_what_the_node_forbids_is_told_in_one_run() {
  given_plan_of_a_first_install
  given_listing edge before
  when_applying 1.waybill --plan approved --target core=/srv/app --target hello=/srv/app/inside
  then_refused
  then_says "hello: its target /srv/app/inside is inside the tree of core" "core: the plan puts it at /opt/demo/app" \
    "hello: the plan puts it at /opt/demo/plugins/hello"
  then_listing_is edge before
}

scenario_a_file_in_the_place_of_a_tree_is_told_beside_what_the_plan_forbids() {
  given_plan_of_a_first_install
  mkdir -p edge/opt/demo
  echo file >edge/opt/demo/app
  given_listing edge before
  when_applying 1.waybill --plan approved --target core=/opt/demo/app --target hello=/srv/hello
  then_refused
  then_says "/opt/demo/app is there and is not a directory" "hello: the plan puts it at /opt/demo/plugins/hello"
  then_listing_is edge before
}

scenario_room_and_a_wrong_place_are_told_in_one_run() {
  needs_root
  given_keys
  given_app 1
  head -c 3000000 /dev/urandom >app/large
  when_capturing --core app --plugin hello=plugins/hello --key k.key --output 1.waybill
  mkdir -p edge
  mount -t tmpfs -o size=2m none edge 2>/dev/null || skip "mounting is not possible here"
  trap 'umount edge' EXIT
  mkdir -p edge/opt/demo/plugins
  echo file >edge/opt/demo/plugins/hello
  when_applying 1.waybill "${targets[@]}"
  then_refused
  then_says "needs" "free" "/opt/demo/plugins/hello is there and is not a directory"
  then_equal "$(ls -A edge)" opt "in the root"
}

finish
