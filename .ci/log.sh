#!/usr/bin/env bash
# Kills servers in the middle of predictions that must be on record before they are answered, and looks for each of them.
# With a number as argument, so many kills.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-kill.XXXXXX")
# shellcheck source=scripts/toolchain.sh
. "$project/scripts/toolchain.sh"
# shellcheck source=src/test/scripts/server.sh
. "$project/src/test/scripts/server.sh"
# shellcheck source=src/test/scripts/install.sh
. "$project/src/test/scripts/install.sh"
trap 'end_servers; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

kills=${1:-5}
start_seconds=60
stop_seconds=20
python=$(find_python)

fail() {
  echo "$1" >&2
  tail -n 40 "$work/server.log" >&2
  exit 1
}

mkdir "$work/deployments"
{
  cat "$project/examples/deployments/iris.yaml"
  printf '  log:\n    durability: sync\n    overflow: reject\n'
} >"$work/deployments/iris.yaml"

"$project/weir" version

start() {
  start_weir "$work/server.log" --state "$work/state" --deployments "$work/deployments"
  await "$launched" "$work/server.log" "$start_seconds" answers "$url/v2/health/ready"
}

touch "$work/answered"
# lines: how many predictions were answered so far.
lines() { wc -l <"$work/answered"; }
# asked: whether some were since the last start.
asked() { [ "$(lines)" -gt "$before" ]; }

for ((i = 1; i <= kills; i++)); do
  start
  before=$(lines)
  "$python" "$project/src/test/log/kill_under_load.py" ask "$url" "$work/answered" 8 30 &
  callers=$!
  servers+=("$callers")
  await "$launched" "$work/server.log" "$start_seconds" asked
  # Not always at the same moment of a commit.
  sleep "0.$((RANDOM % 900 + 100))"
  stop "$launched" "$stop_seconds" KILL
  wait "$callers" || fail 'the callers failed'
done

start
"$python" "$project/src/test/log/kill_under_load.py" check "$url" "$work/answered" "$kills" || fail 'the record is not whole'
stop "$launched" "$stop_seconds" TERM || fail 'the server did not end'
