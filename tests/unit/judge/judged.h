/* What the judge says, as text: one line a check, "ok|BAD LINE what | expected | seen [#frame]". */
#ifndef PXK_TEST_JUDGED_H
#define PXK_TEST_JUDGED_H

#include <criterion/criterion.h>

#include "lists.h"
#include "pxk/play.h"

/* Two clients, bios that boots and uefi that does not; JSON with ' for ". Two findings, both of
 * uefi, and a note. */
extern const char seen_text[];
/* JSON from text with ' for ". */
json_t *json_of(const char *text);
/* The same with both clients through, and the note alone. */
json_t *healthy_seen(void);
/* The case with the two clients and one server that all tests judge; @e is its `expect`. */
struct pxk_scenario scenario_of(struct pxk_scn_expect e);
/* Text of the checks, a buffer that the next call overwrites. */
const char *judged_case(const struct pxk_scenario *s, json_t *seen);
const char *judged(struct pxk_scn_expect e);
const char *judged_seen(struct pxk_scn_expect e, json_t *seen);
/* Path of a file with this content; in memory, it ends with the test. */
const char *file_of(const char *name, const char *bytes, size_t n);

#define assert_judged(e, text) cr_assert_str_eq(judged(e), text)

#endif
