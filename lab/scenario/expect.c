/* Expectations: tables, and what can be said of each alone. expect_meet.c looks at what they say together. */
#include <stdlib.h>
#include <string.h>

#include "scn_int.h"

#define FINDING_NOUN "a finding such as no-boot-file (pxekit explain lists them)"
#define PROBE_NOUN   FINDING_NOUN ", same or none"

/* ---- words with alternatives ---- */

/* "pass|warn" as one text becomes two words: a judge compares words. */
static void alternatives_split(struct pxk_conf *c, struct pxk_scn_alternatives *a)
{
    struct pxk_scn_alternatives out = {.line = pxk_conf_line(c, &a->word)};
    char part[64];
    for (size_t i = 0; i < a->word.n; i++)
        for (const char *at = a->word.at[i]; at && scn_part(&at, '|', part, sizeof part);) {
            char **word = pxk_vec_push(&out.word);
            if (!word)
                pxk_conf_no_memory(c);
            else
                *word = scn_copy(c, part);
        }
    for (size_t i = 0; i < a->word.n; i++)
        free(a->word.at[i]);
    pxk_vec_done(&a->word);
    *a = out;
}

/* The lasting name of a code: "D014|no-lease" becomes names only. */
static void finding_name(struct pxk_conf *c, char **text)
{
    char part[64], buf[300];
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    for (const char *at = *text; at && scn_part(&at, '|', part, sizeof part);) {
        const struct pxk_finding_row *row = pxk_finding_find(part);
        pxk_str_addf(&s, "%s%s", s.len ? "|" : "", row ? row->name : part);
    }
    if (*text && strcmp(*text, buf) != 0)
        scn_set(c, text, "%s", buf);
}

static void names_check(struct pxk_conf *c, struct pxk_scn_names *n)
{
    n->given = pxk_conf_given(c, &n->name) || pxk_conf_instead(c, &n->name);
    n->line = pxk_conf_line(c, &n->name);
    for (size_t i = 0; i < n->name.n; i++)
        finding_name(c, &n->name.at[i]);
    (void)scn_at_most(c, &n->name, n->name.n, SCN_EXPECTS_MAX, "findings"); /* told */
}

static void steps_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_alternatives *step = self;
    for (size_t i = 0; i < PXK_STEP_N; i++)
        alternatives_split(c, &step[i]);
}

#define ALTERNATIVES(words, place)                                                                                     \
    .type = PXK_CONF_WORD, .word = words, .join = '|', .list = true, .offset = place, .size = sizeof(char *)

static const struct pxk_conf_key steps_keys[] = {
#define X(name, step, words)                                                                                           \
    {.key = step,                                                                                                      \
     ALTERNATIVES(scn_verdict_word, PXK_STEP_##name * sizeof(struct pxk_scn_alternatives) +                            \
                                        offsetof(struct pxk_scn_alternatives, word))},
    PXK_STEPS(X)
#undef X
    {0}};
const struct pxk_conf_table scn_steps_table = {"steps", "verdicts, with alternatives: pass|warn",
                                               PXK_STEP_N * sizeof(struct pxk_scn_alternatives), steps_keys,
                                               steps_check};

/* ---- parts of expectations ---- */

static const char *state_word(size_t i)
{
    static const char *const words[] = {"have", "failed", "absent"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static void file_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_file_expect *f = self;
    f->bytes_given = pxk_conf_given(c, &f->bytes);
    f->line = pxk_conf_line(c, f);
    if (f->sha256 && (strlen(f->sha256) != 64 || f->sha256[strspn(f->sha256, "0123456789abcdefABCDEF")]))
        pxk_conf_error(c, &f->sha256, "a SHA-256 is 64 hexadecimal digits");
    scn_path_check(c, &f->same_as);
    if (f->state && (f->bytes_given || f->sha256 || f->same_as))
        pxk_conf_error(c, &f->state, "a file that is %s has no content to compare", state_word((size_t)f->state));
}

static void value_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_value *v = self;
    v->line = pxk_conf_line(c, v);
    v->min_given = pxk_conf_given(c, &v->min);
    v->max_given = pxk_conf_given(c, &v->max);
    bool text = pxk_conf_written(c, &v->is) || pxk_conf_written(c, &v->matches);
    bool number = pxk_conf_written(c, &v->min) || pxk_conf_written(c, &v->max);
    scn_regex_check(c, &v->matches);
    if (v->at && *v->at != '/')
        pxk_conf_error(c, &v->at, "at is no JSON pointer, expected one such as /findings/0/name");
    for (const char *p = v->at; p && (p = strchr(p, '~')); p++)
        if (p[1] != '0' && p[1] != '1') {
            pxk_conf_error(c, &v->at, "in a JSON pointer ~ is written ~0");
            break;
        }
    if (v->absent && (text || number))
        pxk_conf_error(c, &v->absent, "what is absent has no value, expected absent alone");
    if (!v->absent && !text && !number)
        pxk_conf_error(c, v, "nothing is expected of this value, expected is, matches, min, max or absent");
    if (v->min_given && v->max_given && v->min > v->max)
        pxk_conf_error(c, &v->max, "max is less than min");
}

