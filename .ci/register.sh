#!/usr/bin/env bash
# Hands models over to a started server: the lines of docs/getting-started.md, the shell, a copy into the directory; and
# kills the server while models arrive.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=src/test/scripts/install.sh
. "$project/src/test/scripts/install.sh"
# shellcheck source=src/test/scripts/server.sh
. "$project/src/test/scripts/server.sh"

mkdir -p "$project/target"
make_venv "$project/target/register" "$project/src/test/register/requirements.txt"
python=$project/target/register/bin/python
check=$project/src/test/register/check.py

work=$(mktemp -d "${TMPDIR:-/tmp}/weir-register.XXXXXX")
trap 'end_servers; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
log=$work/server.log

mkdir -p "$work/registry" "$work/deployments"
deploy() {
  printf 'apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata: {name: %s}\nspec: {model: %s, version: "%s"}\n' \
    "$1" "$1" "$2" >"$work/deployments/$1.yaml"
}
deploy wine @champion
deploy wine-by-copy 1

start() {
  start_weir "$log" --registry "$work/registry" --deployments "$work/deployments" --state "$work/state"
  await "$launched" "$log" 60 answers "$url/v2/health/live"
}

spooled() {
  [ -n "$(find "$work/state/registrations" -type f -size +1k 2>/dev/null)" ]
}

copying() {
  [ -n "$(find "$work/registry/killed" -mindepth 1 -maxdepth 1 -name '.weir-*' 2>/dev/null)" ]
}

"$project/weir" version
start
"$python" "$check" "$url" "$work/registry"

"$python" "$check" "$url" --half &
client=$!
servers+=("$client")
await "$launched" "$log" 60 spooled
stop "$launched" 10 KILL
wait "$client"
[ ! -e "$work/registry/killed" ] || { echo 'an upload that was cut off is seen' >&2; exit 1; }
start
if spooled; then
  echo 'what was left of a cut-off upload was not removed' >&2
  exit 1
fi

# Killed while it copies into the registry, several times, since nobody can say at which byte.
for attempt in 1 2 3; do
  "$python" "$check" "$url" --kill "$attempt" &
  client=$!
  servers+=("$client")
  await "$launched" "$log" 60 copying
  stop "$launched" 10 KILL
  wait "$client"
  start
  "$python" "$check" "$url" --whole "$work/registry" "$attempt-1" "$attempt-2"
done
echo 'killed while models arrived: nothing was half there, and the same registrations succeeded afterwards'
