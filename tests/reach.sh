# reach.sh - words for stories of mirrors and registries: real servers on loopback, each scenario with its own.

servers=()
end_servers() {
  local pid
  for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done || true
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

given_server() { # PORT COMMAND...: runs until the scenario ends
  local port=$1 i
  [[ $(trap -p EXIT) ]] || trap end_servers EXIT
  "${@:2}" >>server.log 2>&1 &
  servers+=($!)
  for ((i = 0; i < 100; i++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
    sleep 0.05
  done
  cat server.log
  fail "$2 does not answer"
}

nginx_conf() { # PORT [LINE]...: of the server
  mkdir -p www spool
  cat <<END
daemon off; pid spool/pid; error_log spool/error; worker_processes 1;
events {}
http {
  log_format ours '\$request_method \$uri \$status \$body_bytes_sent \$http_range'; access_log spool/access ours;
  client_max_body_size 0; client_body_temp_path spool; proxy_temp_path spool; fastcgi_temp_path spool;
  uwsgi_temp_path spool; scgi_temp_path spool;
  server {
    listen 127.0.0.1:$1; root www; dav_methods PUT;
    location /whole/ { alias www/; max_ranges 0; }
    location /moved/ { rewrite ^/moved/(.*) /\$1 redirect; }
    location /secret/ { alias www/; auth_basic here; auth_basic_user_file passwords; }
$(printf '    %s\n' "${@:2}")
  }
}
END
}

given_mirror() { # [LINE]...: $mirror is http://127.0.0.1:PORT, what it gives is in ./www
  needs nginx
  needs python3
  start_mirror "$@"
}

start_mirror() { # [LINE]...
  mirror_port=$(free_port)
  mirror=http://127.0.0.1:$mirror_port
  nginx_conf "$mirror_port" "$@" >nginx.conf
  ((EUID != 0)) || sed -i '1s/^/user root; /' nginx.conf
  given_server "$mirror_port" nginx -p "$PWD" -c "$PWD/nginx.conf" -e spool/error
}

given_fault() { # FAULT [TIMES]: $spoilt is the mirror behind it
  local port
  port=$(free_port)
  given_server "$port" python3 "$tests/reach/fault.py" "$port" "$mirror_port" "$@"
  spoilt=http://127.0.0.1:$port
}

given_registry() { # [YAML]: $registry is 127.0.0.1:PORT
  needs docker-registry
  needs python3
  local port
  port=$(free_port)
  registry=127.0.0.1:$port
  mkdir -p blobs
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/blobs}}\nhttp: {addr: "%s"}\n%s\n' "$PWD" "$registry" "${1:-}" \
    >registry.yml
  given_server "$port" docker-registry serve registry.yml
}

given_large() { # RELEASE [OPTION]...: RELEASE.waybill of ./large, several blocks that no compression makes smaller
  [[ -e k.key ]] || given_keys
  [[ -e large ]] || { mkdir large && for n in 1 2; do head -c 17M /dev/urandom >"large/$n"; done; }
  echo "{\"name\":\"demo\",\"version\":\"$1\"}" >large/package.json
  "$WAYBILL" capture --name demo --release "$1" --core large --output "$1.waybill" --unvalidated test --key k.key --level 1 "${@:2}"
}

retries=3
given_on_mirror() { # RELEASE [LINE]...: it is www/x.waybill
  given_mirror "${@:2}"
  given_large "$1"
  cp "$1.waybill" www/x.waybill
}

pulling() { pulling_to got.waybill "$@"; } # URL [OPTION]...
pulling_to() { when "$WAYBILL" pull "$2" --public k.pub --output "$1" --retries "$retries" "${@:3}"; }
pushing() { when "$WAYBILL" push "$1" "$2" --public k.pub "${@:3}"; }                              # BUNDLE URL [OPTION]...
then_got() { cmp "$1" got.waybill || fail "got.waybill is not $1"; } # BUNDLE
then_got_nothing() { then_absent got.waybill; }
fetched() { jq .fetched "$scratch/stdout"; }
