/* pxk-launch CMD [ARG...]: runs a server that wants to change its user, where only one user id exists (net/pretend.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/pretend.h"

enum { EXIT_CANNOT_FILTER = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: pxk-launch CMD [ARG...]\n", stderr);
        return 2;
    }
    int err = pxk_pretend_users();
    if (err < 0) {
        fprintf(stderr, "pxk-launch: cannot load the system call filter: %s\n", strerror(-err));
        return EXIT_CANNOT_FILTER;
    }
    execvp(argv[1], argv + 1);
    err = errno;
    fprintf(stderr, "pxk-launch: cannot run %s: %s\n", argv[1], strerror(err));
    return err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}
