// SPDX-License-Identifier: Apache-2.0
//
// The GICv3 distributor with one security state (DS = 1) and affinity routing always on (ARE = 1):
// the state of the SPIs and whom each is for. An SPI with IRM set goes to the lowest-numbered
// participating CPU; which one is IMPLEMENTATION DEFINED. IHI 0069, "The GICD register map",
// "Affinity routing", "1 of N model".
module gic_distributor
  import gic_pkg::*;
  import gic_regs_pkg::*;
#(
    parameter int NCPU = 2,
    parameter int NSPI = 64,
    localparam int WORDS = NSPI / 32
) (
    input  logic                                  clk,
    input  logic                                  rst_n,
    input  write_t                                write,
    input  read_t                                 read,
    output logic    [63:0]                        read_data,
    input  logic    [NSPI-1:0]                    line,
    input  strobe_t [NCPU-1:0]                    activate,
    input  strobe_t [NCPU-1:0]                    deactivate,
    // CPUs that take 1 of N interrupts, by group.
    input  logic    [1:0][NCPU-1:0]               participates,
    output logic    [1:0]                         group_enabled,
    // For each CPU, SPIs that are ready for it.
    output logic    [NCPU-1:0][WORDS-1:0][31:0]   ready,
    output logic    [WORDS-1:0][31:0]             group1,
    output prio_t   [WORDS-1:0][31:0]             prio
);

  logic [WORDS-1:0][31:0] enabled, pending, active, edge_triggered;
  logic rwp, rwp_start;

  // ---- decode ----

  logic write_bits, write_cfg, write_prio, write_router;
  logic [4:0] write_word;
  logic [9:0] write_router_spi;

  always_comb begin
    write_bits   = write.valid && write.size == WORD && write.addr[15:0] >= GICD_IGROUPR &&
                   write.addr[15:0] < GICD_IPRIORITYR;
    write_cfg    = write.valid && write.size == WORD && write.addr[15:8] == GICD_ICFGR[15:8];
    write_prio   = write.valid && (write.size == BYTE || write.size == WORD) &&
                   write.addr[15:10] == GICD_IPRIORITYR[15:10];
    write_router = write.valid && (write.size == WORD || write.size == DOUBLE) &&
                   write.addr[15:13] == GICD_IROUTER[15:13];
    write_word   = '0;
    if (write_bits) write_word = write.addr[6:2];
    else if (write_cfg) write_word = write.addr[7:3];
    else if (write_prio) write_word = write.addr[9:5];
    write_router_spi = write.addr[12:3] - 10'd32;
  end

  // ---- GICD_CTLR ----

  always_ff @(posedge clk) begin
    if (!rst_n) group_enabled <= '0;
    else if (write.valid && write.size == WORD && write.addr[15:0] == GICD_CTLR)
      group_enabled <= write.data[1:0];
  end

  always_comb
    rwp_start = (write_bits && write.addr[9:7] == 3'(GICD_ICENABLER >> 7)) ||
        (write.valid && write.size == WORD && write.addr[15:0] == GICD_CTLR &&
         (group_enabled & ~write.data[1:0]) != 0);

  gic_rwp u_rwp (
      .clk,
      .rst_n,
      .start  (rwp_start),
      .pending(rwp)
  );

  // ---- the SPIs ----

  logic [WORDS-1:0][31:0] bits_value, cfg_value, prio_value;

  for (genvar w = 0; w < WORDS; w++) begin : g_word
    logic [31:0] activate_mask, deactivate_mask;
    logic selected;

    assign selected = write_word == 5'(w + 1);
    always_comb begin
      activate_mask   = '0;
      deactivate_mask = '0;
      for (int c = 0; c < NCPU; c++) begin
        if (activate[c].valid && activate[c].intid[9:5] == 5'(w + 1))
          activate_mask[activate[c].intid[4:0]] = 1'b1;
        if (deactivate[c].valid && deactivate[c].intid[9:5] == 5'(w + 1))
          deactivate_mask[deactivate[c].intid[4:0]] = 1'b1;
      end
    end

    gic_word u_word (
        .clk,
        .rst_n,
        .bits_we       (write_bits && selected),
        .bits_array    (write.addr[9:7]),
        .cfg_we        (write_cfg && selected),
        .cfg_half      (write.addr[2]),
        .prio_we       (!(write_prio && selected) ? 4'h0 : write.size == WORD ? 4'hf : 4'h1 << write.addr[1:0]),
        .prio_reg      (write.addr[4:2]),
        .wdata         (write_prio && write.size == BYTE ? {4{write.data[7:0]}} : write.data[31:0]),
        .line          (line[32*w+:32]),
        .set_pending   (32'h0),
        .activate      (activate_mask),
        .deactivate    (deactivate_mask),
        .group1        (group1[w]),
        .enabled       (enabled[w]),
        .pending       (pending[w]),
        .active        (active[w]),
        .edge_triggered(edge_triggered[w]),
        .prio          (prio[w])
    );

    gic_word_read u_read (
        .group1        (group1[w]),
        .enabled       (enabled[w]),
        .pending       (pending[w]),
        .active        (active[w]),
        .edge_triggered(edge_triggered[w]),
        .prio          (prio[w]),
        .array         (read.addr[9:7]),
        .half          (read.addr[2]),
        .first         (read.addr[4:0]),
        .size          (read.size),
        .bits_value    (bits_value[w]),
        .cfg_value     (cfg_value[w]),
        .prio_value    (prio_value[w])
    );
  end

  // ---- routing ----

  logic [NSPI-1:0][31:0] affinity;  // 3.2.1.0
  logic [NSPI-1:0] irm;
  logic [NCPU-1:0][NSPI-1:0] routed;  // by affinity; CPU n is 0.0.0.n

  logic [31:0] new_affinity;
  logic new_irm;

  always_comb begin
    new_affinity = '0;
    new_irm      = 1'b0;
    if (write_router_spi < 10'(NSPI)) begin
      new_affinity = affinity[write_router_spi[$clog2(NSPI)-1:0]];
      new_irm      = irm[write_router_spi[$clog2(NSPI)-1:0]];
    end
    if (!write.addr[2] || write.size == DOUBLE) begin
      new_affinity[23:0] = write.data[GICD_IROUTER_Aff2_HI:0];
      new_irm            = write.data[GICD_IROUTER_IRM_LO];
    end
    if (write.size == DOUBLE) new_affinity[31:24] = write.data[GICD_IROUTER_Aff3_HI:GICD_IROUTER_Aff3_LO];
    else if (write.addr[2]) new_affinity[31:24] = write.data[7:0];
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      affinity  <= '0;
      irm       <= '0;
      routed    <= '0;
      routed[0] <= '1;
    end else if (write_router && write.addr[12:3] >= 10'd32 && write_router_spi < 10'(NSPI)) begin
      affinity[write_router_spi[$clog2(NSPI)-1:0]] <= new_affinity;
      irm[write_router_spi[$clog2(NSPI)-1:0]]      <= new_irm;
      for (int c = 0; c < NCPU; c++)
        routed[c][write_router_spi[$clog2(NSPI)-1:0]] <= new_affinity == 32'(c);
    end
  end

  logic [1:0][NCPU-1:0] first;  // the CPU that takes 1 of N interrupts, by group

  always_comb begin
    for (int g = 0; g < 2; g++) first[g] = participates[g] & (~participates[g] + 1'b1);
    for (int c = 0; c < NCPU; c++)
      for (int w = 0; w < WORDS; w++) begin
        logic [31:0] chosen, forwarded, target;
        chosen    = (group1[w] & {32{first[1][c]}}) | (~group1[w] & {32{first[0][c]}});
        forwarded = (group1[w] & {32{group_enabled[1]}}) | (~group1[w] & {32{group_enabled[0]}});
        target    = (irm[32*w+:32] & chosen) | (~irm[32*w+:32] & routed[c][32*w+:32]);
        ready[c][w] = pending[w] & enabled[w] & ~active[w] & forwarded & target;
      end
  end

  // ---- reads ----

  logic [4:0] read_word;
  logic [9:0] read_spi;
  logic [63:0] router_value;

  always_comb begin
    read_word = '0;
    read_data = '0;
    read_spi  = read.addr[12:3] - 10'd32;
    router_value = '0;
    if (read.addr[12:3] >= 10'd32 && read_spi < 10'(NSPI)) begin
      router_value[GICD_IROUTER_Aff2_HI:0] = affinity[read_spi[$clog2(NSPI)-1:0]][23:0];
      router_value[GICD_IROUTER_Aff3_HI:GICD_IROUTER_Aff3_LO] = affinity[read_spi[$clog2(NSPI)-1:0]][31:24];
      router_value[GICD_IROUTER_IRM_LO] = irm[read_spi[$clog2(NSPI)-1:0]];
    end
    if (read.addr[15:0] >= GICD_IGROUPR && read.addr[15:0] < GICD_IPRIORITYR) begin
      read_word = read.addr[6:2];
      if (read_word != 0 && read_word <= 5'(WORDS)) read_data[31:0] = bits_value[read_word-1];
    end else if (read.addr[15:10] == GICD_IPRIORITYR[15:10]) begin
      read_word = read.addr[9:5];
      if (read_word != 0 && read_word <= 5'(WORDS)) read_data[31:0] = prio_value[read_word-1];
    end else if (read.addr[15:8] == GICD_ICFGR[15:8]) begin
      read_word = read.addr[7:3];
      if (read_word != 0 && read_word <= 5'(WORDS)) read_data[31:0] = cfg_value[read_word-1];
    end else if (read.addr[15:13] == GICD_IROUTER[15:13]) begin
      if (read.size == DOUBLE) read_data = router_value;
      else if (read.size == WORD)
        read_data[31:0] = read.addr[2] ? router_value[63:32] : router_value[31:0];
    end else if (read.size == WORD) begin
      unique case (read.addr[15:0])
        GICD_CTLR: begin
          read_data[1:0]              = group_enabled;
          read_data[GICD_CTLR_ARE_LO] = 1'b1;
          read_data[GICD_CTLR_DS_LO]  = 1'b1;
          read_data[GICD_CTLR_RWP_LO] = rwp;
        end
        GICD_TYPER: begin
          read_data[GICD_TYPER_ITLinesNumber_HI:GICD_TYPER_ITLinesNumber_LO] = 5'(WORDS);
          read_data[GICD_TYPER_IDbits_HI:GICD_TYPER_IDbits_LO] = 5'd9;
        end
        GICD_PIDR2: read_data[GICD_PIDR2_ArchRev_HI:GICD_PIDR2_ArchRev_LO] = 4'd3;
        default: ;
      endcase
    end
  end

endmodule
