/* The schema for editors: what it must know. */
#include <jansson.h>

#include "scn_test.h"

static json_t *schema(void)
{
    struct pxk_text text = {0};
    json_error_t why;
    cr_assert_eq(pxk_scenario_schema(&text), PXK_OK);
    json_t *root = json_loads(text.s, 0, &why);
    cr_assert_not_null(root, "%s", why.text);
    pxk_text_done(&text);
    return root;
}

static json_t *property(json_t *root, const char *table, const char *key)
{
    json_t *def = json_object_get(json_object_get(root, "$defs"), table);
    json_t *p = json_object_get(json_object_get(def, "properties"), key);
    cr_assert_not_null(p, "%s.%s", table, key);
    return p;
}

/* The form of a property that has this member, NULL. */
static json_t *form(json_t *p, const char *member)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(p, "anyOf"), i, one) {
        if (json_object_get(one, member))
            return one;
    }
    return NULL;
}

static bool has_text(json_t *array, const char *text)
{
    size_t i;
    json_t *one;
    json_array_foreach(array, i, one) {
        if (json_is_string(one) && strcmp(json_string_value(one), text) == 0)
            return true;
    }
    return false;
}

static bool has_variable(json_t *p)
{
    json_t *ref = form(p, "$ref");
    return ref && strcmp(json_string_value(json_object_get(ref, "$ref")), "#/$defs/variable") == 0;
}

Test(scenario_schema, the_file)
{
    json_t *root = schema();
    cr_assert_str_eq(json_string_value(json_object_get(root, "$ref")), "#/$defs/scenario");
    json_t *file = json_object_get(json_object_get(root, "$defs"), "scenario");
    cr_assert(has_text(json_object_get(file, "required"), "pxekit"));
    cr_assert(has_text(json_object_get(file, "required"), "name"));
    cr_assert_eq(json_array_size(json_object_get(file, "required")), 2);
    cr_assert(json_is_false(json_object_get(file, "additionalProperties")));
    const char *keys[] = {"vars", "matrix", "except", "with", "network", "servers", "files", "clients", "commands", "timeline",
                          "expect"};
    for (size_t i = 0; i < PXK_COUNT(keys); i++)
        (void)property(root, "scenario", keys[i]); /* asserts */
    json_decref(root);
}

Test(scenario_schema, every_reference_leads_somewhere)
{
    struct pxk_text text = {0};
    json_t *root = schema();
    cr_assert_eq(pxk_scenario_schema(&text), PXK_OK);
    unsigned n = 0;
    for (const char *p = text.s; (p = strstr(p, "\"#/$defs/")); n++) {
        char name[64];
        p += strlen("\"#/$defs/");
        cr_assert(pxk_str_copy_n(name, sizeof name, p, strcspn(p, "\"")));
        cr_assert_not_null(json_object_get(json_object_get(root, "$defs"), name), "%s", name);
    }
    cr_assert_gt(n, 50);
    pxk_text_done(&text);
    json_decref(root);
}

Test(scenario_schema, words_are_listed)
{
    json_t *root = schema();
    cr_assert(has_text(json_object_get(form(property(root, "client", "arch"), "enum"), "enum"), "uefi-x64"));
    cr_assert(has_text(json_object_get(form(property(root, "client", "personality"), "enum"), "enum"), "edk2-pxe"));
    cr_assert(has_text(json_object_get(form(property(root, "client", "until"), "enum"), "enum"), "kernel"));
    cr_assert(has_text(json_object_get(form(property(root, "event", "on"), "enum"), "enum"), "tftp.data"));
    cr_assert(has_text(json_object_get(form(property(root, "event", "do"), "enum"), "enum"), "restart"));
    json_t *run = form(property(root, "server", "run"), "anyOf");
    cr_assert(has_text(json_object_get(form(run, "enum"), "enum"), "dnsmasq"));
    cr_assert_not_null(form(run, "pattern"), "kea+atftpd");
    json_t *findings = form(property(root, "expect", "findings"), "anyOf");
    cr_assert(has_text(json_object_get(form(findings, "enum"), "enum"), "no-boot-file"));
    json_decref(root);
}

Test(scenario_schema, other_forms_of_a_value)
{
    json_t *root = schema();
    json_t *dhcp = property(root, "server", "dhcp");
    cr_assert_str_eq(json_string_value(json_object_get(form(dhcp, "const"), "const")), "none");
    cr_assert_not_null(form(dhcp, "$ref"));
    cr_assert_not_null(form(property(root, "expect", "leases"), "items"));
    cr_assert_not_null(form(property(root, "expect", "leases"), "minimum"), "leases: 0");
    cr_assert_not_null(form(property(root, "expect", "findings"), "items"));
    json_decref(root);
}

Test(scenario_schema, variables_stand_for_any_single_value)
{
    json_t *root = schema();
    cr_assert(has_variable(property(root, "scenario", "limit")));
    cr_assert(has_variable(property(root, "client", "arch")));
    cr_assert(has_variable(property(root, "cable", "lose")));
    cr_assert(!has_variable(property(root, "scenario", "network")));
    json_decref(root);
}
