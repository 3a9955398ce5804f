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
    jq -e '.schema == "pxekit.report.v1"' "$report" >/dev/null 2>&1 ||
        fail "a report of schema pxekit.report.v1, seen exit status $status and: $(head -c 300 "$DIR/check.err" "$report" | tr '\n' ' ')"
}

summary() { # the report in one line, for failure messages
    ask '"steps " + ([.steps[] | .step + "=" + .verdict] | join(" ")) + "; findings " + ([.findings[] | .severity + " " + .name + " (" + .step + ")"] | join(", "))'
}

# Everything passes, for every client, and nothing is held against the network.
expect_healthy() {
    local bad
    [ "$status" = 0 ] || fail "exit status 0, seen $status; $(summary)"
    bad=$(ask '[.steps[] | select(.step != "install" and .verdict != "pass") | .step + "=" + .verdict] | join(" ")')
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

# The same files by curl from the namespace srv2, one after the other. Prints milliseconds.
curl_ms() { # block size
    local urls=() arch url start
    for arch in $(ask '.clients[].arch'); do
        while read -r url _; do urls+=(-o /dev/null "tftp://10.77.0.1/$url"); done < <(files_of "$arch")
    done
    start=${EPOCHREALTIME/./}
    in_ns srv2 curl -sS --tftp-blksize "$1" "${urls[@]}" >>"$DIR/curl.err" 2>&1 || fail "curl to fetch the same files"
    echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

# At most 3 s more than curl needs, with the block size that the clients ask for (which is the faster of the two).
expect_quick() {
    local like_client default
    need curl
    like_client=$(curl_ms 1408)
    default=$(curl_ms 512)
    echo "check $ms ms; curl $like_client ms with blksize 1408, $default ms with its own 512" | tee "$DIR/times.txt"
    [ "$ms" -le $((like_client + 3000)) ] || fail "at most $((like_client + 3000)) ms (curl $like_client ms + 3 s), seen $ms ms"
}

# Names of the tree's files that each client must fetch; configs that the menu includes are among them.
BIOS_WANTS=(pxelinux.0 ldlinux.c32 pxelinux.cfg/default "$D/linux" "$D/initrd.gz")
UEFI_WANTS=("$D/bootnetx64.efi" "$D/grubx64.efi" "$D/grub/grub.cfg" "$D/linux" "$D/initrd.gz")

judge_healthy() { # root
    check bios,uefi-x64
    expect_healthy
    expect_files bios "$1" "${BIOS_WANTS[@]}"
    expect_files uefi-x64 "$1" "${UEFI_WANTS[@]}"
    expect_quick
}
