/* What a table can say beyond plain values: other forms of a value, variables, several bindings of one document. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "pxk/conf.h"

struct part {
    int left;
    uint32_t share, bytes;
};
struct where {
    PXK_VEC(struct pxk_conf_pairs) is;
};
struct file {
    char *word, *run;
    uint32_t share;
    int even;
    struct part part, *maybe, *always;
    PXK_VEC(struct part) parts;
    PXK_VEC(char *) names;
    PXK_VEC(struct pxk_conf_pair) map, raw;
    PXK_VEC(struct where) wheres;
};

static const char *kind(size_t i)
{
    static const char *const words[] = {"alpha", "beta", "gamma", NULL};
    return words[i];
}

static bool read_even(const struct pxk_conf_key *key, const char *text, void *out)
{
    int64_t v;
    (void)key;
    if (pxk_int_parse(text, &v) != PXK_OK || v % 2)
        return false;
    *(int *)out = (int)v;
    return true;
}

static unsigned line_of_part, line_of_names;
static bool names_instead, names_given;

static void file_check(struct pxk_conf *c, void *self)
{
    struct file *f = self;
    line_of_part = pxk_conf_line(c, &f->part);
    line_of_names = pxk_conf_line(c, &f->names);
    names_instead = pxk_conf_instead(c, &f->names);
    names_given = pxk_conf_given(c, &f->names);
}

static const struct pxk_conf_key part_keys[] = {
    {.key = "left", .type = PXK_CONF_INT, .max = 9, PXK_CONF_AT(struct part, left)},
    {.key = "share", .type = PXK_CONF_PERCENT, .def = "2%", PXK_CONF_AT(struct part, share)},
    {.key = "bytes", .type = PXK_CONF_SIZE, PXK_CONF_AT(struct part, bytes)},
    {0}};
static const struct pxk_conf_table part_table = {"part", NULL, sizeof(struct part), part_keys, NULL};

#define AT(m)   PXK_CONF_AT(struct file, m)
#define LIST(m) PXK_CONF_LIST_AT(struct file, m)
#define PTR(m)  PXK_CONF_PTR_AT(struct file, m)
static const struct pxk_conf_key file_keys[] = {
    {.key = "word", .type = PXK_CONF_WORD, .word = kind, AT(word)},
    {.key = "run", .type = PXK_CONF_WORD, .word = kind, .join = '+', AT(run)},
    {.key = "share", .type = PXK_CONF_PERCENT, AT(share)},
    {.key = "even", .type = PXK_CONF_READ, .read = read_even, .noun = "an even number", AT(even)},
    {.key = "part", .type = PXK_CONF_STRUCT, .sub = &part_table, .lone = "left", AT(part)},
    {.key = "maybe", .type = PXK_CONF_STRUCT, .sub = &part_table, .instead = "none", PTR(maybe)},
    {.key = "always", .type = PXK_CONF_STRUCT, .sub = &part_table, .def = "{}", PTR(always)},
    {.key = "parts", .type = PXK_CONF_STRUCT, .sub = &part_table, .lone = "left", LIST(parts)},
    {.key = "names", .type = PXK_CONF_STRING, .instead = "none", LIST(names)},
    {.key = "map", .type = PXK_CONF_MAP, AT(map)},
    {.key = "raw", .type = PXK_CONF_MAP, .raw = true, AT(raw)},
    {.key = "wheres", .type = PXK_CONF_MAP_LIST, LIST(wheres)},
    {0}};
static const struct pxk_conf_table file_table = {"file", "a test file", sizeof(struct file), file_keys, file_check};

/* "@" stands for "4"; "!" is wrong. */
static const char *expand(void *user, const char *text, struct pxk_text *out, struct pxk_str *why)
{
    (*(int *)user)++;
    if (strchr(text, '!')) {
        pxk_str_add(why, "has an exclamation mark");
        return NULL;
    }
    if (!strchr(text, '@'))
        return text;
    for (; *text; text++)
        pxk_text_addf(out, "%c", *text == '@' ? '4' : *text);
    return out->s;
}

static struct file good(const char *text)
{
    struct file f;
    struct pxk_conf_errors e = {0};
    enum pxk_err err = pxk_conf_parse(&file_table, NULL, text, strlen(text), &f, &e);
    cr_assert_eq(err, PXK_OK, "%s", e.list.n ? e.list.at[0].text : "");
    return f;
}

static void bad_with(const struct pxk_conf_opts *opts, const char *text, const char *want)
{
    struct file f;
    struct pxk_conf_doc *doc;
    struct pxk_conf_errors e = {0};
    char buf[4096];
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    cr_assert_eq(pxk_conf_load(text, strlen(text), &doc, &e), PXK_OK);
    cr_expect_eq(pxk_conf_bind(doc, &file_table, opts, &f, &e), PXK_E_FORMAT);
    for (size_t i = 0; pxk_conf_error_line(&e, "f", i, &s); i++)
        pxk_str_add(&s, "\n");
    cr_expect_str_eq(buf, want, "got:\n%swanted:\n%s", buf, want);
    pxk_conf_errors_done(&e);
    pxk_conf_doc_free(doc);
}

