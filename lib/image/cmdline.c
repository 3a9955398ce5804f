/* What a kernel command line makes the system fetch: the table cmdline.def and what its rules mean.
 * Sources: with each row; linux lib/cmdline.c (next_arg) for how a line is cut into words. */
#include <stdlib.h>

#include "pxk/image/cmdline.h"

enum rule {
    RULE_URL,
    RULE_DI,
    RULE_KS,
    RULE_REPO,
    RULE_STAGE2,
    RULE_NAMED,
    RULE_SEED,
    RULE_LIVE,
    RULE_SUSE,
    RULE_APKREPO,
    RULE_ARCH,
    RULE_TALOS,
    RULE_WORD,
};

struct row {
    const char *parameter, *installer;
    enum rule rule;
    bool required;
};

static const struct row rows[] = {
#define PARAM(parameter, installer, rule, required, source)                                        \
    {parameter, installer, RULE_##rule, required},
#include "cmdline.def"
#undef PARAM
};

struct line {
    const char *text;
    pxk_ip4 server;
    struct pxk_install *out;
};

#define VALUE_MAX 1024

/* The next name[=value], quotes removed as the kernel removes them; false at the end. */
static bool word_next(const char **at, char *name, size_t name_cap, char *value, size_t value_cap)
{
    const char *p = *at;
    struct pxk_str n = pxk_str_init(name, name_cap), v = pxk_str_init(value, value_cap);
    bool quoted = false, in_value = false;
    while (*p == ' ' || *p == '\t' || *p == '\n')
        p++;
    if (!*p)
        return false;
    for (; *p && (quoted || (*p != ' ' && *p != '\t' && *p != '\n')); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (*p == '=' && !in_value)
            in_value = true;
        else
            pxk_str_addc(in_value ? &v : &n, *p);
    }
    *at = p;
    return true;
}

/* Value of the last @name on the line; false if it is not there. */
static bool lookup(const char *text, const char *name, char *value, size_t cap)
{
    char n[64], v[VALUE_MAX];
    bool found = false;
    while (word_next(&text, n, sizeof n, v, sizeof v))
        if (strcmp(n, name) == 0) {
            found = true;
            pxk_str_copy(value, cap, v);
        }
    return found;
}

static bool has(const char *text, const char *name)
{
    char value[8];
    return lookup(text, name, value, sizeof value);
}

static bool is_url(const char *s)
{
    return strstr(s, "://") != NULL || pxk_str_starts(s, "nfs:");
}

/* Fits the lease's server in where a URL leaves its host out: "http:///x", "${pxeserver}". */
static void host_fill(const struct line *l, const char *url, char *out, size_t cap)
{
    static const char *const holes[] = {"${pxeserver}", "${next-server}", "${server}"};
    struct pxk_str b = pxk_str_init(out, cap);
    char ip[PXK_IP4_STRLEN];
    const char *empty = strstr(url, ":///");
    bool file = pxk_str_starts(url, "file:") || pxk_str_starts(url, "hd:");
    pxk_ip4_text(l->server, ip);
    while (*url) {
        size_t hole = 0;
        for (size_t i = 0; i < PXK_COUNT(holes); i++)
            if (pxk_str_starts(url, holes[i]))
                hole = strlen(holes[i]);
        if (hole)
            pxk_str_add(&b, ip);
        else if (url == empty && !file)
            pxk_str_addf(&b, "://%s", ip);
        else
            pxk_str_addc(&b, *url);
        url += hole ? hole : url == empty && !file ? 3 : 1;
    }
}

static void installer_is(struct pxk_install *out, const char *name)
{
    if (*name && !out->installer[0])
        pxk_str_copy(out->installer, sizeof out->installer, name);
}

static void problem(struct pxk_install *out, const char *text)
{
    if (!out->problem[0])
        pxk_str_copy(out->problem, sizeof out->problem, text);
}

static void add(const struct line *l, const struct row *row, const char *installer, const char *url,
                bool required)
{
    struct pxk_install *out = l->out;
    installer_is(out, installer);
    if (out->n >= PXK_INSTALL_FILES_MAX || !*url)
        return;
    struct pxk_install_file *f = &out->file[out->n];
    pxk_str_copy(f->parameter, sizeof f->parameter, row->parameter);
    pxk_str_copy(f->installer, sizeof f->installer, installer);
    f->required = required;
    host_fill(l, url, f->url, sizeof f->url);
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->file[i].url, f->url) == 0)
            return;
    out->n++;
}

