#!/usr/bin/env bash
# Writes the locked requirements anew from pyproject.toml: every version, every hash, no index address.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/python" -m pip install -qq --disable-pip-version-check uv

compile() {
  "$tools/bin/uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 --upgrade \
    --generate-hashes --no-emit-index-url --no-header "$@"
}

compile --group build --output-file requirements/run.txt
compile --group dev --constraint requirements/run.txt --output-file requirements/dev.txt
echo "lock: wrote requirements/run.txt and requirements/dev.txt"
