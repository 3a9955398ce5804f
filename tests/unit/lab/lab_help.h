/* A lab in namespaces of the test's own. Criterion's test processes have a thread more than one, which keeps an ordinary
 * user from making namespaces: the body runs in a forked child, says on standard error what was not as expected, and ends. */
#ifndef TEST_LAB_HELP_H
#define TEST_LAB_HELP_H

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../scratch.h"
#include "pxk/lab.h"
#include "pxk/netns.h"

#define NET  PXK_IP4(10, 77, 0, 0)
#define MASK 0xffffff00u

static char why[512];
static char work[64];

/* An expectation; the rest is printf-like and said if it is not met. */
#define MUST(cond, ...) must((cond), __FILE__, __LINE__, #cond, " " __VA_ARGS__)
/* Says why a network cannot be made here: that is a failure, never a test left out. */
#define FINE(err) MUST((err) == PXK_OK, "%s", why)

static inline void PXK_PRINTF(5, 6) must(bool met, const char *file, int line, const char *cond, const char *fmt, ...)
{
    va_list args;
    if (met)
        return;
    fprintf(stderr, "%s:%d: %s:", file, line, cond);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    _exit(1);
}

static inline void apart(void (*body)(void))
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        body();
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert_eq(status, 0, "wait status %#x; the reason stands above", (unsigned)status);
}

#define LAB_TEST(suite, name)                                                                                          \
    static void suite##_##name(void);                                                                                  \
    Test(suite, name)                                                                                                  \
    {                                                                                                                  \
        apart(suite##_##name);                                                                                         \
    }                                                                                                                  \
    static void suite##_##name(void)

static inline struct pxk_lab *lab_here(void)
{
    struct pxk_lab *lab = NULL;
    (void)pxk_str_copy(work, sizeof work, "/tmp/pxk-lab-XXXXXX");
    FINE(pxk_netns_isolate(why, sizeof why));
    MUST(mkdtemp(work) != NULL);
    FINE(pxk_lab_new(work, &lab, why, sizeof why));
    FINE(pxk_lab_segment_add(lab, "lan", 0, why, sizeof why));
    return lab;
}

static inline void work_remove(void)
{
    MUST(scratch_remove(work));
}

static inline void port_add(struct pxk_lab *lab, const char *host, unsigned last, const struct pxk_cable_opts *cable)
{
    struct pxk_lab_port_opts o = {.name = host, .host = host, .segment = "lan", .iface = "eth0", .ip = NET + last,
                                  .netmask = MASK, .cable = cable};
    FINE(pxk_lab_port_add(lab, &o, why, sizeof why));
}

static inline struct sockaddr_in at(pxk_ip4 ip, uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
}

/* A UDP socket in @host, bound to @port. Back in the switch room afterwards. */
static inline int udp_in(struct pxk_lab *lab, const char *host, uint16_t port)
{
    struct sockaddr_in a = at(0, port);
    MUST(pxk_lab_enter(lab, host) == PXK_OK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
    MUST(fd >= 0);
    MUST(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0);
    MUST(bind(fd, (struct sockaddr *)&a, sizeof a) == 0, "port %u", port);
    MUST(pxk_lab_enter(lab, NULL) == PXK_OK);
    return fd;
}

static inline bool udp_send(int fd, pxk_ip4 to, uint16_t port, const void *data, size_t len)
{
    struct sockaddr_in a = at(to, port);
    return sendto(fd, data, len, 0, (struct sockaddr *)&a, sizeof a) == (ssize_t)len;
}

/* What arrives within @ms, -1: nothing. */
static inline ssize_t udp_take(int fd, int ms, void *buf, size_t cap)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, ms) == 1 ? recv(fd, buf, cap, 0) : -1;
}

#endif
