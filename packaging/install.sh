#!/bin/bash
# Installs what is missing of the lists named as arguments: packaging/install.sh build test
# Root installs; a user with password-less sudo too; anyone else is told the one command. Nothing missing: nothing is done,
# no rights are needed. Exit status 0 all there, 3 something is missing and could not be installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf 'packaging: %s\n' "$*" >&2; }

wanted() { # lists...: the names in them
    local list
    for list; do
        sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$here/debian-$list.txt"
    done | sort -u
}

installed_names() {
    dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Provides}\n' | awk '/^.i/ { gsub(/,/, " "); for (i = 2; i <= NF; i++) print $i }'
}

missing() { # lists...: the names that no installed package has or provides
    local have name
    have=$(installed_names)
    for name in $(wanted "$@"); do
        # shellcheck disable=SC2254 # a name may be a pattern
        while read -r h; do case $h in $name) continue 2 ;; esac; done <<<"$have"
        echo "$name"
    done
}

concrete() { # name or pattern: the package to install for it
    case $1 in
    *'*'*)
        local regex="^${1//'*'/'[0-9]+'}\$" found release
        found=$(apt-cache pkgnames "${1%%'*'*}" | grep -E "$regex" | sort -V | tail -1) || true
        # Before the first apt-get update nothing is known; Debian numbers these after its releases.
        release=$(sed -n 's/^VERSION_ID="*\([0-9]*\).*/\1/p' /etc/os-release)
        echo "${found:-${1//'*'/${release:-12}}}" ;;
    *) echo "$1" ;;
    esac
}

known() { # names...: does apt know them all?
    local name
    for name; do
        apt-cache show --no-all-versions "$name" >/dev/null 2>&1 || return 1
    done
}

main() {
    local names=() packages=() name as_root=() update=
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "this is no Debian; going on, hoping that the equivalents of these are here: $(wanted "$@" | xargs)"
        return 0
    fi
    mapfile -t names < <(missing "$@")
    [ ${#names[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo -n)
        if ! sudo -n true 2>/dev/null; then
            for name in "${names[@]}"; do packages+=("$(concrete "$name")"); done
            known "${packages[@]}" || update="sudo apt-get update && "
            say "${#packages[@]} packages are missing; install them with: ${update}sudo apt-get install --no-install-recommends ${packages[*]}"
            return 3
        fi
    fi
    for name in "${names[@]}"; do packages+=("$(concrete "$name")"); done
    if ! known "${packages[@]}"; then
        "${as_root[@]}" apt-get update
        packages=()
        for name in "${names[@]}"; do packages+=("$(concrete "$name")"); done
    fi
    say "installing ${packages[*]}"
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}")
    # Package lists that have gone stale name files that are no longer there: then once more with fresh lists.
    "${install[@]}" || { "${as_root[@]}" apt-get update && "${install[@]}"; } || {
        say "apt-get could not install them all: ${packages[*]}"
        return 3
    }
}

main "$@"
