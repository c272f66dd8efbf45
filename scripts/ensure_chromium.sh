#!/usr/bin/env bash
# Makes sure that Chromium is there: the tests look at the reports in a real browser.
# The reports are never left untested in silence: where it cannot be installed, this stops and says what to do.
set -euo pipefail

found() { command -v chromium >/dev/null; }

found && exit 0

if command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then
    admin=(env DEBIAN_FRONTEND=noninteractive)
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    admin=(sudo -n env DEBIAN_FRONTEND=noninteractive)
  fi
fi

if [ -n "${admin+set}" ]; then
  echo "setup: installing Chromium with apt-get"
  log=$(mktemp)
  if ! { "${admin[@]}" apt-get update && "${admin[@]}" apt-get install -y --no-install-recommends chromium; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
  fi
  rm -f "$log"
fi

if ! found; then
  {
    echo "setup: the tests need Chromium, and it could not be installed from here."
    echo "       Install it so that the command 'chromium' is found, then run make test again:"
    echo "         Debian, Ubuntu   apt-get install chromium"
    echo "         Fedora           dnf install chromium"
    echo "         Arch             pacman -S chromium"
  } >&2
  exit 1
fi
