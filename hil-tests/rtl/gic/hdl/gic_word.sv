// SPDX-License-Identifier: Apache-2.0
//
// The state of 32 interrupts: group, enable, pending, active, trigger and priority. The distributor
// has one for each 32 SPIs, a redistributor one for its SGIs and PPIs, so both follow one state
// machine. IHI 0069, "Interrupt handling state machine". Who may be given them is decided elsewhere.
module gic_word
  import gic_pkg::*;
#(
    parameter logic [31:0] EDGE_FIXED = 32'h0  // edge triggered, whatever software writes
) (
    input  logic               clk,
    input  logic               rst_n,
    // One register of the seven bit arrays IGROUPR (1) to ICACTIVER (7).
    input  logic               bits_we,
    input  logic        [ 2:0] bits_array,
    // Half of ICFGR: 16 interrupts, two bits each.
    input  logic               cfg_we,
    input  logic               cfg_half,
    // Bytes of one IPRIORITYR.
    input  logic        [ 3:0] prio_we,
    input  logic        [ 2:0] prio_reg,
    input  logic        [31:0] wdata,
    // What happens to the interrupts.
    input  logic        [31:0] line,
    input  logic        [31:0] set_pending,
    input  logic        [31:0] activate,
    input  logic        [31:0] deactivate,
    output logic        [31:0] group1,
    output logic        [31:0] enabled,
    output logic        [31:0] pending,
    output logic        [31:0] active,
    output logic        [31:0] edge_triggered,
    output prio_t       [31:0] prio
);

  logic [31:0] latch, line_q;
  logic [31:0] set_enable, clear_enable, set_pend, clear_pend, set_active, clear_active;
  logic [31:0] rises;

  always_comb begin
    set_enable   = (bits_we && bits_array == 3'd2) ? wdata : '0;
    clear_enable = (bits_we && bits_array == 3'd3) ? wdata : '0;
    set_pend     = (bits_we && bits_array == 3'd4) ? wdata : '0;
    clear_pend   = (bits_we && bits_array == 3'd5) ? wdata : '0;
    set_active   = (bits_we && bits_array == 3'd6) ? wdata : '0;
    clear_active = (bits_we && bits_array == 3'd7) ? wdata : '0;
    rises        = line & ~line_q & edge_triggered;
    // A level-triggered interrupt is pending by its line or by a write to ISPENDR; a write to
    // ICPENDR takes back only the latter.
    pending      = latch | (line_q & ~edge_triggered);
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      group1         <= '0;
      enabled        <= '0;
      latch          <= '0;
      active         <= '0;
      line_q         <= '0;
      edge_triggered <= EDGE_FIXED;
      prio           <= '0;
    end else begin
      line_q  <= line;
      if (bits_we && bits_array == 3'd1) group1 <= wdata;
      enabled <= (enabled | set_enable) & ~clear_enable;
      // What arrives in the very cycle of an acknowledge is a new event: active and pending.
      latch   <= (latch & ~clear_pend & ~activate) | set_pend | set_pending | rises;
      active  <= (active & ~clear_active & ~deactivate) | set_active | activate;
      if (cfg_we)
        for (int i = 0; i < 16; i++)
          if (cfg_half) edge_triggered[16+i] <= wdata[2*i+1] | EDGE_FIXED[16+i];
          else edge_triggered[i] <= wdata[2*i+1] | EDGE_FIXED[i];
      for (int b = 0; b < 4; b++)
        if (prio_we[b]) prio[{prio_reg, 2'(b)}] <= wdata[8*b+3+:5];
    end
  end

endmodule
