#!/usr/bin/env bash
# Makes sure that the FHIR server of the tests can start: node, and its packages from the lock file.
# The launches from a record are never left untested in silence: where it cannot be set up, this stops and says why.
set -euo pipefail
cd "$(dirname "$0")/../tests/service/fhir_server"

stop() {
  {
    echo "setup: the tests need a FHIR server, and it could not be set up: $1"
    echo "       Install Node.js 20.19 or 22.12 or newer, with npm, so that 'node' and 'npm' are found"
    echo "       (https://nodejs.org, or your system's packages), then run make test again."
    echo "       Its packages come from npm: npm ci in tests/service/fhir_server has to reach a registry."
  } >&2
  exit 1
}

command -v node >/dev/null || stop "there is no node here"
command -v npm >/dev/null || stop "there is no npm here"
node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1);
' || stop "node $(node --version) is too old"

lock=$(node -p 'require("crypto").createHash("sha256").update(require("fs").readFileSync("package-lock.json")).digest("hex")')
stamp=node_modules/.stamp
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$lock" ] && exit 0

echo "setup: installing the FHIR server of the tests"
log=$(mktemp)
if ! npm ci --ignore-scripts >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" >&2
  rm -f "$log"
  stop "npm ci failed (its last words are above)"
fi
rm -f "$log"
echo "$lock" >"$stamp"
