/* DHCPv6 (RFC 8415) with what boots machines by it (RFC 5970) and what relays add (RFC 6939): decode with every oddity
 * noted, and the few lines that write a message. Offsets count from the start of the UDP payload. */
#ifndef PXK_PROTO_DHCP6_H
#define PXK_PROTO_DHCP6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

#define PXK_DHCP6_CLIENT_PORT  546
#define PXK_DHCP6_SERVER_PORT  547
#define PXK_DHCP6_ENTERPRISE   343 /* Intel's: vendor class of PXEClient and HTTPClient, UEFI 2.10 24.3.1 */
#define PXK_DHCP6_RELAYS_MAX   8   /* RFC 8415 7.6: HOP_COUNT_LIMIT */
#define PXK_DHCP6_OPTS_MAX     64
#define PXK_DHCP6_NOTES_MAX    16

/* type, NAME, words */
#define PXK_DHCP6_TYPES(X)                                                                         \
    X(1, SOLICIT, "SOLICIT")                                                                       \
    X(2, ADVERTISE, "ADVERTISE")                                                                   \
    X(3, REQUEST, "REQUEST")                                                                       \
    X(4, CONFIRM, "CONFIRM")                                                                       \
    X(5, RENEW, "RENEW")                                                                           \
    X(6, REBIND, "REBIND")                                                                         \
    X(7, REPLY, "REPLY")                                                                           \
    X(8, RELEASE, "RELEASE")                                                                       \
    X(9, DECLINE, "DECLINE")                                                                       \
    X(10, RECONFIGURE, "RECONFIGURE")                                                              \
    X(11, INFORMATION_REQUEST, "INFORMATION-REQUEST")                                              \
    X(12, RELAY_FORW, "RELAY-FORW")                                                                \
    X(13, RELAY_REPL, "RELAY-REPL")

enum pxk_dhcp6_type {
#define X(type, name, words) PXK_DHCP6_##name = type,
    PXK_DHCP6_TYPES(X)
#undef X
};
/** "SOLICIT"; others give "unknown". */
const char *pxk_dhcp6_type_name(unsigned type);

/* code, NAME, words (RFC 8415 21.13) */
#define PXK_DHCP6_STATUSES(X)                                                                      \
    X(0, SUCCESS, "Success")                                                                       \
    X(1, UNSPEC_FAIL, "UnspecFail")                                                                \
    X(2, NO_ADDRS_AVAIL, "NoAddrsAvail")                                                           \
    X(3, NO_BINDING, "NoBinding")                                                                  \
    X(4, NOT_ON_LINK, "NotOnLink")                                                                 \
    X(5, USE_MULTICAST, "UseMulticast")                                                            \
    X(6, NO_PREFIX_AVAIL, "NoPrefixAvail")

enum pxk_dhcp6_status_code {
#define X(code, name, words) PXK_DHCP6_STATUS_##name = code,
    PXK_DHCP6_STATUSES(X)
#undef X
};
/** "NoAddrsAvail"; others give "unknown". */
const char *pxk_dhcp6_status_name(unsigned code);

/* Option codes from the table: PXK_OPT6_CLIENT_ID, ... */
enum {
#define OPT(code, name, key, shape, min, max, source) PXK_OPT6_##name = code,
#include "pxk/proto/tables/dhcp6_options.def"
#undef OPT
};

enum pxk_shape6 {
    PXK_SHAPE6_BYTES,
    PXK_SHAPE6_FLAG,
    PXK_SHAPE6_U8,
    PXK_SHAPE6_U16,
    PXK_SHAPE6_U16_LIST,
    PXK_SHAPE6_U32,
    PXK_SHAPE6_IP6,
    PXK_SHAPE6_IP6_LIST,
    PXK_SHAPE6_STRING,
    PXK_SHAPE6_DOMAINS,      /* RFC 1035 3.1, never compressed (RFC 8415 10) */
    PXK_SHAPE6_DUID,
    PXK_SHAPE6_IA,           /* IAID, T1, T2, options */
    PXK_SHAPE6_IA_TA,        /* IAID, options */
    PXK_SHAPE6_IAADDR,       /* address, preferred and valid lifetime, options */
    PXK_SHAPE6_STATUS,       /* code, text */
    PXK_SHAPE6_DATA_LIST,    /* (u16 length, bytes) ... */
    PXK_SHAPE6_VENDOR_CLASS, /* u32 enterprise, then a DATA_LIST */
    PXK_SHAPE6_VENDOR_OPTS,  /* u32 enterprise, then (u16 code, u16 length, bytes) ... */
    PXK_SHAPE6_NDI,          /* type, major, minor */
    PXK_SHAPE6_LLADDR,       /* u16 hardware type, address */
};

