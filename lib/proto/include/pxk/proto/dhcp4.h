/* DHCPv4 (RFC 2131, 2132, 3396, 3046) as PXE clients and servers use it: decode with every oddity noted,
 * encode in a given option order. Offsets count from the start of the UDP payload. */
#ifndef PXK_PROTO_DHCP4_H
#define PXK_PROTO_DHCP4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

#define PXK_DHCP4_SERVER_PORT 67
#define PXK_DHCP4_CLIENT_PORT 68
#define PXK_PXE_PORT          4011 /* proxyDHCP and boot server requests, PXE 2.1 ch. 2 */
#define PXK_DHCP4_HEADER      236
#define PXK_DHCP4_FIXED       240 /* header and magic cookie */
#define PXK_DHCP4_BROADCAST   0x8000u
#define PXK_DHCP4_PAD         0
#define PXK_DHCP4_END         255

enum pxk_dhcp4_type {
    PXK_DHCP4_NONE, /* BOOTP */
    PXK_DHCP4_DISCOVER,
    PXK_DHCP4_OFFER,
    PXK_DHCP4_REQUEST,
    PXK_DHCP4_DECLINE,
    PXK_DHCP4_ACK,
    PXK_DHCP4_NAK,
    PXK_DHCP4_RELEASE,
    PXK_DHCP4_INFORM,
    PXK_DHCP4_FORCERENEW,
};
/** "DISCOVER"; "BOOTP" for 0; "type N" is never needed: others give "unknown". */
const char *pxk_dhcp4_type_name(unsigned type);

/* Option codes from the table: PXK_OPT_SUBNET_MASK, ... */
enum {
#define OPT(code, name, key, shape, min, max, from, source) PXK_OPT_##name = code,
#include "pxk/proto/tables/dhcp4_options.def"
#undef OPT
};

enum pxk_shape {
    PXK_SHAPE_BYTES,
    PXK_SHAPE_FLAG,
    PXK_SHAPE_BOOL,
    PXK_SHAPE_U8,
    PXK_SHAPE_U8_LIST,
    PXK_SHAPE_U16,
    PXK_SHAPE_U16_LIST,
    PXK_SHAPE_U32,
    PXK_SHAPE_S32,
    PXK_SHAPE_IP4,
    PXK_SHAPE_IP4_LIST,
    PXK_SHAPE_IP4_PAIRS,
    PXK_SHAPE_STRING,
    PXK_SHAPE_UUID,
    PXK_SHAPE_ENCAPSULATED,
};

enum pxk_sender { PXK_BY_CLIENT = 1, PXK_BY_SERVER, PXK_BY_BOTH, PXK_BY_RELAY };

struct pxk_opt_row {
    const char *key;    /* NULL: no such option */
    enum pxk_shape shape;
    uint16_t min, max;  /* length of the value in bytes */
    enum pxk_sender from;
    const char *source;
};

/** Row of an option; row->key is NULL where IANA has none. */
const struct pxk_opt_row *pxk_dhcp4_row(uint8_t code);
/** Code of a key ("boot-file-name"); -1 if there is none. */
int pxk_dhcp4_code(const char *key);
/** Does a value of @len bytes fit the row's shape and bounds? Unknown codes: yes. */
bool pxk_dhcp4_len_ok(uint8_t code, size_t len);

/* ---- options as people write them ---- */

/** The i-th name of an option, NULL past the end: for lists and pxk_nearest(). */
const char *pxk_dhcp4_key(size_t i);
/** A name or a number from 1 to 254. 0: neither; then one sentence is added to @why, unless it is NULL. */
uint8_t pxk_dhcp4_code_parse(const char *text, struct pxk_str *why);

