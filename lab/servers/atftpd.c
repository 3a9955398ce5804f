/* atftpd(8). */
#include "servers.h"

#define TFTP_PORT 69

static void command(const struct pxk_lab_server_plan *plan, const char *path, struct pxk_lab_argv *out)
{
    (void)path;
    pxk_lab_arg(out, "--daemon");
    pxk_lab_arg(out, "--no-fork");
    pxk_lab_arg(out, "--user");
    pxk_lab_arg(out, "root");
    pxk_lab_arg(out, "--group");
    pxk_lab_arg(out, "root");
    pxk_lab_arg(out, "--logfile");
    pxk_lab_arg(out, "-");
    pxk_lab_arg(out, "--maxthread");
    pxk_lab_arg(out, "1000");
    pxk_lab_arg(out, "%s", plan->root);
}

static bool ready(const struct pxk_lab_server_plan *plan, pid_t pid, const char *log)
{
    (void)plan, (void)log;
    return pxk_lab_listens(pid, false, TFTP_PORT);
}

/* The kind of a name that tftpd-hpa uses too is told apart by its own name. */
static const char *const programs[] = {"atftpd", NULL};

const struct pxk_lab_kind pxk_srv_atftpd = {.name = "atftpd",
                                            .words = "atftpd",
                                            .tftp = true,
                                            .programs = programs,
                                            .package = "atftpd",
                                            .command = command,
                                            .ready = ready};
