#!/usr/bin/env bash
# Installs what is missing, builds, and runs recorded traces of real programs through the golden MMU, and one of them
# through the Verilog MMU in lockstep with it.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-deps.sh
cmake --preset release >/dev/null
cmake --build --preset release -- --quiet
pagewalk=build/release/model/pagewalk

say() { printf '\n# %s\n' "$1"; }
show() { printf '\n$ pagewalk %s\n\n' "$*"; "$pagewalk" "$@"; }
# The same, but only the lines that give the effective access time.
show_eat() { printf '\n$ pagewalk %s | grep -A2 ^effective\n\n' "$*"; "$pagewalk" "$@" | grep -A2 ^effective; }

skylake=(-c configs/skylake.yaml)
gups=(run "${skylake[@]}" --warmup 3000000)

say 'Where the time of sqlite3 goes: look-ups in a 28 MB database'
show run "${skylake[@]}" tests/data/traces/sqlite_join.lackey.zst

say 'Random updates in a 64 MiB table, warmed up: 4 KB pages, then 2 MB pages'
show_eat "${gups[@]}" tests/data/traces/gups64m.lackey.zst
show_eat "${gups[@]}" --set os.pages=2M tests/data/traces/gups64m.lackey.zst

say 'One translation, entry by entry: why this write faults'
show walk "${skylake[@]}" --memory tests/data/images/two-pages.txt --cr3 0x1000 --access w 0x7f0000001234

say 'The model against cases taken from independent x86 MMUs'
show check tests/data/vectors/paging-vectors-sample.jsonl.zst

say 'The Verilog MMU of the same machine, in lockstep with the model on a real trace: every hit, walk, fill and cycle'
printf '\n$ pagewalk-cosim %s\n\n' "${skylake[*]} --trace tests/data/traces/true.lackey.zst"
build/release/cosim/pagewalk-cosim "${skylake[@]}" --trace tests/data/traces/true.lackey.zst
