/* Lists of the scenario's structs, from literals. */
#ifndef PXK_TEST_LISTS_H
#define PXK_TEST_LISTS_H

#define LIST(...)                                                                                  \
    {                                                                                              \
        (char *[]){__VA_ARGS__}, sizeof((char *[]){__VA_ARGS__}) / sizeof(char *), 0               \
    }
#define ONE(type, ...)                                                                             \
    {                                                                                              \
        (type[]){__VA_ARGS__}, sizeof((type[]){__VA_ARGS__}) / sizeof(type), 0                     \
    }

#endif