Test(extras, shares)
{
    uint32_t v;
    const struct {
        const char *text;
        uint32_t want;
    } right[] = {{"0%", 0}, {"5%", 50000}, {"0.5%", 5000}, {"0.0001%", 1}, {"12.34%", 123400}, {"100%", 1000000},
                 {"100.0000%", 1000000}};
    const char *wrong[] = {"", "5", "%", "5 %", ".5%", "5.%", "-1%", "100.0001%", "101%", "0.00001%", "5%%", "1e1%"};
    for (size_t i = 0; i < PXK_COUNT(right); i++) {
        cr_expect_eq(pxk_conf_percent_parse(right[i].text, &v), PXK_OK, "%s", right[i].text);
        cr_expect_eq(v, right[i].want, "%s: %u", right[i].text, v);
    }
    for (size_t i = 0; i < PXK_COUNT(wrong); i++)
        cr_expect_neq(pxk_conf_percent_parse(wrong[i], &v), PXK_OK, "%s", wrong[i]);
}

Test(extras, values)
{
    struct file f = good("word: beta\nrun: alpha+gamma\nshare: 0.5%\neven: 42\npart: {bytes: 1k}\n");
    cr_assert_str_eq(f.word, "beta");
    cr_assert_str_eq(f.run, "alpha+gamma");
    cr_assert_eq(f.share, 5000);
    cr_assert_eq(f.even, 42);
    cr_assert_eq(f.part.bytes, 1024);
    cr_assert_eq(line_of_part, 5);
    cr_assert_eq(line_of_names, 0);
    pxk_conf_free(&file_table, &f);
}

Test(extras, wrong_values)
{
    bad_with(NULL,
             "word: alpha+beta\n"
             "run: alpha+gama\n"
             "share: half\n"
             "even: 43\n"
             "part: {bytes: 4G}\n",
             "f:1:7: word is \"alpha+beta\", expected one of alpha, beta, gamma\n"
             "f:2:6: run is \"alpha+gama\", expected some of alpha, beta, gamma joined by +; did you mean \"gamma\"\n"
             "f:3:8: share is \"half\", expected a share such as 5% or 0.25%\n"
             "f:4:7: even is \"43\", expected an even number\n"
             "f:5:15: bytes is \"4G\", expected a size such as 64k or 10M\n");
}

Test(extras, a_word_in_place_of_a_value)
{
    struct file f = good("maybe: none\nnames: none\n");
    cr_assert_null(f.maybe);
    cr_assert_eq(f.names.n, 0);
    cr_assert(names_instead && !names_given);
    cr_assert_eq(line_of_names, 2);
    pxk_conf_free(&file_table, &f);
    f = good("names: [none]\n");
    cr_assert(!names_instead && names_given, "in a list it is a name");
    pxk_conf_free(&file_table, &f);
    bad_with(NULL, "maybe: nome\n", "f:1:8: maybe is a single value, expected a mapping (key: value) or none\n");
}

Test(extras, a_single_value_in_place_of_a_mapping)
{
    struct file f = good("part: 7\nparts: 3\n");
    cr_assert_eq(f.part.left, 7);
    cr_assert_eq(f.part.share, 20000, "other keys have their defaults");
    cr_assert_eq(f.parts.n, 1);
    cr_assert_eq(f.parts.at[0].left, 3);
    pxk_conf_free(&file_table, &f);
    f = good("parts: [1, {left: 2, share: 3%}]\n");
    cr_assert_eq(f.parts.at[0].left, 1);
    cr_assert_eq(f.parts.at[1].share, 30000);
    pxk_conf_free(&file_table, &f);
    bad_with(NULL, "parts: 10\npart: []\n",
             "f:1:8: left is \"10\", expected a whole number from 0 to 9\n"
             "f:2:7: part is a list, expected a mapping (key: value)\n");
}

Test(extras, an_absent_struct_can_have_its_defaults)
{
    struct file f = good("{}");
    cr_assert_not_null(f.always);
    cr_assert_eq(f.always->share, 20000);
    cr_assert_eq(f.part.share, 0, "this one is not asked for");
    pxk_conf_free(&file_table, &f);
}

Test(extras, lists_of_maps)
{
    struct file f = good("wheres: [{a: 1, b: [2, 3]}, {}]\n");
    cr_assert_eq(f.wheres.n, 2);
    cr_assert_str_eq(f.wheres.at[0].is.at[1].value.at[1], "3");
    cr_assert_eq(f.wheres.at[1].is.n, 0);
    pxk_conf_free(&file_table, &f);
    bad_with(NULL, "wheres: {a: 1}\n", "f:1:9: wheres is a mapping, expected a list\n");
    bad_with(NULL, "wheres: [x]\n", "f:1:10: wheres is a single value, expected a mapping (key: value)\n");
}

