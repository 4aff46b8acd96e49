# hostile-user.sh - the service's own user, for whom root works: what he plants in his state, his configuration and his cache
# leads root nowhere.
. "$(dirname "$0")/acts.sh"

secret=only-root-may-read-7c41

given_service_of_his() { # and what he would like to read and to change
  given_service given_user_service
  given_release 3.0.0
  there mkdir -p /srv/outside
  echo "$secret" | put /srv/outside/secret 600
  echo '{"plugins":{"installs":{"hello":{"source":"npm","spec":"x"}}}}' | put /srv/outside/config.json 600
  there chmod 711 /srv/outside
  outside=$(outside_now)
}

outside_now() { there bash -c 'cd /srv/outside && find . -printf "%p %y %m %U %n %T@\n" | sort && sha256sum *'; }

he() { when_user "$service_user" bash -c "cd ${state@Q} && $1"; then_ok; } # COMMANDS, in his state

then_he_got_nothing() {
  then_equal "$(outside_now)" "$outside" "what is outside"
  then_equal "$(there bash -c 'grep -rlF -e "$1" /home /tmp /opt /var/lib/waybill /etc/waybill 2>/dev/null || true' find "$secret")" '' \
    "where the secret is"
}

scenario_links_in_his_state_are_kept_as_links() {
  given_service_of_his
  he 'ln -s /srv/outside/secret data/link && ln -s /srv/outside data/directory && mkfifo data/fifo && mkdir -p credentials &&
    ln -s /srv/outside/secret credentials/link'
  when_apply 3.0.0
  then_ok
  then_answers 3.0.0
  then_he_got_nothing
  when_back
  then_ok
  then_answers 2.0.0
  then_equal "$(there readlink "$state/data/link" "$state/data/directory" | paste -sd ' ')" "/srv/outside/secret /srv/outside"
  then_he_got_nothing
}

scenario_a_place_of_his_that_is_a_link_is_neither_read_nor_written() {
  given_service_of_his
  he 'rm -rf data && ln -s /srv/outside data'
  when_apply 3.0.0
  then_he_got_nothing
  he 'rm data && mkdir data && rm -rf credentials && ln -s /srv/outside credentials'
  when_apply 3.0.0
  then_he_got_nothing
  when_back --all-state
  then_he_got_nothing
}

scenario_a_configuration_of_his_that_is_a_link_is_not_edited() {
  given_service_of_his
  he 'mv toy.json real.json && ln -s /srv/outside/config.json toy.json'
  when_apply 3.0.0
  then_status 6
  then_says "a link that others can change"
  then_he_got_nothing
  he 'rm toy.json && mv real.json toy.json && mkdir -p /tmp/his && rm -rf /tmp/jiti && ln -s /srv/outside /tmp/jiti'
  when_apply 3.0.0
  then_ok
  then_answers 3.0.0
  then_he_got_nothing
}

finish
