/* A scenario file: its rows, each bound and checked; errors that several rows share are told once. */
#include <stdlib.h>
#include <string.h>

#include "scn_int.h"

/* ---- the root ---- */

static const char *clock_word(size_t i)
{
    static const char *const words[] = {"real", "virtual"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

/* Hosts, ports and clients are told apart by their names. */
struct named {
    char *const *name;
    const char *what;
};

static size_t names_collect(const struct pxk_scenario *s, struct named *out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < s->servers.n && n < max; i++)
        out[n++] = (struct named){&s->servers.at[i].name, "server"};
    for (size_t i = 0; i < s->network.routers.n && n < max; i++)
        out[n++] = (struct named){&s->network.routers.at[i].name, "router"};
    for (size_t i = 0; i < s->clients.n && n < max; i++)
        out[n++] = (struct named){&s->clients.at[i].name, "client"};
    return n;
}

void scn_names_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    struct named all[SCN_SERVERS_MAX + SCN_ROUTERS_MAX + PXK_SCN_CLIENTS_MAX];
    size_t n = names_collect(s, all, PXK_COUNT(all));
    for (size_t i = 0; i < n; i++) {
        const char *name = *all[i].name;
        if (name && strcmp(name, "clients") == 0)
            pxk_conf_error(c, all[i].name, "clients is the name of the port that clients share");
        for (size_t j = 0; j < i && name; j++) {
            if (!*all[j].name || strcmp(*all[j].name, name) != 0)
                continue;
            /* At the one that the file names, not at a default. */
            bool here = pxk_conf_written(c, all[i].name);
            pxk_conf_error(c, all[here ? i : j].name, "%s is the name of a %s already", name, all[here ? j : i].what);
            break;
        }
    }
}

static void virtual_cables_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    for (size_t i = 0; i < s->network.cables.n; i++) {
        const struct pxk_scn_cable *k = &s->network.cables.at[i];
        bool ok = !k->port || strcmp(k->port, "clients") == 0;
        for (size_t j = 0; j < s->servers.n && !ok; j++)
            ok = s->servers.at[j].name && strcmp(s->servers.at[j].name, k->port) == 0;
        if (!ok)
            pxk_conf_error(c, &k->port, "in virtual time the clients share one cable: port clients, or the server's");
    }
}

void scn_virtual_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    if (!s->virtual)
        return;
    for (size_t i = 0; i < s->servers.n; i++)
        if (s->servers.at[i].run && strcmp(s->servers.at[i].run, "reference") != 0)
            pxk_conf_error(c, &s->servers.at[i].run, "in virtual time only the reference server runs, not %s",
                           s->servers.at[i].run);
    for (size_t i = 0; i < s->clients.n; i++)
        if (s->clients.at[i].firmware) {
            pxk_conf_error(c, &s->clients, "in virtual time clients are emulated, there is no firmware");
            break;
        }
    if (s->commands.n)
        pxk_conf_error(c, &s->commands, "commands take real time, they do not run in virtual time");
    if (s->network.segments.n > 1)
        pxk_conf_error(c, &s->network.segments, "in virtual time there is one segment");
    if (s->network.routers.n)
        pxk_conf_error(c, &s->network.routers, "in virtual time there are no routers");
    virtual_cables_check(c, s);
}

/* A real network is as it is: there is one port of ours in it, where emulated clients boot. */
static void external_clients_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    for (size_t i = 0; i < s->clients.n; i++) {
        const struct pxk_scn_client *k = &s->clients.at[i];
        if (k->firmware || (k->port && strcmp(k->port, "clients") != 0)) {
            pxk_conf_error(c, &s->clients, "on a real interface clients are emulated and share it, %s cannot have %s",
                           k->name ? k->name : "a client", k->firmware ? "firmware" : "a port of its own");
            return;
        }
    }
}

