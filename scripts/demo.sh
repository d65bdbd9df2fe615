#!/usr/bin/env bash
# Installs what is missing, builds, and runs recorded traces of real programs through the golden MMU.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-deps.sh
cmake --preset release >/dev/null
cmake --build --preset release -- --quiet
pagewalk=build/release/model/pagewalk

show() { printf '\n$ pagewalk %s\n\n' "$*"; "$pagewalk" "$@"; }

show run -c configs/skylake.yaml tests/data/traces/sqlite_join.lackey.zst
show walk -c configs/skylake.yaml --memory tests/data/images/two-pages.txt --cr3 0x1000 --access w 0x7f0000001234
show check tests/data/vectors/paging-vectors-sample.jsonl.zst
