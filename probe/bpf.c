#include "bpf.h"

/* Generous where a boot may surprise (TFTP moves to any UDP port, HTTP to many of TCP), and without what fills wires: video
 * over QUIC, all other TCP but its beginnings and ends, which tell who talks to whom. */
static const char boot[] =
    "arp or rarp or icmp or icmp6 or (udp and not port 443)"
    " or (tcp and (port 80 or port 443 or port 3000 or port 3128 or port 5000 or portrange 8000-9100"
    " or port 53 or port 111 or port 445 or port 2049 or port 3260 or port 10809))"
    " or (ip proto 6 and tcp[13] & 7 != 0)"     /* SYN, FIN, RST */
    " or (ip and ip[6:2] & 0x1fff != 0)"        /* later fragments have no ports */
    " or (ip6 and (ip6[6] == 44 or ip6[6] == 0))" /* fragments; hop-by-hop options, as MLD has them */
    " or ip proto 47 or ip proto 2"             /* GRE; IGMP, for multicast TFTP */
    " or ether proto 0x8863 or ether proto 0x8864" /* PPPoE */
    " or ether proto 0x888e or ether proto 0x88cc"; /* 802.1X, LLDP: why a port is silent */
/* Spanning tree: 802.3 frames have no type that other link types know. */
static const char bridge[] = " or ether dst 01:80:c2:00:00:00 or ether dst 01:00:0c:cc:cc:cd";

bool bpf_text(const char *user, bool unfiltered, bool vlan, char *out, size_t cap)
{
    char one[BPF_TEXT_MAX / 3];
    struct pxk_str s = pxk_str_init(one, sizeof one), all = pxk_str_init(out, cap);
    if (user && !*user)
        user = NULL;
    if (unfiltered) {
        pxk_str_add(&all, user ? user : "");
        return !all.cut;
    }
    pxk_str_addf(&s, "(%s%s)", boot, vlan ? bridge : "");
    if (user)
        pxk_str_addf(&s, " and (%s)", user);
    /* "vlan" moves everything behind it by a tag, so what is not tagged comes first. */
    pxk_str_addf(&all, "(%s)", one);
    if (vlan)
        pxk_str_addf(&all, " or (vlan and ((%s) or (vlan and (%s))))", one, one);
    return !s.cut && !all.cut;
}