static void external_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    bool external = false;
    for (size_t i = 0; i < s->servers.n; i++)
        external = external || scn_runs(&s->servers.at[i], "external");
    if (!external)
        return;
    if (s->servers.n > 1)
        pxk_conf_error(c, &s->servers, "an external server stands alone: no other is started in a real network");
    if (s->network.segments.n > 1 || s->network.routers.n || s->network.cables.n)
        pxk_conf_error(c, s->network.cables.n ? (const void *)&s->network.cables : &s->network.segments,
                       "an external server is in a real network: segments, routers and cables are not made there");
    if (s->commands.n)
        pxk_conf_error(c, &s->commands, "commands run in hosts of a network of ours, not beside an external server");
    for (size_t i = 0; i < s->timeline.n && i < SCN_EVENTS_MAX; i++)
        if (s->timeline.at[i].port)
            pxk_conf_error(c, &s->timeline.at[i].port, "the cables of a real network are not ours to change");
    external_clients_check(c, s);
}

static void scenario_check(struct pxk_conf *c, void *self)
{
    struct pxk_scenario *s = &((struct scn_file *)self)->scenario;
    for (size_t i = 0; i < s->tags.n && i < SCN_EXPECTS_MAX; i++)
        scn_name_check(c, &s->tags.at[i]);
    scn_network_fill(c, s);
    scn_servers_fill(c, s);
    scn_clients_fill(c, s);
    if (s->servers.n > SCN_SERVERS_MAX || s->network.routers.n > SCN_ROUTERS_MAX || s->clients.n > PXK_SCN_CLIENTS_MAX)
        return; /* told, and the rest would search them again and again */
    if (!s->clients.n && !s->commands.n && !pxk_conf_written(c, &s->clients) && !pxk_conf_written(c, &s->commands))
        pxk_conf_error(c, &s->clients, "scenario has no \"clients\" and no \"commands\", so there is nothing to see");
    scn_cables_check(c, s);
    scn_commands_fill(c, s);
    scn_timeline_fill(c, s);
    scn_virtual_check(c, s);
    external_check(c, s);
    scn_expect_fill(c, s);
}

#define AT(m)   .offset = offsetof(struct scn_file, scenario.m), .size = sizeof(((struct scn_file *)0)->scenario.m)
#define LIST(m) .list = true, .offset = offsetof(struct scn_file, scenario.m), .size = sizeof(*((struct scn_file *)0)->scenario.m.at)
static const struct pxk_conf_key file_keys[] = {
    {SCN_KEY("pxekit", INT), .required = true, .min = 1, .max = 1, AT(version), .doc = "version of the format: 1"},
    {SCN_KEY("name", STRING), .required = true, .max = 120, AT(name), .doc = "the case in a few words; may have variables"},
    {SCN_KEY("about", STRING), .max = 4000, AT(about), .doc = "why it matters; for readers and reports"},
    {SCN_KEY("tags", STRING), .max = 40, LIST(tags), .doc = "words that --filter chooses by"},
    {SCN_KEY("limit", DURATION), .min = 1000000, .max = (int64_t)(3600 * PXK_SEC), .def = "60s", AT(limit),
     .doc = "of real time; a case that has not ended by then has failed"},
    {SCN_KEY("seed", INT), .min = 0, .max = INT64_MAX, .def = "1", AT(seed), .doc = "of all chance: frames lost, addresses made up"},
    {SCN_KEY("clock", READ), .read = scn_read_flag, .word = clock_word, .def = "real", AT(virtual),
     .doc = "virtual: reference server and emulated clients in memory, time jumps"},
    {SCN_KEY("alone", BOOL), .def = "false", AT(alone), .doc = "nothing else runs beside it, whatever -j says"},
    SCN_HEAD_KEYS(struct scn_head, offsetof(struct scn_file, head))
    {SCN_KEY("network", STRUCT), .sub = &scn_network_table, AT(network), .doc = "default: one segment, lan, 10.77.0.0/24"},
    {SCN_KEY("servers", STRUCT), .sub = &scn_server_table, LIST(servers), .doc = "default: the reference server; []: none"},
    {SCN_KEY("files", STRUCT), .sub = &scn_files_table, .def = "{}", AT(files), .doc = "what TFTP and HTTP servers serve"},
    {SCN_KEY("clients", STRUCT), .sub = &scn_client_table, LIST(clients), .doc = "who boots"},
    {SCN_KEY("commands", STRUCT), .sub = &scn_command_table, LIST(commands), .doc = "what else runs in the network"},
    {SCN_KEY("timeline", STRUCT), .sub = &scn_event_table, LIST(timeline), .doc = "what happens while they boot"},
    {SCN_KEY("expect", STRUCT), .sub = &scn_expect_table, AT(expect),
     .doc = "default: healthy, if there are clients"},
    {0}};
