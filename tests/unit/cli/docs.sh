#!/bin/bash
# What is made from the tables at build time: docs.sh PXEKIT_DOCS FOLDER
# Every command with options has its page, groff has nothing to say of any page, every option and every finding is in one, and bash
# completes by the completion.
set -euo pipefail
docs=$1 made=$2 status=0

fail() { printf '%s\n' "$*"; status=1; }

for command in $("$docs" pages); do
    [ -s "$made/pxekit-$command.1" ] || fail "cli/docs/meson.build has no page for $command"
done
if command -v groff >/dev/null; then
    for page in "$made"/*.[17]; do
        said=$(groff -man -ww -z -Tutf8 "$page" 2>&1) || fail "groff fails on $page"
        [ -z "$said" ] || fail "$page: $said"
    done
else
    fail "groff is missing (packaging/debian-test.txt)"
fi
grep -q 'no\\-dhcp\\-server' "$made/pxekit-findings.7" || fail "pxekit-findings(7) lacks no-dhcp-server"
grep -q '^\.B \\-\\-html FILE' "$made/pxekit-check.1" || fail "pxekit-check(1) lacks --html"

# shellcheck disable=SC1091 # made at build time
source "$made/pxekit"
set +eu # as in a shell that somebody types in
completes() { # the line's words, then -- and a word that must be among the answers
    local want=${!#}
    COMP_WORDS=("${@:1:$#-2}")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _pxekit
    [[ " ${COMPREPLY[*]-} " == *" $want "* ]] || fail "${COMP_WORDS[*]}: ${COMPREPLY[*]-nothing}, not $want"
}
completes pxekit che -- check
completes pxekit check --js -- --json
completes pxekit check -a ue -- uefi-x64
completes pxekit check --arch bios,uefi-x -- bios,uefi-x64
completes pxekit explain no-dh -- no-dhcp-server
completes pxekit explain PXE-E5 -- PXE-E53
completes pxekit help ex -- explain
cd "$made"
completes pxekit check --html pxekit-che -- pxekit-check.1
completes pxekit run pxekit-che -- pxekit-check.1
exit $status
