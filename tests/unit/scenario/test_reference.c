/* docs/scenarios-reference.md is what the tables say, and they say something of every key. */
#include <jansson.h>

#include "scn_test.h"

Test(scenario_reference, is_that_of_the_tables)
{
    struct pxk_text want = {0}, have = {0};
    char buf[4096];
    size_t n;
    FILE *f = fopen(PXK_DOCS "/scenarios-reference.md", "r");
    cr_assert_not_null(f, PXK_DOCS "/scenarios-reference.md");
    while ((n = fread(buf, 1, sizeof buf, f)) > 0)
        pxk_text_add_n(&have, buf, n);
    fclose(f);
    cr_assert_eq(pxk_scenario_reference(&want), PXK_OK);
    cr_expect(have.s && strcmp(have.s, want.s) == 0, "docs/scenarios-reference.md is old: ninja -C BUILD docs-scenarios");
    pxk_text_done(&want);
    pxk_text_done(&have);
}

Test(scenario_reference, no_key_is_without_a_word_about_it)
{
    struct pxk_text text = {0};
    const char *name, *key;
    json_t *table, *property;
    cr_assert_eq(pxk_scenario_schema(&text), PXK_OK);
    json_t *root = json_loads(text.s, 0, NULL);
    json_object_foreach(json_object_get(root, "$defs"), name, table)
    {
        json_object_foreach(json_object_get(table, "properties"), key, property)
        {
            cr_expect(json_object_get(property, "description") || strcmp(name, "steps") == 0, "%s: %s", name, key);
        }
    }
    json_decref(root);
    pxk_text_done(&text);
}
