# smallest-use.sh - the example that the documentation prints works as it is printed.
. "$(dirname "$0")/../lib.sh"

the_example() { # as printed
  cat <<'END'
waybill keygen     --secret k.key --public k.pub --no-passphrase
waybill capture --name demo --release 1.0.0 --core ./app --plugin hello=./plugins/hello --key k.key --output demo.waybill --unvalidated "demo"
waybill-install apply demo.waybill --public k.pub --root /tmp/edge --target core=/opt/demo/app --target hello=/opt/demo/plugins/hello --yes
waybill-install audit --root /tmp/edge
waybill-install rollback --root /tmp/edge
END
}

given_programs_on_the_path() {
  mkdir bin
  ln -s "$WAYBILL" bin/waybill
  ln -s "$INSTALL" bin/waybill-install
  PATH=$PWD/bin:$PATH
}

when_typing() { # SCRIPT: line by line, as a person would
  local line
  while read -r line; do
    when bash -c "$line"
    then_ok
  done <<<"$1"
}

then_the_example_did_its_work() { # ROOT
  local root=$1
  then_absent "$root/opt/demo/app"
  then_absent "$root/opt/demo/plugins/hello"
  when waybill-install history --root "$root" --json
  then_json '[.acts[] | .kind + " " + .outcome]' '["apply committed","rollback committed"]'
}

scenario_the_smallest_use_in_a_scratch_root() {
  given_programs_on_the_path
  given_app 1.0.0
  when_typing "$(the_example | sed "s,/tmp/edge,$PWD/edge,")"
  then_the_example_did_its_work "$PWD/edge"
}

scenario_the_smallest_use_word_for_word() {
  [[ ! -e /tmp/edge ]] || skip "/tmp/edge is there already"
  trap 'rm -rf /tmp/edge' EXIT
  given_programs_on_the_path
  given_app 1.0.0
  when_typing "$(the_example)"
  then_the_example_did_its_work /tmp/edge
}

scenario_after_apply_the_trees_are_what_was_captured() {
  given_programs_on_the_path
  given_app 1.0.0
  when_typing "$(the_example | head -n 4 | sed "s,/tmp/edge,$PWD/edge,")"
  then_same_tree app edge/opt/demo/app
  then_same_tree plugins/hello edge/opt/demo/plugins/hello
  then_says "0 differences"
}

finish
