// SPDX-License-Identifier: Apache-2.0
//
// What the modules of the interrupt controller say to each other. Register offsets, encodings and
// fields are not here: gic_regs_pkg.sv is generated from hv-arm64/src/regs/*.def.
package gic_pkg;

  // Five priority bits are implemented: the upper ones of the architecture's eight.
  typedef logic [4:0] prio_t;

  localparam logic [9:0] SPURIOUS = 10'd1023;

  // Width of an access, as in AxSIZE.
  localparam logic [1:0] BYTE = 2'd0, WORD = 2'd2, DOUBLE = 2'd3;

  // A write to GICD or GICR; data is at bit 0 whatever the address.
  typedef struct packed {
    logic        valid;
    logic [1:0]  size;
    logic [23:0] addr;
    logic [63:0] data;
  } write_t;

  typedef struct packed {
    logic [1:0]  size;
    logic [23:0] addr;
  } read_t;

  // What the distributor and a redistributor offer a CPU interface.
  typedef struct packed {
    logic       valid;
    logic       group1;
    prio_t      prio;
    logic [9:0] intid;
  } forward_t;

  // An MRS or MSR. el1: executed at EL1 with HCR_EL2.IMO and FMO set, as the hypervisor always has
  // them, so that ICC names reach the virtual interface.
  typedef struct packed {
    logic        valid;
    logic        el1;
    logic        write;
    logic [15:0] encoding;  // op0, op1, CRn, CRm, op2
    logic [63:0] data;
  } sysreg_t;

  typedef struct packed {
    logic        undef;  // UNDEFINED at this Exception level
    logic        trap;   // trapped to EL2
    logic [63:0] data;
  } sysreg_reply_t;

  // An interrupt becomes active, or is deactivated.
  typedef struct packed {
    logic       valid;
    logic [9:0] intid;
  } strobe_t;

  typedef struct packed {
    logic        valid;
    logic        group1;
    logic        irm;
    logic [15:0] list;
    logic [3:0]  range;
    logic [23:0] affinity;  // 3.2.1
    logic [3:0]  intid;
  } sgi_t;

  // ---- GICv2: accesses of the CPU whose registers they are, and interrupts with the CPU that sent them ----

  typedef struct packed {
    logic        read;   // it has its effect in this cycle
    logic        write;
    logic [15:0] raddr;  // in the frame
    logic [15:0] waddr;
    logic [31:0] wdata;
  } access_t;

  typedef struct packed {
    logic [2:0] source;  // of an SGI, else 0
    logic [9:0] intid;
  } interrupt_t;

  typedef struct packed {
    logic       valid;
    interrupt_t who;
  } event_t;

  typedef struct packed {
    logic       valid;
    logic       group1;
    prio_t      prio;
    interrupt_t who;
  } candidate_t;

  // GICC_CTLR, GICC_PMR, GICC_BPR and GICC_ABPR, or the guest's: what GICH_VMCR shows too.
  typedef struct packed {
    prio_t      pmr;
    logic [2:0] bpr;
    logic [2:0] abpr;
    logic       eoi_mode;
    logic       cbpr;
    logic       fiq_en;
    logic       ack_ctl;
    logic [1:0] group_on;
  } controls_t;

  // The bits of a priority that make its group priority. IHI 0069, "Priority grouping": BPR0 = n
  // leaves bits 7 to n + 1, BPR1 = n leaves bits 7 to n.
  function automatic prio_t group_mask(logic group1, logic cbpr, logic [2:0] bpr0, logic [2:0] bpr1);
    logic [2:0] cut;
    cut = (group1 && !cbpr) ? bpr1 - 3'd3 : bpr0 - 3'd2;
    return prio_t'(5'h1f << cut);
  endfunction

  // A binary point that is written smaller than the least one is that.
  function automatic logic [2:0] at_least(logic [2:0] v, logic [2:0] least);
    return v < least ? least : v;
  endfunction

endpackage