const struct pxk_conf_table scn_file_table = {"scenario", "a scenario file", sizeof(struct scn_file), file_keys,
                                              scenario_check};

enum pxk_err pxk_scenario_schema(struct pxk_text *out)
{
    return pxk_conf_schema_variables(&scn_file_table, "pxekit scenario", out);
}

/* ---- rows ---- */

static struct pxk_scenario *scenario_free(struct pxk_scenario *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < s->vars.n; i++) {
        free(s->vars.at[i].key);
        free(s->vars.at[i].value);
    }
    pxk_vec_done(&s->vars);
    free(s->file);
    free(s->row);
    free(s->id);
    pxk_conf_free(&scn_file_table, s); /* a scenario is the first member of its file */
    free(s);
    return NULL;
}

void pxk_scenarios_done(struct pxk_scenarios *s)
{
    for (size_t i = 0; i < s->at.n; i++)
        scenario_free(s->at.at[i]);
    pxk_vec_done(&s->at);
}

static const char *row_lookup(void *ctx, const char *name, struct pxk_str *why)
{
    const struct scn_use *use = ctx;
    struct pxk_near near = {.word = name};
    char hint[80];
    if (scn_is_late(name))
        return scn_keep;
    for (size_t i = 0; i < use->row->vars.n; i++) {
        pxk_near_offer(&near, use->row->vars.at[i].key);
        if (strcmp(use->row->vars.at[i].key, name) == 0)
            return use->row->vars.at[i].value;
    }
    pxk_str_addf(why, "has an unknown variable \"%s\"%s", name, scn_hint(&near, hint, sizeof hint));
    return NULL;
}

static const char *row_expand(void *user, const char *text, struct pxk_text *out, struct pxk_str *why)
{
    struct scn_use *use = user;
    const char *value = scn_expand(text, row_lookup, use, SCN_SCALAR_MAX, out, why);
    use->total += out->len;
    if (use->total <= SCN_TOTAL_MAX)
        return value;
    pxk_str_addf(why, "is one value too many: all rows together have more than %zu MB once variables are put in",
                 SCN_TOTAL_MAX >> 20);
    return NULL;
}

/* The row's own texts move into the scenario. */
static bool row_move(struct pxk_scenario *s, const char *path, struct scn_row *row)
{
    s->file = strdup(path);
    s->row = row->label;
    s->id = row->id;
    s->vars.at = row->vars.at;
    s->vars.n = row->vars.n;
    s->vars.cap = row->vars.cap;
    *row = (struct scn_row){0};
    return s->file != NULL;
}

/* ---- errors of many rows ---- */

struct told {
    struct pxk_conf_error error;
    unsigned rows;            /* that have it */
    const char *first, *last; /* labels of the first and the last of them */
};

struct telling {
    PXK_VEC(struct told) at;
    size_t dropped;
    bool nomem;
};

static void tell_row(struct telling *t, const struct pxk_conf_errors *errors, const char *label)
{
    t->dropped += errors->dropped;
    for (size_t i = 0; i < errors->list.n; i++) {
        const struct pxk_conf_error *e = &errors->list.at[i];
        size_t j = 0;
        while (j < t->at.n && (t->at.at[j].error.line != e->line || t->at.at[j].error.column != e->column ||
                               strcmp(t->at.at[j].error.text, e->text) != 0))
            j++;
        if (j < t->at.n) {
            t->at.at[j].rows += t->at.at[j].last != label; /* the same twice in one row is told once */
            t->at.at[j].last = label;
        } else if (j == PXK_CONF_ERRORS_MAX) {
            t->dropped++;
        } else {
            struct told *told = pxk_vec_push(&t->at);
            t->nomem = t->nomem || !told;
            if (told)
                *told = (struct told){*e, 1, label, label};
        }
    }
}

