#!/usr/bin/env bash
# Installs the Debian packages that pagewalk needs to build, run and test. Does nothing when all are there.
# Uses sudo only when not root. Set PAGEWALK_EXTRA_PACKAGES to add more (the checks in .ci/run do).
set -euo pipefail

packages=(
  build-essential cmake ninja-build pkg-config   # building
  libyaml-dev libarchive-dev libjansson-dev      # configurations, traces, reports
  libzstd-dev zlib1g-dev libxxhash-dev            # the .pwt trace format
  libgtest-dev python3                           # tests, an example in docs/
  verilator                                      # building the Verilated MMU
  iverilog                                       # the second reader of the Verilog, and its simulator of four states
  yosys                                          # the third: synthesis, scripts/rtl-synth.sh
)
read -ra extra <<<"${PAGEWALK_EXTRA_PACKAGES:-}"

missing=()
for package in "${packages[@]}" "${extra[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install-deps: needs root or sudo to install: ${missing[*]}" >&2; exit 2; }
  as_root=(sudo)
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
