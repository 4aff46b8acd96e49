{
  "name": "toy",
  "scheme": "semver",
  "variables": [{"name": "state", "environment": "TOY_STATE", "default": "${home}/.toy"}],
  "core": {"package": "toy", "entries": ["main.js"], "places": ["/opt/toy/app"]},
  "config": [{"path": "${state}/toy.json", "syntax": "json5", "records": [
    {"at": "/plugins/${component}/place", "value": "\"${place}\""},
    {"at": "/plugins/${component}/version", "value": "\"${version}\""}]}],
  "state": [{"class": "restore", "path": "${state}/data"}, {"class": "keep", "path": "${state}/credentials"}],
  "caches": ["/var/cache/toy"],
  "local": ["/.env"],
  "gates": [{"name": "service", "kind": "service", "deadline": 60, "settle": 5}]
}
