#!/bin/bash
# The gate can fail: gate.sh GATE CLEAN WRONG...   The program CLEAN must pass it, every other must not.
set -euo pipefail
gate=$1
clean=$2
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$gate" "$dir/reports" "$clean" >"$dir/log" 2>&1 || {
    echo "a sound test does not pass the gate:"
    cat "$dir/log"
    exit 1
}
for wrong; do
    if "$gate" "$dir/reports" "$wrong" >"$dir/log" 2>&1; then
        echo "${wrong##*/} passes the gate"
        exit 1
    fi
    echo "${wrong##*/} is caught: $(grep -m1 -oE 'LeakSanitizer[^.]*|runtime error: .*|AddressSanitizer: [a-z-]+' "$dir/log")"
done
