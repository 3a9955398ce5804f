/* A capture with a message for every row of the option tables: what real captures never show is compared too. */
#include <stdio.h>

#include "agree.h"

static FILE *out;

static void le32(uint32_t v)
{
    for (int i = 0; i < 4; i++)
        (void)putc((int)(v >> (8 * i) & 255), out);
}

static void frame_write(const struct pxk_wr *w)
{
    static uint32_t second = 1700000000;
    le32(second++);
    le32(0);
    le32((uint32_t)pxk_wr_len(w));
    le32((uint32_t)pxk_wr_len(w));
    (void)fwrite(w->base, 1, pxk_wr_len(w), out);
}

static const struct pxk_eth_out eth = {{{2, 0, 0, 0, 0, 2}}, {{2, 0, 0, 0, 0, 1}}, 0};

static void udp4(uint16_t sport, uint16_t dport, const struct pxk_wr *payload)
{
    static const struct pxk_ip4_out ip = {PXK_IP4(10, 0, 0, 1), PXK_IP4(10, 0, 0, 2), 1, 64, false};
    uint8_t buf[2048];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_frame_write_udp(&w, &eth, &ip, sport, dport, payload->base, pxk_wr_len(payload));
    if (w.err == PXK_OK)
        frame_write(&w);
}

/* No checksum: neither of the two that are compared asks for it. */
static void udp6(uint16_t sport, uint16_t dport, const struct pxk_wr *payload)
{
    static const uint8_t link_local[16] = {0xfe, 0x80, [15] = 1};
    uint8_t buf[2048];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    uint16_t len = (uint16_t)(PXK_UDP_HEADER + pxk_wr_len(payload));
    pxk_wr_bytes(&w, eth.dst.b, 6);
    pxk_wr_bytes(&w, eth.src.b, 6);
    pxk_wr_u16(&w, PXK_ETH_IP6);
    pxk_wr_u32(&w, 0x60000000);
    pxk_wr_u16(&w, len);
    pxk_wr_u8(&w, PXK_IP_UDP);
    pxk_wr_u8(&w, 64);
    pxk_wr_bytes(&w, link_local, 16);
    pxk_wr_bytes(&w, link_local, 16);
    pxk_wr_u16(&w, sport);
    pxk_wr_u16(&w, dport);
    pxk_wr_u16(&w, len);
    pxk_wr_u16(&w, 0);
    pxk_wr_bytes(&w, payload->base, pxk_wr_len(payload));
    if (w.err == PXK_OK)
        frame_write(&w);
}

/* ---- DHCPv4 ---- */

/* @limit: of the UDP payload, 0 for what fits always; else sname and file are free for options. */
static void message4(const struct pxk_dhcp4_out_opt *opt, size_t n, uint16_t limit)
{
    uint8_t buf[1400];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    struct pxk_dhcp4_out m = {.head = {.op = 2, .hops = 3, .xid = 0x01020304, .secs = 5, .flags = PXK_DHCP4_BROADCAST,
                                       .ciaddr = PXK_IP4(10, 1, 0, 1), .yiaddr = PXK_IP4(10, 2, 0, 1), .siaddr = PXK_IP4(10, 3, 0, 1),
                                       .giaddr = PXK_IP4(10, 4, 0, 1), .mac = {{0x52, 0x54, 0, 0x77, 0, 1}},
                                       .sname = limit ? NULL : "server", .file = limit ? NULL : "dir/file.0"},
                              .opt = opt, .opt_n = n, .limit = limit ? limit : sizeof buf, .may_overload = limit};
    if (pxk_dhcp4_encode(&m, &w) == PXK_OK)
        udp4(67, 68, &w);
    else
        fprintf(stderr, "option %u cannot be made\n", opt[n - 1].code);
}

/* Values that two sides can see differently: the bytes differ, numbers have their high bit, texts have more than letters. */
static size_t value4(uint8_t code, uint8_t *v, bool longer)
{
    const struct pxk_opt_row *row = pxk_dhcp4_row(code);
    size_t n = row->shape == PXK_SHAPE_STRING || row->shape == PXK_SHAPE_BYTES ? 7 : row->min;
    if (row->shape == PXK_SHAPE_IP4_LIST && !n)
        n = 4;
    if (longer && n * 2 <= row->max && row->shape != PXK_SHAPE_UUID)
        n *= 2;
    n = n < row->min ? row->min : n > row->max ? row->max : n;
    for (size_t i = 0; i < n; i++)
        v[i] = row->shape == PXK_SHAPE_STRING ? (uint8_t)("a/b-c.d"[i % 7]) : (uint8_t)(0x81 + 17 * i + longer);
    if (row->shape == PXK_SHAPE_BOOL || row->shape == PXK_SHAPE_ENCAPSULATED)
        v[0] = 1;
    if (row->shape == PXK_SHAPE_UUID || code == PXK_OPT_CLIENT_NDI)
        v[0] = code == PXK_OPT_CLIENT_NDI;
    return n;
}

