/* SPDX-License-Identifier: Apache-2.0
 *
 * An access for each system register of the interrupt controller, by its encoding: the tables that the
 * hypervisor has its registers from.
 */
#include "player.h"

struct accesses {
    uint16_t encoding;
    access_fn *read, *write;
};

#define ENCODING(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning)                                           \
    static uint64_t read_##name(uint64_t value)                                                          \
    {                                                                                                    \
        __asm__ volatile("mrs %0, S" #op0 "_" #op1 "_C" #crn "_C" #crm "_" #op2 "\n\tisb" : "=r"(value)); \
        return value;                                                                                    \
    }                                                                                                    \
    static uint64_t write_##name(uint64_t value)                                                         \
    {                                                                                                    \
        __asm__ volatile("msr S" #op0 "_" #op1 "_C" #crn "_C" #crm "_" #op2 ", %0\n\tisb" ::"r"(value));  \
        return 0;                                                                                        \
    }
#define FIELD(name, field, high, low, meaning)
#include "regs/icc.def"
#include "regs/ich.def"
#undef SYSREG

#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning) \
    { ENCODING(op0, op1, crn, crm, op2), read_##name, write_##name },
static const struct accesses table[] = {
#include "regs/icc.def"
#include "regs/ich.def"
};

static uint8_t number_of[1 << 16]; /* plus 1 */

void registers_start(void)
{
    for (uint32_t n = 0; n < sizeof(table) / sizeof(table[0]); n++)
        number_of[table[n].encoding] = (uint8_t)(n + 1);
}

access_fn *register_access(uint32_t encoding, bool write)
{
    uint32_t n = number_of[encoding & 0xffff];

    return n == 0 ? 0 : write ? table[n - 1].write : table[n - 1].read;
}
