/* SPDX-License-Identifier: Apache-2.0
 *
 * Every encoding of MRS, MSR, SYS and SYSL, and of the instructions beside them: 65,536 in each
 * direction, written into memory and executed. What is not in allowed.c must be undefined. A
 * register is written with what was read from it. Every seventh only, without the boot argument
 * `all`: seven has no factor in common with a field's size, so that each field takes each value.
 */
#include "../check.h"
#include "sweep.h"

#define ENCODINGS 0x10000u
#define MSR 0xd5000000u
#define READ (1u << 21)
#define XZR 31u
#define NAMED_FAILURES 12u
#define SAMPLE 7u

static uint32_t code[16] __attribute__((aligned(64)));
static uint8_t scratch[4096] __attribute__((aligned(4096)));
static uint32_t swept, undefined, failures;

/* One that would stop or unhinge this test itself; each with its reason. */
static bool left_out(uint32_t e, bool read)
{
    uint32_t op0 = e >> 14, op1 = e >> 11 & 7, crn = e >> 7 & 15, crm = e >> 3 & 15, op2 = e & 7;

    if (op0 == 0 && !read)
        return (crn == 2 && crm == 0 && (op2 == 2 || op2 == 3)) || /* WFE, WFI: nothing wakes it */
               (crn == 1 && op1 == 3 && crm == 0) ||               /* WFET, WFIT: until a time */
               crn == 4;                                           /* MSR to PSTATE: the immediate is in CRm */
    return false;
}

static bool run(uint32_t e, bool read, uint64_t *value)
{
    register uint64_t x0 __asm__("x0") = *value;
    uint32_t rt = e >> 14 == 0 ? XZR : 0;

    code[0] = MSR | (read ? READ : 0) | e << 5 | rt;
    code[1] = 0xd65f03c0; /* RET */
    __asm__ volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb" : : "r"(code) : "memory");
    fault_expect();
    __asm__ volatile("blr %1\n\tisb" : "+r"(x0) : "r"(code) : "x30", "cc", "memory");
    if (fault_taken(NULL))
        return false;
    *value = x0;
    return true;
}

static void judge(uint32_t e, bool read, bool worked)
{
    bool may = sweep_allowed(e, read);

    swept++;
    undefined += !worked;
    if (!worked || may)
        return;
    if (failures++ < NAMED_FAILURES)
        print("%s s%u_%u_c%u_c%u_%u is not undefined\n", read ? "mrs" : "msr", e >> 14, e >> 11 & 7, e >> 7 & 15,
              e >> 3 & 15, e & 7);
}

static void sweep(uint32_t step)
{
    for (uint32_t e = 0; e < ENCODINGS; e += step) {
        uint64_t value = e >> 14 == 1 ? (uint64_t)scratch : 0; /* SYS takes an address */

        if (!left_out(e, true))
            judge(e, true, run(e, true, &value));
        if (e >> 14 == 1)
            value = (uint64_t)scratch;
        if (!left_out(e, false))
            judge(e, false, run(e, false, &value));
    }
}

void guest_main(void)
{
    uint32_t step = dtb_bootargs_have("all") ? 1 : SAMPLE;

    sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~1ul); /* code in data, and tables that may change */
    isb();
    sweep(step);
    print("swept %u, %u undefined\n", swept, undefined);
    check_equal("only-what-is-allowed", failures, 0);
    check_that("most-are-undefined", undefined > swept / 2, "the sweep runs nothing");
    check_done();
}
