/* The table of clients: one line each, as much of every file's name and size as the width allows;
 * where even the shortest does not fit, one block each. Then, below, what each one boots. */
#include <stdlib.h>
#include <string.h>

#include "report_int.h"

enum { COL_CLIENT, COL_OFFER, COL_LOADER, COL_CONFIG, COL_KERNEL, COL_INITRD, COL_OUTCOME, COL_N };
static const char *const titles[COL_N] = {"client", "offer",  "loader", "config",
                                          "kernel", "initrd", "outcome"};

#define CELL_MAX 64
struct line {
    char cell[COL_N][CELL_MAX];
};

enum detail { FULL, SHORT_CONFIG, NO_SIZES, DETAIL_N };

#define CLIENTS_MAX 50 /* lines in the table; the rest is counted */

/* A search path's directory says more than "default" alone. */
static const char *config_name(const char *path, enum detail detail)
{
    const char *name = path_base(path);
    const char *dir = strstr(path, "pxelinux.cfg/");
    return dir && detail == FULL ? dir : name;
}

/* At most @cap - 1 characters; what is cut shows as "..". */
static void put(char *cell, size_t cap, const char *s)
{
    if (!pxk_str_copy(cell, cap, s) && cap > 3)
        (void)memcpy(cell + cap - 3, "..", 3);
}

static void cell_file(char *cell, const struct pxk_stage_file *f, bool config, enum detail detail)
{
    char size[24], name[CELL_MAX - 12];
    if (!*f->name) {
        put(cell, CELL_MAX, "-");
        return;
    }
    put(name, detail == FULL ? sizeof name : 25,
        config ? config_name(f->name, detail) : path_base(f->name));
    if (f->failed && !f->have)
        pxk_fmt(cell, CELL_MAX, "%s !", name);
    else if (detail == NO_SIZES || config || !f->bytes)
        put(cell, CELL_MAX, name);
    else
        pxk_fmt(cell, CELL_MAX, "%s %s", name, bytes_words(f->bytes, size, sizeof size));
}

static void cell_offer(char *cell, const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->round_n; i++) {
        const struct pxk_round *r = &s->round[i];
        const struct pxk_answer *a = pxk_round_answer(r, PXK_DHCP4_OFFER);
        if (!a || !(r->pxe || r->http || s->round_n == 1))
            continue;
        struct pxk_str b = pxk_str_init(cell, CELL_MAX);
        pxk_str_add_duration(&b, pxk_usec_since(r->started, a->at));
        return;
    }
    put(cell, CELL_MAX, "-");
}

static void fill(struct line *l, const struct pxk_client_verdict *c, enum detail detail)
{
    struct pxk_boot_path path;
    pxk_boot_path_of(c->session, &path);
    put(l->cell[COL_CLIENT], CELL_MAX, c->name);
    cell_offer(l->cell[COL_OFFER], c->session);
    cell_file(l->cell[COL_LOADER], &path.stage[PXK_STAGE_LOADER], false, detail);
    cell_file(l->cell[COL_CONFIG], &path.stage[PXK_STAGE_CONFIG], true, detail);
    cell_file(l->cell[COL_KERNEL], &path.stage[PXK_STAGE_KERNEL], false, detail);
    cell_file(l->cell[COL_INITRD], &path.stage[PXK_STAGE_INITRD], false, detail);
    put(l->cell[COL_OUTCOME], CELL_MAX, c->outcome);
}

static size_t measure(const struct line *lines, size_t n, size_t width[static COL_N])
{
    size_t total = 1;
    for (unsigned c = 0; c < COL_N; c++) {
        width[c] = strlen(titles[c]);
        for (size_t i = 0; i < n; i++)
            if (strlen(lines[i].cell[c]) > width[c])
                width[c] = strlen(lines[i].cell[c]);
        total += width[c] + (c ? 2 : 0);
    }
    return total;
}

static enum ink outcome_ink(const struct pxk_client_verdict *c)
{
    return c->boots ? INK_GOOD : c->failures ? INK_BAD : INK_PLAIN;
}

static void table(const struct line *lines, size_t n, const size_t width[static COL_N],
                  const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                  struct pxk_text *out)
{
    pxk_text_add(out, "\n ");
    for (unsigned c = 0; c < COL_N; c++) {
        text_ink(out, opts, INK_DIM, titles[c]);
        text_pad(out, c + 1 < COL_N ? width[c] + 2 - strlen(titles[c]) : 0);
    }
    pxk_text_add(out, "\n");
    for (size_t i = 0; i < n; i++) {
        pxk_text_add(out, " ");
        for (unsigned c = 0; c < COL_N; c++) {
            const char *cell = lines[i].cell[c];
            text_ink(out, opts, c == COL_OUTCOME ? outcome_ink(&d->clients.at[i]) : INK_PLAIN,
                     cell);
            text_pad(out, c + 1 < COL_N ? width[c] + 2 - strlen(cell) : 0);
        }
        pxk_text_add(out, "\n");
    }
}

