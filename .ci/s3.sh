#!/usr/bin/env bash
# Serves from a real S3 server what a data scientist copied into it with boto3, and goes on when that server is killed.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
tests=$project/src/test/s3/handover
# shellcheck source=src/test/scripts/install.sh
. "$project/src/test/scripts/install.sh"

mkdir -p "$project/target"
make_venv "$project/target/s3" "$tests/requirements.txt"
# The S3 server is the one of the tests in Java.
WEIR_TEST_S3_PYTHON=$(PYTHON=$(find_python) "$project/scripts/python-env.sh" "$project/src/test/s3")
export WEIR_TEST_S3_PYTHON
cd "$tests"
exec "$project/target/s3/bin/python" -m pytest -p no:cacheprovider --quiet .
