/* The bar for reading a capture: libpcap's own loop, which does nothing with the packets. read-loop FILE */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *p = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
    struct pcap_pkthdr *head;
    const u_char *data;
    unsigned long packets = 0, bytes = 0;
    if (!p)
        return 2;
    while (pcap_next_ex(p, &head, &data) == 1) {
        packets++;
        bytes += head->caplen;
    }
    pcap_close(p);
    printf("%lu packets, %lu bytes\n", packets, bytes);
    return 0;
}
