#!/bin/sh
# acts.sh apply|back|both - in a machine: the acts, on a service that runs. The disk is told what may be found on it from then on.
set -eu
wanted() { [ ! -e /dev/control ] || echo "mark $1" >/dev/control; }
apply() {
  wanted one,two
  /stick/waybill-install apply /stick/2.waybill --yes --accept-unvalidated
  wanted two
}
back() {
  wanted two,back
  /stick/waybill-install rollback
  wanted back
}
wanted one
/stick/service.sh start
case $1 in
apply) apply ;;
back) back ;;
both) apply && back ;;
esac
