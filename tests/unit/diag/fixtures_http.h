/* Fixtures of the findings about HTTP, TLS and names: finding, session that raises it, session beside it, severity. */
#ifndef PXK_TESTS_DIAG_FIXTURES_HTTP_H
#define PXK_TESTS_DIAG_FIXTURES_HTTP_H

#include "lab.h"

#define HTTP_FIXTURES(X)                                                                           \
    X("http-refused", web_refused, web_refused_then_served, FAILURE)                               \
    X("http-no-answer", web_silent, web_one_syn, FAILURE)                                          \
    X("http-stalls", web_stalls, web_under_way, FAILURE)                                           \
    X("http-cut-short", web_cut_short, web_cut_then_resumed, FAILURE)                              \
    X("http-redirect-not-followed", web_redirect, web_redirect_followed, FAILURE)                  \
    X("http-no-length", web_chunked, web_chunked_and_on, FAILURE)                                  \
    X("http-closes-after-head", web_closes, web_closes_and_again, FAILURE)                         \
    X("http-empty-header", web_empty_header, web_empty_header_and_on, FAILURE)                     \
    X("http-range-ignored", web_range_ignored, web_range_served, FAILURE)                          \
    X("http-type-unknown", web_type_unknown, web_type_by_name, FAILURE)                            \
    X("http-page-instead-of-file", web_page, web_page_of_its_own, FAILURE)                         \
    X("tls-rejected", web_alert, web_alert_then_good, FAILURE)                                     \
    X("tls-unfinished", web_tls_half, web_tls_whole, FAILURE)                                      \
    X("https-url-not-tried", web_https_untried, web_just_leased, FAILURE)                          \
    X("http-url-not-tried", web_http_untried, web_https_untried, FAILURE)                          \
    X("name-server-silent", web_dns_silent, web_ptr_silent, FAILURE)                               \
    X("name-unknown", web_dns_unknown, web_dns_aaaa_unknown, FAILURE)                              \
    X("name-never-asked", web_name_never_asked, web_dns_silent, FAILURE)                           \
    X("http-no-response", web_no_response, web_no_response_yet, FAILURE)                           \
    X("http-slow", web_slow, web_slow_client, WARNING)

#define X(name, build, near_miss, severity)                                                        \
    void build(struct lab *l);                                                                     \
    void near_miss(struct lab *l);
HTTP_FIXTURES(X)
#undef X

/** An HTTP boot client with an address and this boot file. */
void web_leased(struct lab *l, const char *url);
/** The status of a file after the loader, as a web server gives it. */
void web_kernel_refused(struct lab *l, unsigned status);

#endif
