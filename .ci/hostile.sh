#!/usr/bin/env bash
# Starts a server with little memory, sends it hostile requests of every kind, and checks that it holds on to nothing.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-hostile.XXXXXX")
# shellcheck source=src/test/scripts/server.sh
. "$project/src/test/scripts/server.sh"
trap 'end_servers; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$project/weir" version

export WEIR_JAVA_OPTS='-Xmx256m -XX:MaxDirectMemorySize=192m -Dweir.serving.byte-budget=64M -Dweir.registration.upload-timeout=2s'
start_weir "$work/server.log" --state "$work/state"
await "$launched" "$work/server.log" 60 answers "$url/v2/health/ready"
if ! python3 "$project/.ci/hostile.py" "$url" "$management" "$launched" \
  "$work/state/registrations"; then
  tail -n 40 "$work/server.log" >&2
  exit 1
fi
if grep -q '"level":"ERROR"' "$work/server.log"; then
  echo 'callers made the server log errors:' >&2
  grep -m 5 '"level":"ERROR"' "$work/server.log" >&2
  exit 1
fi
