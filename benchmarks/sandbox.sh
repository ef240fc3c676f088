#!/usr/bin/env bash
# Seconds of `make up` with everything cached, of a second one, and of `make down`.
#   benchmarks/sandbox.sh
# FRESH=1 times a machine that has registries only: empty caches of the project's, of Go's and of pip's, in a
# folder of their own that is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${FRESH:-}" ]; then
  scratch=$(mktemp -d)
  trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
  git clone --quiet . "$scratch/clone"
  cd "$scratch/clone"
  export AISTACKS_CACHE_DIR="$scratch/cache" GOMODCACHE="$scratch/gomod" GOCACHE="$scratch/gobuild"
  export PIP_CACHE_DIR="$scratch/pip" GOFLAGS=-modcacherw
fi
timed() {
  local began ended
  began=$(date +%s.%N)
  "${@:2}"
  ended=$(date +%s.%N)
  awk -v n="$1" -v b="$began" -v e="$ended" 'BEGIN { printf "%-32s %8.1f s\n", n, e - b }' >>"$figures"
}
figures=$(mktemp)
make --silent down >/dev/null 2>&1 || true
timed "make up" make up
timed "make up again" make up
timed "make down" make down
cat "$figures"
rm "$figures"
