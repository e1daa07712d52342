// SPDX-License-Identifier: Apache-2.0
//
// The highest priority pending interrupt of one CPU, over its own 32 and all SPIs. The choice is
// registered: for one cycle after a change the CPU interface may hold what was right before it
// (GICD_CTLR.RWP and GICR_CTLR.RWP cover that), and `still` says whether it is right now, so that
// an interrupt is never acknowledged twice. IHI 0069, "Interrupt prioritization".
module gic_forward
  import gic_pkg::*;
#(
    parameter int WORDS = 3
) (
    input  logic                       clk,
    input  logic                       rst_n,
    input  logic     [WORDS-1:0][31:0] ready,   // pending, enabled, not active, for this CPU
    input  logic     [WORDS-1:0][31:0] group1,
    input  prio_t    [WORDS-1:0][31:0] prio,
    output forward_t                   forward
);

  logic  [WORDS-1:0]      found;
  logic  [WORDS-1:0][4:0] index;
  prio_t [WORDS-1:0]      best;

  for (genvar w = 0; w < WORDS; w++) begin : g_word
    gic_best #(
        .N(32)
    ) u_best (
        .valid(ready[w]),
        .prio (prio[w]),
        .found(found[w]),
        .index(index[w]),
        .best (best[w])
    );
  end

  localparam int WBITS = (WORDS > 1) ? $clog2(WORDS) : 1;
  logic             any;
  logic [WBITS-1:0] word;
  prio_t            word_prio;

  gic_best #(
      .N(WORDS)
  ) u_best (
      .valid(found),
      .prio (best),
      .found(any),
      .index(word),
      .best (word_prio)
  );

  forward_t chosen;

  always_ff @(posedge clk) begin
    if (!rst_n) chosen <= '0;
    else
      chosen <= '{
          valid: any,
          group1: group1[word][index[word]],
          prio: word_prio,
          intid: {5'(word), index[word]}
      };
  end

  always_comb begin
    forward = chosen;
    forward.valid = chosen.valid && ready[chosen.intid[5+:WBITS]][chosen.intid[4:0]];
  end

endmodule
