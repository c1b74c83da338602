# shellcheck shell=bash
# Getting what a machine lacks; sourced.

# install_package PACKAGE: installs a Debian package, where this is Debian and the user is root.
install_package() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 1
  echo "installing $1"
  apt-get update --quiet --quiet &&
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "$1" >/dev/null
}

# need COMMAND PACKAGE: installs the package if the command is missing, or says what to install.
need() {
  command -v "$1" >/dev/null && return 0
  install_package "$2" || true
  command -v "$1" >/dev/null && return 0
  echo "$1 is missing: install it (Debian's package $2)" >&2
  return 1
}

is_new_python() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# find_python: prints a Python that the pinned packages run on.
find_python() {
  local name
  for name in python3 python3.11 python3.12 python3.13 python3.14; do
    if command -v "$name" >/dev/null && is_new_python "$name"; then
      command -v "$name"
      return 0
    fi
  done
  echo 'Python 3.11 or newer is missing: install it (Debian: python3 and python3-venv)' >&2
  return 1
}

# make_venv DIRECTORY REQUIREMENTS: a virtual environment with those packages; kept until the requirements change.
make_venv() {
  local python
  cmp --silent "$2" "$1/requirements.txt" && return 0
  rm -rf "$1"
  python=$(find_python)
  if ! "$python" -m venv "$1"; then
    rm -rf "$1"
    install_package python3-venv
    "$python" -m venv "$1"
  fi
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$2"
  "$1/bin/python" -m pip check --disable-pip-version-check
  cp "$2" "$1/requirements.txt"
}
