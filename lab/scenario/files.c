/* Boot files and their changes. */
#include <string.h>

#include "scn_int.h"

static const char *set_word(size_t i)
{
    static const char *const words[] = {
#define X(name, key) key,
        PXK_SCN_SETS(X)
#undef X
    };
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

/* "50%", or a size. */
static bool is_length(const char *text)
{
    uint64_t size;
    uint32_t share;
    return pxk_conf_size_parse(text, &size) == PXK_OK || pxk_conf_percent_parse(text, &share) == PXK_OK;
}

/* What goes with which action. */
static void details_check(struct pxk_conf *c, const struct pxk_scn_change *g)
{
    bool moves = g->copy || g->link;
    if (!g->to && !pxk_conf_written(c, &g->to) && (moves || g->truncate))
        pxk_conf_error(c, &g->to, "the change has no \"to\", expected %s",
                       moves ? "the new path" : "the new length such as 50% or 1k");
    if (g->to && moves)
        scn_path_check(c, &g->to);
    if (g->to && g->truncate && !is_length(g->to))
        pxk_conf_error(c, &g->to, "to is \"%.40s\", expected a length such as 50%% or 1k", g->to);
    if (g->to && !moves && !g->truncate)
        pxk_conf_error(c, &g->to, "to is of no use here: it belongs to truncate, copy and link");
    if (g->text && !g->write)
        pxk_conf_error(c, &g->text, "text is of no use here: it belongs to write");
    if (g->write && !pxk_conf_written(c, &g->text))
        pxk_conf_error(c, &g->write, "write without \"text\": the content");
    if (g->at_given && !g->flip)
        pxk_conf_error(c, &g->at, "at is of no use here: it belongs to flip");
}

static void change_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_change *g = self;
    char *const *action[] = {&g->remove, &g->write, &g->truncate, &g->copy, &g->flip, &g->link};
    unsigned n = 0;
    g->at_given = pxk_conf_given(c, &g->at);
    for (size_t i = 0; i < PXK_COUNT(action); i++) {
        bool written = pxk_conf_written(c, action[i]);
        n += written;
        if (written && n == 2)
            pxk_conf_error(c, action[i], "two actions in one change, expected one of remove, write, truncate, copy, "
                                         "flip, link; the next one is a further item of the list");
        scn_path_check(c, action[i]);
    }
    if (!n)
        pxk_conf_error(c, g, "nothing is changed, expected one of remove, write, truncate, copy, flip, link");
    if (n == 1)
        details_check(c, g);
}

#define CHANGE(m) PXK_CONF_AT(struct pxk_scn_change, m)
static const struct pxk_conf_key change_keys[] = {
    {SCN_KEY("remove", PATH), CHANGE(remove), .doc = "this file"},
    {SCN_KEY("write", PATH), CHANGE(write), .doc = "this file, with the content of text"},
    {SCN_KEY("truncate", PATH), CHANGE(truncate), .doc = "this file, to a length"},
    {SCN_KEY("copy", PATH), CHANGE(copy), .doc = "this file, to another path"},
    {SCN_KEY("flip", PATH), CHANGE(flip), .doc = "a byte of this file: its bits are inverted"},
    {SCN_KEY("link", PATH), CHANGE(link), .doc = "a symbolic link to this file, at another path"},
    {SCN_KEY("text", STRING), .min = -1, CHANGE(text), .doc = "write: the content"},
    {SCN_KEY("to", STRING), .max = 1000, CHANGE(to), .doc = "truncate: 50% or a size; copy, link: the new path"},
    {SCN_KEY("at", SIZE), CHANGE(at), .doc = "flip: which byte; default the middle"},
    {0}};
const struct pxk_conf_table scn_change_table = {"change", "of the boot tree: one action", sizeof(struct pxk_scn_change),
                                                change_keys, change_check};

static void files_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_files *f = self;
    bool sizes = pxk_conf_written(c, &f->kernel) || pxk_conf_written(c, &f->initrd);
    f->given = sizes || f->from || f->changes.n || pxk_conf_written(c, &f->set);
    if (f->from && pxk_conf_written(c, &f->set))
        pxk_conf_error(c, &f->from, "from beside set, expected one of them");
    if (sizes && (f->from || f->set != PXK_SCN_SET_GENERATED))
        pxk_conf_error(c, pxk_conf_written(c, &f->kernel) ? &f->kernel : &f->initrd,
                       "only generated files have the size that is asked for");
    (void)scn_at_most(c, &f->changes, f->changes.n, SCN_EXPECTS_MAX, "changes"); /* told */
}

#define FILES(m) PXK_CONF_AT(struct pxk_scn_files, m)
static const struct pxk_conf_key files_keys[] = {
    {SCN_KEY("set", ENUM), .word = set_word, .def = "generated", FILES(set),
     .doc = "generated: small files that boot the emulated clients; debian: the installer's netboot tree"},
    {SCN_KEY("from", PATH), FILES(from), .doc = "a folder of yours in place of a set"},
    {SCN_KEY("kernel", SIZE), .min = 1024, .max = 256 << 20, .def = "64k", FILES(kernel), .doc = "of the generated one"},
    {SCN_KEY("initrd", SIZE), .min = 1024, .max = 256 << 20, .def = "128k", FILES(initrd), .doc = "of the generated one"},
    {SCN_KEY("changes", STRUCT), .sub = &scn_change_table, PXK_CONF_LIST_AT(struct pxk_scn_files, changes),
     .doc = "made on a copy, in order"},
    {0}};
const struct pxk_conf_table scn_files_table = {"files", "the boot tree", sizeof(struct pxk_scn_files), files_keys,
                                               files_check};
