# recover-boot.sh - early in a boot: each application's act is undone by the program that wrote it, whatever becomes of the others.
. "$(dirname "$0")/../lib.sh"

given_kept_installer() { # MARK: another program than this one, and than that of another mark; $digest
  mkdir -p edge/var/lib/waybill/installer
  { cat "$INSTALL" && echo "$1"; } >kept
  digest=$(b2sum -l 256 kept | cut -d ' ' -f 1)
  install -m 755 kept "edge/var/lib/waybill/installer/$digest"
}

given_unfinished() { # APPLICATION COMPONENTS
  mkdir -p "edge/var/lib/waybill/$1/acts"
  jq -cnS --arg name "$1" --arg installer "$digest" --argjson components "$2" '{components: $components, installer: $installer,
    kind: "apply", name: $name, number: 1, started: 1, step: "switch", type: "act", waybill: 1}' >"edge/var/lib/waybill/$1/acts/000001.json"
}

outcome_of() { jq -r '.outcome // ""' "edge/var/lib/waybill/$1/acts/000001.json"; }

scenario_an_act_that_cannot_be_undone_keeps_no_other_one_from_it() {
  mkdir -p edge/opt/one
  given_kept_installer first
  given_unfinished one '[{"change":"update","id":"core","kind":"core","live":"inode:1:1.0","next":"inode:2:1.0","slot":"opt/.waybill/one/000001/core","target":"opt/one"}]'
  given_kept_installer second
  given_unfinished two '[]'
  when timeout 20 "$INSTALL" recover --boot --root edge
  then_status 8
  then_says "one: undo act 1" "neither the tree from before the act" "act 1 of two was interrupted"
  then_equal "$(outcome_of one)" ''
  then_equal "$(outcome_of two)" undone
}

scenario_a_site_file_that_nobody_can_read_keeps_nothing_from_being_undone() {
  local how
  mkdir -p edge/etc/waybill
  echo '{' >edge/etc/waybill/site.json
  given_kept_installer first
  for how in --boot --prove --unattended; do
    given_unfinished one '[]'
    when "$INSTALL" recover "$how" --root edge
    then_equal "$(outcome_of one)" undone
  done
}
finish