static void lease_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_lease_expect *l = self;
    l->line = pxk_conf_line(c, &l->left);
}

static void log_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_log_expect *l = self;
    l->line = pxk_conf_line(c, l);
    scn_regexes_check(c, &l->has, l->has.at, l->has.n);
    scn_regexes_check(c, &l->lacks, l->lacks.at, l->lacks.n);
    if (!l->has.n && !l->lacks.n)
        pxk_conf_error(c, l, "nothing is expected of this log, expected has or lacks");
}

static void client_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_client_expect *k = self;
    k->line = pxk_conf_line(c, k);
    k->boots_given = pxk_conf_given(c, &k->boots);
    k->retransmissions_given = pxk_conf_given(c, &k->retransmissions);
    alternatives_split(c, &k->reached);
    names_check(c, &k->findings);
    names_check(c, &k->includes);
    names_check(c, &k->excludes);
    scn_regex_check(c, &k->kernel);
    scn_regex_check(c, &k->cmdline);
    scn_regexes_check(c, &k->serial, k->serial.at, k->serial.n);
    for (size_t i = 0; i < k->events.n; i++)
        if (k->events.at[i])
            scn_event_check(c, &k->events.at[i], k->events.at[i]);
    for (size_t i = 0; i < k->never.n; i++)
        if (k->never.at[i])
            scn_event_check(c, &k->never.at[i], k->never.at[i]);
    (void)scn_at_most(c, &k->files, k->files.n, SCN_EXPECTS_MAX, "files"); /* told */
}

static void probe_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_probe_expect *p = self;
    p->given = true;
    p->line = pxk_conf_line(c, p);
    alternatives_split(c, &p->first);
    for (size_t i = 0; i < p->first.word.n; i++)
        finding_name(c, &p->first.word.at[i]);
    names_check(c, &p->findings);
    names_check(c, &p->includes);
    names_check(c, &p->excludes);
}

static void expect_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_expect *e = self;
    e->given = true;
    e->line = pxk_conf_line(c, e);
    e->exit_given = pxk_conf_given(c, &e->exit);
    e->exit_line = pxk_conf_line(c, &e->exit);
    e->healthy_line = pxk_conf_line(c, &e->healthy);
    e->order_line = pxk_conf_line(c, &e->order);
    alternatives_split(c, &e->first);
    for (size_t i = 0; i < e->first.word.n; i++)
        finding_name(c, &e->first.word.at[i]);
    names_check(c, &e->findings);
    names_check(c, &e->includes);
    names_check(c, &e->excludes);
    if (pxk_conf_given(c, &e->healthy) && !e->healthy)
        pxk_conf_error(c, &e->healthy, "healthy: false says nothing; expected what is wrong instead: steps or findings");
}

/* ---- tables ---- */

#define FILE_AT(m) PXK_CONF_AT(struct pxk_scn_file_expect, m)
static const struct pxk_conf_key file_keys[] = {
    {SCN_KEY("path", STRING), .required = true, .max = 255, FILE_AT(path), .doc = "as asked for; the last part is enough"},
    {SCN_KEY("state", ENUM), .word = state_word, .def = "have", FILE_AT(state), .doc = "have: complete; failed: asked for and not complete; absent: never asked for"},
    {SCN_KEY("bytes", SIZE), FILE_AT(bytes), .doc = "its length"},
    {SCN_KEY("sha256", STRING), .max = 64, FILE_AT(sha256), .doc = "of its content, 64 hexadecimal digits"},
    {SCN_KEY("same-as", PATH), FILE_AT(same_as), .doc = "the content of this file of the boot tree"},
    {SCN_KEY("role", WORD), .word = scn_role_word, FILE_AT(role), .doc = "what the client wants it for"},
    {0}};
