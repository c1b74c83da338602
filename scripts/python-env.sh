#!/usr/bin/env bash
# Makes a Python environment of the pinned packages that a directory's requirements.txt lists, unless it is there
# already, and prints the path of its interpreter.
# Usage: scripts/python-env.sh <directory>
set -euo pipefail

requirements=$1/requirements.txt
python=${PYTHON:-python3}
if ! command -v "$python" > /dev/null; then
  echo "python-env.sh: there is no $python; install Python 3.10 or newer, or set PYTHON" >&2
  exit 1
fi
cd_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=$(basename "$1")-$("$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()[:12])' "$requirements")
place=$cd_root/target/python/$name
mkdir -p "$cd_root/target/python"

# Two builds at once must not fill the same place.
lock=$place.lock
for _ in $(seq 600); do
  if mkdir "$lock" 2> /dev/null; then
    trap 'rmdir "$lock"' EXIT
    break
  fi
  [ -e "$place/complete" ] && break
  sleep 1
done
if [ ! -e "$place/complete" ]; then
  rm -rf "$place"
  "$python" -m venv "$place" >&2
  "$place/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  touch "$place/complete"
fi
echo "$place/bin/python"