static void blocks(const struct line *lines, size_t n, const struct pxk_diagnosis *d,
                   const struct pxk_report_opts *opts, struct pxk_text *out)
{
    for (size_t i = 0; i < n; i++) {
        pxk_text_add(out, "\n ");
        text_ink(out, opts, INK_BOLD, lines[i].cell[COL_CLIENT]);
        pxk_text_add(out, "  ");
        text_ink(out, opts, outcome_ink(&d->clients.at[i]), lines[i].cell[COL_OUTCOME]);
        pxk_text_add(out, "\n");
        for (unsigned c = COL_OFFER; c < COL_OUTCOME; c++) {
            pxk_text_addf(out, "   %-8s", titles[c]);
            text_wrap(out, opts, 11, 11, lines[i].cell[c]);
        }
    }
}

/* ---- what is booted ---- */

static void files(const struct pxk_session *s, const struct pxk_report_opts *opts,
                  struct pxk_text *out)
{
    for (size_t i = 0; i < s->files.n; i++) {
        const struct pxk_file *f = &s->files.at[i];
        struct pxk_text line = {0};
        char size[24];
        pxk_text_addf(&line, "%s", f->url);
        if (f->have)
            pxk_text_addf(&line, ", %s", bytes_words(f->bytes, size, sizeof size));
        if (f->have && f->seconds > 0)
            pxk_text_addf(&line, " in %.2f s", f->seconds);
        if (*f->version || *f->kind_words)
            pxk_text_addf(&line, ", %s", *f->version ? f->version : f->kind_words);
        if (!f->have)
            pxk_text_add(&line, f->optional ? ", not there (it need not be)" : ", not there");
        pxk_text_addf(out, "   %-8s", f->role);
        text_wrap(out, opts, 11, 13, line.s ? line.s : "");
        pxk_text_done(&line);
        if (*f->sha256)
            pxk_text_addf(out, "             sha256 %.16s...\n", f->sha256);
    }
}

static void boot_words(const struct pxk_facts *f, bool verbose, struct pxk_text *line)
{
    if (verbose && *f->loader_chain)
        pxk_text_addf(line, "%s; ", f->loader_chain);
    if (*f->label)
        pxk_text_addf(line, "takes \"%s\": ", f->label);
    if (*f->cmdline)
        pxk_text_addf(line, "%s", f->cmdline);
}

/* One line for everybody who boots something, as long as it is short; all of it for the verbose. */
static void boot(const struct pxk_client_verdict *c, size_t name_width,
                 const struct pxk_report_opts *opts, bool *any, struct pxk_text *out)
{
    struct pxk_text line = {0};
    size_t indent = name_width + 3;
    boot_words(&c->session->facts, opts->verbose, &line);
    bool brief = line.len && indent + line.len <= report_width(opts);
    if (brief || opts->verbose) {
        pxk_text_add(out, *any ? " " : "\n ");
        *any = true;
        text_ink(out, opts, INK_BOLD, c->name);
        if (line.len) {
            text_pad(out, indent - 1 - strlen(c->name));
            text_wrap(out, opts, (unsigned)indent, (unsigned)indent, line.s);
        } else {
            pxk_text_add(out, "\n");
        }
    }
    pxk_text_done(&line);
    if (opts->verbose)
        files(c->session, opts, out);
}

void report_clients(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                    struct pxk_text *out)
{
    size_t n = d->clients.n < CLIENTS_MAX ? d->clients.n : CLIENTS_MAX;
    struct line *lines = n ? calloc(n, sizeof *lines) : NULL;
    size_t width[COL_N], name_width = 0;
    bool any = false, fits = false;
    if (!n)
        return;
    if (!lines) {
        out->failed = true;
        return;
    }
    for (int detail = FULL; detail < DETAIL_N && !fits; detail++) {
        for (size_t i = 0; i < n; i++)
            fill(&lines[i], &d->clients.at[i], (enum detail)detail);
        fits = measure(lines, n, width) <= report_width(opts);
    }
    if (fits)
        table(lines, n, width, d, opts, out);
    else
        blocks(lines, n, d, opts, out);
    if (d->clients.n > n)
        pxk_text_addf(out, " and %zu more clients\n", d->clients.n - n);
    for (size_t i = 0; i < n; i++)
        name_width =
            strlen(d->clients.at[i].name) > name_width ? strlen(d->clients.at[i].name) : name_width;
    for (size_t i = 0; i < n; i++)
        boot(&d->clients.at[i], name_width, opts, &any, out);
    free(lines);
}
