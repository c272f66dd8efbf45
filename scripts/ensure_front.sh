#!/usr/bin/env bash
# Brings what the pages of the web app take from npm: htmx, into src/opentrd/service/static/vendor/; and for
# the tests axe, which looks whether everyone can use the pages, into node_modules/axe-core/.
#
#   scripts/ensure_front.sh run    where npm is missing it says so, and the pages do without
#   scripts/ensure_front.sh dev    the tests look at the pages with both: npm is installed, or this stops
#
# A stamp beside each says from which lock it came; it does nothing when that is still right.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?run or dev}
vendor=src/opentrd/service/static/vendor
axe=node_modules/axe-core
lock=$(cksum <package-lock.json)

right() { [ -f "$1" ] && [ "$(cat "${1%/*}/stamp" 2>/dev/null)" = "$lock" ]; }
right "$vendor/htmx.min.js" && { [ "$kind" = run ] || right "$axe/axe.min.js"; } && exit 0

missing() {
  if [ "$kind" = dev ]; then
    {
      echo "setup: the tests need npm (Node.js), and $1."
      echo "       Install it so that the command 'npm' is found, then run make test again:"
      echo "         Debian, Ubuntu   apt-get install npm"
      echo "         Fedora           dnf install nodejs-npm"
      echo "         Arch             pacman -S npm"
    } >&2
    exit 1
  fi
  echo "setup: $1: the pages work without JavaScript (with npm they also change in place)"
  exit 0
}

if ! command -v npm >/dev/null && [ "$kind" = dev ] && command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then
    admin=(env DEBIAN_FRONTEND=noninteractive)
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    admin=(sudo -n env DEBIAN_FRONTEND=noninteractive)
  fi
  if [ -n "${admin+set}" ]; then
    echo "setup: installing npm with apt-get"
    log=$(mktemp)
    { "${admin[@]}" apt-get update && "${admin[@]}" apt-get install -y --no-install-recommends npm; } \
      >"$log" 2>&1 </dev/null || tail -n 20 "$log" >&2
    rm -f "$log"
  fi
fi
command -v npm >/dev/null || missing "there is no npm here"

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
cp package.json package-lock.json .npmrc "$made"
[ "$kind" = run ] && omit=(--omit=dev) || omit=()
if ! (cd "$made" && npm ci "${omit[@]}" --ignore-scripts --loglevel=error) >"$made/log" 2>&1 </dev/null; then
  tail -n 5 "$made/log" >&2
  missing "npm could not bring htmx"
fi
mkdir -p "$vendor"
cp "$made/node_modules/htmx.org/dist/htmx.min.js" "$vendor/htmx.min.js"
cp "$made/node_modules/htmx.org/LICENSE" "$vendor/htmx.LICENSE"
echo "$lock" >"$vendor/stamp"
if [ "$kind" = dev ]; then
  mkdir -p "$axe"
  cp "$made/node_modules/axe-core/axe.min.js" "$made/node_modules/axe-core/LICENSE" "$axe"
  echo "$lock" >"$axe/stamp"
fi
