# recover-writer.sh - whatever command comes first: an unfinished act is undone by the program that wrote its record.
. "$(dirname "$0")/../lib.sh"

given_written_by() { # FILE [FILTER]: the newest act is unfinished, and that program wrote it; $writer is the copy that was kept
  local digest
  digest=$(b2sum -l 256 "$1" | cut -d ' ' -f 1)
  writer=edge/var/lib/waybill/installer/$digest
  install -D -m 755 "$1" "$writer"
  given_record ".installer = \"$digest\" | .step = \"switch\" | del(.outcome, .proven, .ended)"
}

given_updated() { # by the newest act: $number
  if [[ -e edge ]]; then when_updating 2.waybill; else given_history_of 1 2; fi
  number=$(newest_record)
  number=${number##*/} number=$((10#${number%.json}))
}

commands=(recover prune audit "points --pin 1" "apply 2.waybill --public k.pub --yes" "stage 2.waybill --public k.pub" "rollback --to 1")

scenario_each_command_lets_the_installer_that_wrote_a_record_undo_it() {
  local command
  for command in "${commands[@]}"; do
    given_updated
    cat "$INSTALL" - >other <<<"$number"
    given_written_by other
    when "$INSTALL" $command --root edge # words
    then_ok
    [[ $command == recover ]] || then_says "act $number was written by another installer, which undoes it: $writer recover --name demo --root edge" \
      "act $number was interrupted: undone, the old trees are in place"
    then_equal "$(jq -r .outcome edge/var/lib/waybill/demo/acts/$(printf %06d "$number").json)" undone "$command"
    case $command in
      apply*) then_installed 2 ;;
      rollback*) then_absent edge/opt/demo/app ;;
      *) then_installed 1 ;;
    esac
  done
}

scenario_what_the_writer_of_a_record_cannot_undo_nobody_else_touches() { # here it does nothing at all
  given_updated
  local command
  for command in "${commands[@]:1}"; do
    given_written_by "$(type -P echo)"
    given_listing edge before
    when "$INSTALL" $command --root edge
    then_status 8
    then_says "act $number is unfinished, and the installer that wrote it ended with status 0: $writer recover --name demo --root edge"
    then_listing_is edge before
  done
}

scenario_without_a_copy_of_its_writer_an_act_is_undone_by_the_installer_that_is_here() {
  given_updated
  given_written_by "$(type -P echo)"
  echo spoilt >>"$writer"
  when_auditing
  then_ok
  then_says "the installer that wrote act $number is not kept here any more: this one undoes it"
  then_installed 1
}
finish
