#!/usr/bin/env bash
# Pages in a real browser. Usage: run.sh BINARY [FILE.mjs …]
# Needs Node and Chromium (CHROMIUM names another than Debian's).
set -euo pipefail

if [ $# -lt 1 ]; then
    echo "usage: $0 BINARY [FILE.mjs …]" >&2
    exit 2
fi
ZABLAB=$(realpath "$1")
export ZABLAB
shift
cd "$(dirname "$0")"
for tool in npm "${CHROMIUM:-/usr/bin/chromium}"; do
    if ! command -v "$tool" > /dev/null; then
        echo "$tool is missing; on Debian: apt-get install nodejs npm chromium" >&2
        exit 2
    fi
done
npm ci --no-audit --no-fund --silent
if [ $# -eq 0 ]; then
    set -- viewer.mjs looks.mjs large.mjs playground.mjs byhand.mjs
fi
exec node --test --test-concurrency=1 "$@"