static const struct pxk_conf_table file_table = {"file", "a file that a client wants", sizeof(struct pxk_scn_file_expect),
                                                 file_keys, file_check};

#define VALUE(m) PXK_CONF_AT(struct pxk_scn_value, m)
#define NUMBER   .type = PXK_CONF_READ, .read = scn_read_number, .noun = "a number"
static const struct pxk_conf_key value_keys[] = {
    {SCN_KEY("at", STRING), .required = true, .max = 500, .pattern = "^/", VALUE(at),
     .doc = "JSON pointer such as /findings/0/name; * for any element"},
    {SCN_KEY("is", STRING), .min = -1, VALUE(is), .doc = "text; numbers and booleans as JSON writes them"},
    {SCN_KEY("matches", STRING), SCN_REGEXES, VALUE(matches), .doc = "regular expression"},
    {.key = "min", NUMBER, VALUE(min), .doc = "a number that is not less"},
    {.key = "max", NUMBER, VALUE(max), .doc = "a number that is not more"},
    {SCN_KEY("absent", BOOL), .def = "false", VALUE(absent), .doc = "there is no such member"},
    {0}};
const struct pxk_conf_table scn_value_table = {"value", "something in a JSON document", sizeof(struct pxk_scn_value),
                                               value_keys, value_check};

#define LEASE(m) PXK_CONF_AT(struct pxk_scn_lease_expect, m)
static const struct pxk_conf_key lease_keys[] = {
    {SCN_KEY("server", STRING), .max = PXK_SCN_NAME_MAX, LEASE(server), .doc = "default: every one"},
    {SCN_KEY("left", INT), .required = true, LEASE(left), .doc = "leases when all clients have ended"},
    {0}};
static const struct pxk_conf_table lease_table = {"lease-count", "leases that are left", sizeof(struct pxk_scn_lease_expect),
                                                  lease_keys, lease_check};

static const struct pxk_conf_key log_keys[] = {
    {SCN_KEY("server", STRING), .max = PXK_SCN_NAME_MAX, PXK_CONF_AT(struct pxk_scn_log_expect, server),
     .doc = "default: the only one"},
    {SCN_KEY("has", STRING), SCN_REGEXES, PXK_CONF_LIST_AT(struct pxk_scn_log_expect, has),
     .doc = "regular expressions that fit a line"},
    {SCN_KEY("lacks", STRING), SCN_REGEXES, PXK_CONF_LIST_AT(struct pxk_scn_log_expect, lacks),
     .doc = "regular expressions that fit no line"},
    {0}};
static const struct pxk_conf_table log_table = {"log", "a server's log", sizeof(struct pxk_scn_log_expect), log_keys,
                                                log_check};

#define FINDINGS(T, m)                                                                                                 \
    .type = PXK_CONF_WORD, .word = scn_finding_word, .join = '|', .noun = FINDING_NOUN, .instead = "none",             \
    PXK_CONF_LIST_AT(T, m.name)