struct pxk_dhcp4_words {
    uint8_t code;
    bool any_text;            /* a text is fine for options that are made of parts too: its bytes are taken as they are */
    const char *const *value; /* lists take several; NULL: an empty text */
    size_t n;
};
/**
 * Values as text to bytes, by the shape of the option's row: numbers, addresses, true and false, UUIDs, names of
 * architectures (option 93), text; "hex:01 02-03:04" for every option. @w: what it has room for is the longest value.
 * On failure one sentence without a name is added to @why, and @w holds the part before it:
 * PXK_E_FORMAT  value[*bad] is not what is expected, or there are too many
 * PXK_E_RANGE   all together have no length that the option may have
 */
PXK_MUST_USE enum pxk_err pxk_dhcp4_value_parse(const struct pxk_dhcp4_words *in, struct pxk_wr *w, size_t *bad,
                                                struct pxk_str *why);

/* What was odd in a packet. name, words */
#define PXK_DHCP4_NOTES(X)                                                                         \
    X(NO_END, "the options have no end marker (255)")                                              \
    X(CUT, "an option runs past the end of its field")                                             \
    X(BAD_LENGTH, "an option's length does not fit its type")                                      \
    X(BAD_OVERLOAD, "option 52 is none of 1, 2, 3")                                                \
    X(LONG, "an option is split (RFC 3396) or repeated")                                           \
    X(NUL_IN_STRING, "a text option has a NUL before its end")                                     \
    X(NO_MAGIC, "the magic cookie is missing: plain BOOTP")                                        \
    X(JOIN_FULL, "split options too long to join")

enum pxk_dhcp4_note_kind {
#define X(name, words) PXK_DHCP4_NOTE_##name,
    PXK_DHCP4_NOTES(X)
#undef X
        PXK_DHCP4_NOTE_N
};
const char *pxk_dhcp4_note_words(enum pxk_dhcp4_note_kind kind);

struct pxk_dhcp4_note {
    uint8_t kind, code;
    uint16_t offset;
};

struct pxk_dhcp4_opt {
    const uint8_t *data; /* whole value; NULL if the option is absent */
    const uint8_t *first; /* value of the first instance only: iPXE, GRUB, PXELINUX and EDK2 see this */
    uint16_t len, first_len;
    uint16_t offset;     /* of the first instance's code byte */
    uint8_t instances;
    uint8_t field;       /* 0 options, 1 file, 2 sname (option overload) */
};

#define PXK_DHCP4_NOTES_MAX 16
#define PXK_DHCP4_JOIN_MAX  2048

/** A decoded message. It points into the packet and into itself: do not copy, keep the packet. */
struct pxk_dhcp4 {
    uint8_t op, htype, hlen, hops;
    uint32_t xid;
    uint16_t secs, flags;
    pxk_ip4 ciaddr, yiaddr, siaddr, giaddr;
    uint8_t chaddr[16];
    struct pxk_mac mac;          /* first six bytes of chaddr */
    const uint8_t *sname, *file; /* 64 and 128 bytes; may hold options, see overload */
    uint8_t type;                /* enum pxk_dhcp4_type */
    uint8_t overload;            /* 0..3 */
    size_t len;                  /* of the UDP payload */
    struct pxk_dhcp4_opt opt[256];
    struct pxk_dhcp4_note note[PXK_DHCP4_NOTES_MAX];
    unsigned note_n;
    uint16_t order_n;
    uint8_t order[256];          /* codes in the order of their first instances */
    uint16_t join_used;
    uint8_t join[PXK_DHCP4_JOIN_MAX];
};

/** Decode a UDP payload. PXK_E_TRUNCATED below 236 bytes; everything else is kept and noted in @m. */
PXK_MUST_USE enum pxk_err pxk_dhcp4_decode(const void *data, size_t len, struct pxk_dhcp4 *m);

/** The same, faster, into an @m that holds an earlier message or only zeros: the table of 256 options is not cleared as a
 * whole, and values are not looked at (no notes BAD_LENGTH, NUL_IN_STRING). */
PXK_MUST_USE enum pxk_err pxk_dhcp4_decode_next(const void *data, size_t len, struct pxk_dhcp4 *m);

