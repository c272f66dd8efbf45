#!/usr/bin/env bash
# Makes sure that PostgreSQL is there: the tests keep charts in a real one, which they start themselves.
# Keeping is never left untested in silence: where it cannot be installed, this stops and says what to do.
set -euo pipefail

found() { command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }

found && exit 0

if command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then
    admin=(env DEBIAN_FRONTEND=noninteractive)
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    admin=(sudo -n env DEBIAN_FRONTEND=noninteractive)
  fi
fi

if [ -n "${admin+set}" ]; then
  echo "setup: installing PostgreSQL with apt-get"
  log=$(mktemp)
  if ! { "${admin[@]}" apt-get update && "${admin[@]}" apt-get install -y --no-install-recommends postgresql; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
  fi
  rm -f "$log"
fi

if ! found; then
  {
    echo "setup: the tests need PostgreSQL, and it could not be installed from here."
    echo "       Install its server so that the command 'postgres' is found, then run make test again:"
    echo "         Debian, Ubuntu   apt-get install postgresql"
    echo "         Fedora           dnf install postgresql-server"
    echo "         Arch             pacman -S postgresql"
  } >&2
  exit 1
fi
