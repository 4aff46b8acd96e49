# service-apply.sh - apply and rollback are transactions over a running service.
. "$(dirname "$0")/services.sh"

given_adopted() { # after a fixture: the node knows itself
  given_fast_profile
  given_installer
  put /root/toy.profile <toy-fast.profile.json
  when_there waybill-install adopt --profile /root/toy.profile
  then_ok
}

when_apply() { # VERSION [OPTION]...
  when_there waybill-install apply "/stick/$1.waybill" --public /stick/k.pub --yes --accept-unvalidated "${@:2}"
}

scenario_a_running_service_is_upgraded_and_proven() {
  given_machine
  given_global_npm toy
  given_adopted
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  then_answers 3.0.0
}
finish
