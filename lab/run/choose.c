/* Names of cases, and which of them are to run. */
#include <stdlib.h>
#include <string.h>

#include "run_int.h"

#define KNOWN_MAX 20 /* tags listed in a message */

bool run_is_external(const struct pxk_scenario *s)
{
    for (size_t i = 0; i < s->servers.n; i++)
        if (s->servers.at[i].run && strcmp(s->servers.at[i].run, "external") == 0)
            return true;
    return false;
}

/* ---- ids ---- */

static bool id_taken(const struct run_set *set, size_t at, const char *id)
{
    for (size_t i = 0; i < set->cases.n; i++)
        if (i != at && strcmp(set->cases.at[i].id, id) == 0)
            return true;
    return false;
}

static void id_set(struct run_case *c, struct pxk_text *id)
{
    if (!id->failed) {
        free(c->id);
        c->id = id->s;
        *id = (struct pxk_text){0};
    }
    pxk_text_done(id);
}

/* "dhcp.no-boot-file" for dhcp/no-boot-file.yaml. */
static void id_with_folder(struct run_case *c, const char *path)
{
    const char *base = strrchr(path, '/'), *folder = base;
    struct pxk_text id = {0};
    while (folder && folder > path && folder[-1] != '/')
        folder--;
    if (!base || folder == base)
        return;
    pxk_text_addf(&id, "%.*s.%s", (int)(base - folder), folder, c->s->id);
    id_set(c, &id);
}

static void id_with_number(struct run_set *set, size_t at)
{
    struct run_case *c = &set->cases.at[at];
    for (unsigned n = 2; n < 100000; n++) {
        struct pxk_text id = {0};
        pxk_text_addf(&id, "%s-%u", c->id, n);
        if (id.failed || !id_taken(set, at, id.s)) {
            id_set(c, &id);
            return;
        }
        pxk_text_done(&id);
    }
}

void run_ids_unique(struct run_set *set)
{
    bool *twice = calloc(set->cases.n + 1, sizeof *twice);
    for (size_t i = 0; twice && i < set->cases.n; i++) /* all that share an id get their folder, the first too */
        twice[i] = id_taken(set, i, set->cases.at[i].id);
    for (size_t i = 0; twice && i < set->cases.n; i++)
        if (twice[i])
            id_with_folder(&set->cases.at[i], set->files.at[set->cases.at[i].file].path);
    for (size_t i = 1; i < set->cases.n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(set->cases.at[i].id, set->cases.at[k].id) == 0)
                id_with_number(set, i);
    free(twice);
}

/* ---- filters ---- */

enum field { TAG, ID, NAME };

struct filter {
    bool not;
    enum field field;
    const char *word;
    bool whole; /* there is a case of exactly this id or name */
};

static struct filter filter_read(const char *text)
{
    struct filter f = {.not = *text == '!'};
    text += f.not;
    f.field = pxk_str_starts(text, "id:") ? ID : pxk_str_starts(text, "name:") ? NAME : TAG;
    f.word = f.field == TAG ? text : strchr(text, ':') + 1;
    return f;
}

static bool is_whole(const struct filter *f, const struct run_case *c)
{
    if (f->field == NAME)
        return strcmp(c->s->name, f->word) == 0;
    return strcmp(c->id, f->word) == 0 || strcmp(c->s->id, f->word) == 0;
}

static bool filter_fits(const struct filter *f, const struct run_case *c)
{
    if (f->field != TAG)
        return f->whole ? is_whole(f, c) : strstr(f->field == ID ? c->id : c->s->name, f->word) != NULL;
    for (size_t i = 0; i < c->s->tags.n; i++)
        if (strcmp(c->s->tags.at[i], f->word) == 0)
            return true;
    return false;
}

static void whole_find(struct filter *f, const struct run_set *set)
{
    for (size_t i = 0; f->field != TAG && i < set->cases.n; i++)
        f->whole = f->whole || is_whole(f, &set->cases.at[i]);
}

/* Words that the filter could have meant, the nearest first; each once. */
static void nearest_tell(const struct run_set *set, const struct filter *f, struct pxk_text *out)
{
    const char *known[KNOWN_MAX];
    unsigned edits[KNOWN_MAX];
    size_t n = 0;
    for (size_t i = 0; i < set->cases.n; i++) {
        const struct run_case *c = &set->cases.at[i];
        size_t words = f->field == TAG ? c->s->tags.n : 1;
        for (size_t k = 0; k < words; k++) {
            const char *word = f->field == TAG ? c->s->tags.at[k] : f->field == ID ? c->id : c->s->name;
            unsigned d = pxk_str_distance(word, f->word);
            size_t at = n, j;
            for (j = 0; j < n && strcmp(known[j], word) != 0; j++)
                at = at == n && edits[j] > d ? j : at;
            if (j < n || (at == n && n == KNOWN_MAX))
                continue;
            n += n < KNOWN_MAX;
            for (j = n - 1; j > at; j--) {
                known[j] = known[j - 1];
                edits[j] = edits[j - 1];
            }
            known[at] = word;
            edits[at] = d;
        }
    }
    for (size_t i = 0; i < n; i++)
        pxk_text_addf(out, "%s%s", i ? ", " : "", known[i]);
}

static int nothing_fits(const struct run *run, const struct run_set *set, const struct filter *filters, size_t n)
{
    static const char *const fields[] = {[TAG] = "tag", [ID] = "id", [NAME] = "name"};
    for (size_t i = 0; i < n; i++) {
        bool some = filters[i].not;
        for (size_t k = 0; !some && k < set->cases.n; k++)
            some = filter_fits(&filters[i], &set->cases.at[k]);
        if (some)
            continue;
        struct pxk_text known = {0};
        nearest_tell(set, &filters[i], &known);
        (void)run_say(run, RUN_USAGE, "no case has the %s \"%s\"; these are there: %s", fields[filters[i].field], filters[i].word,
                      known.s ? known.s : "none");
        pxk_text_done(&known);
        return RUN_USAGE;
    }
    return run_say(run, RUN_USAGE, "no case fits these filters: each of the %zu is left out by one of them", set->cases.n);
}

int run_choose(const struct run *run, struct run_set *set)
{
    size_t n = run->opts->filter_n, chosen = 0, positive = 0;
    struct filter *filters = calloc(n + 1, sizeof *filters);
    if (!filters)
        return run_say(run, RUN_NO_TEST, "out of memory");
    for (size_t i = 0; i < n; i++) {
        filters[i] = filter_read(run->opts->filters[i]);
        whole_find(&filters[i], set);
        positive += !filters[i].not;
    }
    for (size_t k = 0; k < set->cases.n; k++) {
        struct run_case *c = &set->cases.at[k];
        bool wanted = positive == 0, unwanted = false;
        for (size_t i = 0; i < n; i++) {
            bool fits = filter_fits(&filters[i], c);
            wanted = wanted || (fits && !filters[i].not);
            unwanted = unwanted || (fits && filters[i].not);
        }
        c->chosen = wanted && !unwanted;
        chosen += c->chosen;
    }
    int status = chosen ? RUN_PASS : nothing_fits(run, set, filters, n);
    free(filters);
    return status;
}
