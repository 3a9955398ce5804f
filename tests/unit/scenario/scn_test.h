/* Shared by the tests of scenario files. */
#ifndef SCN_TEST_H
#define SCN_TEST_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "pxk/scenario.h"

/* The cases of @text, which must be right. */
struct pxk_scenarios scn_good(const char *text);
/* All errors of "f.yaml" with this text, one per line, must be @want; nothing may be added. */
void scn_bad(const char *text, const char *want);
/* The same for lines after "pxekit: 1", "name: n" and a client named bios: the first of them is line 4. */
void scn_bad_body(const char *body, const char *want);
/* As scn_good() for such a body; its only case. */
struct pxk_scenario *scn_body(struct pxk_scenarios *all, const char *body);

#endif
