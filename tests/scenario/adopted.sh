# adopted.sh - what holds a unit is there for one application, and while an act of it is unfinished.
. "$(dirname "$0")/../lib.sh"

given_node() { # a unit starts /opt/demo
  mkdir -p edge/etc/systemd/system edge/root edge/opt/demo/bin
  echo 'root:x:0:0::/root:/bin/sh' >edge/etc/passwd
  echo '{"name":"demo","scheme":"semver","units":["demo*.service"],"core":{"package":"demo","places":["/opt/*"]}}' >edge/root/demo.profile
  printf '[Service]\nExecStart=/opt/demo/bin/demo\n' >edge/etc/systemd/system/demo.service
  echo '{"name":"demo","version":"1.0.0"}' >edge/opt/demo/package.json
  printf '\177ELF' >edge/opt/demo/bin/demo
}

when_adopting() { when "$INSTALL" adopt --root edge "$@"; }

scenario_a_unit_is_held_for_one_application_only() { # the second drop-in would take the place of the first
  given_node
  when_adopting --profile edge/root/demo.profile
  then_ok
  given_listing edge/etc before
  when_adopting --profile edge/root/demo.profile --name second
  then_refused
  then_says demo.service zz-waybill.conf "another application"
  when_adopting --profile edge/root/demo.profile --name demo --instance second
  then_refused
  then_listing_is edge/etc before
  when_adopting --name demo
  then_ok
}

given_unfinished_act() { # of an application that somebody was killed over
  mkdir -p edge/var/lib/waybill/demo/acts
  echo '{"components":[],"kind":"apply","name":"demo","number":1,"started":1,"step":"switch","type":"act","waybill":1}' >edge/var/lib/waybill/demo/acts/000001.json
}

scenario_what_is_unfinished_stays_held_when_an_adoption_is_to_be_undone() {
  given_node
  when_adopting --profile edge/root/demo.profile
  then_ok
  given_unfinished_act
  given_listing edge/etc before
  when_adopting --undo
  then_refused
  then_says "an act is unfinished" recover
  then_listing_is edge/etc before
  when "$INSTALL" recover --root edge
  then_ok
  when_adopting --undo
  then_ok
  then_absent edge/etc/systemd/system/demo.service.d
}
finish
