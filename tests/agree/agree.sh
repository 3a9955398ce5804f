#!/bin/bash
# The agreement with tshark over every capture of a folder: agree.sh AGREE FIELDS FOLDER. Further captures, which may be there or not: files
# named in AGREE_CAPTURES. Without tshark the test is skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if ! command -v tshark >/dev/null; then
    echo "tshark is not installed: nothing to agree with"
    exit 77
fi
export LC_ALL=C.UTF-8
shopt -s nullglob
# shellcheck disable=SC2086 # a list of files
exec python3 "$here/agree.py" "$1" "$2" "$3"/*.pcap* ${AGREE_CAPTURES:-}
