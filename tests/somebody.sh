# somebody.sh - the words of stories in which another user of the node has a hand (tests/scenario/hostile*.sh).

somebody=4711 # has no right here
as_somebody() { setpriv --reuid "$somebody" --regid "$somebody" --clear-groups "$@"; }

given_somebody() { # he can come here, and has ./his; ./outside is somewhere that he would like to reach
  needs_root
  needs setpriv
  chmod 711 "$scratch" .
  mkdir -p his outside/core outside/hello
  chown "$somebody:$somebody" his
  echo precious >outside/core/file
  ln outside/core/file outside/hello/file
  given_listing outside outside
}

given_node_with_keys() { # release 1 is installed, 2 waits; the node has its keys
  given_somebody
  given_releases 1 2
  when_installing 1.waybill
  mkdir -p edge/etc/waybill/keys
  cp k.pub edge/etc/waybill/keys/
  updating=(timeout 20 "$INSTALL" apply 2.waybill --root edge --yes)
}

then_outside_is_untouched() { then_listing_is outside outside; }