bool pxk_dhcp4_noted(const struct pxk_dhcp4 *m, enum pxk_dhcp4_note_kind kind);
bool pxk_dhcp4_has(const struct pxk_dhcp4 *m, uint8_t code);
/** Fixed-size values; @or_else if absent or of another length. */
pxk_ip4 pxk_dhcp4_ip(const struct pxk_dhcp4 *m, uint8_t code, pxk_ip4 or_else);
uint32_t pxk_dhcp4_u32(const struct pxk_dhcp4 *m, uint8_t code, uint32_t or_else);
uint16_t pxk_dhcp4_u16(const struct pxk_dhcp4 *m, uint8_t code, uint16_t or_else);
/** Text of a string option, without trailing NULs; "" if absent. Returns @out. */
const char *pxk_dhcp4_text(const struct pxk_dhcp4 *m, uint8_t code, char *out, size_t cap);
/** Text of the header's file (or sname) field; "" if it is empty or overloaded. Returns @out. */
const char *pxk_dhcp4_file(const struct pxk_dhcp4 *m, char *out, size_t cap);
const char *pxk_dhcp4_sname(const struct pxk_dhcp4 *m, char *out, size_t cap);
/** Option 60 begins with @prefix ("PXEClient", "HTTPClient"). */
bool pxk_dhcp4_vendor_is(const struct pxk_dhcp4 *m, const char *prefix);
/** First architecture of option 93; PXK_ARCH_UNSET if absent. */
uint16_t pxk_dhcp4_arch(const struct pxk_dhcp4 *m);
/** iPXE by its marks: option 77 is the bare text "iPXE", or option 175 is there. */
bool pxk_dhcp4_is_ipxe(const struct pxk_dhcp4 *m);

/** A value for people: "10.0.0.1, 10.0.0.2", "3600", "PXEClient" by the option's shape. */
void pxk_dhcp4_value_text(uint8_t code, const uint8_t *data, size_t len, struct pxk_str *out);

/**
 * Would EDK2 keep this packet (Dhcp4Option.c: end marker in each field, every option of its table of a right
 * length and switches 0 or 1, at most 1472 bytes, an OFFER with option 54)? If not, one sentence in @why.
 * Newer revisions skip an option of a wrong length instead; what is installed today drops the packet.
 */
bool pxk_dhcp4_edk2_keeps(const struct pxk_dhcp4 *m, char *why, size_t cap);

/** Option 82: sub-option @code of @m, NULL if absent. */
const uint8_t *pxk_dhcp4_relay_sub(const struct pxk_dhcp4 *m, uint8_t code, size_t *len);
const char *pxk_relay_sub_name(uint8_t code);

/* ---- encoding ---- */

struct pxk_dhcp4_head {
    uint8_t op, hops;
    uint32_t xid;
    uint16_t secs, flags;
    pxk_ip4 ciaddr, yiaddr, siaddr, giaddr;
    struct pxk_mac mac;
    const char *sname, *file; /* NULL: empty */
};

struct pxk_dhcp4_out_opt {
    uint8_t code;
    uint16_t len;        /* over 255: split (RFC 3396) */
    const void *data;
};

struct pxk_dhcp4_out {
    struct pxk_dhcp4_head head;
    const struct pxk_dhcp4_out_opt *opt; /* written in this order */
    size_t opt_n;
    uint16_t limit;      /* largest UDP payload to produce */
    uint16_t pad_to;     /* zeros after the end marker up to this length (300: RFC 1542 2.1); 0: none */
    bool may_overload;   /* spill into file, then sname, when it does not fit (RFC 2132 9.3) */
};

/**
 * Spilling moves whole options; 53 and 82 stay in the options field, and a message with an option 52 of
 * its own never spills. PXK_OK; PXK_E_SPACE if it cannot fit; PXK_E_RANGE for codes 0 and 255, an option's
 * length that breaks its row, a text too long for sname or file. @w is unusable after an error.
 */
PXK_MUST_USE enum pxk_err pxk_dhcp4_encode(const struct pxk_dhcp4_out *m, struct pxk_wr *w);

#endif
