/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that survives a warm reset: boot count and crash record. Fixed layout, little
 * endian, 8-byte fields only; decoded by `./bulkhead decode`, which reads this file's order.
 */
#ifndef HV_CRASH_H
#define HV_CRASH_H

#include <stdint.h>

#define HV_CRASH_MAGIC  0x4853415243484c42ull /* "BLHCRASH", little endian */
#define HV_BOOT_MAGIC   0x544f4f4244484c42ull /* "BLHDBOOT" */
#define HV_CRASH_VERSION 1ull
#define HV_CRASH_TEXT   64

struct hv_crash_record {
    uint64_t magic; /* HV_CRASH_MAGIC, written last */
    uint64_t version;
    uint64_t boot_count;
    uint64_t pcpu;
    uint64_t vector; /* row of the vector table, 0 to 15; 16: hv_bug() */
    uint64_t esr, far, elr, spsr, hpfar, sp;
    uint64_t x[31];
    char build_id[24];
    char text[HV_CRASH_TEXT];
};

struct hv_record_page {
    uint64_t boot_magic; /* HV_BOOT_MAGIC once boot_count is valid */
    uint64_t boot_count; /* starts since power on, this one included */
    struct hv_crash_record crash;
};

#endif