Test(extras, values_are_expanded_where_they_are_not_raw)
{
    struct file f;
    int calls = 0;
    struct pxk_conf_doc *doc;
    struct pxk_conf_errors e = {0};
    const char *text = "even: 1@\nnames: [a@, b]\nmap: {k@: v@}\nraw: {r: '@!'}\nparts: '@'\n";
    cr_assert_eq(pxk_conf_load(text, strlen(text), &doc, &e), PXK_OK);
    struct pxk_conf_opts opts = {.user = &calls, .expand = expand};
    cr_assert_eq(pxk_conf_bind(doc, &file_table, &opts, &f, &e), PXK_OK);
    cr_assert_eq(f.even, 14);
    cr_assert_str_eq(f.names.at[0], "a4");
    cr_assert_str_eq(f.names.at[1], "b");
    cr_assert_str_eq(f.map.at[0].key, "k@", "keys are not values");
    cr_assert_str_eq(f.map.at[0].value, "v4");
    cr_assert_str_eq(f.raw.at[0].value, "@!");
    cr_assert_eq(f.parts.at[0].left, 4);
    cr_assert_gt(calls, 0);
    pxk_conf_free(&file_table, &f);
    pxk_conf_doc_free(doc);
}

Test(extras, what_cannot_be_expanded_is_told_once)
{
    int calls = 0;
    struct pxk_conf_opts opts = {.user = &calls, .expand = expand};
    bad_with(&opts, "even: '!'\nnames: '!'\nmap: {k: '!'}\n",
             "f:1:7: even has an exclamation mark\n"
             "f:2:8: names has an exclamation mark\n"
             "f:3:10: k has an exclamation mark\n");
    bad_with(&opts, "even: 1@x\n", "f:1:7: even is \"14x\", expected an even number\n");
}

Test(extras, keys_of_others)
{
    struct file f;
    struct pxk_conf_doc *doc;
    struct pxk_conf_errors e = {0};
    const char *text = "theirs: [1]\ntheirs: {a: b}\neven: 2\n";
    cr_assert_eq(pxk_conf_load(text, strlen(text), &doc, &e), PXK_OK);
    struct pxk_conf_opts opts = {.others = true};
    cr_assert_eq(pxk_conf_bind(doc, &file_table, &opts, &f, &e), PXK_OK);
    cr_assert_eq(f.even, 2);
    pxk_conf_free(&file_table, &f);
    cr_assert_eq(pxk_conf_bind(doc, &file_table, NULL, &f, &e), PXK_E_FORMAT, "a document can be bound again");
    cr_assert_eq(e.list.n, 2);
    pxk_conf_errors_done(&e);
    pxk_conf_doc_free(doc);
    bad_with(&opts, "even: 2\neven: 4\npart: {theirs: 1}\n",
             "f:2:1: even is there twice, first in line 1\n"
             "f:3:8: unknown key \"theirs\" in part, expected one of left, share, bytes\n");
}

Test(extras, looking_is_bounded_as_asked)
{
    struct pxk_conf_opts opts = {.visits = 8};
    bad_with(&opts, "names: [a, b, c, d, e, f, g, h, i]\n", "f:1:24: the file is too large once its aliases are followed\n");
}

Test(extras, errors_from_elsewhere)
{
    struct pxk_conf_errors e = {0};
    cr_assert_eq(pxk_conf_errors_add(&e, 9, 1, "late"), PXK_OK);
    cr_assert_eq(pxk_conf_errors_add(&e, 2, 1, "early"), PXK_OK);
    pxk_conf_errors_sort(&e);
    cr_assert_str_eq(e.list.at[0].text, "early");
    pxk_conf_errors_done(&e);
}

Test(extras, the_schema_knows_every_form)
{
    struct pxk_text b = {0};
    cr_assert_eq(pxk_conf_schema(&file_table, "test", &b), PXK_OK);
    cr_assert_not_null(strstr(b.s, "\"maybe\": {\"anyOf\": [{\"$ref\": \"#/$defs/part\"}, {\"const\": \"none\"}]}"));
    cr_assert_not_null(strstr(b.s, "\"parts\": {\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0, \"maximum\": 9}, "
                                   "{\"type\": \"array\", \"items\": {\"anyOf\": [{\"$ref\": \"#/$defs/part\"}, "
                                   "{\"type\": \"integer\""));
    cr_assert_not_null(strstr(b.s, "\"run\": {\"anyOf\": [{\"enum\": [\"alpha\", \"beta\", \"gamma\"]}, "
                                   "{\"type\": \"string\", \"pattern\": \"^[^+]+([+][^+]+)+$\"}]}"));
    cr_assert_not_null(strstr(b.s, "\"wheres\": {\"anyOf\": [{\"type\": \"array\""));
    cr_assert_null(strstr(b.s, "variable"));
    pxk_text_done(&b);
    cr_assert_eq(pxk_conf_schema_variables(&file_table, "test", &b), PXK_OK);
    cr_assert_not_null(strstr(b.s, "\"variable\": {\"type\": \"string\", \"pattern\": \"[$][{]\"}"));
    cr_assert_not_null(strstr(b.s, "{\"$ref\": \"#/$defs/variable\"}"));
    pxk_text_done(&b);
}
