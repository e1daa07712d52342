// SPDX-License-Identifier: Apache-2.0
//
// GICv2's virtual interface: list registers and controls as EL2 sees them (GICH), and the CPU
// interface that a guest believes is physical (GICV). IHI 0048, "GIC virtualization support",
// "Virtual interface control registers", "Maintenance interrupts".
module gic2_virtual
  import gic_pkg::*;
  import gic_regs_pkg::*;
#(
    parameter int NLR = 4
) (
    input  logic           clk,
    input  logic           rst_n,
    input  access_t        gich,
    input  access_t        gicv,
    output logic    [31:0] gich_data,
    output logic    [31:0] gicv_data,
    output event_t         deactivate,  // of the physical interrupt behind a list register
    output logic           virq,
    output logic           vfiq,
    output logic           maintenance
);

  localparam int NBITS = $clog2(NLR);
  localparam logic [1:0] INVALID = 2'd0, PENDING = 2'd1, ACTIVE = 2'd2;
  localparam int EOI = 9, SPECIAL = 1020, SGIS = 16;

  typedef struct packed {
    logic       hw;
    logic       group1;
    logic [1:0] state;     // bit 1 active, bit 0 pending
    prio_t      prio;
    logic [9:0] physical;  // without hw: bit 9 EOI, bits 2 to 0 the source of an SGI
    logic [9:0] virt;
  } lr_t;

  lr_t [NLR-1:0] lr;

  function automatic logic [31:0] from_lr(lr_t l);
    return {l.hw, l.group1, l.state, l.prio, 3'b0, l.physical, l.virt};
  endfunction

  function automatic logic [2:0] source_of(lr_t l);
    return !l.hw && l.virt < 10'(SGIS) ? l.physical[2:0] : 3'd0;
  endfunction

  // ---- the highest priority pending virtual interrupt ----

  typedef struct packed {
    logic [4:0] eoi_count;
    logic [3:0] group_events;  // VGrp1DIE, VGrp1EIE, VGrp0DIE, VGrp0EIE
    logic       npie;
    logic       lrenpie;
    logic       uie;
    logic       en;
  } hcr_t;

  hcr_t hcr;
  controls_t controls, new_controls;
  logic [NLR-1:0] candidate, ended, empty, pending, valid;
  prio_t [NLR-1:0] lr_prio;
  logic found;
  logic [NBITS-1:0] best;
  prio_t best_prio, running, mask0, mask1;
  candidate_t offer;

  always_comb
    for (int i = 0; i < NLR; i++) begin
      pending[i]   = lr[i].state == PENDING;
      valid[i]     = lr[i].state != INVALID;
      candidate[i] = pending[i] && controls.group_on[lr[i].group1];
      ended[i]     = !valid[i] && !lr[i].hw && lr[i].physical[EOI];
      empty[i]     = !valid[i] && !ended[i];
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

  always_comb
    offer = '{
        valid: found,
        group1: lr[best].group1,
        prio: best_prio,
        who: '{source: source_of(lr[best]), intid: lr[best].virt}
    };

  // ---- the guest's interface ----

  logic [1:0][31:0] ap;
  event_t ack, drop, dir;
  logic drop_alias, set_controls, set_ap;

  gic2_interface #(
      .SPLIT(1'b0)
  ) u_interface (
      .clk,
      .rst_n,
      .access      (gicv),
      .data        (gicv_data),
      .on          (hcr.en),
      .offer,
      .set_controls,
      .new_controls,
      .set_ap,
      .new_ap      (gich.wdata),
      .controls,
      .ap,
      .irq         (virq),
      .fiq         (vfiq),
      .ack,
      .drop,
      .drop_alias,
      .dir,
      .running,
      .mask1,
      .mask0
  );

  // ---- ends ----

  logic hit, group_ok, deactivates, counts;
  interrupt_t named;
  logic [NBITS-1:0] at;

  always_comb begin
    named = dir.valid ? dir.who : drop.who;
    hit = 1'b0;
    at  = '0;
    for (int i = NLR - 1; i >= 0; i--)
      if (lr[i].state[1] && lr[i].virt == named.intid && source_of(lr[i]) == named.source) begin
        hit = 1'b1;
        at  = NBITS'(i);
      end
    // An end deactivates what has the group of its register and the priority that was dropped.
    group_ok = drop_alias ? lr[at].group1 : controls.ack_ctl || !lr[at].group1;
    deactivates = hit && (dir.valid || (drop.valid && !controls.eoi_mode && group_ok &&
        (lr[at].prio & (lr[at].group1 ? mask1 : mask0)) == running));
    counts = !hit && (dir.valid || (drop.valid && !controls.eoi_mode));
    deactivate.valid = deactivates && lr[at].hw && lr[at].physical >= 10'(SGIS) && lr[at].physical < 10'(SPECIAL);
    deactivate.who = '{source: 3'd0, intid: lr[at].physical};
  end

  // ---- EL2's registers ----

  logic is_lr_write, is_lr_read;
  logic [5:0] write_n, read_n;
  logic [7:0] misr;

  always_comb begin
    write_n     = gich.waddr[7:2];
    read_n      = gich.raddr[7:2];
    is_lr_write = gich.write && gich.waddr[15:8] == GICH_LR[15:8] && {1'b0, write_n} < 7'(NLR);
    is_lr_read  = gich.raddr[15:8] == GICH_LR[15:8] && {1'b0, read_n} < 7'(NLR);
    set_ap      = gich.write && gich.waddr == GICH_APR;
    set_controls = gich.write && gich.waddr == GICH_VMCR;
    new_controls = '{
        pmr: gich.wdata[GICH_VMCR_VMPriMask_HI:GICH_VMCR_VMPriMask_LO],
        bpr: gich.wdata[GICH_VMCR_VMBP_HI:GICH_VMCR_VMBP_LO],
        abpr: gich.wdata[GICH_VMCR_VMABP_HI:GICH_VMCR_VMABP_LO],
        eoi_mode: gich.wdata[GICH_VMCR_VEM_LO],
        cbpr: gich.wdata[GICH_VMCR_VMCBPR_LO],
        fiq_en: gich.wdata[GICH_VMCR_VMFIQEn_LO],
        ack_ctl: gich.wdata[GICH_VMCR_VMAckCtl_LO],
        group_on: gich.wdata[GICH_VMCR_VMGrp1En_LO:GICH_VMCR_VMGrp0En_LO]
    };

    misr[0] = ended != 0;
    misr[1] = hcr.uie && $countones(valid) <= 1;
    misr[2] = hcr.lrenpie && hcr.eoi_count != 0;
    misr[3] = hcr.npie && pending == 0;
    misr[4] = hcr.group_events[0] && controls.group_on[0];
    misr[5] = hcr.group_events[1] && !controls.group_on[0];
    misr[6] = hcr.group_events[2] && controls.group_on[1];
    misr[7] = hcr.group_events[3] && !controls.group_on[1];
    maintenance = hcr.en && misr != 0;
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      lr  <= '0;
      hcr <= '0;
    end else begin
      if (ack.valid) lr[best].state <= ack.who.intid >= 10'(SPECIAL) ? INVALID : ACTIVE;
      if (deactivates) lr[at].state[1] <= 1'b0;
      if (counts) hcr.eoi_count <= hcr.eoi_count + 1'b1;
      if (is_lr_write)
        lr[write_n[NBITS-1:0]] <= '{
            hw: gich.wdata[GICH_LR_HW_LO],
            group1: gich.wdata[GICH_LR_Grp1_LO],
            state: gich.wdata[GICH_LR_State_HI:GICH_LR_State_LO],
            prio: gich.wdata[GICH_LR_Priority_HI:GICH_LR_Priority_LO],
            physical: gich.wdata[GICH_LR_PhysicalID_HI:GICH_LR_PhysicalID_LO],
            virt: gich.wdata[GICH_LR_VirtualID_HI:GICH_LR_VirtualID_LO]
        };
      if (gich.write && gich.waddr == GICH_HCR)
        hcr <= '{
            eoi_count: gich.wdata[GICH_HCR_EOICount_HI:GICH_HCR_EOICount_LO],
            group_events: gich.wdata[GICH_HCR_VGrp1DIE_LO:GICH_HCR_VGrp0EIE_LO],
            npie: gich.wdata[GICH_HCR_NPIE_LO],
            lrenpie: gich.wdata[GICH_HCR_LRENPIE_LO],
            uie: gich.wdata[GICH_HCR_UIE_LO],
            en: gich.wdata[GICH_HCR_En_LO]
        };
    end
  end

  always_comb begin
    gich_data = '0;
    if (is_lr_read) gich_data = from_lr(lr[read_n[NBITS-1:0]]);
    else
      unique case (gich.raddr)
        GICH_HCR: begin
          gich_data[3:0] = {hcr.npie, hcr.lrenpie, hcr.uie, hcr.en};
          gich_data[GICH_HCR_VGrp1DIE_LO:GICH_HCR_VGrp0EIE_LO] = hcr.group_events;
          gich_data[GICH_HCR_EOICount_HI:GICH_HCR_EOICount_LO] = hcr.eoi_count;
        end
        GICH_VTR: begin
          gich_data[GICH_VTR_ListRegs_HI:GICH_VTR_ListRegs_LO] = 6'(NLR - 1);
          gich_data[GICH_VTR_PREbits_HI:GICH_VTR_PREbits_LO] = 3'd4;
          gich_data[GICH_VTR_PRIbits_HI:GICH_VTR_PRIbits_LO] = 3'd4;
        end
        GICH_VMCR: begin
          gich_data[GICH_VMCR_VMPriMask_HI:GICH_VMCR_VMPriMask_LO] = controls.pmr;
          gich_data[GICH_VMCR_VMBP_HI:GICH_VMCR_VMBP_LO] = controls.bpr;
          gich_data[GICH_VMCR_VMABP_HI:GICH_VMCR_VMABP_LO] = controls.abpr;
          gich_data[GICH_VMCR_VEM_LO] = controls.eoi_mode;
          gich_data[GICH_VMCR_VMCBPR_LO] = controls.cbpr;
          gich_data[GICH_VMCR_VMFIQEn_LO] = controls.fiq_en;
          gich_data[GICH_VMCR_VMAckCtl_LO] = controls.ack_ctl;
          gich_data[GICH_VMCR_VMGrp1En_LO:GICH_VMCR_VMGrp0En_LO] = controls.group_on;
        end
        GICH_MISR: gich_data[7:0] = misr;
        GICH_EISR: gich_data[NLR-1:0] = ended;
        GICH_ELRSR: gich_data[NLR-1:0] = empty;
        GICH_APR: gich_data = ap[0];
        default: ;
      endcase
  end

endmodule
