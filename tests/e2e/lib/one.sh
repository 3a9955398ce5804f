#!/bin/bash
# Runs one case, inside the namespaces that tests/e2e/run made for it: one.sh FILE NAME DIR
set -euo pipefail
file=$1
CASE=$2
DIR=$3
export CASE DIR
# shellcheck source=tests/e2e/lib/lab.sh
. "$E2E/lib/lab.sh"
# shellcheck source=tests/e2e/lib/servers.sh
. "$E2E/lib/servers.sh"
# shellcheck source=tests/e2e/lib/judge.sh
. "$E2E/lib/judge.sh"
# shellcheck disable=SC1090 # a file of cases
. "$file"
mount -t tmpfs tmpfs /run
WORK=/run/work
mkdir -p "$WORK"
# A command that fails where no case expects it is a reason too.
trap 'fail "no error, seen exit status $? of: $BASH_COMMAND (${BASH_SOURCE[0]##*/}:$LINENO)"' ERR
set -E
"case_$CASE"