#define CLIENT(m) PXK_CONF_AT(struct pxk_scn_client_expect, m)
#define CLIENT_LIST(m) PXK_CONF_LIST_AT(struct pxk_scn_client_expect, m)
static const struct pxk_conf_key client_keys[] = {
    {SCN_KEY("client", STRING), .max = PXK_SCN_NAME_MAX, CLIENT(client), .doc = "default: every one"},
    {SCN_KEY("boots", BOOL), CLIENT(boots), .doc = "came as far as it was asked to, and nothing failed"},
    {.key = "reached", ALTERNATIVES(scn_milestone_word, offsetof(struct pxk_scn_client_expect, reached.word)),
     .doc = "how far it came"},
    {SCN_KEY("steps", STRUCT), .sub = &scn_steps_table, CLIENT(step), .doc = "verdicts of this client"},
    {.key = "findings", FINDINGS(struct pxk_scn_client_expect, findings),
     .doc = "exactly these failures and warnings; []: none"},
    {.key = "includes", FINDINGS(struct pxk_scn_client_expect, includes), .doc = "these among others"},
    {.key = "excludes", FINDINGS(struct pxk_scn_client_expect, excludes), .doc = "none of these"},
    {SCN_KEY("files", STRUCT), .sub = &file_table, .lone = "path", CLIENT_LIST(files), .doc = "what it wants, in any order"},
    {SCN_KEY("kernel", STRING), SCN_REGEXES, CLIENT(kernel), .doc = "regular expression over the kernel's path"},
    {SCN_KEY("cmdline", STRING), SCN_REGEXES, CLIENT(cmdline), .doc = "regular expression over the kernel's command line"},
    {SCN_KEY("address", RANGE), CLIENT(address), .doc = "where its lease must lie"},
    {SCN_KEY("retransmissions", INT), CLIENT(retransmissions), .doc = "requests, and ACKs in transfers, that it repeats: at most so many"},
    {SCN_KEY("within", DURATION), .min = 1, .max = (int64_t)(86400 * PXK_SEC), CLIENT(within),
     .doc = "from its first frame to its last file"},
    {SCN_KEY("events", STRING), .max = 500, CLIENT_LIST(events),
     .doc = "in this order: an event and a part of its text, such as tftp.request linux"},
    {SCN_KEY("never", STRING), .max = 500, CLIENT_LIST(never), .doc = "events that must not happen; written as in events"},
    {SCN_KEY("serial", STRING), SCN_REGEXES, CLIENT_LIST(serial),
     .doc = "QEMU: regular expressions over its serial console, in this order"},
    {0}};
static const struct pxk_conf_table client_table = {"client-expectations", "of one client, or of each",
                                                   sizeof(struct pxk_scn_client_expect), client_keys, client_check};

#define PROBE(m)      PXK_CONF_AT(struct pxk_scn_probe_expect, m)
#define PROBE_LIST(m) PXK_CONF_LIST_AT(struct pxk_scn_probe_expect, m)
static const struct pxk_conf_key probe_client_keys[] = {
    {SCN_KEY("client", STRING), .max = PXK_SCN_NAME_MAX, CLIENT(client), .doc = "default: every one"},
    {.key = "reached", ALTERNATIVES(scn_milestone_word, offsetof(struct pxk_scn_client_expect, reached.word)),
     .doc = "how far its packets show that it came"},
    {SCN_KEY("steps", STRUCT), .sub = &scn_steps_table, CLIENT(step), .doc = "verdicts of this client"},
    {.key = "findings", FINDINGS(struct pxk_scn_client_expect, findings),
     .doc = "exactly these failures and warnings; []: none"},
    {.key = "includes", FINDINGS(struct pxk_scn_client_expect, includes), .doc = "these among others"},
    {.key = "excludes", FINDINGS(struct pxk_scn_client_expect, excludes), .doc = "none of these"},
    {.key = "address", .type = PXK_CONF_RANGE, CLIENT(address), .doc = "where its lease must lie"},
    {0}};
static const struct pxk_conf_table probe_client_table = {"probe-client-expectations", "of one client, or of each",
                                                         sizeof(struct pxk_scn_client_expect), probe_client_keys, client_check};

static const struct pxk_conf_key probe_keys[] = {
    {.key = "first", .noun = PROBE_NOUN, ALTERNATIVES(scn_probe_word, offsetof(struct pxk_scn_probe_expect, first.word)),
     .doc = "the finding to mend first; same: that of the clients' own verdict; none: no failure, no warning"},
    {SCN_KEY("steps", STRUCT), .sub = &scn_steps_table, PROBE(step), .doc = "verdicts over all clients"},
    {.key = "findings", FINDINGS(struct pxk_scn_probe_expect, findings), .doc = "exactly these failures and warnings; []: none"},
    {.key = "includes", FINDINGS(struct pxk_scn_probe_expect, includes), .doc = "these among others, notes too"},
    {.key = "excludes", FINDINGS(struct pxk_scn_probe_expect, excludes), .doc = "none of these"},
    {SCN_KEY("clients", STRUCT), .sub = &probe_client_table, PROBE_LIST(clients), .doc = "of one client, or of each"},
    {SCN_KEY("report", STRUCT), .sub = &scn_value_table, PROBE_LIST(report), .doc = "values of its report"},
    {SCN_KEY("at", STRING), .max = PXK_SCN_NAME_MAX, PROBE(at),
     .doc = "segment at whose switch it listens; default: at the clients' own links, without clients: at the first segment's"},
    {SCN_KEY("stays", DURATION), .max = (int64_t)(3600 * PXK_SEC), .def = "60s", PROBE(stays),
     .doc = "how long it goes on after the last frame: a client that is silent for 20 s has stopped"},
    {0}};
