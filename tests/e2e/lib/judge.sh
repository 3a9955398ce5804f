# Running pxekit and judging what it says. The report of the case is report.json; everything else that was printed is in *.err.
# shellcheck shell=bash

report=$DIR/report.json

ask() { # jq filter...: its answer from the report
    jq -r "$@" "$report"
}

# Runs `pxekit check cli0` for these architectures. Sets status and ms.
check() { # architectures, further arguments...
    local archs=$1 start
    shift
    need jq "$PXEKIT"
    status=0
    start=${EPOCHREALTIME/./}
    in_ns cli "$PXEKIT" check cli0 --arch "$archs" --json "$@" >"$report" 2>"$DIR/check.err" || status=$?
    ms=$(((${EPOCHREALTIME/./} - start) / 1000))
    [ "$(ask .schema 2>&1)" = pxekit.report.v1 ] ||
        fail "a report of schema pxekit.report.v1, seen exit status $status and: $(head -c 300 "$DIR/check.err" "$report" | tr '\n' ' ')"
}

summary() { # the report in one line, for failure messages
    ask '"steps " + ([.steps[] | .step + "=" + .verdict] | join(" ")) + "; findings " + ([.findings[] | .severity + " " + .name + " (" + .step + ")"] | join(", "))'
}

# Everything passes, for every client, and nothing is held against the network.
expect_healthy() {
    local bad
    [ "$status" = 0 ] || fail "exit status 0, seen $status; $(summary)"
    bad=$(ask '[.steps[] | select(.verdict != "pass") | .step + "=" + .verdict] | join(" ")')
    [ -z "$bad" ] || fail "every step to pass, seen $bad; $(summary)"
    bad=$(ask '[.findings[] | select(.severity != "note") | .name] | join(" ")')
    [ -z "$bad" ] || fail "no failure and no warning, seen $bad"
}

one_of() { # word, alternatives separated by |
    [[ "|$2|" == *"|$1|"* ]]
}

# The row of findings.txt for this key: exit status 1, that step is the first to fail, that finding comes first among the failures.
expect_broken() { # key
    local steps names step name
    read -r _ steps names < <(grep "^$1 " "$E2E/findings.txt") || fail "a row $1 in findings.txt"
    [ "$status" = 1 ] || fail "exit status 1, seen $status; $(summary)"
    step=$(ask 'first(.steps[] | select(.verdict == "fail") | .step) // "none"')
    one_of "$step" "$steps" || fail "the first failing step to be $steps, seen $step; $(summary)"
    name=$(ask 'first(.findings[] | select(.severity == "failure") | .name) // "none"')
    one_of "$name" "$names" || fail "the first failure to be $names, seen $name; $(summary)"
}

# A client of this architecture gets through (in a report where another may not).
expect_boots() { # arch
    local bad
    bad=$(ask --arg a "$1" '.clients[] | select(.arch == $a) | [.steps[] | select(.verdict == "fail") | .step] | join(" ")')
    [ -z "$bad" ] || fail "the $1 client to boot, seen it fail at $bad; $(summary)"
}

files_of() { # arch: path and sha256 of each complete file that this client fetched
    ask --arg a "$1" '.clients[] | select(.arch == $a) | .files[] | select(.sha256 != null) | (.url | sub("^tftp://[^/]*/+"; "")) + " " + .sha256'
}

# These files were fetched, and every file that was fetched is the one on disk, to the last bit.
expect_files() { # arch, root, paths or patterns...
    local arch=$1 root=$2 got path sum real want
    shift 2
    got=$(files_of "$arch")
    for want; do
        grep -Eq "^$want " <<<"$got" || fail "$arch to fetch $want, seen only: $(awk '{ print $1 }' <<<"$got" | xargs)"
    done
    while read -r path sum; do
        real=$(sha256sum "$root/$path" 2>/dev/null | cut -d' ' -f1)
        [ "$real" = "$sum" ] || fail "$path with SHA-256 ${real:-(no such file)}, seen $sum"
    done <<<"$got"
}

# The block size that this client asks for when it fetches this file (what curl takes as well: no window).
block_size() { # arch, path
    case $1:$2 in
    bios:*) echo 1408 ;;        # PXELINUX
    *:*bootnet*) echo 1468 ;;   # EDK2
    *:*grubx64.efi) echo 512 ;; # shim
    *) echo 1024 ;;             # GRUB
    esac
}

# The same files by curl from the namespace srv2, one after the other, clients' block sizes or this one. Prints milliseconds.
curl_ms() { # [block size]
    local args=() arch path start
    for arch in $(ask '.clients[].arch'); do
        while read -r path _; do
            args+=(--next -sS --tftp-blksize "${1:-$(block_size "$arch" "$path")}" -o /dev/null "tftp://10.77.0.1/$path")
        done < <(files_of "$arch")
    done
    start=${EPOCHREALTIME/./}
    in_ns srv2 curl "${args[@]:1}" >>"$DIR/curl.err" 2>&1 || fail "curl to fetch the same files"
    echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

# At most 3 s more than curl needs with the clients' block sizes. Other work on the machine only ever adds time, so three tries.
expect_quick() { # architectures
    local try like_client default=
    need curl
    for try in 1 2 3; do
        [ "$try" = 1 ] || check "$1"
        like_client=$(curl_ms)
        [ -n "$default" ] || [ "$CASE" != healthy_dnsmasq ] || default=", $(curl_ms 512) ms with its own 512" # to tell, not to judge
        echo "check $ms ms; curl $like_client ms with the clients' block sizes$default" >>"$DIR/note"
        [ "$ms" -gt $((like_client + 3000)) ] || return 0
    done
    fail "at most curl's time + 3 s, seen $(paste -sd"|" "$DIR/note")"
}

# Names of the tree's files that each client must fetch; configs that the menu includes are among them.
BIOS_WANTS=(pxelinux.0 ldlinux.c32 pxelinux.cfg/default "$D/linux" "$D/initrd.gz")
UEFI_WANTS=("$D/bootnetx64.efi" "$D/grubx64.efi" "$D/grub/grub.cfg" "$D/linux" "$D/initrd.gz")

judge_healthy() { # root
    check bios,uefi-x64
    expect_healthy
    expect_files bios "$1" "${BIOS_WANTS[@]}"
    expect_files uefi-x64 "$1" "${UEFI_WANTS[@]}"
    expect_quick bios,uefi-x64
}
