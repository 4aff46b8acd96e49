# field-cache.sh - a compiler's cache that outlives what it was made from: row 4 of docs/field-failures.md.
. "$(dirname "$0")/acts.sh"

given_plugin_that_says() { # TEXT: when it is loaded; always of one size and one time, as npm packs
  put "$extensions/loud/openclaw.plugin.json" <<<'{"id":"loud","channels":[],"configSchema":{"type":"object","additionalProperties":true,"properties":{}}}'
  put "$extensions/loud/package.json" <<<'{"name":"loud","version":"1.0.0","type":"module","openclaw":{"extensions":["./index.ts"]}}'
  put "$extensions/loud/index.ts" <<<"const said: string = \"$1\"; console.log(said); export default { id: \"loud\", name: \"loud\", register() {} };"
  there touch -d '1985-10-26 08:15 UTC' "$extensions/loud/index.ts"
  there chmod 700 "$extensions/loud"
}

given_openclaw_with() { # TEXT
  given_openclaw
  given_plugin_that_says "$1"
  plugins=(loud)
  configuration | put "$state/$app.json" 600
}

cached() { there find /tmp/jiti -name 'loud-index.*.cjs'; }
said() { journal | grep -oE 'the (old|new) behaviour' | tail -n 1; }

when_fixed_by_hand() { # TEXT
  given_plugin_that_says "$1"
  by_hand "systemctl restart $unit"
  then_ok
  then_ready
}

scenario_row_4_jiti_itself_sees_that_a_source_was_fixed() { # the attempt: no stale run with the jiti of 2026.3.23-2
  needs_full
  given_machine
  given_openclaw_with 'the old behaviour'
  when_started && then_ready
  then_equal "$(said)" 'the old behaviour'
  [[ $(cached) ]] || fail "nothing is cached"
  when_fixed_by_hand 'the new behaviour'
  then_equal "$(said)" 'the new behaviour'
}

scenario_row_4_by_hand_what_the_cache_holds_runs_and_not_the_fixed_source() { # planted: the entry is of the new source by its mark, old by its code
  needs_full
  given_machine
  given_openclaw_with 'the new behaviour'
  when_started && then_ready
  there sed -i 's/the new behaviour/the old behaviour/' "$(cached)"
  by_hand "systemctl restart $unit"
  then_ok
  then_ready
  then_equal "$(said)" 'the old behaviour'
  there grep -q 'the new behaviour' "$extensions/loud/index.ts"
  then_active
}

scenario_row_4_waybill_clears_the_cache_and_the_fixed_source_runs() { # planted as above
  needs_full
  given_machine
  given_openclaw_with 'the new behaviour'
  when_started && then_ready
  there sed -i 's/the new behaviour/the old behaviour/' "$(cached)"
  ctl restart "$unit" && then_ready
  then_equal "$(said)" 'the old behaviour'
  given_openclaw_adopted
  mkdir loud
  there tar -C "$extensions/loud" -c . | tar -C loud -x
  echo '// fixed' >>loud/index.ts
  given_openclaw_bundle fixed --plugin loud=loud
  when_apply fixed
  then_ok
  then_equal "$(said)" 'the new behaviour'
  then_last '[.outcome, .proven]' '["committed",true]'
}

given_toy_that_caches() {
  given_machine
  given_global_npm toy
  there mkdir "$state/told"
  echo | put "$state/told/cache"
  ctl restart "$unit" && then_ready
  then_journal_says "[hello] client connected successfully (hello $new)"
}

code_that_runs() { journal | grep -F '[hello] client' | tail -n 1 | grep -o '(.*)'; }
in_cache() { there cat /tmp/jiti/hello-index.js; }

scenario_row_4_by_hand_a_cache_that_goes_by_the_path_runs_the_old_code() {
  given_toy_that_caches
  given_toy_plugin hello 3.0.0 fixed
  given_archive hello fixed
  by_hand "mkdir /root/hello.new && tar -x -f /stick/hello.tgz -C /root/hello.new && mv $extensions/hello /root/hello.old &&
    mv /root/hello.new $extensions/hello && systemctl restart $unit"
  then_ok
  then_ready
  then_equal "$(there toy plugins list --json | jq -r '.plugins[] | select(.id == "hello").version')" 3.0.0
  then_equal "$(code_that_runs)" "(hello $new)" "the code that runs"
}

scenario_row_4_waybill_clears_a_cache_that_goes_by_the_path_forth_and_back() {
  given_toy_that_caches
  by_root
  given_adopted
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  then_equal "$(code_that_runs)" "(hello 3.0.0)" "the code that runs"
  given_release_trees 4.0.0
  touch release/4.0.0/other/broken
  capture_release 4.0.0
  when_apply 4.0.0
  then_status 7
  then_journal_says '[hello] client connected successfully (hello 4.0.0)' # it ran, and was cached
  then_equal "$(code_that_runs)" "(hello 3.0.0)" "the code that runs after an undo"
  then_equal "$(in_cache)" "hello 3.0.0" "what the cache holds after an undo"
  when_back
  then_ok
  then_equal "$(code_that_runs)" "(hello $new)" "the code that runs after a rollback"
}
finish