static const struct pxk_conf_table probe_table = {"probe", "what a passive watcher says of the same packets",
                                                  sizeof(struct pxk_scn_probe_expect), probe_keys, probe_check};

#define EXPECT(m) PXK_CONF_AT(struct pxk_scn_expect, m)
#define EXPECT_LIST(m) PXK_CONF_LIST_AT(struct pxk_scn_expect, m)
static const struct pxk_conf_key expect_keys[] = {
    {SCN_KEY("healthy", BOOL), EXPECT(healthy), .doc = "true: every step of every client passes, no failure, no warning"},
    {SCN_KEY("exit", INT), .min = 0, .max = 3, EXPECT(exit), .doc = "what pxekit check would end with"},
    {SCN_KEY("steps", STRUCT), .sub = &scn_steps_table, EXPECT(step), .doc = "verdicts over all clients: the worst one counts"},
    {.key = "first", .noun = FINDING_NOUN, ALTERNATIVES(scn_finding_word, offsetof(struct pxk_scn_expect, first.word)),
     .doc = "the finding to mend first"},
    {.key = "findings", FINDINGS(struct pxk_scn_expect, findings), .doc = "exactly these failures and warnings; []: none"},
    {.key = "includes", FINDINGS(struct pxk_scn_expect, includes), .doc = "these among others, notes too"},
    {.key = "excludes", FINDINGS(struct pxk_scn_expect, excludes), .doc = "none of these"},
    {SCN_KEY("clients", STRUCT), .sub = &client_table, EXPECT_LIST(clients), .doc = "of one client, or of each"},
    {SCN_KEY("order", STRING), .max = 500, EXPECT_LIST(order), .doc = "events of all clients, in this order: CLIENT EVENT, then a part of its text"},
    {SCN_KEY("report", STRUCT), .sub = &scn_value_table, EXPECT_LIST(report), .doc = "values of the report (report.md)"},
    {SCN_KEY("seen", STRUCT), .sub = &scn_value_table, EXPECT_LIST(seen), .doc = "values of everything that was seen (scenarios.md)"},
    {SCN_KEY("leases", STRUCT), .sub = &lease_table, .lone = "left", EXPECT_LIST(leases), .doc = "how many the servers have left in the end"},
    {SCN_KEY("logs", STRUCT), .sub = &log_table, EXPECT_LIST(logs), .doc = "what the servers said"},
    {SCN_KEY("probe", STRUCT), .sub = &probe_table, .lone = "first", EXPECT(probe),
     .doc = "what a passive watcher says of the same packets, without the emulator's facts; alone: its first finding"},
    {0}};
const struct pxk_conf_table scn_expect_table = {"expect", "what must come of it", sizeof(struct pxk_scn_expect),
                                                expect_keys, expect_check};

/* ---- what refers to other parts of the file ---- */

/* "bios dhcp.ack text" */
static void order_check(struct pxk_conf *c, const struct pxk_scenario *s, char *const *text)
{
    char name[PXK_SCN_NAME_MAX + 1], hint[80], shown[80];
    struct pxk_str q = pxk_str_init(shown, sizeof shown);
    struct pxk_near near = {.word = name};
    size_t n = strcspn(*text, " ");
    if (!(*text)[n]) {
        pxk_conf_error(c, text, "expected \"CLIENT EVENT\", such as bios dhcp.ack");
        return;
    }
    (void)pxk_str_copy_n(name, sizeof name, *text, n); /* longer ones are none */
    for (size_t i = 0; i < s->clients.n; i++)
        if (s->clients.at[i].name)
            pxk_near_offer(&near, s->clients.at[i].name);
    pxk_str_add_quoted(&q, name, strlen(name));
    if (!scn_client(s, name))
        pxk_conf_error(c, text, "there is no client \"%s\"%s", shown, scn_hint(&near, hint, sizeof hint));
    scn_event_check(c, text, *text + n + 1);
}