static void options4(void)
{
    static const uint8_t offer = PXK_DHCP4_OFFER;
    uint8_t v[512];
    for (unsigned code = 1; code < PXK_DHCP4_END; code++) {
        const struct pxk_opt_row *row = pxk_dhcp4_row((uint8_t)code);
        for (int longer = 0; row->key && longer < 2; longer++) {
            struct pxk_dhcp4_out_opt opt[] = {{PXK_OPT_MESSAGE_TYPE, 1, &offer}, {(uint8_t)code, 0, v}};
            opt[1].len = (uint16_t)value4((uint8_t)code, v, longer);
            if (code != PXK_OPT_MESSAGE_TYPE && code != PXK_OPT_OVERLOAD)
                message4(opt, 2, 0);
        }
    }
    for (uint8_t type = PXK_DHCP4_DISCOVER; type <= PXK_DHCP4_FORCERENEW; type++)
        message4(&(struct pxk_dhcp4_out_opt){PXK_OPT_MESSAGE_TYPE, 1, &type}, 1, 0);
}

static void pxe4(void)
{
    static const uint8_t ack = PXK_DHCP4_ACK;
    static const uint8_t v[] = "\1\4\xe0\1\2\3\2\2\6\x4c\3\2\6\x4d\4\1\5\5\1\6\6\1\x0a\7\4\xe0\xff\1\2"
                               "\x8\x0e\x80\0\2\x0a\0\0\2\x0a\0\0\3\0\1\0\x9\x0e\x80\0\4Menu\0\0\4Disk\x0a\5\x14Menu\x47\4\x80\0\0\1\xff";
    struct pxk_dhcp4_out_opt opt[] = {{PXK_OPT_MESSAGE_TYPE, 1, &ack}, {PXK_OPT_VENDOR_CLASS, 9, "PXEClient"},
                                      {PXK_OPT_VENDOR_SPECIFIC, sizeof v - 1, v}};
    message4(opt, PXK_COUNT(opt), 0);
}

static void classes4(void)
{
    static const uint8_t discover = PXK_DHCP4_DISCOVER;
    struct pxk_dhcp4_out_opt opt[] = {{PXK_OPT_MESSAGE_TYPE, 1, &discover}, {PXK_OPT_USER_CLASS, 4, "iPXE"}};
    message4(opt, PXK_COUNT(opt), 0);
    opt[1] = (struct pxk_dhcp4_out_opt){PXK_OPT_USER_CLASS, 9, "\4iPXE\3two"};
    message4(opt, PXK_COUNT(opt), 0);
}

/* Too long for its limit: options spill into file and sname (option 52). */
static void overload4(void)
{
    static const uint8_t offer = PXK_DHCP4_OFFER;
    uint8_t v[100];
    memset(v, 'x', sizeof v);
    struct pxk_dhcp4_out_opt opt[] = {{PXK_OPT_MESSAGE_TYPE, 1, &offer}, {PXK_OPT_HOST_NAME, 60, v},
                                      {PXK_OPT_BOOT_FILE, 100, v}, {PXK_OPT_ROOT_PATH, 50, v}};
    message4(opt, PXK_COUNT(opt), 320);
}

static void relay4(void)
{
    static const uint8_t ack = PXK_DHCP4_ACK;
    uint8_t v[255];
    struct pxk_wr w = pxk_wr_init(v, sizeof v);
    for (unsigned code = 1; code < 256; code++) {
        if (strcmp(pxk_relay_sub_name((uint8_t)code), "unknown") == 0)
            continue;
        pxk_wr_u8(&w, (uint8_t)code);
        size_t mark = pxk_wr_open8(&w);
        pxk_wr_u32(&w, 0x81020300 + code);
        if (code == 16) /* a MAC address */
            pxk_wr_u16(&w, (uint16_t)code);
        pxk_wr_close8(&w, mark);
    }
    struct pxk_dhcp4_out_opt opt[] = {{PXK_OPT_MESSAGE_TYPE, 1, &ack}, {PXK_OPT_RELAY_AGENT, (uint16_t)pxk_wr_len(&w), v}};
    message4(opt, PXK_COUNT(opt), 0);
}

/* ---- DHCPv6 ---- */

