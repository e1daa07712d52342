// SPDX-License-Identifier: Apache-2.0
//
// The virtual CPU interface: list registers and controls as EL2 sees them (ICH), and the interface
// that a guest believes is physical (ICV). IHI 0069, "Virtual interrupt handling and
// prioritization", "Usage model for the List registers", "Maintenance interrupts".
module gic_virtual
  import gic_pkg::*;
  import gic_regs_pkg::*;
#(
    parameter int NLR = 4
) (
    input  logic           clk,
    input  logic           rst_n,
    input  sysreg_t        req,
    output logic           known,
    output logic           allowed,
    output logic           trap,
    output logic    [63:0] data,
    output strobe_t        deactivate,   // of the physical interrupt behind a list register
    output logic           virq,
    output logic           vfiq,
    output logic           maintenance
);

  localparam logic [2:0] BPR0_MIN = 3'd2, BPR1_MIN = 3'd3;
  localparam int NBITS = $clog2(NLR);
  localparam logic [1:0] INVALID = 2'd0, PENDING = 2'd1;

  typedef struct packed {
    logic [1:0]  state;   // bit 1 active, bit 0 pending
    logic        hw;
    logic        group1;
    prio_t       prio;
    logic [12:0] pintid;  // without hw its bit 9 is EOI
    logic [15:0] vintid;
  } lr_t;
  localparam int EOI = 9;

  lr_t [NLR-1:0] lr;

  function automatic logic [63:0] from_lr(lr_t l);
    return {l.state, l.hw, l.group1, 4'b0, l.prio, 6'b0, l.pintid, 16'b0, l.vintid};
  endfunction

  function automatic lr_t to_lr(logic [63:0] v);
    return '{
        state: v[63:62],
        hw: v[61],
        group1: v[60],
        prio: v[55:51],
        pintid: v[44:32],
        vintid: v[15:0]
    };
  endfunction

  // ---- controls ----

  typedef struct packed {
    logic [4:0] eoi_count;
    logic       tdir;
    logic       tall1;
    logic       tall0;
    logic       tc;
    logic [3:0] group_events;  // VGrp1DIE, VGrp1EIE, VGrp0DIE, VGrp0EIE
    logic       npie;
    logic       lrenpie;
    logic       uie;
    logic       en;
  } hcr_t;

  hcr_t hcr;
  prio_t pmr, running, mask;
  logic [2:0] bpr0, bpr1;
  logic cbpr, eoi_mode, busy, running_group1;
  logic [1:0] group_on;
  logic [1:0][31:0] ap;

  // ---- the highest priority pending virtual interrupt ----

  logic [NLR-1:0] candidate, ended, empty, pending, valid;
  prio_t [NLR-1:0] lr_prio;
  logic found, can_signal, special;
  logic [NBITS-1:0] best;
  prio_t best_prio;

  always_comb
    for (int i = 0; i < NLR; i++) begin
      pending[i]   = lr[i].state == PENDING;
      valid[i]     = lr[i].state != INVALID;
      candidate[i] = pending[i] && group_on[lr[i].group1];
      ended[i]     = lr[i].state == INVALID && !lr[i].hw && lr[i].pintid[EOI];
      empty[i]     = lr[i].state == INVALID && (lr[i].hw || !lr[i].pintid[EOI]);
      lr_prio[i]   = lr[i].prio;
    end

  gic_best #(
      .N(NLR)
  ) u_best (
      .valid(candidate),
      .prio (lr_prio),
      .found,
      .index(best),
      .best (best_prio)
  );

  always_comb begin
    mask = group_mask(lr[best].group1, cbpr, bpr0, bpr1);
    can_signal = hcr.en && found && best_prio < pmr && (!busy || (best_prio & mask) < (running & mask));
    virq = can_signal && lr[best].group1;
    vfiq = can_signal && !lr[best].group1;
    special = lr[best].vintid >= 16'd1020 && lr[best].vintid <= 16'd1023;
  end

  // ---- maintenance ----

  logic [7:0] misr;

  always_comb begin
    misr[0] = ended != 0;
    misr[1] = hcr.uie && $countones(valid) <= 1;
    misr[2] = hcr.lrenpie && hcr.eoi_count != 0;
    misr[3] = hcr.npie && pending == 0;
    misr[4] = hcr.group_events[0] && group_on[0];
    misr[5] = hcr.group_events[1] && !group_on[0];
    misr[6] = hcr.group_events[2] && group_on[1];
    misr[7] = hcr.group_events[3] && !group_on[1];
    maintenance = hcr.en && misr != 0;
  end

  // ---- reads, and which accesses there are ----

  logic reads, writes, is_lr;
  logic [3:0] lr_number;

  always_comb begin
    known = 1'b1;
    reads = 1'b1;
    writes = 1'b1;
    trap = 1'b0;
    data = '0;
    // ICH_LR0 to 7 and 8 to 15 differ in CRm's lowest bit.
    is_lr = !req.el1 && (req.encoding & ~16'hf) == (ICH_LR0_EL2 & ~16'hf);
    lr_number = req.encoding[3:0];
    if (req.el1) begin
      unique case (req.encoding)
        ICC_PMR_EL1: begin
          data[7:0] = {pmr, 3'b0};
          trap = hcr.tc;
        end
        ICC_BPR0_EL1: begin
          data[2:0] = bpr0;
          trap = hcr.tall0;
        end
        ICC_BPR1_EL1: begin
          data[2:0] = !cbpr ? bpr1 : bpr0 == 3'd7 ? 3'd7 : bpr0 + 3'd1;
          trap = hcr.tall1;
        end
        ICC_CTLR_EL1: begin
          data[ICC_CTLR_EL1_CBPR_LO] = cbpr;
          data[ICC_CTLR_EL1_EOImode_LO] = eoi_mode;
          data[ICC_CTLR_EL1_PRIbits_HI:ICC_CTLR_EL1_PRIbits_LO] = 3'd4;
          data[ICC_CTLR_EL1_A3V_LO] = 1'b1;
          trap = hcr.tc;
        end
        ICC_IGRPEN0_EL1: begin
          data[0] = group_on[0];
          trap = hcr.tall0;
        end
        ICC_IGRPEN1_EL1: begin
          data[0] = group_on[1];
          trap = hcr.tall1;
        end
        ICC_AP0R0_EL1: begin
          data[31:0] = ap[0];
          trap = hcr.tall0;
        end
        ICC_AP1R0_EL1: begin
          data[31:0] = ap[1];
          trap = hcr.tall1;
        end
        ICC_SRE_EL1: data[2:0] = 3'b111;
        ICC_IAR0_EL1: begin
          writes = 1'b0;
          data[15:0] = vfiq ? lr[best].vintid : {6'b0, SPURIOUS};
          trap = hcr.tall0;
        end
        ICC_IAR1_EL1: begin
          writes = 1'b0;
          data[15:0] = virq ? lr[best].vintid : {6'b0, SPURIOUS};
          trap = hcr.tall1;
        end
        ICC_HPPIR0_EL1: begin
          writes = 1'b0;
          data[15:0] = found && !lr[best].group1 ? lr[best].vintid : {6'b0, SPURIOUS};
          trap = hcr.tall0;
        end
        ICC_HPPIR1_EL1: begin
          writes = 1'b0;
          data[15:0] = found && lr[best].group1 ? lr[best].vintid : {6'b0, SPURIOUS};
          trap = hcr.tall1;
        end
        ICC_RPR_EL1: begin
          writes = 1'b0;
          data[7:0] = busy ? {running, 3'b0} : 8'hff;
          trap = hcr.tc;
        end
        ICC_EOIR0_EL1: begin
          reads = 1'b0;
          trap = hcr.tall0;
        end
        ICC_EOIR1_EL1: begin
          reads = 1'b0;
          trap = hcr.tall1;
        end
        ICC_DIR_EL1: begin
          reads = 1'b0;
          trap = hcr.tc || hcr.tdir;
        end
        // An SGI of a guest is the hypervisor's to send.
        ICC_SGI0R_EL1, ICC_SGI1R_EL1, ICC_ASGI1R_EL1: begin
          reads = 1'b0;
          trap = 1'b1;
        end
        default: known = 1'b0;
      endcase
    end else begin
      unique case (req.encoding)
        ICH_HCR_EL2: begin
          data[3:0] = {hcr.npie, hcr.lrenpie, hcr.uie, hcr.en};
          data[7:4] = hcr.group_events;
          data[12:10] = {hcr.tall1, hcr.tall0, hcr.tc};
          data[ICH_HCR_EL2_TDIR_LO] = hcr.tdir;
          data[ICH_HCR_EL2_EOIcount_HI:ICH_HCR_EL2_EOIcount_LO] = hcr.eoi_count;
        end
        ICH_VTR_EL2: begin
          writes = 1'b0;
          data[ICH_VTR_EL2_ListRegs_HI:ICH_VTR_EL2_ListRegs_LO] = 5'(NLR - 1);
          data[ICH_VTR_EL2_TDS_LO] = 1'b1;
          data[ICH_VTR_EL2_nV4_LO] = 1'b1;
          data[ICH_VTR_EL2_A3V_LO] = 1'b1;
          data[ICH_VTR_EL2_PREbits_HI:ICH_VTR_EL2_PREbits_LO] = 3'd4;
          data[ICH_VTR_EL2_PRIbits_HI:ICH_VTR_EL2_PRIbits_LO] = 3'd4;
        end
        ICH_MISR_EL2: begin
          writes = 1'b0;
          data[7:0] = misr;
        end
        ICH_EISR_EL2: begin
          writes = 1'b0;
          data[NLR-1:0] = ended;
        end
        ICH_ELRSR_EL2: begin
          writes = 1'b0;
          data[NLR-1:0] = empty;
        end
        ICH_VMCR_EL2: begin
          data[1:0] = group_on;
          data[ICH_VMCR_EL2_VFIQEn_LO] = 1'b1;
          data[ICH_VMCR_EL2_VCBPR_LO] = cbpr;
          data[ICH_VMCR_EL2_VEOIM_LO] = eoi_mode;
          data[ICH_VMCR_EL2_VBPR1_HI:ICH_VMCR_EL2_VBPR1_LO] = bpr1;
          data[ICH_VMCR_EL2_VBPR0_HI:ICH_VMCR_EL2_VBPR0_LO] = bpr0;
          data[ICH_VMCR_EL2_VPMR_HI:ICH_VMCR_EL2_VPMR_LO] = {pmr, 3'b0};
        end
        ICH_AP0R0_EL2: data[31:0] = ap[0];
        ICH_AP1R0_EL2: data[31:0] = ap[1];
        default: begin
          known = is_lr && {1'b0, lr_number} < 5'(NLR);
          if (known) data = from_lr(lr[lr_number[NBITS-1:0]]);
        end
      endcase
    end
    allowed = known && (req.write ? writes : reads);
    trap = trap && allowed;
    if (!allowed || trap || req.write) data = '0;
  end

  // ---- acknowledge, end ----

  logic go, ack, eoir, dir, drops, deactivates, counts, hit, names_one;
  logic [NLR-1:0] match;
  logic [NBITS-1:0] at;

  always_comb begin
    go   = req.valid && allowed && !trap;
    ack  = go && req.el1 && !req.write &&
           ((req.encoding == ICC_IAR0_EL1 && vfiq) || (req.encoding == ICC_IAR1_EL1 && virq));
    names_one = !(req.data[23:0] >= 24'd1020 && req.data[23:0] <= 24'd1023);
    eoir = go && req.el1 && (req.encoding == ICC_EOIR0_EL1 || req.encoding == ICC_EOIR1_EL1) && names_one;
    dir  = go && req.el1 && req.encoding == ICC_DIR_EL1 && eoi_mode && names_one;
    drops = eoir && busy;

    hit = 1'b0;
    at  = '0;
    for (int i = NLR - 1; i >= 0; i--) begin
      match[i] = lr[i].state[1] && {8'b0, lr[i].vintid} == req.data[23:0];
      if (match[i]) begin
        hit = 1'b1;
        at  = NBITS'(i);
      end
    end
    // An end deactivates the interrupt if it is of the group and priority that was dropped.
    deactivates = (dir && hit) ||
        (drops && !eoi_mode && hit && lr[at].group1 == (req.encoding == ICC_EOIR1_EL1) &&
         (lr[at].prio & group_mask(lr[at].group1, cbpr, bpr0, bpr1)) == running);
    counts = (dir && !hit) || (drops && !eoi_mode && !hit);
    deactivate.valid = deactivates && lr[at].hw && lr[at].pintid < 13'd1020;
    deactivate.intid = lr[at].pintid[9:0];
  end

  gic_active u_active (
      .clk,
      .rst_n,
      .set       (ack && !special),
      .set_group1(lr[best].group1),
      .set_prio  (best_prio & mask),
      .drop      ({drops && running_group1, drops && !running_group1}),
      .write     ({
        go && req.write && (req.encoding == (req.el1 ? ICC_AP1R0_EL1 : ICH_AP1R0_EL2)),
        go && req.write && (req.encoding == (req.el1 ? ICC_AP0R0_EL1 : ICH_AP0R0_EL2))
      }),
      .wdata     (req.data[31:0]),
      .ap,
      .busy,
      .group1    (running_group1),
      .running
  );

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      lr       <= '0;
      hcr      <= '0;
      pmr      <= '0;
      bpr0     <= BPR0_MIN;
      bpr1     <= BPR1_MIN;
      cbpr     <= 1'b0;
      eoi_mode <= 1'b0;
      group_on <= '0;
    end else begin
      if (ack) lr[best].state <= special ? INVALID : 2'b10;
      if (deactivates) lr[at].state[1] <= 1'b0;
      if (counts) hcr.eoi_count <= hcr.eoi_count + 1'b1;
      if (go && req.write) begin
        if (is_lr) lr[lr_number[NBITS-1:0]] <= to_lr(req.data);
        else
          unique case (req.encoding)
            ICC_PMR_EL1: pmr <= req.data[7:3];
            ICC_BPR0_EL1: bpr0 <= at_least(req.data[2:0], BPR0_MIN);
            ICC_BPR1_EL1: if (!cbpr) bpr1 <= at_least(req.data[2:0], BPR1_MIN);
            ICC_CTLR_EL1: begin
              cbpr     <= req.data[ICC_CTLR_EL1_CBPR_LO];
              eoi_mode <= req.data[ICC_CTLR_EL1_EOImode_LO];
            end
            ICC_IGRPEN0_EL1: group_on[0] <= req.data[0];
            ICC_IGRPEN1_EL1: group_on[1] <= req.data[0];
            ICH_HCR_EL2:
            hcr <= '{
                eoi_count: req.data[ICH_HCR_EL2_EOIcount_HI:ICH_HCR_EL2_EOIcount_LO],
                tdir: req.data[ICH_HCR_EL2_TDIR_LO],
                tall1: req.data[ICH_HCR_EL2_TALL1_LO],
                tall0: req.data[ICH_HCR_EL2_TALL0_LO],
                tc: req.data[ICH_HCR_EL2_TC_LO],
                group_events: req.data[7:4],
                npie: req.data[ICH_HCR_EL2_NPIE_LO],
                lrenpie: req.data[ICH_HCR_EL2_LRENPIE_LO],
                uie: req.data[ICH_HCR_EL2_UIE_LO],
                en: req.data[ICH_HCR_EL2_En_LO]
            };
            ICH_VMCR_EL2: begin
              group_on <= req.data[1:0];
              cbpr     <= req.data[ICH_VMCR_EL2_VCBPR_LO];
              eoi_mode <= req.data[ICH_VMCR_EL2_VEOIM_LO];
              bpr1     <= at_least(req.data[ICH_VMCR_EL2_VBPR1_HI:ICH_VMCR_EL2_VBPR1_LO], BPR1_MIN);
              bpr0     <= at_least(req.data[ICH_VMCR_EL2_VBPR0_HI:ICH_VMCR_EL2_VBPR0_LO], BPR0_MIN);
              pmr      <= req.data[ICH_VMCR_EL2_VPMR_HI-:5];
            end
            default: ;
          endcase
      end
    end
  end

endmodule
