# shellcheck shell=bash
# Finding a JDK and a Maven; sourced by build and weir, which run on bash 3.2 and newer.

WEIR_MIN_JAVA=25
WEIR_MIN_MAVEN=3.8

# Prefixed to every place outside the home directory, so that tests can put an empty machine there.
WEIR_SYSTEM_ROOT=${WEIR_SYSTEM_ROOT:-}

# resolve_link FILE: its path after all symbolic links. readlink -f is missing on older macOS.
resolve_link() {
  local file=$1 target
  while [ -L "$file" ]; do
    target=$(readlink "$file")
    case $target in
      /*) file=$target ;;
      *) file=$(dirname "$file")/$target ;;
    esac
  done
  printf '%s/%s\n' "$(cd "$(dirname "$file")" && pwd -P)" "$(basename "$file")"
}

# java_major HOME: the major version that its release file names; fails if it has none.
java_major() {
  local version
  [ -r "$1/release" ] || return 1
  version=$(sed -n 's/^JAVA_VERSION="\{0,1\}\([0-9][0-9.]*\).*/\1/p' "$1/release" | head -n 1)
  version=${version#1.}
  version=${version%%.*}
  [ -n "$version" ] && printf '%s\n' "$version"
}

# is_jdk HOME: whether it can compile for Weir. Asks the files alone: starting a JVM per candidate takes seconds.
is_jdk() {
  local major
  [ -x "$1/bin/javac" ] && [ -x "$1/bin/java" ] && major=$(java_major "$1") && [ "$major" -ge "$WEIR_MIN_JAVA" ]
}

jdk_candidates() {
  local javac dir helper=$WEIR_SYSTEM_ROOT/usr/libexec/java_home
  [ -z "${JAVA_HOME:-}" ] || printf '%s\n' "$JAVA_HOME"
  if javac=$(command -v javac); then
    javac=$(resolve_link "$javac")
    printf '%s\n' "${javac%/bin/javac}"
  fi
  for dir in "$WEIR_SYSTEM_ROOT"/usr/lib/jvm/* \
    "${SDKMAN_DIR:-${HOME:-}/.sdkman}"/candidates/java/* \
    "${HOME:-}"/.jdks/*; do
    printf '%s\n' "$dir"
  done
  [ ! -x "$helper" ] || "$helper" -v "$WEIR_MIN_JAVA+" 2>/dev/null || true
  for dir in "$WEIR_SYSTEM_ROOT"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home; do
    printf '%s\n' "$dir"
  done
}

# find_jdk: prints the home of the first JDK that is new enough, or says in one line what to install.
find_jdk() {
  local dir
  while IFS= read -r dir; do
    if is_jdk "$dir"; then
      printf '%s\n' "$dir"
      return 0
    fi
  done <<EOF
$(jdk_candidates)
EOF
  echo "Weir needs JDK $WEIR_MIN_JAVA or newer and found none: install one (such as Temurin $WEIR_MIN_JAVA), or set JAVA_HOME to it." >&2
  return 1
}

maven_candidates() {
  local dir
  command -v mvn || true
  for dir in "${MAVEN_HOME:-}" "${M2_HOME:-}"; do
    [ -z "$dir" ] || printf '%s\n' "$dir/bin/mvn"
  done
  for dir in "${SDKMAN_DIR:-${HOME:-}/.sdkman}"/candidates/maven/* \
    "$WEIR_SYSTEM_ROOT"/opt/maven \
    "$WEIR_SYSTEM_ROOT"/usr/share/maven \
    "$WEIR_SYSTEM_ROOT"/opt/homebrew \
    "$WEIR_SYSTEM_ROOT"/usr/local; do
    printf '%s\n' "$dir/bin/mvn"
  done
}

# version_at_least VERSION MINIMUM: compares major and minor.
version_at_least() {
  local major=${1%%.*} minor=${1#*.} least_major=${2%%.*} least_minor=${2#*.}
  minor=${minor%%.*}
  [ "$major" -gt "$least_major" ] || { [ "$major" -eq "$least_major" ] && [ "$minor" -ge "$least_minor" ]; }
}

# find_maven JDK: prints the mvn to run, or says in one line what to install.
find_maven() {
  local mvn version old=
  while IFS= read -r mvn; do
    [ -x "$mvn" ] || continue
    # Some distributions name no version in any file, so Maven itself is asked. Run from the root directory it
    # reads no project's .mvn.
    version=$(cd / && JAVA_HOME=$1 "$mvn" --version 2>/dev/null </dev/null |
      sed -n 's/.*Apache Maven \([0-9][0-9]*\.[0-9][0-9.]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || continue
    if version_at_least "$version" "$WEIR_MIN_MAVEN"; then
      printf '%s\n' "$mvn"
      return 0
    fi
    old=$version
  done <<EOF
$(maven_candidates)
EOF
  echo "Weir builds with Maven $WEIR_MIN_MAVEN or newer and found ${old:-none}: install it, or set MAVEN_HOME to it." >&2
  return 1
}
