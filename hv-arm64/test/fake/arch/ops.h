/* SPDX-License-Identifier: Apache-2.0
 *
 * The same names as src/arch/ops.h, for the host: chosen by include path. Each call is recorded
 * or carried out on the machine of fake.h. A system register that fake.h does not list does not
 * compile.
 */
#ifndef HV_ARCH_OPS_H
#define HV_ARCH_OPS_H

#include <stdint.h>

#include "fake.h"

#define sysreg_read(name) fake_sysreg_read(FAKE_##name)
#define sysreg_write(name, value) fake_sysreg_write(FAKE_##name, (uint64_t)(value))

#define OP_PLAIN(fn, insn) \
    static inline void fn(void) { fake_op(insn); }
#define OP_ADDRESS(fn, insn) \
    static inline void fn(uint64_t va) { fake_op_address(insn, va); }

OP_PLAIN(op_isb, "isb")
OP_PLAIN(op_dsb_sy, "dsb sy")
OP_PLAIN(op_dsb_ish, "dsb ish")
OP_PLAIN(op_dsb_ishst, "dsb ishst")
OP_PLAIN(op_dsb_nsh, "dsb nsh")
OP_PLAIN(op_dmb_ish, "dmb ish")
OP_PLAIN(op_sev, "sev")
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

static inline void op_wfi(void)
{
    fake_wfi();
}

static inline uint64_t op_pcpu_base(void)
{
    return fake_pcpu_base();
}

static inline uint32_t op_crc32c_u64(uint32_t crc, uint64_t word)
{
    return fake_crc32c(crc, word);
}

static inline uint64_t op_smc(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    return fake_firmware("smc", id, a, b, c);
}

static inline uint64_t op_hvc(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    return fake_firmware("hvc", id, a, b, c);
}

#undef OP_PLAIN
#undef OP_ADDRESS

#endif
