// SPDX-License-Identifier: Apache-2.0
//
// The physical CPU interface behind the ICC system registers: acknowledge, end, priority mask,
// binary points, running priority, SGIs. Group 1 is signalled as IRQ, group 0 as FIQ. IHI 0069,
// "AArch64 System register descriptions", "Preemption".
module gic_physical
  import gic_pkg::*;
  import gic_regs_pkg::*;
(
    input  logic                   clk,
    input  logic                   rst_n,
    input  sysreg_t                req,
    output logic                   known,      // the register is one of these
    output logic                   allowed,    // and may be accessed this way
    output logic            [63:0] data,
    input  forward_t               forward,
    output logic            [ 1:0] group_on,   // ICC_IGRPEN
    output strobe_t                activate,
    output strobe_t                deactivate,
    output sgi_t                   sgi,
    output logic                   irq,
    output logic                   fiq
);

  localparam logic [2:0] BPR0_MIN = 3'd2, BPR1_MIN = 3'd3;

  prio_t pmr, running, mask;
  logic [2:0] bpr0, bpr1;
  logic cbpr, eoi_mode, busy, running_group1, can_signal, ends;
  logic [1:0] drop;
  logic [1:0][31:0] ap;

  always_comb begin
    mask = group_mask(forward.group1, cbpr, bpr0, bpr1);
    can_signal = forward.valid && forward.prio < pmr &&
        (!busy || (forward.prio & mask) < (running & mask));
    irq = can_signal && forward.group1;
    fiq = can_signal && !forward.group1;
  end

  // ---- reads, and which accesses there are ----

  logic reads, writes;

  always_comb begin
    known = 1'b1;
    reads = 1'b1;
    writes = 1'b1;
    data = '0;
    unique case (req.encoding)
      ICC_PMR_EL1: data[7:0] = {pmr, 3'b0};
      ICC_BPR0_EL1: data[2:0] = bpr0;
      // With CBPR it shows what BPR0 does to group 1.
      ICC_BPR1_EL1: data[2:0] = !cbpr ? bpr1 : bpr0 == 3'd7 ? 3'd7 : bpr0 + 3'd1;
      ICC_CTLR_EL1: begin
        data[ICC_CTLR_EL1_CBPR_LO] = cbpr;
        data[ICC_CTLR_EL1_EOImode_LO] = eoi_mode;
        data[ICC_CTLR_EL1_PRIbits_HI:ICC_CTLR_EL1_PRIbits_LO] = 3'd4;
        data[ICC_CTLR_EL1_A3V_LO] = 1'b1;
      end
      ICC_IGRPEN0_EL1: data[0] = group_on[0];
      ICC_IGRPEN1_EL1: data[0] = group_on[1];
      ICC_AP0R0_EL1: data[31:0] = ap[0];
      ICC_AP1R0_EL1: data[31:0] = ap[1];
      ICC_SRE_EL1: data[2:0] = 3'b111;  // no bypass, system registers only
      ICC_SRE_EL2: data[3:0] = 4'b1111;
      ICC_IAR0_EL1: begin
        writes = 1'b0;
        data[9:0] = fiq ? forward.intid : SPURIOUS;
      end
      ICC_IAR1_EL1: begin
        writes = 1'b0;
        data[9:0] = irq ? forward.intid : SPURIOUS;
      end
      ICC_HPPIR0_EL1: begin
        writes = 1'b0;
        data[9:0] = forward.valid && !forward.group1 ? forward.intid : SPURIOUS;
      end
      ICC_HPPIR1_EL1: begin
        writes = 1'b0;
        data[9:0] = forward.valid && forward.group1 ? forward.intid : SPURIOUS;
      end
      ICC_RPR_EL1: begin
        writes = 1'b0;
        data[7:0] = busy ? {running, 3'b0} : 8'hff;
      end
      ICC_EOIR0_EL1, ICC_EOIR1_EL1, ICC_DIR_EL1, ICC_SGI0R_EL1, ICC_SGI1R_EL1, ICC_ASGI1R_EL1:
      reads = 1'b0;
      default: known = 1'b0;
    endcase
    allowed = known && (req.write ? writes : reads);
    if (!known || !reads) data = '0;
  end

  // ---- acknowledge, end ----

  logic write_ok, read_ok, eoir0, eoir1;

  always_comb begin
    write_ok = req.valid && req.write && allowed;
    read_ok  = req.valid && !req.write && allowed;
    activate.valid = read_ok && ((req.encoding == ICC_IAR0_EL1 && fiq) || (req.encoding == ICC_IAR1_EL1 && irq));
    activate.intid = forward.intid;
    eoir0 = write_ok && req.encoding == ICC_EOIR0_EL1;
    eoir1 = write_ok && req.encoding == ICC_EOIR1_EL1;
    // Special INTIDs and an end of the other group than the running one change nothing.
    ends = (eoir0 || eoir1) && req.data[23:0] < 24'd1020 && busy && running_group1 == eoir1;
    drop = {ends && running_group1, ends && !running_group1};
    deactivate.valid = (ends && !eoi_mode) || (write_ok && req.encoding == ICC_DIR_EL1 && eoi_mode &&
                                               req.data[23:0] < 24'd1020);
    deactivate.intid = req.data[9:0];
  end

  gic_active u_active (
      .clk,
      .rst_n,
      .set       (activate.valid),
      .set_group1(forward.group1),
      .set_prio  (forward.prio & mask),
      .drop,
      .write     ({write_ok && req.encoding == ICC_AP1R0_EL1, write_ok && req.encoding == ICC_AP0R0_EL1}),
      .wdata     (req.data[31:0]),
      .ap,
      .busy,
      .group1    (running_group1),
      .running
  );

  // ---- controls ----

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      pmr      <= '0;
      bpr0     <= BPR0_MIN;
      bpr1     <= BPR1_MIN;
      cbpr     <= 1'b0;
      eoi_mode <= 1'b0;
      group_on <= '0;
    end else if (write_ok) begin
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
        default: ;
      endcase
    end
  end

  // ---- SGIs ----

  always_comb begin
    // There is no other security state that ICC_ASGI1R could reach.
    sgi.valid    = write_ok && (req.encoding == ICC_SGI0R_EL1 || req.encoding == ICC_SGI1R_EL1);
    sgi.group1   = req.encoding == ICC_SGI1R_EL1;
    sgi.irm      = req.data[ICC_SGI1R_EL1_IRM_LO];
    sgi.list     = req.data[ICC_SGI1R_EL1_TargetList_HI:ICC_SGI1R_EL1_TargetList_LO];
    sgi.range    = req.data[ICC_SGI1R_EL1_RS_HI:ICC_SGI1R_EL1_RS_LO];
    sgi.affinity = {
      req.data[ICC_SGI1R_EL1_Aff3_HI:ICC_SGI1R_EL1_Aff3_LO],
      req.data[ICC_SGI1R_EL1_Aff2_HI:ICC_SGI1R_EL1_Aff2_LO],
      req.data[ICC_SGI1R_EL1_Aff1_HI:ICC_SGI1R_EL1_Aff1_LO]
    };
    sgi.intid = req.data[ICC_SGI1R_EL1_INTID_HI:ICC_SGI1R_EL1_INTID_LO];
  end

endmodule
