/* SPDX-License-Identifier: Apache-2.0
 *
 * The work of starting a partition, in bounded steps: check its payload in the store, scrub its
 * RAM, copy the payload.
 */
#ifndef HV_PART_START_H
#define HV_PART_START_H

#include <stdbool.h>
#include <stdint.h>

#define START_STEP 4096u /* most bytes one step touches */

enum start_phase { START_CHECK, START_SCRUB, START_COPY, START_DONE };
enum start_result { START_MORE, START_READY, START_BAD_PAYLOAD };

struct start {
    enum start_phase phase;
    uint32_t segment; /* of the partition's segments */
    uint32_t check;   /* of the bytes of this segment so far */
    uint64_t offset;  /* in the segment, or in RAM */
    bool warm;        /* RAM keeps what the payload does not overwrite */
};

void start_begin(struct start *s, bool warm);
/* On the pCPU of the partition's vCPU 0. */
enum start_result start_step(uint32_t partition, struct start *s);

#endif
