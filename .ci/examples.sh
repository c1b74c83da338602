#!/usr/bin/env bash
# Retrains the example models and compares them with those in examples/, as examples/README.md says.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=src/test/scripts/install.sh
. "$project/src/test/scripts/install.sh"

mkdir -p "$project/target"
# Every package is pinned by its digest, which pip then insists on.
make_venv "$project/target/examples" "$project/examples/requirements.txt"
exec "$project/target/examples/bin/python" "$project/examples/train.py" --check