struct pxk_opt6_row {
    const char *key;   /* NULL: no such option */
    enum pxk_shape6 shape;
    uint16_t min, max; /* length of the value in bytes */
    const char *source;
};
/** Row of an option; row->key is NULL where the table has none. Never NULL. */
const struct pxk_opt6_row *pxk_dhcp6_row(uint16_t code);
/** Code of a key ("boot-file-url"); -1 if there is none. */
int pxk_dhcp6_code(const char *key);
/** Does a value of @len bytes fit the row's shape and bounds? Unknown codes: yes. */
bool pxk_dhcp6_len_ok(uint16_t code, size_t len);
/** A value for people, by the option's shape; what does not fit it as hex. */
void pxk_dhcp6_value_text(uint16_t code, const uint8_t *data, size_t len, struct pxk_str *out);

/* What was odd in a packet. name, words */
#define PXK_DHCP6_NOTES(X)                                                                         \
    X(CUT, "an option runs past the end of the message")                                           \
    X(BAD_LENGTH, "an option's length does not fit its type")                                      \
    X(BAD_INSIDE, "what an option holds runs past its end")                                        \
    X(MANY, "more options than are looked at")                                                     \
    X(DEEP, "more relays than RFC 8415 allows")                                                    \
    X(NO_MESSAGE, "a relay's message holds no message")

enum pxk_dhcp6_note_kind {
#define X(name, words) PXK_DHCP6_NOTE_##name,
    PXK_DHCP6_NOTES(X)
#undef X
        PXK_DHCP6_NOTE_N
};
const char *pxk_dhcp6_note_words(enum pxk_dhcp6_note_kind kind);

struct pxk_dhcp6_note {
    uint8_t kind;
    uint16_t code;
    uint16_t offset;
};

struct pxk_dhcp6_opt {
    uint16_t code, len;
    uint16_t offset;     /* of the code; within an option's value from its start */
    const uint8_t *data; /* @len bytes in the packet; NULL: none such */
};

/** One relay that the message went through, or goes through. */
struct pxk_dhcp6_relay {
    uint8_t type, hops; /* RELAY-FORW or RELAY-REPL; relays before it */
    struct pxk_ip link, peer;
    bool has_mac;
    struct pxk_mac mac; /* of the client, by option 79 with hardware type 1 */
    struct pxk_dhcp6_opt interface_id;
    struct pxk_rd options; /* pxk_dhcp6_next() */
};

/** A decoded message, the innermost. It points into the packet. */
struct pxk_dhcp6 {
    uint8_t type;       /* enum pxk_dhcp6_type; a relay's only if nothing is in it */
    uint32_t xid;       /* 24 bits */
    size_t len;         /* of the UDP payload */
    struct pxk_dhcp6_relay relay[PXK_DHCP6_RELAYS_MAX]; /* outermost first */
    unsigned relay_n;
    struct pxk_dhcp6_opt opt[PXK_DHCP6_OPTS_MAX];       /* in their order; repeated ones as often */
    unsigned opt_n;
    struct pxk_dhcp6_note note[PXK_DHCP6_NOTES_MAX];
    unsigned note_n;
};

/** Decode a UDP payload. PXK_E_TRUNCATED without a whole header; everything else is kept and noted in @m. */
PXK_MUST_USE enum pxk_err pxk_dhcp6_decode(const void *data, size_t len, struct pxk_dhcp6 *m);

