/* The reference that is made from tables: what a reader must find there. */
#include <criterion/criterion.h>
#include <string.h>

#include "pxk/conf.h"

struct leaf {
    int port;
    uint32_t size;
};
struct root {
    char *name, *run, *many;
    struct leaf leaf;
    PXK_VEC(struct leaf) leaves;
    PXK_VEC(struct pxk_conf_pair) map;
    pxk_usec wait;
};

static const char *few(size_t i)
{
    static const char *const words[] = {"a", "b"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static const char *lots(size_t i)
{
    static const char *const words[] = {"w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9", "w10", "w11", "w12"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static const struct pxk_conf_key leaf_keys[] = {
    {.key = "port", .type = PXK_CONF_INT, .required = true, .min = 1, .max = 9, PXK_CONF_AT(struct leaf, port)},
    {.key = "size", .type = PXK_CONF_SIZE, .def = "4k", PXK_CONF_AT(struct leaf, size), .doc = "a | b"},
    {0}};
static const struct pxk_conf_table leaf_table = {"leaf", "the end", sizeof(struct leaf), leaf_keys, NULL};
static const struct pxk_conf_key root_keys[] = {
    {.key = "name", .type = PXK_CONF_STRING, .instead = "none", PXK_CONF_AT(struct root, name)},
    {.key = "run", .type = PXK_CONF_WORD, .word = few, .join = '|', PXK_CONF_AT(struct root, run)},
    {.key = "many", .type = PXK_CONF_WORD, .word = lots, PXK_CONF_AT(struct root, many)},
    {.key = "leaf", .type = PXK_CONF_STRUCT, .sub = &leaf_table, .def = "{}", PXK_CONF_AT(struct root, leaf)},
    {.key = "leaves", .type = PXK_CONF_STRUCT, .sub = &leaf_table, .lone = "port", PXK_CONF_LIST_AT(struct root, leaves)},
    {.key = "map", .type = PXK_CONF_MAP, .word = lots, PXK_CONF_AT(struct root, map)},
    {.key = "wait", .type = PXK_CONF_DURATION, .max = 2000000, PXK_CONF_AT(struct root, wait)},
    {0}};
static const struct pxk_conf_table root_table = {"root", "a file", sizeof(struct root), root_keys, NULL};

Test(reference, tells_every_key_and_every_word_once)
{
    struct pxk_text text = {0};
    cr_assert_eq(pxk_conf_reference(&root_table, &text), PXK_OK);
    cr_expect_str_eq(text.s, "\n## root\n\nA file.\n\n| key | value | default | |\n| --- | --- | --- | --- |\n"
                             "| `name` | text; or `none` |  |  |\n"
                             "| `run` | `a`, `b`, or several joined by `\\|` |  |  |\n"
                             "| `many` | [one of these](#words-of-many) |  |  |\n"
                             "| `leaf` | [leaf](#leaf) |  |  |\n"
                             "| `leaves` | list: [leaf](#leaf); a value alone is its `port` |  |  |\n"
                             "| `map` | key: value, keys [one of these](#words-of-many) |  |  |\n"
                             "| `wait` | duration, up to 2.0 s |  |  |\n"
                             "\n## leaf\n\nThe end.\n\nIs `leaf` of [root](#root), `leaves` of [root](#root).\n"
                             "\n| key | value | default | |\n| --- | --- | --- | --- |\n"
                             "| `port` | whole number, 1 to 9 | required |  |\n"
                             "| `size` | size | `4k` | a \\| b |\n"
                             "\n## words of many\n\n"
                             "`w0`, `w1`, `w2`, `w3`, `w4`, `w5`, `w6`, `w7`, `w8`, `w9`, `w10`, `w11`, `w12`\n");
    pxk_text_done(&text);
}
