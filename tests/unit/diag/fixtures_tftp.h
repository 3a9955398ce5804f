/* Fixtures of the findings about how transfers go; for the table in fixtures.c. */
#ifndef PXK_TESTS_DIAG_FIXTURES_TFTP_H
#define PXK_TESTS_DIAG_FIXTURES_TFTP_H

#include "lab.h"

void fragments_lost_lab(struct lab *l);
void whole_packets_lost(struct lab *l);
void window_overflows_lab(struct lab *l);
void window_of_one_loss(struct lab *l);
void answer_unheard_lab(struct lab *l);
void answer_at_last(struct lab *l);
void client_stops_lab(struct lab *l);
void server_stops(struct lab *l);
void block_wrap_lab(struct lab *l);
void stops_before_the_wrap(struct lab *l);
void windows_name(struct lab *l);
void windows_font(struct lab *l);
void name_form(struct lab *l);
void access_denied(struct lab *l);
void oversize(struct lab *l);
void oversize_taken(struct lab *l);
void sends_twice_lab(struct lab *l);
void twice_at_times(struct lab *l);
void overloaded(struct lab *l);
void late_alone(struct lab *l);
void small_blocks(struct lab *l);
void small_blocks_fast(struct lab *l);
void loader_too_large(struct lab *l);
void large_loader_runs(struct lab *l);

#endif
