#!/bin/bash
# Unpacks the servers of debian-foreign.txt, with the libraries they lack on this machine, into a folder: packaging/foreign.sh DIR
# Needs no rights, installs and starts nothing. DIR/PACKAGE/run/COMMAND then runs it with its own libraries.
# What is there already is not fetched again. Exit status 0 all there, 3 something could not be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${1:?usage: foreign.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

say() { printf 'packaging: %s\n' "$*" >&2; }

names() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$here/debian-foreign.txt"; }

closure() { # package: itself and what apt would install with it, less the C library, which must be the system's own
    { echo "$1"; apt-get install -s --no-install-recommends "$1" 2>/dev/null | awk '/^Inst/ { print $2 }'; } |
        sort -u | grep -Ev '^(libc6|libc-bin|libc-l10n|locales|perl-base|dpkg)(:.*)?$'
}

wrappers() { # package: one script per program, which finds its libraries wherever the folder is moved to
    local root=$dir/$1 libs program
    libs=$(find "$root" -name '*.so*' -printf "\$d/%P\n" | sed 's,/[^/]*$,,' | sort -u | paste -sd:)
    mkdir -p "$root/run"
    for program in "$root"/usr/sbin/* "$root"/sbin/*; do
        if [ ! -f "$program" ] || [ ! -x "$program" ]; then continue; fi
        cat >"$root/run/${program##*/}" <<SCRIPT
#!/bin/sh
d=\${0%/*}/..
${libs:+LD_LIBRARY_PATH=$libs }exec "\$d${program#"$root"}" "\$@"
SCRIPT
        chmod +x "$root/run/${program##*/}"
    done
}

unpack() { # package
    local part=$dir/$1.part packages
    mapfile -t packages < <(closure "$1")
    rm -rf "$part"
    mkdir -p "$part/debs"
    (cd "$part/debs" && apt-get download -q "${packages[@]}" >../log 2>&1) || return 1
    local deb
    for deb in "$part"/debs/*.deb; do dpkg-deb -x "$deb" "$part"; done
    rm -rf "$part/debs" "${dir:?}/$1"
    mv "$part" "$dir/$1"
    wrappers "$1"
}

status=0
for name in $(names); do
    [ -d "$dir/$name/run" ] && continue
    if ! unpack "$name"; then
        # Lists may be absent or stale; only root can mend that.
        if [ "$(id -u)" = 0 ]; then apt-get update -q >/dev/null 2>&1 || true; else sudo -n apt-get update -q >/dev/null 2>&1 || true; fi
        unpack "$name" || {
            say "could not download $name: $(tail -1 "$dir/$name.part/log" 2>/dev/null); if the package lists are old: sudo apt-get update"
            status=3
        }
    fi
done
exit $status
