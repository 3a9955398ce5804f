/* tftpd-hpa's in.tftpd(8). It logs to syslog only, which a case does not have: its log stays empty. */
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "servers.h"

#define TFTP_PORT 69

static void command(const struct pxk_lab_server_plan *plan, const char *path, struct pxk_lab_argv *out)
{
    (void)path;
    pxk_lab_arg(out, "--foreground");
    pxk_lab_arg(out, "--ipv4");
    pxk_lab_arg(out, "--address");
    pxk_lab_arg(out, "0.0.0.0:%d", TFTP_PORT);
    pxk_lab_arg(out, "--secure");
    pxk_lab_arg(out, "--user");
    pxk_lab_arg(out, "root");
    pxk_lab_arg(out, "--verbosity");
    pxk_lab_arg(out, "4");
    pxk_lab_arg(out, "%s", plan->root);
}

static bool ready(const struct pxk_lab_server_plan *plan, pid_t pid, const char *log)
{
    (void)plan, (void)log;
    return pxk_lab_listens(pid, false, TFTP_PORT);
}

/* One request for a file that cannot be, over the host's loopback; true if it was answered. */
static bool request(void)
{
    static const char rrq[] = "\0\1"
                              "pxekit-warms-up\0octet";
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(TFTP_PORT), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    bool answered = fd >= 0 && sendto(fd, rrq, sizeof rrq, 0, (struct sockaddr *)&to, sizeof to) > 0 && poll(&answer, 1, 300) > 0;
    if (fd >= 0)
        close(fd);
    return answered;
}

/* Version 5.2 as of Debian 13 fails the first request of its life: it opens a socket of no family. */
static void warm_up(struct pxk_lab *lab, const struct pxk_lab_server_plan *plan)
{
    if (pxk_lab_enter(lab, plan->name) != PXK_OK)
        return; /* the case will show it */
    for (int i = 0; i < 4 && !request(); i++)
        ;
    if (pxk_lab_enter(lab, NULL) != PXK_OK)
        return; /* as above: back is where it came from */
}

static const char *const programs[] = {"in.tftpd", NULL};

const struct pxk_lab_kind pxk_srv_tftpd_hpa = {.name = "tftpd-hpa",
                                               .words = "tftpd-hpa",
                                               .tftp = true,
                                               .programs = programs,
                                               .package = "tftpd-hpa",
                                               .command = command,
                                               .ready = ready,
                                               .warm_up = warm_up};
