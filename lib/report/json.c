/* Small steps over jansson. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_int.h"
#include "report_int.h"

json_t *clean_string(const char *s)
{
    struct pxk_text clean = {0};
    text_add_clean(&clean, s, strlen(s));
    json_t *v = clean.failed ? NULL : json_string(clean.s ? clean.s : "");
    pxk_text_done(&clean);
    return v;
}

void put(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key,
                              value); /* copes with NULL; json_write() tells what is missing */
}

void put_text(json_t *o, const char *key, const char *s)
{
    put(o, key, clean_string(s));
}

void put_text_if(json_t *o, const char *key, const char *s)
{
    if (s && *s)
        put_text(o, key, s);
}

void put_int(json_t *o, const char *key, uint64_t n)
{
    put(o, key, json_integer((json_int_t)n));
}

void put_real(json_t *o, const char *key, double v)
{
    put(o, key, json_real(round(v * 1e6) / 1e6));
}

void put_bool(json_t *o, const char *key, bool v)
{
    put(o, key, json_boolean(v));
}


void put_ip_if(json_t *o, const char *key, pxk_ip4 ip)
{
    char text[PXK_IP4_STRLEN];
    if (ip)
        put_text(o, key, pxk_ip4_text(ip, text));
}

void put_int_if(json_t *o, const char *key, uint64_t n)
{
    if (n)
        put_int(o, key, n);
}

void put_seconds(json_t *o, const char *key, pxk_usec t)
{
    put_real(o, key, (double)t / 1e6);
}

json_t *lines_array(const char *s)
{
    json_t *a = json_array();
    while (s && *s) {
        size_t n = strcspn(s, "\n");
        struct pxk_text clean = {0};
        text_add_clean(&clean, s, n);
        (void)json_array_append_new(a, json_string(clean.s ? clean.s : ""));
        pxk_text_done(&clean);
        s += n;
        s += *s == '\n';
    }
    return a;
}

static int dump_to_text(const char *buffer, size_t size, void *ctx)
{
    struct pxk_text *t = ctx;
    char *copy = malloc(size + 1);
    if (!copy)
        return -1;
    memcpy(copy, buffer, size);
    copy[size] = '\0';
    pxk_text_add(t, copy);
    free(copy);
    return t->failed ? -1 : 0;
}

void json_write(json_t *o, size_t flags, struct pxk_text *out)
{
    if (!o || json_dump_callback(o, dump_to_text, out,
                                 flags | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15)) != 0)
        out->failed = true;
    pxk_text_add(out, "\n");
    json_decref(o);
}

/* A double has not the digits for microseconds since 1970, so the time is written by hand. */
void json_write_line(json_t *o, pxk_usec t, struct pxk_text *out)
{
    struct pxk_text rest = {0};
    json_write(o, JSON_COMPACT, &rest);
    pxk_text_addf(out, "{\"v\":1,\"t\":%llu.%06llu,", (unsigned long long)(t / PXK_SEC), (unsigned long long)(t % PXK_SEC));
    if (rest.failed || !rest.len)
        out->failed = true;
    else
        pxk_text_add(out, rest.s + 1);
    pxk_text_done(&rest);
}
