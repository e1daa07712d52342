// SPDX-License-Identifier: Apache-2.0
//
// What software reads of 32 interrupts. Bit arrays and trigger come as words, priorities as words
// or bytes; other widths read as zero. IHI 0069, "GIC register access".
module gic_word_read
  import gic_pkg::*;
(
    input  logic        [31:0] group1,
    input  logic        [31:0] enabled,
    input  logic        [31:0] pending,
    input  logic        [31:0] active,
    input  logic        [31:0] edge_triggered,
    input  prio_t       [31:0] prio,
    input  logic        [ 2:0] array,        // as in gic_word
    input  logic               half,
    input  logic        [ 4:0] first,        // byte of IPRIORITYR
    input  logic        [ 1:0] size,
    output logic        [31:0] bits_value,
    output logic        [31:0] cfg_value,
    output logic        [31:0] prio_value
);

  always_comb begin
    unique case (array)
      3'd1:       bits_value = group1;
      3'd2, 3'd3: bits_value = enabled;
      3'd4, 3'd5: bits_value = pending;
      3'd6, 3'd7: bits_value = active;
      default:    bits_value = '0;
    endcase
    if (size != WORD) bits_value = '0;

    cfg_value = '0;
    for (int i = 0; i < 16; i++)
      cfg_value[2*i+1] = half ? edge_triggered[16+i] : edge_triggered[i];
    if (size != WORD) cfg_value = '0;

    prio_value = '0;
    if (size == BYTE) prio_value = {24'b0, prio[first], 3'b0};
    else if (size == WORD)
      for (int b = 0; b < 4; b++) prio_value[8*b+:8] = {prio[{first[4:2], 2'(b)}], 3'b0};
  end

endmodule
