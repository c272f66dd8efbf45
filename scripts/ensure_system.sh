#!/usr/bin/env bash
# Makes sure that a program of the system is there that the tests use for real:
#
#   scripts/ensure_system.sh chromium    looks at the pages and reports
#   scripts/ensure_system.sh postgres    keeps charts, and holds an OMOP database
#   scripts/ensure_system.sh java        runs Spark (17 or newer)
#
# Nothing is left untested in silence: where it cannot be installed, this stops and says what to do.
set -euo pipefail

found_chromium() { command -v chromium >/dev/null; }
found_postgres() { command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
found_java() {
  command -v java >/dev/null || return 1
  local major
  major=$(java -version 2>&1 | sed -nE '1s/.*"([0-9]+).*/\1/p')
  [ "${major:-0}" -ge 17 ]
}

case "${1:-}" in
  chromium) name=Chromium command=chromium debian=chromium fedora=chromium arch=chromium ;;
  postgres) name=PostgreSQL command=postgres debian=postgresql fedora=postgresql-server arch=postgresql ;;
  java)
    name='Java 17 or newer' command=java
    debian=default-jre-headless fedora=java-latest-openjdk-headless arch=jre-openjdk-headless
    ;;
  *) echo "usage: $0 chromium|postgres|java" >&2; exit 2 ;;
esac
found() { "found_$command"; }

found && exit 0

if command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then
    admin=(env DEBIAN_FRONTEND=noninteractive)
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    admin=(sudo -n env DEBIAN_FRONTEND=noninteractive)
  fi
fi

if [ -n "${admin+set}" ]; then
  echo "setup: installing $name with apt-get"
  log=$(mktemp)
  if ! { "${admin[@]}" apt-get update && "${admin[@]}" apt-get install -y --no-install-recommends "$debian"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
  fi
  rm -f "$log"
fi

if ! found; then
  {
    echo "setup: the tests need $name, and it could not be installed from here."
    echo "       Install it so that the command '$command' is found, then run make test again:"
    echo "         Debian, Ubuntu   apt-get install $debian"
    echo "         Fedora           dnf install $fedora"
    echo "         Arch             pacman -S $arch"
  } >&2
  exit 1
fi
