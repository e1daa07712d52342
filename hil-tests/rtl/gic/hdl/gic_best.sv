// SPDX-License-Identifier: Apache-2.0
//
// The best of N candidates by priority: the lowest value, of equals the lowest number. A tree of
// compares. Of equals IHI 0069 leaves the choice to the implementation.
module gic_best
  import gic_pkg::*;
#(
    parameter int N = 32
) (
    input  logic  [N-1:0]           valid,
    input  prio_t [N-1:0]           prio,
    output logic                    found,
    output logic  [$clog2(N)-1:0]   index,
    output prio_t                   best
);

  localparam int LEVELS = $clog2(N);
  localparam int SIZE = 1 << LEVELS;

  always_comb begin
    logic  [SIZE-1:0]             v;
    prio_t [SIZE-1:0]             p;
    logic  [SIZE-1:0][LEVELS-1:0] n;
    v = '0;
    p = '0;
    n = '0;
    for (int i = 0; i < N; i++) begin
      v[i] = valid[i];
      p[i] = prio[i];
      n[i] = LEVELS'(i);
    end
    for (int step = 1; step < SIZE; step *= 2)
      for (int i = 0; i < SIZE; i += 2 * step)
        if (v[i+step] && (!v[i] || p[i+step] < p[i])) begin
          v[i] = 1'b1;
          p[i] = p[i+step];
          n[i] = n[i+step];
        end
    found = v[0];
    index = n[0];
    best  = p[0];
  end

endmodule