static void add_below(const struct line *l, const struct row *row, const char *dir,
                      const char *file, bool required)
{
    char url[VALUE_MAX + 64];
    bool mount = pxk_str_starts(dir, "nfs:");
    pxk_fmt(url, sizeof url, "%s%s%s", dir, pxk_str_ends(dir, "/") ? "" : "/", file);
    if (is_url(dir))
        add(l, row, row->installer, mount ? dir : url, required);
}

/* Whose `url=` is this? casper boots ISOs with it, everybody else's is the Debian installer's. */
static bool is_casper(const struct line *l, const char *value)
{
    char boot[32];
    return (lookup(l->text, "boot", boot, sizeof boot) && strcmp(boot, "casper") == 0) ||
           pxk_str_ends(value, ".iso");
}

/* Debian installation guide B.2.3: `auto url=host` is http://host/d-i/<suite>/./preseed.cfg; a
 * domain is added to a bare host name, which only the machine knows. The suite is told by suite= or
 * mirror/suite=. */
static void di_incomplete(const struct line *l, const struct row *row, const char *value)
{
    char suite[48], url[VALUE_MAX + 96];
    bool told = lookup(l->text, "mirror/suite", suite, sizeof suite) ||
                lookup(l->text, "suite", suite, sizeof suite);
    const char *path = strchr(value, '/');
    int host = path ? (int)(path - value) : (int)strlen(value);
    installer_is(l->out, "debian-installer");
    if (!has(l->text, "auto") && !has(l->text, "auto-install/enable")) {
        problem(l->out, "the preseed URL has no scheme and `auto` is not given, so it is no URL");
    } else if (path) {
        pxk_fmt(url, sizeof url, "http://%.*s%s", host, value, path);
        add(l, row, "debian-installer", url, row->required);
    } else if (told) {
        pxk_fmt(url, sizeof url, "http://%s/d-i/%s/./preseed.cfg", value, suite);
        add(l, row, "debian-installer", url, row->required);
    }
}

static void rule_di(const struct line *l, const struct row *row, const char *value)
{
    if (strcmp(row->parameter, "url") == 0 && is_casper(l, value)) {
        add(l, row, "casper", value, row->required);
        return;
    }
    if (!*value)
        return;
    if (is_url(value))
        add(l, row, "debian-installer", value, row->required);
    else
        di_incomplete(l, row, value);
}

static void rule_ks(const struct line *l, const struct row *row, const char *value)
{
    char url[64], ip[PXK_IP4_STRLEN];
    if (is_url(value)) {
        add(l, row, row->installer, value, row->required);
    } else if (!*value && l->server) {
        pxk_fmt(url, sizeof url, "nfs:%s:/kickstart/", pxk_ip4_text(l->server, ip));
        add(l, row, row->installer, url, row->required);
    }
}

static void rule_repo(const struct line *l, const struct row *row, const char *value)
{
    bool stage2 = has(l->text, "inst.stage2") || has(l->text, "stage2");
    add_below(l, row, value, ".treeinfo", row->required);
    if (!stage2)
        add_below(l, row, value, "images/install.img", row->required);
}

