// SPDX-License-Identifier: Apache-2.0
//
// The SGIs of one CPU: each is pending once for every CPU that sent it, and is acknowledged and
// ended with its source's number. Of several sources the lowest number comes first, which the
// manual leaves open. IHI 0048, "Software-generated interrupts", "GICD_CPENDSGIR<n>".
module gic2_sgis
  import gic_pkg::*;
#(
    parameter int NCPU = 2
) (
    input  logic               clk,
    input  logic               rst_n,
    input  logic [NCPU-1:0]    send,         // GICD_SGIR of each CPU reaches this one
    input  logic [3:0]         send_intid,
    input  logic [3:0]         set_we,       // bytes of one GICD_SPENDSGIR<n>
    input  logic [3:0]         clear_we,     // or GICD_CPENDSGIR<n>
    input  logic [1:0]         number,
    input  logic [31:0]        wdata,
    input  event_t             activate,
    input  event_t             deactivate,
    output logic [15:0]        pending,
    output logic [15:0][2:0]   source,       // that comes next
    output logic [15:0]        active_ends,  // the deactivation names the CPU that the active one came from
    output logic [15:0][7:0]   sources
);

  logic [15:0][NCPU-1:0] waiting;
  logic [15:0][2:0] active_source;

  always_comb
    for (int i = 0; i < 16; i++) begin
      sources[i] = 8'(waiting[i]);
      pending[i] = waiting[i] != 0;
      source[i]  = '0;
      for (int c = NCPU - 1; c >= 0; c--) if (waiting[i][c]) source[i] = 3'(c);
      active_ends[i] = deactivate.valid && deactivate.who.intid == 10'(i) &&
          deactivate.who.source == active_source[i];
    end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      waiting       <= '0;
      active_source <= '0;
    end else
      for (int i = 0; i < 16; i++) begin
        logic acked;
        acked = activate.valid && activate.who.intid == 10'(i);
        if (acked) active_source[i] <= activate.who.source;
        for (int c = 0; c < NCPU; c++) begin
          if (acked && activate.who.source == 3'(c)) waiting[i][c] <= 1'b0;
          if (number == 2'(i / 4) && clear_we[i%4] && wdata[8*(i%4)+c]) waiting[i][c] <= 1'b0;
          if (number == 2'(i / 4) && set_we[i%4] && wdata[8*(i%4)+c]) waiting[i][c] <= 1'b1;
          if (send[c] && send_intid == 4'(i)) waiting[i][c] <= 1'b1;
        end
      end
  end

endmodule
