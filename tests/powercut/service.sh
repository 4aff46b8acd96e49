#!/bin/sh
# service.sh start|stop|status - the application on the machines of powercut.sh. A start from a mixture of releases is noted in
# /run/mixture and refused; a newer release migrates the state, which older ones refuse. What it writes itself, it flushes.
set -eu
app=/opt/toy state=/root/.toy

versions() { cat $app/core/lib/*.js $app/plugins/*/index.js && grep -ho '[0-9.]*[0-9]' $state/toy.json; }

mixture() { echo "$*" >>/run/mixture && exit 1; }

replace() { # FILE TEXT
  echo "$2" >$state/data/new
  sync $state/data/new
  mv $state/data/new "$state/data/$1"
  sync $state/data
}

start() {
  version=$(versions | sort -u)
  schema=$(cat $state/data/schema)
  case $version in 1.0.0 | 2.0.0) ;; *) mixture "versions:" $version ;; esac
  [ "$schema" -le "${version%%.*}" ] || mixture "release $version on state of schema $schema"
  [ "$(cat $state/data/rows)" = "rows of $schema" ] || mixture "schema $schema, $(cat $state/data/rows)"
  [ "$schema" = "${version%%.*}" ] || { replace rows "rows of ${version%%.*}" && replace schema "${version%%.*}"; }
  setsid sleep 1000 </dev/null >/dev/null 2>&1 &
  echo $! >/run/toy.pid
}

case $1 in
start) start ;;
stop) kill "$(cat /run/toy.pid)" && rm /run/toy.pid ;;
status) [ -e /run/toy.pid ] && kill -0 "$(cat /run/toy.pid)" 2>/dev/null ;;
esac
