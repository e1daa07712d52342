/* SPDX-License-Identifier: Apache-2.0
 *
 * System registers and instructions that EL1 should not have, as a list of struct row (instructions.c).
 * `never` must be undefined at EL1. `any` may be undefined too, or have an effect on this vCPU's
 * virtual state alone; what counts is that it comes back. x0 is 1.
 */
    .macro  row rule, name, instruction:vararg
    .section .text, "ax"
801:
    \instruction
    ret
    .section .rodata.strings, "a"
802:
    .asciz  "\name"
    .section .rodata.rows, "a"
    .quad   \rule, 802b, 801b
    .endm

    .macro  never registers:vararg
    .irp    register, \registers
    row     1, "read-\register", mrs x0, \register
    row     1, "write-\register", msr \register, x0
    .endr
    .endm

    .macro  read registers:vararg
    .irp    register, \registers
    row     0, "\register", mrs x0, \register
    .endr
    .endm

    .macro  write registers:vararg
    .irp    register, \registers
    row     0, "\register", msr \register, x0
    row     0, "\register", msr \register, xzr
    .endr
    .endm

    .section .rodata.rows, "a"
    .balign 8
    .globl  sysreg_list, sysreg_list_end
sysreg_list:
    // The hypervisor's own.
    never   hcr_el2, vttbr_el2, vtcr_el2, ttbr0_el2, tcr_el2, mair_el2, sctlr_el2, vbar_el2, tpidr_el2
    never   cptr_el2, hstr_el2, mdcr_el2, vpidr_el2, vmpidr_el2, cnthctl_el2, cntvoff_el2, cnthp_ctl_el2
    never   cnthp_cval_el2, esr_el2, far_el2, hpfar_el2, elr_el2, spsr_el2, sp_el1, actlr_el2
    never   ich_hcr_el2, ich_vmcr_el2, ich_lr0_el2, ich_ap1r0_el2, icc_sre_el2
    never   scr_el3, sctlr_el3, vbar_el3, mdcr_el3, cptr_el3, icc_ctlr_el3, icc_igrpen1_el3, icc_sre_el3
    row     1, "tlbi-alle1", tlbi alle1
    row     1, "tlbi-alle2", tlbi alle2
    row     1, "tlbi-vmalls12e1", tlbi vmalls12e1
    row     1, "tlbi-ipas2e1", tlbi ipas2e1, xzr
    row     1, "at-s1e2r", at s1e2r, x0
    row     1, "at-s12e1r", at s12e1r, x0
    row     1, "hlt", hlt #1
    row     1, "drps", drps
    row     1, "dcps2", dcps2
    // Group 0 of the interrupt controller, and what switches its system registers.
    read    icc_iar0_el1, icc_hppir0_el1, icc_bpr0_el1, icc_ap0r0_el1, icc_igrpen0_el1, icc_rpr_el1, icc_sre_el1
    write   icc_bpr0_el1, icc_ap0r0_el1, icc_igrpen0_el1, icc_eoir0_el1, icc_sgi0r_el1, icc_asgi1r_el1
    write   icc_sre_el1, icc_dir_el1, icc_ap1r0_el1, icc_igrpen1_el1
    // Implementation defined and auxiliary.
    read    actlr_el1, aidr_el1, revidr_el1, afsr0_el1, afsr1_el1, amair_el1
    write   actlr_el1, afsr0_el1, afsr1_el1, amair_el1
    read    s3_0_c15_c0_0, s3_1_c15_c2_0, s3_1_c15_c2_1, s3_1_c15_c3_0, s3_1_c11_c0_2, s3_3_c15_c2_0, s3_0_c11_c0_0
    write   s3_0_c15_c0_0, s3_1_c15_c2_0, s3_1_c15_c2_1, s3_7_c15_c15_7
    // Limited ordering regions, errors, and other late extensions.
    read    s3_0_c10_c4_0, s3_0_c10_c4_7, s3_0_c5_c3_1, s3_0_c5_c4_0, s3_0_c13_c0_7
    // Performance monitors.
    read    pmcr_el0, pmcntenset_el0, pmccntr_el0, pmselr_el0, pmceid0_el0, pmuserenr_el0, pmccfiltr_el0
    write   pmcr_el0, pmcntenset_el0, pmcntenclr_el0, pmovsclr_el0, pmintenset_el1, pmintenclr_el1, pmselr_el0
    // Debug. The OS lock is taken and given back.
    read    mdscr_el1, oslsr_el1, osdlr_el1, mdrar_el1, dbgauthstatus_el1, dbgbcr0_el1, dbgwcr0_el1, mdccsr_el0
    write   oslar_el1, osdlr_el1, dbgbcr0_el1, dbgbvr0_el1, dbgwcr0_el1, dbgprcr_el1, mdscr_el1
    // The other timers, and the frequency.
    read    cntpct_el0, cntp_ctl_el0, cntp_cval_el0, cntkctl_el1, cntps_ctl_el1
    write   cntp_cval_el0, cntp_ctl_el0, cntps_ctl_el1
    // Caches by set and way: what a hypervisor must not let through as it is.
    row     0, "dc-isw", dc isw, xzr
    row     0, "dc-csw", dc csw, xzr
    row     0, "dc-cisw", dc cisw, xzr
    row     0, "tlbi-vmalle1is", tlbi vmalle1is
    row     0, "ic-ialluis", ic ialluis
    row     0, "brk", brk #0xdead
    row     0, "svc", svc #0xdead
    .section .rodata.rows, "a"
sysreg_list_end:

// ERET to an exception level that is not ours: illegal, so it stays here. x0 = SPSR_EL1.
    .section .text, "ax"
    .globl  illegal_eret
illegal_eret:
    mrs     x1, daif
    msr     spsr_el1, x0
    adr     x2, 1f
    msr     elr_el1, x2
    eret
1:  msr     daif, x1
    ret
