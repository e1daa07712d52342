// SPDX-License-Identifier: Apache-2.0
//
// Register write pending: 1 from a write that takes something away until no CPU interface can
// still hold what was chosen before it. IHI 0069, "GICD_CTLR", field RWP.
module gic_rwp #(
    parameter int CYCLES = 8
) (
    input  logic clk,
    input  logic rst_n,
    input  logic start,
    output logic pending
);

  logic [$clog2(CYCLES+1)-1:0] left;

  assign pending = left != 0;

  always_ff @(posedge clk) begin
    if (!rst_n) left <= '0;
    else if (start) left <= $bits(left)'(CYCLES);
    else if (left != 0) left <= left - 1'b1;
  end

endmodule
