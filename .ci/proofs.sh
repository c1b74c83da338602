#!/usr/bin/env bash
# Sees to it that what is promised of disks was put to the test and not skipped: tests that cut the power, fail a sync, fill a
# disk or trace system calls need a C compiler, strace and the right to mount, and skip themselves without.
# "proofs.sh prepare", before the tests, installs what it may. Without arguments, after the tests, it reads their reports: it fails
# if one was skipped that could have run here, and ends with 77 if this machine can't run it.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
reports=${WEIR_TEST_REPORTS:-$project/target/surefire-reports}
# shellcheck source=src/test/scripts/install.sh
. "$project/src/test/scripts/install.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/weir-proofs.XXXXXX")
trap 'rm -rf "$work"' EXIT

compiles() {
  echo 'int weir(void) { return 1; }' >"$work/weir.c"
  cc -shared -fPIC -include dlfcn.h -o "$work/weir.so" "$work/weir.c" -ldl 2>/dev/null
}
traces() { /usr/bin/strace -f -o "$work/trace" true 2>/dev/null; }
mounts() {
  mkdir -p "$work/disk"
  mount -t tmpfs -o size=1m tmpfs "$work/disk" 2>/dev/null && umount "$work/disk"
}

if [ "${1:-}" = prepare ]; then
  compiles || need cc gcc || true
  compiles || install_package libc6-dev || true
  traces || need strace strace || true
  if compiles; then echo 'a C compiler is here'; else echo 'NO C COMPILER: the power is not cut here' >&2; fi
  if traces; then echo 'strace may trace'; else echo 'NO STRACE, or it may not trace: system calls are not seen here' >&2; fi
  if mounts; then echo 'a disk can be mounted'; else echo 'NO RIGHT TO MOUNT: no disk is filled here' >&2; fi
  exit 0
fi

# attribute REPORT NAME: an attribute of its suite, which may stand on several lines.
attribute() {
  tr '\n' ' ' <"$1" | grep -o '<testsuite [^>]*>' | head -n 1 | sed -n "s/.* $2=\"\([0-9]*\)\".*/\1/p"
}

failed=false
lacking=false
# proof CLASS CAPABILITY...: the class ran, and skipped nothing that this machine can run.
proof() {
  local class=$1 report="$reports/TEST-dev.weir.$1.xml" tests skipped capability lacks=''
  shift
  if [ ! -r "$report" ]; then
    echo "$class: no report; ./build verify makes one" >&2
    failed=true
    return
  fi
  tests=$(attribute "$report" tests)
  skipped=$(attribute "$report" skipped)
  if [ "${tests:-0}" -eq 0 ] || [ -z "$skipped" ]; then
    echo "$class: its report has no tests" >&2
    failed=true
  elif [ "$skipped" -eq 0 ]; then
    echo "$class: $tests tests, none skipped"
  else
    for capability in "$@"; do "$capability" || lacks+=" $capability"; done
    if [ -z "$lacks" ]; then
      echo "$class: $skipped of $tests tests SKIPPED, though they can run here" >&2
      failed=true
    else
      echo "$class: $skipped of $tests tests SKIPPED: this machine has not:$lacks" >&2
      lacking=true
    fi
  fi
}

proof predictionlog.local.PowerCutTest compiles traces
proof predictionlog.local.DiskFullTest mounts
proof registry.ArtifactCacheTest mounts
proof deployment.FaultTableTest mounts

! $failed || exit 1
if $lacking; then
  echo 'NOT EVERYTHING THAT IS PROMISED WAS TRIED HERE' >&2
  exit 77
fi
