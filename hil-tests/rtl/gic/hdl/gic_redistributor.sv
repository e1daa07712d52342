// SPDX-License-Identifier: Apache-2.0
//
// The redistributor of one CPU: its SGIs and PPIs, and its power state. While the CPU sleeps
// nothing is forwarded to its interface; what would be asks for it to be woken. IHI 0069, "The GICR
// register map", "GICR_WAKER", "Power management".
module gic_redistributor
  import gic_pkg::*;
  import gic_regs_pkg::*;
#(
    parameter int NUMBER = 0,
    parameter bit LAST = 1'b0
) (
    input  logic           clk,
    input  logic           rst_n,
    input  write_t         write,         // for this redistributor; address in its two frames
    input  read_t          read,
    output logic    [63:0] read_data,
    input  logic    [15:0] ppi_line,
    input  logic    [15:0] sgi,           // SGIs that arrive
    input  strobe_t        activate,
    input  strobe_t        deactivate,
    input  logic    [ 1:0] group_enabled, // GICD_CTLR
    input  logic           would_forward, // something is ready for this CPU
    output logic           awake,
    output logic           wake_request,
    output logic    [ 1:0] dpg,           // by group: takes no 1 of N interrupts
    output logic    [31:0] ready,
    output logic    [31:0] group1,
    output prio_t   [31:0] prio
);

  localparam logic [7:0] QUIESCE_CYCLES = 8'd4;
  localparam logic [23:0] SGI_FRAME = 24'h1_0000;

  logic [31:0] enabled, pending, active, edge_triggered;
  logic write_bits, write_cfg, write_prio, write_ctlr, write_waker;

  always_comb begin
    write_bits  = write.valid && write.size == WORD && write.addr >= 24'(GICR_IGROUPR0) &&
                  write.addr < 24'(GICR_IPRIORITYR) && write.addr[6:2] == 0;
    write_cfg   = write.valid && write.size == WORD && write.addr[23:3] == 21'(GICR_ICFGR >> 3);
    write_prio  = write.valid && (write.size == BYTE || write.size == WORD) &&
                  write.addr[23:5] == 19'(GICR_IPRIORITYR >> 5);
    write_ctlr  = write.valid && write.size == WORD && write.addr == 24'(GICR_CTLR);
    write_waker = write.valid && write.size == WORD && write.addr == 24'(GICR_WAKER);
  end

  gic_word #(
      .EDGE_FIXED(32'h0000_ffff)
  ) u_word (
      .clk,
      .rst_n,
      .bits_we       (write_bits),
      .bits_array    (write.addr[9:7]),
      .cfg_we        (write_cfg && write.addr[2]),  // SGIs are edge triggered
      .cfg_half      (1'b1),
      .prio_we       (!write_prio ? 4'h0 : write.size == WORD ? 4'hf : 4'h1 << write.addr[1:0]),
      .prio_reg      (write.addr[4:2]),
      .wdata         (write_prio && write.size == BYTE ? {4{write.data[7:0]}} : write.data[31:0]),
      .line          ({ppi_line, 16'h0}),
      .set_pending   ({16'h0, sgi}),
      .activate      (activate.valid && activate.intid < 32 ? 32'h1 << activate.intid[4:0] : 32'h0),
      .deactivate    (deactivate.valid && deactivate.intid < 32 ? 32'h1 << deactivate.intid[4:0] : 32'h0),
      .group1,
      .enabled,
      .pending,
      .active,
      .edge_triggered,
      .prio
  );

  always_comb
    ready = pending & enabled & ~active &
        ((group1 & {32{group_enabled[1]}}) | (~group1 & {32{group_enabled[0]}}));

  // ---- GICR_CTLR, GICR_WAKER ----

  logic rwp, asleep, children_asleep;
  logic [7:0] quiesce;

  gic_rwp u_rwp (
      .clk,
      .rst_n,
      .start  ((write_bits && write.addr[9:7] == 3'(GICR_ICENABLER0 >> 7)) ||
               (write_ctlr && (write.data[GICR_CTLR_DPG1NS_LO:GICR_CTLR_DPG0_LO] & ~dpg) != 0)),
      .pending(rwp)
  );

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      dpg             <= '0;
      asleep          <= 1'b1;
      children_asleep <= 1'b1;
      quiesce         <= '0;
    end else begin
      if (write_ctlr) dpg <= write.data[GICR_CTLR_DPG1NS_LO:GICR_CTLR_DPG0_LO];
      if (write_waker) asleep <= write.data[GICR_WAKER_ProcessorSleep_LO];
      if (asleep == children_asleep) quiesce <= QUIESCE_CYCLES;
      else if (quiesce != 0) quiesce <= quiesce - 1'b1;
      else children_asleep <= asleep;
    end
  end

  assign awake        = !asleep && !children_asleep;
  assign wake_request = !awake && would_forward;

  // ---- reads ----

  logic [31:0] bits_value, cfg_value, prio_value;
  logic [63:0] typer;

  gic_word_read u_read (
      .group1,
      .enabled,
      .pending,
      .active,
      .edge_triggered,
      .prio,
      .array(read.addr[9:7]),
      .half (read.addr[2]),
      .first(read.addr[4:0]),
      .size (read.size),
      .bits_value,
      .cfg_value,
      .prio_value
  );

  always_comb begin
    typer = '0;
    typer[GICR_TYPER_DPGS_LO] = 1'b1;
    typer[GICR_TYPER_Last_LO] = LAST;
    typer[GICR_TYPER_Processor_Number_HI:GICR_TYPER_Processor_Number_LO] = 16'(NUMBER);
    typer[GICR_TYPER_Affinity_HI:GICR_TYPER_Affinity_LO] = 32'(NUMBER);

    read_data = '0;
    if (read.addr >= SGI_FRAME + 24'h80 && read.addr < SGI_FRAME + 24'h400) begin
      if (read.addr[6:2] == 0) read_data[31:0] = bits_value;
    end else if (read.addr[23:5] == 19'(GICR_IPRIORITYR >> 5)) begin
      read_data[31:0] = prio_value;
    end else if (read.addr[23:3] == 21'(GICR_ICFGR >> 3)) begin
      read_data[31:0] = cfg_value;
    end else if (read.addr[23:3] == 21'(GICR_TYPER >> 3)) begin
      if (read.size == DOUBLE) read_data = typer;
      else if (read.size == WORD) read_data[31:0] = read.addr[2] ? typer[63:32] : typer[31:0];
    end else if (read.size == WORD) begin
      unique case (read.addr)
        24'(GICR_CTLR): begin
          read_data[GICR_CTLR_RWP_LO] = rwp;
          read_data[GICR_CTLR_DPG1NS_LO:GICR_CTLR_DPG0_LO] = dpg;
        end
        24'(GICR_WAKER): begin
          read_data[GICR_WAKER_ProcessorSleep_LO] = asleep;
          read_data[GICR_WAKER_ChildrenAsleep_LO] = children_asleep;
        end
        24'(GICR_PIDR2): read_data[GICD_PIDR2_ArchRev_HI:GICD_PIDR2_ArchRev_LO] = 4'd3;
        default: ;
      endcase
    end
  end

endmodule