static enum pxk_err tell_all(const struct telling *t, size_t rows, struct pxk_conf_errors *errors)
{
    char text[sizeof t->at.at->error.text];
    enum pxk_err err = t->nomem ? PXK_E_NOMEM : PXK_OK;
    for (size_t i = 0; i < t->at.n && err == PXK_OK; i++) {
        const struct told *d = &t->at.at[i];
        struct pxk_str s = pxk_str_init(text, sizeof text);
        pxk_str_add(&s, d->error.text);
        if (d->rows < rows) {
            pxk_str_addf(&s, " (in row %s", d->first);
            if (d->rows > 1)
                pxk_str_addf(&s, " and %u more", d->rows - 1);
            pxk_str_add(&s, ")");
        }
        err = pxk_conf_errors_add(errors, d->error.line, d->error.column, text);
    }
    errors->dropped += t->dropped;
    pxk_conf_errors_sort(errors);
    return err;
}

/* ---- the file ---- */

struct parsing {
    const char *path;
    struct pxk_conf_doc *doc;
    struct scn_rows rows;
    struct telling telling;
    struct pxk_scenarios made;
    struct scn_use use;
};

static enum pxk_err row_bind(struct parsing *p, struct scn_row *row)
{
    enum { VISITS = 4000000, VISITS_ONE = 100000 };
    unsigned share = (unsigned)(VISITS / p->rows.at.n);
    p->use.row = row;
    struct pxk_conf_opts opts = {
        .user = &p->use, .visits = share < VISITS_ONE ? share : VISITS_ONE, .expand = row_expand};
    struct pxk_conf_errors errors = {0};
    struct scn_file *file = calloc(1, sizeof *file);
    struct pxk_scenario **slot = file ? pxk_vec_push(&p->made.at) : NULL;
    if (!slot) {
        free(file);
        return PXK_E_NOMEM;
    }
    *slot = &file->scenario;
    enum pxk_err err = pxk_conf_bind(p->doc, &scn_file_table, &opts, file, &errors);
    tell_row(&p->telling, &errors, row->label);
    pxk_conf_errors_done(&errors);
    if (err == PXK_OK) {
        pxk_conf_free(&scn_head_table, &file->head); /* its rows are made: no need for a copy in each */
        err = row_move(&file->scenario, p->path, row) ? PXK_OK : PXK_E_NOMEM;
    }
    return err == PXK_E_FORMAT ? PXK_OK : err; /* told at the end */
}

/* All rows, or none: @p->made is complete only if there was no error. */
static enum pxk_err rows_bind(struct parsing *p, struct pxk_conf_errors *errors)
{
    struct scn_head head;
    struct pxk_conf_opts opts = {.user = &p->rows, .others = true};
    enum pxk_err err = pxk_conf_bind(p->doc, &scn_head_table, &opts, &head, errors);
    if (err != PXK_OK)
        return err;
    pxk_conf_free(&scn_head_table, &head);
    size_t done = 0;
    for (; done < p->rows.at.n && err == PXK_OK && !p->telling.dropped; done++) /* more would only be counted */
        err = row_bind(p, &p->rows.at.at[done]);
    enum pxk_err told = tell_all(&p->telling, done, errors);
    return err != PXK_OK ? err : told;
}

enum pxk_err pxk_scenario_parse(const char *path, const char *text, size_t len, struct pxk_scenarios *out,
                                struct pxk_conf_errors *errors)
{
    char stem[SCN_ID_MAX];
    struct parsing p = {.path = path, .rows = {.stem = stem}};
    size_t before = errors->list.n + errors->dropped, n = 0;
    scn_stem(path, stem, sizeof stem);
    enum pxk_err err = pxk_conf_load(text, len, &p.doc, errors);
    if (err == PXK_OK)
        err = rows_bind(&p, errors);
    if (err == PXK_OK && errors->list.n + errors->dropped > before)
        err = PXK_E_FORMAT;
    for (; n < p.made.at.n && err == PXK_OK; n++) {
        struct pxk_scenario **slot = pxk_vec_push(&out->at);
        if (!slot) {
            out->at.n -= n; /* nothing was added */
            err = PXK_E_NOMEM;
            break;
        }
        *slot = p.made.at.at[n];
    }
    if (err == PXK_OK)
        pxk_vec_done(&p.made.at); /* they are the caller's now */
    pxk_scenarios_done(&p.made);
    pxk_vec_done(&p.telling.at);
    scn_rows_done(&p.rows);
    pxk_conf_doc_free(p.doc);
    return err;
}
