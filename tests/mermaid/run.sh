#!/usr/bin/env bash
# Mermaid's own parser on the diagram of every bundled scenario, of a window of each, and of one whose names and texts mean
# something to Mermaid: run.sh ZABLAB
set -euo pipefail

zablab=$(realpath "${1:?expected the binary}")
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

cd "$here"
npm ci --ignore-scripts --no-audit --no-fund

"$zablab" list | awk '{ print $1 }' > "$out/names"
while read -r name; do
    file="$out/${name//\//-}"
    "$zablab" export --to mermaid "$name" "$file.mmd" > "$out/said" 2>&1 || { cat "$out/said" >&2; exit 1; }
    "$zablab" export --to mermaid "$name" "$file-window.mmd" --from 1s --to 3s > "$out/said" 2>&1 \
        || { cat "$out/said" >&2; exit 1; }
done < "$out/names"
"$zablab" export --to mermaid odd.zab "$out/odd.mmd" > /dev/null
node check.mjs "$out"/*.mmd
