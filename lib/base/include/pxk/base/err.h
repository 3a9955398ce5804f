/* Errors: "we could not do our job". What is wrong with the network is a finding, never one of these. */
#ifndef PXK_BASE_ERR_H
#define PXK_BASE_ERR_H

#include <stdint.h>

#define PXK_ERRORS(X)                                                                              \
    X(OK, "no error")                                                                              \
    X(E_NOMEM, "out of memory")                                                                    \
    X(E_TRUNCATED, "the data ends inside this field")                                              \
    X(E_SPACE, "the value does not fit")                                                           \
    X(E_RANGE, "the value is outside its range")                                                   \
    X(E_FORMAT, "this is not the expected format")                                                 \
    X(E_CHECKSUM, "the checksum is wrong")                                                         \
    X(E_UNSUPPORTED, "this is not supported")                                                      \
    X(E_NOTFOUND, "not found")                                                                     \
    X(E_PERM, "permission denied")                                                                 \
    X(E_EXISTS, "already there")                                                                   \
    X(E_LINK, "the link is down")                                                                  \
    X(E_TIMEOUT, "no answer in time")                                                              \
    X(E_IO, "input/output error")                                                                  \
    X(E_USAGE, "wrong use")

enum pxk_err {
#define X(name, text) PXK_##name,
    PXK_ERRORS(X)
#undef X
};

#define PXK_MUST_USE __attribute__((warn_unused_result))
#define PXK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/** The sentence that belongs to @err; static storage. */
const char *pxk_err_text(enum pxk_err err);

#endif
