# plan-file.sh - the file that `plan --output` writes: the same bytes for the same node, never over a file, and read only whole.
. "$(dirname "$0")/../lib.sh"

given_installed() { given_releases "$@" && when_installing "$1.waybill"; }

when_planning() { when "$INSTALL" plan "$1" --public k.pub --root edge "${@:2}"; } # BUNDLE [OPTION]...

given_plan() { # BUNDLE [OPTION]...: ./approved
  when_planning "$1" --output approved "${@:2}"
  then_ok
}

scenario_the_same_node_gives_the_same_bytes() {
  given_installed 1 2
  given_listing edge before
  when_planning 2.waybill --output a
  then_ok
  then_says "$(b2sum -l 256 a | cut -c -64)"
  when_planning 2.waybill --output b
  then_ok
  cmp a b
  jq -cS . a | cmp - a || fail "not canonical"
  then_equal "$(jq -c '[.type, .current, [.components[].change]]' a)" '["plan",1,["update","update"]]'
  then_listing_is edge before
}

scenario_a_plan_is_never_written_over_a_file() {
  given_installed 1 2
  echo mine >approved
  when_planning 2.waybill --output approved
  ((status != 0)) || fail "it was written"
  then_says approved
  then_equal "$(cat approved)" mine
}

scenario_what_would_be_refused_is_no_plan() {
  given_installed 1 2
  when_planning 2.waybill --output approved --target core=/srv/app
  then_refused
  then_absent approved
}

scenario_a_plan_that_somebody_edited_is_not_read() {
  given_installed 1 2
  given_plan 2.waybill
  cp approved whole
  given_listing edge before
  local edit
  for edit in 's/update/repair/;s/^{/{ /' 's/"plan"/"act"/' 's/}$/,"also":1}/' 's/"waybill":1/"waybill":2/' 's/$/\n/' 's/.$//' d; do
    sed "$edit" whole >approved
    when_applying 2.waybill --plan approved
    then_status 4 "$edit"
  done
  for edit in 'printf "" >approved' 'head -c 40 whole >approved' 'cp 2.waybill approved'; do
    eval "$edit"
    when_applying 2.waybill --plan approved
    then_status 4 "$edit"
  done
  rm approved
  when_applying 2.waybill --plan approved
  then_system
  then_listing_is edge before
}

finish
