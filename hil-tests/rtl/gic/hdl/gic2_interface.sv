// SPDX-License-Identifier: Apache-2.0
//
// A GICv2 CPU interface: GICC, or GICV as a guest sees it, which has the same registers. Which
// interrupt is offered, and what an end does beyond the priority drop, is decided around it. With
// one security state GICC_AIAR, GICC_AEOIR and GICC_AHPPIR are group 1's. IHI 0048, "CPU interface
// register map", "The effect of interrupt grouping on interrupt acknowledgement".
module gic2_interface
  import gic_pkg::*;
  import gic_regs_pkg::*;
#(
    parameter bit SPLIT = 1'b1  // active priorities by group (GICC_NSAPR), else all in GICC_APR
) (
    input  logic              clk,
    input  logic              rst_n,
    input  access_t           access,
    output logic       [31:0] data,
    input  logic              on,           // may signal
    input  candidate_t        offer,
    input  logic              set_controls, // by GICH_VMCR
    input  controls_t         new_controls,
    input  logic              set_ap,       // by GICH_APR
    input  logic       [31:0] new_ap,
    output controls_t         controls,
    output logic       [ 1:0][31:0] ap,
    output logic              irq,
    output logic              fiq,
    output event_t            ack,
    output event_t            drop,         // an end that drops the running priority
    output logic              drop_alias,   // by GICC_AEOIR
    output event_t            dir,
    output prio_t             running,      // what is dropped
    output prio_t             mask1,        // the bits that preempt, by group
    output prio_t             mask0
);

  localparam logic [2:0] BPR_MIN = 3'd2, ABPR_MIN = 3'd3;
  localparam logic [9:0] OTHER_GROUP = 10'd1022;
  localparam logic [9:0] SPECIAL = 10'd1020;

  logic busy, running_group1, can_signal, reads_iar, reads_aiar, ends, may_end;
  prio_t mask;
  interrupt_t named;

  // ---- what is signalled ----

  always_comb begin
    mask0 = group_mask(1'b0, controls.cbpr, controls.bpr, controls.abpr);
    mask1 = group_mask(1'b1, controls.cbpr, controls.bpr, controls.abpr);
    mask = offer.group1 ? mask1 : mask0;
    can_signal = on && offer.valid && offer.prio < controls.pmr &&
        (!busy || (offer.prio & mask) < (running & mask));
    fiq = can_signal && !offer.group1 && controls.fiq_en;
    irq = can_signal && !fiq;
  end

  // ---- acknowledge, end ----

  function automatic logic [31:0] shown(interrupt_t i);
    return {19'b0, i.source, i.intid};
  endfunction

  always_comb begin
    reads_iar  = access.read && access.raddr == GICC_IAR;
    reads_aiar = access.read && access.raddr == GICC_AIAR;
    ack.valid = can_signal && ((reads_iar && (!offer.group1 || controls.ack_ctl)) || (reads_aiar && offer.group1));
    ack.who = offer.who;

    named = '{source: access.wdata[GICC_IAR_CPUID_HI:GICC_IAR_CPUID_LO],
              intid: access.wdata[GICC_IAR_INTID_HI:GICC_IAR_INTID_LO]};
    drop_alias = access.waddr == GICC_AEOIR;
    // Of the group that the register is for: what else the manual calls UNPREDICTABLE changes nothing.
    // One register of active priorities does not know the group.
    may_end = !SPLIT || (drop_alias ? running_group1 : controls.ack_ctl || !running_group1);
    ends = access.write && (drop_alias || access.waddr == GICC_EOIR) && named.intid < SPECIAL;
    drop.valid = ends && busy && may_end;
    drop.who = named;
    dir.valid = access.write && access.waddr == GICC_DIR && controls.eoi_mode && named.intid < SPECIAL;
    dir.who = named;
  end

  gic_active u_active (
      .clk,
      .rst_n,
      .set       (ack.valid && ack.who.intid < SPECIAL),
      .set_group1(SPLIT && offer.group1),
      .set_prio  (offer.prio & mask),
      .drop      ({drop.valid && running_group1, drop.valid && !running_group1}),
      .write     ({SPLIT && access.write && access.waddr == GICC_NSAPR,
                   set_ap || (access.write && access.waddr == GICC_APR)}),
      .wdata     (set_ap ? new_ap : access.wdata),
      .ap,
      .busy,
      .group1    (running_group1),
      .running
  );

  // ---- controls ----

  always_ff @(posedge clk) begin
    if (!rst_n) controls <= '{bpr: BPR_MIN, abpr: ABPR_MIN, default: '0};
    else if (set_controls) begin
      controls      <= new_controls;
      controls.bpr  <= at_least(new_controls.bpr, BPR_MIN);
      controls.abpr <= at_least(new_controls.abpr, ABPR_MIN);
    end else if (access.write)
      unique case (access.waddr)
        GICC_CTLR: begin
          controls.group_on <= {access.wdata[GICC_CTLR_EnableGrp1_LO], access.wdata[GICC_CTLR_Enable_LO]};
          controls.ack_ctl  <= access.wdata[GICC_CTLR_AckCtl_LO];
          controls.fiq_en   <= access.wdata[GICC_CTLR_FIQEn_LO];
          controls.cbpr     <= access.wdata[GICC_CTLR_CBPR_LO];
          controls.eoi_mode <= access.wdata[GICC_CTLR_EOImode_LO];
        end
        GICC_PMR: controls.pmr <= access.wdata[7:3];
        GICC_BPR: controls.bpr <= at_least(access.wdata[2:0], BPR_MIN);
        GICC_ABPR: controls.abpr <= at_least(access.wdata[2:0], ABPR_MIN);
        default: ;
      endcase
  end

  // ---- reads ----

  always_comb begin
    data = '0;
    unique case (access.raddr)
      GICC_CTLR: begin
        data[GICC_CTLR_EnableGrp1_LO:GICC_CTLR_Enable_LO] = controls.group_on;
        data[GICC_CTLR_AckCtl_LO]  = controls.ack_ctl;
        data[GICC_CTLR_FIQEn_LO]   = controls.fiq_en;
        data[GICC_CTLR_CBPR_LO]    = controls.cbpr;
        data[GICC_CTLR_EOImode_LO] = controls.eoi_mode;
      end
      GICC_PMR:    data[7:3] = controls.pmr;
      GICC_BPR:    data[2:0] = controls.bpr;
      GICC_ABPR:   data[2:0] = controls.abpr;
      GICC_IAR:    data = ack.valid ? shown(offer.who) : {22'b0, can_signal ? OTHER_GROUP : SPURIOUS};
      GICC_AIAR:   data = ack.valid ? shown(offer.who) : {22'b0, SPURIOUS};
      GICC_HPPIR:
      data = !offer.valid ? {22'b0, SPURIOUS} :
          offer.group1 && !controls.ack_ctl ? {22'b0, OTHER_GROUP} : shown(offer.who);
      GICC_AHPPIR: data = offer.valid && offer.group1 ? shown(offer.who) : {22'b0, SPURIOUS};
      GICC_RPR:    data[7:0] = busy ? {running, 3'b0} : 8'hff;
      GICC_APR:    data = ap[0];
      GICC_NSAPR:  data = ap[1];
      GICC_IIDR:   data[GICC_IIDR_ArchRev_HI:GICC_IIDR_ArchRev_LO] = 4'd2;
      default: ;
    endcase
  end

endmodule