/* "nocloud;s=URL/;h=name"; a bare "nocloud" is most often what GRUB left of an unquoted ';'. */
static void rule_seed(const struct line *l, const struct row *row, const char *value)
{
    char seed[VALUE_MAX] = "";
    if (!pxk_str_starts(value, "nocloud"))
        return;
    installer_is(l->out, row->installer);
    const char *p = strchr(value, ';');
    if (!p) {
        problem(l->out,
                "ds=nocloud names no seed: a ';' that GRUB is given without quotes ends the "
                "command, so s=URL is lost");
        return;
    }
    if (p > value && p[-1] == '\\')
        problem(l->out, "a backslash is left before ';' in ds=nocloud: this loader needs none");
    for (; p && *p; p = strchr(p + 1, ';')) {
        size_t key = pxk_str_starts(p, ";seedfrom=") ? 10 : pxk_str_starts(p, ";s=") ? 3 : 0;
        if (key)
            pxk_str_copy_n(seed, sizeof seed, p + key, strcspn(p + key, ";"));
    }
    if (!seed[0] || !is_url(seed))
        return;
    if (!pxk_str_ends(seed, "/")) {
        problem(l->out, "the seed URL of cloud-init does not end in \"/\": file names are appended "
                        "to it as it is");
    }
    char url[VALUE_MAX + 16];
    pxk_fmt(url, sizeof url, "%smeta-data", seed);
    add(l, row, row->installer, url, true);
    pxk_fmt(url, sizeof url, "%suser-data", seed);
    add(l, row, row->installer, url, true);
    pxk_fmt(url, sizeof url, "%svendor-data", seed);
    add(l, row, row->installer, url, false);
}

static void rule_arch(const struct line *l, const struct row *row, const char *value)
{
    char base[128] = "arch", url[VALUE_MAX + 160];
    lookup(l->text, "archisobasedir", base, sizeof base);
    pxk_fmt(url, sizeof url, "%s%s%s/x86_64/airootfs.sfs", value,
            pxk_str_ends(value, "/") || base[0] == '/' ? "" : "/", base);
    add(l, row, row->installer, url, row->required);
    if (has(l->text, "checksum")) {
        pxk_str_copy(strrchr(url, '.'), 8, ".sha512");
        add(l, row, row->installer, url, false);
    }
}

static void apply(const struct line *l, const struct row *row, const char *value)
{
    const char *comma;
    switch (row->rule) {
    case RULE_URL:
    case RULE_TALOS:
        if (is_url(value))
            add(l, row, row->installer, value, row->required);
        break;
    case RULE_DI:
        rule_di(l, row, value);
        break;
    case RULE_KS:
        rule_ks(l, row, value);
        break;
    case RULE_REPO:
        rule_repo(l, row, value);
        break;
    case RULE_STAGE2:
        add_below(l, row, value, "images/install.img", row->required);
        break;
    case RULE_NAMED:
        comma = strchr(value, ',');
        if (comma && is_url(comma + 1))
            add_below(l, row, comma + 1, "repodata/repomd.xml", row->required);
        break;
    case RULE_SEED:
        rule_seed(l, row, value);
        break;
    case RULE_LIVE:
        if (pxk_str_starts(value, "live:") && is_url(value + 5))
            add(l, row, row->installer, value + 5, row->required);
        break;
    case RULE_SUSE:
        add_below(l, row, value, "boot/x86_64/root", row->required && !has(l->text, "instsys"));
        break;
    case RULE_APKREPO:
        add_below(l, row, value, "x86_64/APKINDEX.tar.gz", row->required);
        break;
    case RULE_ARCH:
        if (is_url(value))
            rule_arch(l, row, value);
        break;
    case RULE_WORD:
        installer_is(l->out, row->installer);
        break;
    }
}

void pxk_install_from_cmdline(const char *cmdline, pxk_ip4 server, struct pxk_install *out)
{
    struct line l = {cmdline, server, out};
    char name[64], value[VALUE_MAX];
    *out = (struct pxk_install){0};
    /* Whoever speaks for an installer by a mere word is heard first: autoinstall makes ds=
     * Subiquity's. */
    for (const char *p = cmdline; word_next(&p, name, sizeof name, value, sizeof value);)
        for (size_t i = 0; i < PXK_COUNT(rows); i++)
            if (rows[i].rule == RULE_WORD && strcmp(rows[i].parameter, name) == 0)
                apply(&l, &rows[i], value);
    for (const char *p = cmdline; word_next(&p, name, sizeof name, value, sizeof value);)
        for (size_t i = 0; i < PXK_COUNT(rows); i++)
            if (rows[i].rule != RULE_WORD && strcmp(rows[i].parameter, name) == 0)
                apply(&l, &rows[i], value);
}