bool pxk_dhcp6_noted(const struct pxk_dhcp6 *m, enum pxk_dhcp6_note_kind kind);
/** First of its code; NULL if absent. */
const struct pxk_dhcp6_opt *pxk_dhcp6_find(const struct pxk_dhcp6 *m, uint16_t code);
static inline bool pxk_dhcp6_has(const struct pxk_dhcp6 *m, uint16_t code)
{
    return pxk_dhcp6_find(m, code) != NULL;
}
/** Next option of a list; false at the end, or where it runs past it (then r->err is set). */
bool pxk_dhcp6_next(struct pxk_rd *r, struct pxk_dhcp6_opt *out);
/** Next (u16 length, bytes) of options 15, 16 (behind the enterprise), 60; ends as pxk_dhcp6_next(). */
bool pxk_dhcp6_data_next(struct pxk_rd *r, const uint8_t **data, size_t *len);

/** Text of a string option; "" if absent. Returns @out. */
const char *pxk_dhcp6_text(const struct pxk_dhcp6 *m, uint16_t code, char *out, size_t cap);
/** First architecture of option 61; PXK_ARCH_UNSET if absent. */
uint16_t pxk_dhcp6_arch(const struct pxk_dhcp6 *m);
/** Option 16 of enterprise 343 has data that begins with @prefix ("PXEClient", "HTTPClient"). */
bool pxk_dhcp6_vendor_is(const struct pxk_dhcp6 *m, const char *prefix);
/** iPXE by its mark: option 15 holds "iPXE". */
bool pxk_dhcp6_is_ipxe(const struct pxk_dhcp6 *m);
/** Option 6 asks for @code. */
bool pxk_dhcp6_asks(const struct pxk_dhcp6 *m, uint16_t code);
/** Are the boot file parameters (option 60) the list that RFC 5970 3.2 wants? False: they run past the option. */
bool pxk_dhcp6_params_ok(const struct pxk_dhcp6_opt *params);

struct pxk_dhcp6_status {
    bool there;
    uint16_t code;       /* enum pxk_dhcp6_status_code; 0 if there is none: RFC 8415 21.13 */
    const char *message; /* not NUL-terminated */
    uint16_t message_len;
};
/** An identity association with its first address. */
struct pxk_dhcp6_ia {
    uint32_t iaid, t1, t2;
    bool has_address;
    struct pxk_ip address;
    uint32_t preferred, valid;      /* seconds */
    struct pxk_dhcp6_status status; /* the address's if it has one, else the association's */
};
/** First IA_NA; false if there is none, or it is too short. */
bool pxk_dhcp6_ia(const struct pxk_dhcp6 *m, struct pxk_dhcp6_ia *out);
/** Status of the whole message. */
struct pxk_dhcp6_status pxk_dhcp6_status(const struct pxk_dhcp6 *m);

/* ---- DUIDs (RFC 8415 11, RFC 6355) ---- */

enum pxk_duid_type { PXK_DUID_LLT = 1, PXK_DUID_EN, PXK_DUID_LL, PXK_DUID_UUID };

struct pxk_duid {
    uint16_t type;
    uint16_t hw;         /* LLT, LL: hardware type, 1 Ethernet */
    uint32_t time;       /* LLT: seconds since 2000 */
    uint32_t enterprise; /* EN */
    const uint8_t *id;   /* link-layer address, identifier, or 16 bytes of UUID */
    size_t id_len;
};
/** False: shorter than its type says. The type is set if two bytes are there. */
bool pxk_duid_decode(const uint8_t *data, size_t len, struct pxk_duid *out);
/** The MAC in it; false if it holds none. */
bool pxk_duid_mac(const uint8_t *data, size_t len, struct pxk_mac *out);
/** "UUID 01234567-...", "LLT 52:54:00:77:00:01 time 1", "LL ...", "EN 343 01:02"; hex if it is none of these. */
void pxk_duid_text(const uint8_t *data, size_t len, struct pxk_str *out);

/* ---- writing ---- */

/** Type and transaction id; options follow. */
void pxk_dhcp6_write_head(struct pxk_wr *w, enum pxk_dhcp6_type type, uint32_t xid);
void pxk_dhcp6_write_relay(struct pxk_wr *w, enum pxk_dhcp6_type type, uint8_t hops, struct pxk_ip link, struct pxk_ip peer);
void pxk_dhcp6_write_opt(struct pxk_wr *w, uint16_t code, const void *data, size_t len);
/** An option whose value is written next; pxk_dhcp6_close() with the returned mark fills its length in. */
size_t pxk_dhcp6_open(struct pxk_wr *w, uint16_t code);
void pxk_dhcp6_close(struct pxk_wr *w, size_t mark);

#endif
