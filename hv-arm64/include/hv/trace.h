/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pCPU keeps of what it did: a ring of records, read from outside by tools that know only this header
 * and hv/config.h.
 */
#ifndef HV_TRACE_H
#define HV_TRACE_H

#include <stdint.h>

#define HV_TRACE_MAGIC 0x45435254u /* "TRCE" */
#define HV_TRACE_VERSION 1u

enum hv_trace_kind {
    HV_TRACE_TURN = 1,   /* this vCPU has the pCPU from now on; HV_NONE: nobody has */
    HV_TRACE_IRQ = 2,    /* given to the vCPU; argument: INTID */
    HV_TRACE_TRAP = 3,   /* taken to C; argument: ESR_EL2, its low half */
    HV_TRACE_CALL = 4,   /* HVC or SMC; argument: function identifier, W0 */
    HV_TRACE_HEALTH = 5, /* a fault; argument: enum hv_fault_class, enum hv_fault_action in bits 15:8 */
    HV_TRACE_MARK = 6,   /* the guest's own; argument: W1 of HV_TRACE_MARK_CALL */
};

/* Vendor specific hypervisor service, fast, 64-bit (DEN 0028, "Function identifier ranges"). */
#define HV_TRACE_MARK_CALL 0xc6000010u

struct hv_trace_record {
    uint64_t count; /* CNTPCT_EL0 */
    uint16_t kind;  /* enum hv_trace_kind */
    uint16_t vcpu;  /* over the whole system */
    uint32_t argument;
};

/* Behind it lie `size` records, a power of two. Record n of all is at n modulo size. */
struct hv_trace_head {
    uint32_t magic, version;
    uint32_t pcpu, size;
    uint64_t hz;   /* CNTFRQ_EL0 */
    uint64_t next; /* number of the next record: so many were put */
};

#endif
