#!/usr/bin/env bash
# Makes .venv from the locked requirements; does nothing when it is already right.
#
#   scripts/setup_env.sh run    what the command needs
#   scripts/setup_env.sh dev    that, and what tests, checks and documentation need
#
# Stamps inside .venv say which lock files it was made from. Another lock, another Python or another place
# of the checkout gives another stamp, and .venv is made anew.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?run or dev}
python=${PYTHON:-python3}

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }

fingerprint() {
  "$python" - "$PWD" "$@" <<'PY'
import hashlib, pathlib, sys
digest = hashlib.sha256(repr((sys.version_info[:2], sys.argv[1])).encode())
for name in sys.argv[2:]:
    digest.update(pathlib.Path(name).read_bytes())
print(digest.hexdigest())
PY
}

stamped() { [ -f ".venv/stamp-$1" ] && [ "$(cat ".venv/stamp-$1")" = "$2" ]; }
install() { .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps "$@"; }

command -v "$python" >/dev/null || stop "no $python here: install Python 3.11 or newer, or set PYTHON"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  stop "$("$python" --version) is too old: install Python 3.11 or newer, or set PYTHON"

lock=$(fingerprint requirements/run.txt requirements/dev.txt)
package=$(fingerprint pyproject.toml)

if ! stamped lock "$lock"; then
  say "making .venv"
  rm -rf .venv
  "$python" -m venv .venv || stop "could not make .venv (on Debian: apt-get install python3-venv)"
  echo "$lock" >.venv/stamp-lock
fi

# The lock for development holds all of the lock for running.
if ! stamped dev "$lock" && ! stamped "$kind" "$lock"; then
  say "installing requirements/$kind.txt (a minute or so)"
  install --require-hashes -r "requirements/$kind.txt" ||
    stop "could not install requirements/$kind.txt: the reason is above (pip has to reach a package index)"
  echo "$lock" >".venv/stamp-$kind"
fi

if ! stamped package "$package"; then
  say "installing opentrd itself"
  install --no-build-isolation --editable . || stop "could not install opentrd"
  echo "$package" >.venv/stamp-package
fi
