/* nginx(8). */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "servers.h"

#define HTTP_PORT 80

static const char *const temp[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};

static void put_temp(const char *work, const char *name, const char *end, struct pxk_text *out)
{
    pxk_text_addf(out, " %s_temp_path ", name);
    char path[PATH_MAX];
    pxk_srv_quoted(out, pxk_fmt(path, sizeof path, "%s/%s", work, name));
    pxk_text_addf(out, ";%s", end);
}

static enum pxk_err config(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap)
{
    (void)why, (void)cap;
    char log[PATH_MAX];
    pxk_text_add(out,
                 "master_process off;\nerror_log stderr notice;\nevents { worker_connections 1024; }\nhttp {\n  access_log ");
    /* By its name, since an ordinary user may not open /dev/stdout in here; both append. */
    pxk_srv_quoted(out, pxk_fmt(log, sizeof log, "%s/nginx.log", plan->work));
    pxk_text_add(out, ";\n  default_type application/octet-stream;\n  sendfile on;\n");
    for (size_t i = 0; i < PXK_COUNT(temp); i++)
        put_temp(plan->work, temp[i], "\n", out);
    pxk_text_addf(out, "  server {\n    listen %d default_server;\n    root ", HTTP_PORT);
    pxk_srv_quoted(out, plan->root);
    pxk_text_add(out, ";\n");
    pxk_srv_lines(out, plan->lines);
    pxk_text_add(out, "  }\n}\n");
    return PXK_OK;
}

/* Behind the brace of `http {`; NULL if there is none. */
static const char *http_inside(const char *text)
{
    for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        const char *word = at + strspn(at, " \t\r");
        if (!pxk_str_starts(word, "http"))
            continue;
        word += strlen("http");
        word += strspn(word, " \t\r\n");
        if (*word == '{')
            return word + 1;
    }
    return NULL;
}

/* Its folders for bodies that it holds back are made at the start, needed or not: ours, on the same line. */
static void put_temps(const struct pxk_lab_server_plan *plan, const char *text, struct pxk_text *out)
{
    const char *inside = http_inside(text);
    if (!inside) {
        pxk_text_add(out, text);
        return;
    }
    pxk_text_add_n(out, text, (size_t)(inside - text));
    for (size_t i = 0; i < PXK_COUNT(temp); i++) {
        char key[40];
        if (!strstr(text, pxk_fmt(key, sizeof key, "%s_temp_path", temp[i])))
            put_temp(plan->work, temp[i], "", out);
    }
    pxk_text_add(out, inside);
}

static enum pxk_err adapt(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    static const char *const elsewhere[] = {"user", "daemon", "pid", NULL}; /* are arguments */
    struct pxk_text part = {0}, moved = {0};
    char work[PATH_MAX], unpacked[PATH_MAX], etc[PATH_MAX];
    struct stat st;
    bool from_package = stat("/etc/nginx", &st) != 0 && pxk_srv_unpacked(&pxk_srv_nginx, unpacked, sizeof unpacked);
    pxk_fmt(work, sizeof work, "%s/", plan->work);
    pxk_fmt(etc, sizeof etc, "%s/etc/nginx/", from_package ? unpacked : "");
    const struct pxk_srv_move move[] = {{"/var/log/nginx/", work}, {"/etc/nginx/", from_package ? etc : NULL}};
    pxk_srv_without(&part, plan->config, elsewhere);
    pxk_srv_moved(&moved, part.s ? part.s : "", move, PXK_COUNT(move));
    put_temps(plan, moved.s ? moved.s : "", out);
    bool failed = part.failed || moved.failed;
    pxk_text_done(&part);
    pxk_text_done(&moved);
    return failed ? PXK_E_NOMEM : PXK_OK;
}

static void command(const struct pxk_lab_server_plan *plan, const char *path, struct pxk_lab_argv *out)
{
    pxk_lab_arg(out, "-p");
    pxk_lab_arg(out, "%s", plan->work);
    pxk_lab_arg(out, "-c");
    pxk_lab_arg(out, "%s", path);
    pxk_lab_arg(out, "-g");
    pxk_lab_arg(out, "daemon off; user root; pid \"%s/nginx.pid\";", plan->work);
}

/* A user's own config may serve HTTPS or another port. */
static bool ready(const struct pxk_lab_server_plan *plan, pid_t pid, const char *log)
{
    static const uint16_t others[] = {443, 8080, 8000, 8443};
    bool listens = pxk_lab_listens(pid, true, HTTP_PORT) || (plan->config && strstr(log, "start worker process"));
    for (size_t i = 0; plan->config && !listens && i < PXK_COUNT(others); i++)
        listens = pxk_lab_listens(pid, true, others[i]);
    return listens;
}

static const char *const programs[] = {"nginx", NULL};

const struct pxk_lab_kind pxk_srv_nginx = {.name = "nginx",
                                           .words = "nginx",
                                           .http = true,
                                           .programs = programs,
                                           .package = "nginx",
                                           .config_name = "nginx.conf",
                                           .config = config,
                                           .adapt = adapt,
                                           .command = command,
                                           .ready = ready};