/* Whatever came of the case, it would pass. What is written but wrong is told elsewhere. */
static bool asks_nothing(struct pxk_conf *c, const struct pxk_scn_expect *e)
{
    const void *const alone[] = {&e->healthy, &e->exit, &e->step, &e->first.word, &e->findings.name, &e->includes.name, &e->excludes.name};
    bool any = e->probe.given || e->clients.n || e->order.n || e->report.n || e->seen.n || e->leases.n || e->logs.n;
    for (size_t i = 0; i < PXK_COUNT(alone); i++)
        any = any || pxk_conf_written(c, alone[i]);
    return !any;
}

/* What an expectation is about must be there, or nothing is judged. */
static void subjects_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    const struct pxk_scn_expect *e = &s->expect;
    if (e->given && s->clients.n && !s->commands.n && asks_nothing(c, e))
        pxk_conf_error(c, e, "nothing is expected, so this case cannot fail; expected healthy: true, findings or another of its keys");
    for (size_t i = 0; i < e->clients.n && !s->clients.n; i++)
        pxk_conf_error(c, &e->clients.at[i], "the scenario has no clients of which this could be true");
    if (e->healthy && !s->clients.n)
        pxk_conf_error(c, &e->healthy, "the scenario has no clients that could be healthy");
}

static bool are_bounded(struct pxk_conf *c, const struct pxk_scn_expect *e)
{
    bool ok = scn_at_most(c, &e->clients, e->clients.n, SCN_EXPECTS_MAX, "clients");
    ok = scn_at_most(c, &e->order, e->order.n, SCN_EXPECTS_MAX, "events") && ok;
    ok = scn_at_most(c, &e->report, e->report.n, SCN_EXPECTS_MAX, "values") && ok;
    ok = scn_at_most(c, &e->seen, e->seen.n, SCN_EXPECTS_MAX, "values") && ok;
    ok = scn_at_most(c, &e->leases, e->leases.n, SCN_EXPECTS_MAX, "servers") && ok;
    return scn_at_most(c, &e->logs, e->logs.n, SCN_EXPECTS_MAX, "logs") && ok;
}

/* A listener at the clients' links hears what they hear; without clients there is a switch to listen at. */
static void probe_fill(struct pxk_conf *c, const struct pxk_scenario *s, struct pxk_scn_probe_expect *p)
{
    if (!p->given || !scn_at_most(c, &p->clients, p->clients.n, SCN_EXPECTS_MAX, "clients"))
        return;
    if (p->at && s->virtual)
        pxk_conf_error(c, &p->at, "in virtual time there is no switch to listen at, only the clients' links");
    else if (p->at)
        (void)scn_need_segment(c, s, &p->at); /* told */
    else if (!s->clients.n && s->network.segments.n && !pxk_conf_written(c, &p->at))
        p->at = scn_copy(c, s->network.segments.at[0].name);
    for (size_t i = 0; i < p->clients.n; i++)
        (void)scn_need_client(c, s, &p->clients.at[i].client); /* told */
    if (p->clients.n && !s->clients.n)
        pxk_conf_error(c, &p->clients, "the scenario has no clients of which this could be true");
}

static void log_fill(struct pxk_conf *c, const struct pxk_scenario *s, struct pxk_scn_log_expect *l)
{
    if (!scn_need_server(c, s, &l->server))
        return;
    if (!l->server && s->servers.n == 1)
        l->server = scn_copy(c, s->servers.at[0].name);
    else if (!l->server && !pxk_conf_written(c, &l->server))
        pxk_conf_error(c, l, "whose log? expected \"server\", there are %zu", s->servers.n);
}

void scn_expect_fill(struct pxk_conf *c, struct pxk_scenario *s)
{
    struct pxk_scn_expect *e = &s->expect;
    if (!e->given)
        e->healthy = s->clients.n > 0;
    if (!are_bounded(c, e))
        return;
    for (size_t i = 0; i < e->clients.n; i++)
        (void)scn_need_client(c, s, &e->clients.at[i].client); /* told */
    for (size_t i = 0; i < e->order.n; i++)
        if (e->order.at[i])
            order_check(c, s, &e->order.at[i]);
    for (size_t i = 0; i < e->leases.n; i++)
        (void)scn_need_server(c, s, &e->leases.at[i].server); /* told */
    for (size_t i = 0; i < e->logs.n; i++)
        log_fill(c, s, &e->logs.at[i]);
    probe_fill(c, s, &e->probe);
    subjects_check(c, s);
    scn_expect_meet(c, s);
}
