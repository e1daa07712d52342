// SPDX-License-Identifier: Apache-2.0
//
// The GICv2 distributor with one security state: the state of the SPIs and their targets, and for
// each CPU its own SGIs and PPIs, banked at the same addresses. An SPI of several targets is
// offered to all of them; who acknowledges first has it. IHI 0048, "Distributor register map",
// "Interrupt banking", "GICD_ITARGETSR<n>", "GICD_SGIR".
module gic2_distributor
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
    input  logic    [2:0]                         write_cpu,
    input  read_t                                 read,
    input  logic    [2:0]                         read_cpu,
    output logic    [31:0]                        read_data,
    input  logic    [NSPI-1:0]                    spi,
    input  logic    [NCPU-1:0][15:0]              ppi,
    input  event_t  [NCPU-1:0]                    activate,
    input  event_t  [NCPU-1:0]                    deactivate,
    // For each CPU: what is ready for it, its own 32 interrupts in word 0.
    output logic    [NCPU-1:0][WORDS:0][31:0]     ready,
    output logic    [NCPU-1:0][WORDS:0][31:0]     group1,
    output prio_t   [NCPU-1:0][WORDS:0][31:0]     prio,
    output logic    [NCPU-1:0][15:0][2:0]         source
);

  localparam logic [NCPU-1:0] ALL = '1;

  // ---- decode ----

  logic write_bits, write_cfg, write_bytes, write_prio, write_target, write_set, write_clear, write_sgir;
  logic [4:0] write_word;
  logic [3:0] lanes;
  logic [31:0] wdata;
  logic [1:0] group_enabled;

  always_comb begin
    write_bits   = write.valid && write.size == WORD && write.addr[15:0] >= GICD_IGROUPR &&
                   write.addr[15:0] < GICD_IPRIORITYR;
    write_cfg    = write.valid && write.size == WORD && write.addr[15:8] == GICD_ICFGR[15:8];
    write_sgir   = write.valid && write.size == WORD && write.addr[15:0] == GICD_SGIR;
    write_bytes  = write.valid && (write.size == BYTE || write.size == WORD);
    write_prio   = write_bytes && write.addr[15:10] == GICD_IPRIORITYR[15:10];
    write_target = write_bytes && write.addr[15:10] == GICD_ITARGETSR[15:10];
    write_set    = write_bytes && write.addr[15:4] == GICD_SPENDSGIR[15:4];
    write_clear  = write_bytes && write.addr[15:4] == GICD_CPENDSGIR[15:4];
    lanes        = write.size == WORD ? 4'hf : 4'h1 << write.addr[1:0];
    wdata        = write.size == BYTE ? {4{write.data[7:0]}} : write.data[31:0];
    write_word   = '0;
    if (write_bits) write_word = write.addr[6:2];
    else if (write_cfg) write_word = write.addr[7:3];
    else if (write_prio || write_target) write_word = write.addr[9:5];
  end

  always_ff @(posedge clk) begin
    if (!rst_n) group_enabled <= '0;
    else if (write.valid && write.size == WORD && write.addr[15:0] == GICD_CTLR)
      group_enabled <= write.data[1:0];
  end

  function automatic logic [31:0] mask_of(event_t e, logic [4:0] word);
    return e.valid && e.who.intid[9:5] == word ? 32'h1 << e.who.intid[4:0] : 32'h0;
  endfunction

  function automatic logic [31:0] forwarded(logic [31:0] groups, logic [1:0] on);
    return (groups & {32{on[1]}}) | (~groups & {32{on[0]}});
  endfunction

  // ---- the SPIs ----

  logic [WORDS-1:0][31:0] spi_group1, spi_enabled, spi_pending, spi_active, spi_edge;
  prio_t [WORDS-1:0][31:0] spi_prio;
  logic [WORDS-1:0][31:0][NCPU-1:0] target;
  logic [WORDS-1:0][31:0] bits_value, cfg_value, prio_value;

  for (genvar w = 0; w < WORDS; w++) begin : g_word
    logic [31:0] activate_mask, deactivate_mask;
    logic selected;

    assign selected = write_word == 5'(w + 1);
    always_comb begin
      activate_mask   = '0;
      deactivate_mask = '0;
      for (int c = 0; c < NCPU; c++) begin
        activate_mask |= mask_of(activate[c], 5'(w + 1));
        deactivate_mask |= mask_of(deactivate[c], 5'(w + 1));
      end
    end

    gic_word u_word (
        .clk,
        .rst_n,
        .bits_we       (write_bits && selected),
        .bits_array    (write.addr[9:7]),
        .cfg_we        (write_cfg && selected),
        .cfg_half      (write.addr[2]),
        .prio_we       (write_prio && selected ? lanes : 4'h0),
        .prio_reg      (write.addr[4:2]),
        .wdata,
        .line          (spi[32*w+:32]),
        .set_pending   (32'h0),
        .activate      (activate_mask),
        .deactivate    (deactivate_mask),
        .group1        (spi_group1[w]),
        .enabled       (spi_enabled[w]),
        .pending       (spi_pending[w]),
        .active        (spi_active[w]),
        .edge_triggered(spi_edge[w]),
        .prio          (spi_prio[w])
    );

    gic_word_read u_read (
        .group1        (spi_group1[w]),
        .enabled       (spi_enabled[w]),
        .pending       (spi_pending[w]),
        .active        (spi_active[w]),
        .edge_triggered(spi_edge[w]),
        .prio          (spi_prio[w]),
        .array         (read.addr[9:7]),
        .half          (read.addr[2]),
        .first         (read.addr[4:0]),
        .size          (read.size),
        .bits_value    (bits_value[w]),
        .cfg_value     (cfg_value[w]),
        .prio_value    (prio_value[w])
    );

    // With one CPU there is nothing to choose: GICD_ITARGETSR is RAZ/WI.
    if (NCPU == 1) begin : g_one
      assign target[w] = '1;
    end else begin : g_many
      always_ff @(posedge clk) begin
        if (!rst_n) target[w] <= '0;
        else
          for (int b = 0; b < 4; b++)
            if (write_target && selected && lanes[b]) target[w][{write.addr[4:2], 2'(b)}] <= wdata[8*b+:NCPU];
      end
    end
  end

  // ---- each CPU's own ----

  logic [NCPU-1:0][31:0] own_bits, own_cfg, own_prio;
  logic [NCPU-1:0][15:0][7:0] sources;
  logic [NCPU-1:0] sgi_targets;

  always_comb begin
    unique case (write.data[GICD_SGIR_TargetListFilter_HI:GICD_SGIR_TargetListFilter_LO])
      2'd0: sgi_targets = write.data[GICD_SGIR_CPUTargetList_LO+:NCPU];
      2'd1: sgi_targets = ALL & ~(NCPU'(1) << write_cpu);
      2'd2: sgi_targets = NCPU'(1) << write_cpu;
      default: sgi_targets = '0;
    endcase
  end

  for (genvar c = 0; c < NCPU; c++) begin : g_cpu
    logic [31:0] own_group1, enabled, latched, pending, active, edge_triggered, sgi_writable;
    logic [15:0] sgi_pending, sgi_ends;
    prio_t [31:0] own;
    logic mine;

    assign mine = write_cpu == 3'(c) && write_word == 0;
    // An SGI is made pending by its sender alone, and by GICD_SPENDSGIR.
    assign sgi_writable = {16'hffff, {16{!(write.addr[9:7] == 3'd4 || write.addr[9:7] == 3'd5)}}};
    assign pending = latched | {16'b0, sgi_pending};

    gic2_sgis #(
        .NCPU(NCPU)
    ) u_sgis (
        .clk,
        .rst_n,
        .send       (write_sgir && sgi_targets[c] ? NCPU'(1) << write_cpu : '0),
        .send_intid (write.data[GICD_SGIR_INTID_HI:GICD_SGIR_INTID_LO]),
        .set_we     (write_set && mine ? lanes : 4'h0),
        .clear_we   (write_clear && mine ? lanes : 4'h0),
        .number     (write.addr[3:2]),
        .wdata,
        .activate   (activate[c]),
        .deactivate (deactivate[c]),
        .pending    (sgi_pending),
        .source     (source[c]),
        .active_ends(sgi_ends),
        .sources    (sources[c])
    );

    gic_word #(
        .EDGE_FIXED(32'h0000_ffff)
    ) u_word (
        .clk,
        .rst_n,
        .bits_we       (write_bits && mine),
        .bits_array    (write.addr[9:7]),
        .cfg_we        (write_cfg && mine && write.addr[2]),  // SGIs are edge triggered
        .cfg_half      (1'b1),
        .prio_we       (write_prio && mine ? lanes : 4'h0),
        .prio_reg      (write.addr[4:2]),
        .wdata         (write_bits ? wdata & sgi_writable : wdata),
        .line          ({ppi[c], 16'h0}),
        .set_pending   (32'h0),
        .activate      (mask_of(activate[c], 5'd0)),
        .deactivate    ({mask_of(deactivate[c], 5'd0)} & {16'hffff, sgi_ends}),
        .group1        (own_group1),
        .enabled,
        .pending       (latched),
        .active,
        .edge_triggered,
        .prio          (own)
    );

    gic_word_read u_read (
        .group1        (own_group1),
        .enabled,
        .pending,
        .active,
        .edge_triggered,
        .prio          (own),
        .array         (read.addr[9:7]),
        .half          (read.addr[2]),
        .first         (read.addr[4:0]),
        .size          (read.size),
        .bits_value    (own_bits[c]),
        .cfg_value     (own_cfg[c]),
        .prio_value    (own_prio[c])
    );

    always_comb begin
      ready[c][0]  = pending & enabled & ~active & forwarded(own_group1, group_enabled);
      group1[c][0] = own_group1;
      prio[c][0]   = own;
      for (int w = 0; w < WORDS; w++) begin
        logic [31:0] targets;
        for (int i = 0; i < 32; i++) targets[i] = target[w][i][c];
        ready[c][w+1]  = spi_pending[w] & spi_enabled[w] & ~spi_active[w] &
            forwarded(spi_group1[w], group_enabled) & targets;
        group1[c][w+1] = spi_group1[w];
        prio[c][w+1]   = spi_prio[w];
      end
    end
  end

  // ---- reads ----

  logic [4:0] word;
  logic [31:0] bits_read, cfg_read, prio_read;

  always_comb begin
    word = '0;
    if (read.addr[15:0] < GICD_IPRIORITYR) word = read.addr[6:2];
    else if (read.addr[15:10] == GICD_ICFGR[15:10]) word = read.addr[7:3];
    else word = read.addr[9:5];
    bits_read = '0;
    cfg_read  = '0;
    prio_read = '0;
    for (int c = 0; c < NCPU; c++)
      if (word == 0 && read_cpu == 3'(c)) begin
        bits_read = own_bits[c];
        cfg_read  = own_cfg[c];
        prio_read = own_prio[c];
      end
    if (word != 0 && word <= 5'(WORDS)) begin
      bits_read = bits_value[word-1];
      cfg_read  = cfg_value[word-1];
      prio_read = prio_value[word-1];
    end
  end

  // Bytes of GICD_ITARGETSR and GICD_SPENDSGIR.
  function automatic logic [7:0] target_of(logic [9:0] intid);
    logic [7:0] found;
    found = '0;
    if (intid[9:5] != 0 && intid[9:5] <= 5'(WORDS)) found = 8'(target[intid[9:5]-1][intid[4:0]]);
    if (intid < 32) found = 8'h1 << read_cpu;  // who asks is the target
    return NCPU == 1 ? 8'h0 : found;
  endfunction

  function automatic logic [7:0] sources_of(logic [3:0] sgi);
    logic [7:0] found;
    found = '0;
    for (int c = 0; c < NCPU; c++) if (read_cpu == 3'(c)) found = sources[c][sgi];
    return found;
  endfunction

  logic [3:0][7:0] target_bytes, source_bytes;

  always_comb begin
    target_bytes = '0;
    source_bytes = '0;
    if (read.size == WORD)
      for (int b = 0; b < 4; b++) begin
        target_bytes[b] = target_of({read.addr[9:2], 2'(b)});
        source_bytes[b] = sources_of({read.addr[3:2], 2'(b)});
      end
    else if (read.size == BYTE) begin
      target_bytes[0] = target_of(read.addr[9:0]);
      source_bytes[0] = sources_of(read.addr[3:0]);
    end

    read_data = '0;
    if (read.addr[15:0] >= GICD_IGROUPR && read.addr[15:0] < GICD_IPRIORITYR) read_data = bits_read;
    else if (read.addr[15:10] == GICD_IPRIORITYR[15:10]) read_data = prio_read;
    else if (read.addr[15:10] == GICD_ITARGETSR[15:10]) read_data = target_bytes;
    else if (read.addr[15:8] == GICD_ICFGR[15:8]) read_data = cfg_read;
    else if (read.addr[15:4] == GICD_CPENDSGIR[15:4] || read.addr[15:4] == GICD_SPENDSGIR[15:4])
      read_data = source_bytes;
    else if (read.size == WORD)
      unique case (read.addr[15:0])
        GICD_CTLR: read_data[1:0] = group_enabled;
        GICD_TYPER: begin
          read_data[GICD_TYPER_ITLinesNumber_HI:GICD_TYPER_ITLinesNumber_LO] = 5'(WORDS);
          read_data[GICD_TYPER_CPUNumber_HI:GICD_TYPER_CPUNumber_LO] = 3'(NCPU - 1);
        end
        GICD_ICPIDR2: read_data[GICD_ICPIDR2_ArchRev_HI:GICD_ICPIDR2_ArchRev_LO] = 4'd2;
        default: ;
      endcase
  end

endmodule
