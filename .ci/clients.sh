#!/usr/bin/env bash
# Asks the started server through real clients: .ci/clients.sh tritonclient|kserve.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
clients=$project/src/test/clients
# shellcheck source=src/test/scripts/install.sh
. "$project/src/test/scripts/install.sh"

mkdir -p "$project/target"
make_venv "$project/target/clients" "$clients/requirements.txt"
cd "$clients"
exec "$project/target/clients/bin/python" -m pytest -p no:cacheprovider --quiet "with_$1"
