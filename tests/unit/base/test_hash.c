/* Against the published values of FNV-1a 64 (draft-eastlake-fnv, appendix). */
#include <criterion/criterion.h>

#include "pxk/base.h"

Test(hash, known_values)
{
    cr_assert_eq(pxk_hash(PXK_HASH_BEGIN, "", 0), 0xcbf29ce484222325u);
    cr_assert_eq(pxk_hash(PXK_HASH_BEGIN, "a", 1), 0xaf63dc4c8601ec8cu);
    cr_assert_eq(pxk_hash(PXK_HASH_BEGIN, "foobar", 6), 0x85944171f73967e8u);
}

Test(hash, goes_on_where_it_was)
{
    cr_assert_eq(pxk_hash(pxk_hash(PXK_HASH_BEGIN, "foo", 3), "bar", 3), pxk_hash(PXK_HASH_BEGIN, "foobar", 6));
}