static size_t text6(uint16_t code, uint8_t *v)
{
    static const struct {
        enum pxk_shape6 shape;
        const char *bytes;
        size_t n;
    } of[] = {
        {PXK_SHAPE6_DUID, "\0\4\x81\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10", 18},
        {PXK_SHAPE6_DOMAINS, "\3lab\4test\0\1x\7example\0", 21},
        {PXK_SHAPE6_IA, "\x81\0\0\1\0\0\1\1\0\0\2\2\0\x0d\0\4\0\2no", 20},
        {PXK_SHAPE6_IA_TA, "\x81\0\0\1", 4},
        {PXK_SHAPE6_IAADDR, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\1\1\0\0\2\2", 24},
        {PXK_SHAPE6_STATUS, "\0\4off link", 10},
        {PXK_SHAPE6_DATA_LIST, "\0\4iPXE\0\3two", 11},
        {PXK_SHAPE6_VENDOR_CLASS, "\0\0\1\x57\0\x09PXEClient", 15},
        {PXK_SHAPE6_VENDOR_OPTS, "\0\0\1\x57\0\1\0\2\xab\xcd", 10},
        {PXK_SHAPE6_NDI, "\1\3\x10", 3},
        {PXK_SHAPE6_LLADDR, "\0\1\x52\x54\0\x77\0\1", 8},
        {PXK_SHAPE6_STRING, "tftp://[fd00::1]/a.efi", 22},
    };
    for (size_t i = 0; i < PXK_COUNT(of); i++) {
        if (of[i].shape != pxk_dhcp6_row(code)->shape)
            continue;
        memcpy(v, of[i].bytes, of[i].n);
        return of[i].n;
    }
    return 0;
}

static size_t value6(uint16_t code, uint8_t *v)
{
    const struct pxk_opt6_row *row = pxk_dhcp6_row(code);
    size_t n = text6(code, v);
    if (n)
        return n;
    n = row->shape == PXK_SHAPE6_IP6_LIST ? 32 : row->shape == PXK_SHAPE6_U16_LIST ? 4 : row->min;
    if (row->shape == PXK_SHAPE6_BYTES && !n)
        n = 4;
    for (size_t i = 0; i < n; i++)
        v[i] = (uint8_t)(0x81 + 17 * i);
    return n;
}

static void options6(void)
{
    uint8_t v[512], buf[1400];
    for (uint16_t code = 1; code < 256; code++) {
        struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
        if (!pxk_dhcp6_row(code)->key || code == PXK_OPT6_RELAY_MSG)
            continue;
        pxk_dhcp6_write_head(&w, PXK_DHCP6_REPLY, 0x810203);
        pxk_dhcp6_write_opt(&w, code, v, value6(code, v));
        udp6(547, 546, &w);
    }
    for (unsigned type = PXK_DHCP6_SOLICIT; type <= PXK_DHCP6_INFORMATION_REQUEST; type++) {
        struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
        pxk_dhcp6_write_head(&w, type, type);
        udp6(546, 547, &w);
    }
}

static void duid6(const char *bytes, size_t n)
{
    uint8_t buf[200];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_dhcp6_write_head(&w, PXK_DHCP6_SOLICIT, 7);
    pxk_dhcp6_write_opt(&w, PXK_OPT6_CLIENT_ID, bytes, n);
    udp6(546, 547, &w);
}

static void relayed6(void)
{
    static const struct pxk_ip link = {{0xfd, 0x77, [15] = 9}}, peer = {{0xfe, 0x80, [15] = 8}};
    uint8_t buf[400];
    size_t mark[2];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    for (unsigned i = 0; i < 2; i++) {
        pxk_dhcp6_write_relay(&w, PXK_DHCP6_RELAY_FORW, (uint8_t)(1 - i), link, peer);
        pxk_dhcp6_write_opt(&w, PXK_OPT6_INTERFACE_ID, "ge0", 3);
        pxk_dhcp6_write_opt(&w, PXK_OPT6_CLIENT_LLADDR, "\0\1\x52\x54\0\x77\0\1", 8);
        mark[i] = pxk_dhcp6_open(&w, PXK_OPT6_RELAY_MSG);
    }
    pxk_dhcp6_write_head(&w, PXK_DHCP6_SOLICIT, 0x123456);
    pxk_dhcp6_write_opt(&w, PXK_OPT6_ELAPSED_TIME, "\1\2", 2);
    pxk_dhcp6_close(&w, mark[1]);
    pxk_dhcp6_close(&w, mark[0]);
    udp6(547, 547, &w);
}

/* ---- TFTP ---- */

static void tftp(void)
{
    uint8_t buf[600];
    struct pxk_wr w;
    for (enum pxk_tftp_op op = PXK_TFTP_RRQ; op <= PXK_TFTP_WRQ; op++) {
        w = pxk_wr_init(buf, sizeof buf);
        pxk_tftp_write_request(&w, op, "dir\\file name.0", "octet");
        for (unsigned id = 0; id < PXK_TFTP_OPT_UNKNOWN; id++)
            pxk_tftp_write_opt(&w, id, id ? 8 : 1428);
        udp4((uint16_t)(2000 + op), 69, &w);
    }
    for (uint16_t code = 0; code < 9; code++) {
        w = pxk_wr_init(buf, sizeof buf);
        pxk_tftp_write_error(&w, code, pxk_tftp_error_words(code));
        udp4(2001, 69, &w);
    }
}

bool agree_make(const char *path)
{
    out = fopen(path, "wb");
    if (!out) {
        perror(path);
        return false;
    }
    le32(0xa1b2c3d4);
    le32(4 << 16 | 2);
    le32(0);
    le32(0);
    le32(65535);
    le32(1);
    options4();
    pxe4();
    classes4();
    overload4();
    relay4();
    options6();
    duid6("\0\1\0\1\x31\xdb\xdb\xfa\x52\x54\0\x77\0\1", 14);
    duid6("\0\2\0\0\1\x57\xaa\xbb", 8);
    duid6("\0\3\0\1\x52\x54\0\x77\0\1", 10);
    relayed6();
    tftp();
    bool ok = !ferror(out);
    return fclose(out) == 0 && ok;
}
