/* A validator for the part of JSON Schema that docs/schema uses: $ref into $defs, type, const, enum, pattern, minimum, maximum,
 * required, properties, items, minItems, maxItems, oneOf. A keyword beyond these is an error of the schema. It is stricter than the
 * standard in one point: a member that the schema does not name is an error, so that the schema cannot fall behind. */
#ifndef PXK_TESTS_REPORT_SCHEMA_H
#define PXK_TESTS_REPORT_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

#include "pxk/base.h"

/** Does @value fit @schema (a whole document)? If not, @why gets one line: where and what. */
bool schema_fits(const json_t *schema, const json_t *value, struct pxk_text *why);
/** The schema of docs/schema/NAME.json; the test fails if it cannot be read. */
json_t *schema_load(const char *name);

#endif
