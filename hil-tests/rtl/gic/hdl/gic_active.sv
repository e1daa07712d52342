// SPDX-License-Identifier: Apache-2.0
//
// The active priorities registers of a CPU interface and what follows from them: the running
// priority and its group. With five priority bits one register a group holds them all. IHI 0069,
// "Active priorities", "Priority drop".
module gic_active
  import gic_pkg::*;
(
    input  logic         clk,
    input  logic         rst_n,
    input  logic         set,         // an acknowledge, of this group and group priority
    input  logic         set_group1,
    input  prio_t        set_prio,
    input  logic  [ 1:0] drop,        // priority drop: clears the highest of the group
    input  logic  [ 1:0] write,       // by software, one group's register
    input  logic  [31:0] wdata,
    output logic  [1:0][31:0] ap,
    output logic         busy,        // something is active
    output logic         group1,      // of the highest active priority; group 0 of equals
    output prio_t        running
);

  logic [1:0] found;
  prio_t [1:0] highest;

  function automatic logic [31:0] lowest_bit(logic [31:0] bits);
    return bits & (~bits + 1'b1);
  endfunction

  always_comb begin
    for (int g = 0; g < 2; g++) begin
      found[g]   = ap[g] != 0;
      highest[g] = '0;
      for (int i = 31; i >= 0; i--) if (ap[g][i]) highest[g] = prio_t'(i);
    end
    busy    = found != 0;
    group1  = found[1] && (!found[0] || highest[1] < highest[0]);
    running = group1 ? highest[1] : highest[0];
  end

  always_ff @(posedge clk) begin
    if (!rst_n) ap <= '0;
    else
      for (int g = 0; g < 2; g++) begin
        if (write[g]) ap[g] <= wdata;
        else if (drop[g]) ap[g] <= ap[g] & ~lowest_bit(ap[g]);
        else if (set && set_group1 == 1'(g)) ap[g][set_prio] <= 1'b1;
      end
  end

endmodule
