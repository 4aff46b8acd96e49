# fleet.sh - docs/fleet: ansible over ssh on three machines, in rings; one whose gates are red stops the rest.
. "$(dirname "$0")/acts.sh"
fleet=$tests/../docs/fleet

given_ssh() { # to the machine, by a key; there is no network but its own loopback, so by way of a process in it
  [[ -x /usr/sbin/sshd ]] || skip "there is no sshd here"
  [[ -e id ]] || ssh-keygen -q -t ed25519 -N '' -f id
  there mkdir -p -m 700 /root/.ssh
  there ssh-keygen -A >/dev/null
  put /root/.ssh/authorized_keys 600 <id.pub
  printf '[Service]\nExecStart=/usr/sbin/sshd -D -e -o UsePAM=no -o PermitRootLogin=prohibit-password\nRuntimeDirectory=sshd\n' |
    put /etc/systemd/system/fleet-ssh.service
  there systemctl start fleet-ssh.service
  cat >>nodes.ini <<END
$machine ansible_user=root
END
}

given_fleet() { # three machines with 2.0.0, adopted
  local name
  needs ansible-playbook
  given_keys
  echo '[waybill]' >nodes.ini
  for name in n1 n2 n3; do
    given_machine "$name"
    given_global_npm toy
    by_root
    given_adopted
    put /etc/waybill/keys/k.pub <k.pub
    given_ssh
  done
  cat >into <<END
#!/bin/bash
exec env NODE_STATE=$scratch/nodes $here/node.sh look "\$1" bash -c 'exec 3<>/dev/tcp/127.0.0.1/22; cat <&3 & exec cat >&3'
END
  chmod +x into
}

when_released() { # RELEASE; a connection that is kept would be taken by another story for its own machine of that name
  LC_ALL=C.UTF-8 ANSIBLE_SSH_ARGS=-C ANSIBLE_HOME=$PWD/ansible ANSIBLE_LOCAL_TEMP=$PWD/ansible/tmp ANSIBLE_NOCOWS=1 ANSIBLE_PIPELINING=1 ANSIBLE_HOST_KEY_CHECKING=False \
    when ansible-playbook -i nodes.ini "$fleet/release.yml" -e "waybill_bundle=$PWD/$1.waybill" -e "waybill_reports=$PWD/reports" \
    -e '{"waybill_options": ["--accept-unvalidated"]}' \
    --private-key id --ssh-common-args "-o UserKnownHostsFile=/dev/null -o ProxyCommand='$PWD/into %h'"
}

then_runs() { # MACHINE VERSION
  machine=$1
  then_answers "$2"
}

scenario_a_fleet_is_released_in_rings() {
  given_fleet
  given_release 3.0.0
  when_released 3.0.0
  then_ok
  local name
  for name in n1 n2 n3; do
    then_runs "$name" 3.0.0
    then_equal "$(jq -r '.release, .proven' "reports/$name.status.json" | xargs)" "3.0.0 true"
    then_equal "$(jq -r '.acts[-1].outcome' "reports/$name.history.json")" committed
  done
  when_released 3.0.0
  then_ok
  for name in n1 n2 n3; do then_equal "$(jq .changed "reports/$name.apply.json")" false "a second time on $name"; done
}

scenario_a_red_gate_stops_the_rest_of_the_fleet() {
  given_fleet
  given_release 3.0.0
  machine=n2
  printf '[Service]\nExecStartPre=/bin/sh -c "! grep -q 3.0.0 %s/package.json"\n' "$core" | put "$unit_path.d/30-not-this-one.conf"
  there systemctl daemon-reload
  when_released 3.0.0
  ((status != 0)) || fail "the play went well"
  then_runs n1 3.0.0
  then_runs n2 2.0.0
  then_runs n3 2.0.0
  then_equal "$(jq -r .error reports/n2.apply.json)" gate
  then_equal "$(jq -r '.failure.release, .held' reports/n2.status.json | xargs)" "3.0.0 false"
  then_equal "$(jq -r '.acts[-1].outcome' reports/n2.history.json)" undone
  then_absent reports/n3.plan.json
}

finish
