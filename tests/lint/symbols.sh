#!/bin/bash
# Pure archives reach for no clock, socket, file or random device: tests/lint/symbols.sh ARCHIVE...
# Their undefined symbols are looked up in a list of what would break that.
set -euo pipefail
forbidden='^(time|gettimeofday|clock_gettime|clock|nanosleep|usleep|sleep|alarm|setitimer|timer_.*'
forbidden+='|socket|bind|connect|listen|accept4?|send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg|poll|epoll_.*|select'
forbidden+='|open|open64|openat|openat64|creat|fopen|fopen64|fdopen|freopen|opendir|stat|fstat|lstat|read|pread|write|pwrite|mmap|mmap64|ioctl|unlink|mkdir'
forbidden+='|printf|puts|putchar|fprintf|fputs|perror|stdout|stderr|stdin'
forbidden+='|rand|srand|random|srandom|drand48|getrandom|getentropy|arc4random.*'
forbidden+='|getenv|system|popen|fork|execv.*|exit|_exit|abort|pthread_create|uv_.*|pcap_.*|libnet_.*|curl_.*)$'
status=0
for archive; do
    # nm prints a member's name, then "U symbol" lines; a sanitizer wraps none of these names.
    found=$(nm --undefined-only --format=posix "$archive" 2>/dev/null | awk '{ print $1 }' | sort -u | grep -E "$forbidden" || true)
    if [ -n "$found" ]; then
        echo "${archive##*/} reaches outside: $(xargs <<<"$found")"
        status=1
    fi
done
[ $# -gt 0 ] || { echo "usage: symbols.sh ARCHIVE..."; exit 2; }
[ $status = 1 ] || echo "$# archives, none reaches outside"
exit $status
