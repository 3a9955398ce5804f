/* How we decode a capture, in tshark's terms as far as it has any: agree CAPTURE; agree --fields; agree --make CAPTURE. */
#include "agree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pxk/probe.h"

uint64_t agree_frame;

static void line(const char *field, const char *value)
{
    printf("%" PRIu64 "\t%s\t%s\n", agree_frame, field, value);
}

void agree_words(const char *field, const char *text)
{
    line(field, text);
}

void agree_num(const char *field, uint64_t v)
{
    char text[24];
    line(field, pxk_fmt(text, sizeof text, "%" PRIu64, v));
}

void agree_text(const char *field, const void *data, size_t len)
{
    static char text[4 * 65536 + 1];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    pxk_str_add_quoted(&s, data, len);
    line(field, text);
}

void agree_hex(const char *field, const void *data, size_t len)
{
    static char text[2 * 65536 + 1];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    for (size_t i = 0; i < len; i++)
        pxk_str_addf(&s, "%02x", ((const uint8_t *)data)[i]);
    line(field, text);
}

void agree_ip4(const char *field, pxk_ip4 ip)
{
    char text[PXK_IP4_STRLEN];
    line(field, pxk_ip4_text(ip, text));
}

void agree_ip(const char *field, struct pxk_ip ip)
{
    char text[PXK_IP_STRLEN];
    line(field, pxk_ip_is_none(ip) ? "::" : pxk_ip_text(ip, text));
}

static bool port_is(const struct pxk_frame *f, uint16_t a, uint16_t b)
{
    return f->dport == a || f->sport == a || f->dport == b || f->sport == b;
}

static void on_frame(void *ctx, const struct pxk_probe_frame *in)
{
    struct pxk_frame f;
    (void)ctx;
    agree_frame = in->number;
    if (pxk_frame_decode_deep(in->data, in->len, in->wire, &f) != PXK_OK || f.l4 != PXK_L4_UDP)
        return;
    if (f.l3 == PXK_L3_IP4 && (port_is(&f, PXK_DHCP4_SERVER_PORT, PXK_DHCP4_CLIENT_PORT) || port_is(&f, PXK_PXE_PORT, PXK_PXE_PORT)))
        agree_dhcp4(f.payload, f.payload_len);
    else if (f.l3 == PXK_L3_IP6 && port_is(&f, PXK_DHCP6_SERVER_PORT, PXK_DHCP6_CLIENT_PORT))
        agree_dhcp6(f.payload, f.payload_len);
    else
        agree_tftp(&f);
}

static int capture_read(const char *path)
{
    char why[300];
    struct pxk_probe_opts opts = {.files = &path, .file_n = 1, .keep_duplicates = true, .frame = on_frame};
    if (pxk_probe_read(&opts, NULL, why, sizeof why) == PXK_OK)
        return EXIT_SUCCESS;
    fprintf(stderr, "%s: %s\n", path, why);
    return EXIT_FAILURE;
}

/* One of each kind, with all that may be in it, makes every field be told. */
static int fields_tell(void)
{
    agree_frame = 0;
    agree_dhcp4_names();
    agree_dhcp6_names();
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--fields") == 0)
        return fields_tell();
    if (argc == 3 && strcmp(argv[1], "--make") == 0)
        return agree_make(argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
    if (argc == 2)
        return capture_read(argv[1]);
    fprintf(stderr, "usage: agree CAPTURE | --fields | --make CAPTURE\n");
    return EXIT_FAILURE;
}
