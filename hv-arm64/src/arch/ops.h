/* SPDX-License-Identifier: Apache-2.0
 *
 * The CPU's instructions that C cannot say: system registers, barriers, cache and TLB
 * maintenance, waits. Nothing else in the hypervisor has inline assembly; test/fake/arch has a
 * header of this name that records the calls instead, so that the rooms above run on the host.
 * Arm DDI 0487, "A64 Base Instructions" and "A64 System instructions".
 */
#ifndef HV_ARCH_OPS_H
#define HV_ARCH_OPS_H

#include <stdint.h>

#define sysreg_read(name)                                            \
    ({                                                               \
        uint64_t sysreg_value_;                                      \
        __asm__ volatile("mrs %0, " #name : "=r"(sysreg_value_));    \
        sysreg_value_;                                               \
    })
#define sysreg_write(name, value) \
    __asm__ volatile("msr " #name ", %x0" : : "rZ"((uint64_t)(value)) : "memory")

#define OP_PLAIN(fn, insn) \
    static inline void fn(void) { __asm__ volatile(insn : : : "memory"); }
#define OP_ADDRESS(fn, insn) \
    static inline void fn(uint64_t va) { __asm__ volatile(insn ", %0" : : "r"(va) : "memory"); }

OP_PLAIN(op_isb, "isb")
OP_PLAIN(op_dsb_sy, "dsb sy")
OP_PLAIN(op_dsb_ish, "dsb ish")
OP_PLAIN(op_dsb_ishst, "dsb ishst")
OP_PLAIN(op_dsb_nsh, "dsb nsh")
OP_PLAIN(op_dmb_ish, "dmb ish")
OP_PLAIN(op_sev, "sev")
OP_PLAIN(op_wfi, "wfi")
OP_PLAIN(op_cpu_relax, "yield")
OP_PLAIN(op_ic_iallu, "ic iallu")
OP_PLAIN(op_ic_ialluis, "ic ialluis")
OP_PLAIN(op_tlbi_alle2, "tlbi alle2")
OP_PLAIN(op_tlbi_alle1is, "tlbi alle1is")
OP_PLAIN(op_tlbi_vmalls12e1is, "tlbi vmalls12e1is")
OP_ADDRESS(op_dc_civac, "dc civac")
OP_ADDRESS(op_dc_cvac, "dc cvac")
OP_ADDRESS(op_dc_zva, "dc zva")
OP_ADDRESS(op_at_s1e1r, "at s1e1r")
OP_ADDRESS(op_at_s12e1r, "at s12e1r")

/* TPIDR_EL2. Not volatile: it never changes on a pCPU, so the compiler may keep it. */
static inline uint64_t op_pcpu_base(void)
{
    uint64_t v;

    __asm__("mrs %0, tpidr_el2" : "=r"(v));
    return v;
}

static inline uint32_t op_crc32c_u64(uint32_t crc, uint64_t word)
{
    __asm__("crc32cx %w0, %w1, %x2" : "=r"(crc) : "r"(crc), "r"(word));
    return crc;
}

/* Firmware call by the SMC Calling Convention (Arm DEN 0028): x4-x17 may change. */
#define OP_CALL(fn, insn)                                                                  \
    static inline uint64_t fn(uint64_t id, uint64_t a, uint64_t b, uint64_t c)             \
    {                                                                                      \
        register uint64_t x0 __asm__("x0") = id;                                           \
        register uint64_t x1 __asm__("x1") = a;                                            \
        register uint64_t x2 __asm__("x2") = b;                                            \
        register uint64_t x3 __asm__("x3") = c;                                            \
        __asm__ volatile(insn " #0"                                                        \
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                          \
                         :                                                                 \
                         : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", \
                           "x14", "x15", "x16", "x17", "memory");                          \
        return x0;                                                                         \
    }
OP_CALL(op_smc, "smc")
OP_CALL(op_hvc, "hvc")

#undef OP_PLAIN
#undef OP_ADDRESS
#undef OP_CALL

#endif
