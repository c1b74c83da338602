#!/usr/bin/env bash
# Runs the tests of the profile that adds PyTorch, or those named, in a copy of the sources: the default build stays as it
# is.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
copy=$project/target/pytorch

# What was built there before is kept; sources that are gone go.
mkdir -p "$copy"
find "$copy" -mindepth 1 -maxdepth 1 ! -name target -exec rm -rf {} +
cd "$project"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ -e "$file" ] || continue
  printf '%s\0' "$file"
done | xargs -0 cp --parents --preserve=mode,timestamps -t "$copy"

cd "$copy"
started=$SECONDS
./build -Ppytorch test -Dtest="${1:-TorchScript*Test,ArchitectureTest}" -Djacoco.skip -Dspotless.check.skip
echo "built and tested with PyTorch in $((SECONDS - started)) s"
