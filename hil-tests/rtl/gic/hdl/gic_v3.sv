// SPDX-License-Identifier: Apache-2.0
//
// GICv3, one security state: distributor, and for each CPU a redistributor and its CPU interfaces.
// CPU n has affinity 0.0.0.n. GICD is at 0 of the AXI port, the redistributor of CPU n at 0xa0000
// + n * 0x20000, as on QEMU's virt board. The maintenance interrupt is PPI INTID 25. IHI 0069.
module gic_v3
  import gic_pkg::*;
#(
    parameter int NCPU = 2,   // 1 to 8
    parameter int NSPI = 64,  // a multiple of 32, up to 480
    parameter int NLR  = 4    // 4 to 16
) (
    input  logic                      clk,
    input  logic                      rst_n,
    // AXI4-Lite
    input  logic                      awvalid,
    output logic                      awready,
    input  logic          [     23:0] awaddr,
    input  logic                      wvalid,
    output logic                      wready,
    input  logic          [     63:0] wdata,
    input  logic          [      7:0] wstrb,
    output logic                      bvalid,
    input  logic                      bready,
    output logic          [      1:0] bresp,
    input  logic                      arvalid,
    output logic                      arready,
    input  logic          [     23:0] araddr,
    input  logic          [      1:0] arsize,
    output logic                      rvalid,
    input  logic                      rready,
    output logic          [     63:0] rdata,
    output logic          [      1:0] rresp,
    // A system register port a CPU
    input  sysreg_t       [ NCPU-1:0] sysreg,
    output sysreg_reply_t [ NCPU-1:0] sysreg_reply,
    // Interrupt lines; bit n of a CPU's PPIs is INTID 16 + n
    input  logic          [ NSPI-1:0] spi,
    input  logic [NCPU-1:0][    15:0] ppi,
    output logic          [ NCPU-1:0] irq,
    output logic          [ NCPU-1:0] fiq,
    output logic          [ NCPU-1:0] virq,
    output logic          [ NCPU-1:0] vfiq,
    output logic          [ NCPU-1:0] maintenance,
    output logic          [ NCPU-1:0] wake_request
);

  localparam int WORDS = NSPI / 32;
  localparam logic [23:0] GICR_BASE = 24'h0a_0000;
  localparam int MAINTENANCE_PPI = 25 - 16;

  write_t write, gicd_write;
  read_t read;
  logic write_mapped, read_mapped;
  logic [63:0] read_data, gicd_read_data;
  logic [NCPU-1:0][63:0] gicr_read_data;

  gic_axil u_axil (
      .clk,
      .rst_n,
      .awvalid,
      .awready,
      .awaddr,
      .awuser('0),  // each CPU has frames of its own
      .wvalid,
      .wready,
      .wdata,
      .wstrb,
      .bvalid,
      .bready,
      .bresp,
      .arvalid,
      .arready,
      .araddr,
      .arsize,
      .aruser('0),
      .rvalid,
      .rready,
      .rdata,
      .rresp,
      .write,
      .read,
      .write_cpu(),
      .read_valid(),  // no read does anything
      .read_cpu(),
      .write_mapped,
      .read_mapped,
      .read_data
  );

  // ---- which frame ----

  logic [23:0] write_offset, read_offset;  // from GICR_BASE
  logic write_gicd, read_gicd, write_gicr, read_gicr;

  always_comb begin
    write_offset = write.addr - GICR_BASE;
    read_offset  = read.addr - GICR_BASE;
    write_gicd   = write.addr < 24'h1_0000;
    read_gicd    = read.addr < 24'h1_0000;
    write_gicr   = write.addr >= GICR_BASE && write_offset[23:17] < 7'(NCPU);
    read_gicr    = read.addr >= GICR_BASE && read_offset[23:17] < 7'(NCPU);
    write_mapped = write_gicd || write_gicr;
    read_mapped  = read_gicd || read_gicr;
    gicd_write   = write;
    gicd_write.valid = write.valid && write_gicd;
    read_data = '0;
    if (read_gicd) read_data = gicd_read_data;
    else
      for (int c = 0; c < NCPU; c++)
        if (read_gicr && read_offset[23:17] == 7'(c)) read_data = gicr_read_data[c];
  end

  // ---- distributor ----

  strobe_t [NCPU-1:0] activate, deactivate;
  logic [NCPU-1:0] awake;
  logic [NCPU-1:0][1:0] dpg, group_on;
  logic [1:0][NCPU-1:0] participates;
  logic [1:0] group_enabled;
  logic [NCPU-1:0][WORDS-1:0][31:0] spi_ready;
  logic [WORDS-1:0][31:0] spi_group1;
  prio_t [WORDS-1:0][31:0] spi_prio;

  always_comb
    for (int c = 0; c < NCPU; c++)
      for (int g = 0; g < 2; g++) participates[g][c] = awake[c] && group_on[c][g] && !dpg[c][g];

  gic_distributor #(
      .NCPU(NCPU),
      .NSPI(NSPI)
  ) u_distributor (
      .clk,
      .rst_n,
      .write    (gicd_write),
      .read,
      .read_data(gicd_read_data),
      .line     (spi),
      .activate,
      .deactivate,
      .participates,
      .group_enabled,
      .ready    (spi_ready),
      .group1   (spi_group1),
      .prio     (spi_prio)
  );

  // ---- each CPU ----

  sgi_t [NCPU-1:0] sgi;

  for (genvar c = 0; c < NCPU; c++) begin : g_cpu
    write_t gicr_write;
    read_t gicr_read;
    logic [31:0] own_ready, own_group1;
    prio_t [31:0] own_prio;
    logic [15:0] own_ppi, sgi_arrives;
    logic [WORDS:0][31:0] ready, group1, offered;
    prio_t [WORDS:0][31:0] prio;
    forward_t forward;

    always_comb begin
      gicr_write = write;
      gicr_write.addr = {7'b0, write_offset[16:0]};
      gicr_write.valid = write.valid && write_gicr && write_offset[23:17] == 7'(c);
      gicr_read = read;
      gicr_read.addr = {7'b0, read_offset[16:0]};
      own_ppi = ppi[c];
      own_ppi[MAINTENANCE_PPI] = ppi[c][MAINTENANCE_PPI] || maintenance[c];
    end

    // An SGI arrives where it is configured to be of the group that it was sent as.
    always_comb begin
      sgi_arrives = '0;
      for (int from = 0; from < NCPU; from++)
        if (sgi[from].valid &&
            (sgi[from].irm ? from != c :
             sgi[from].affinity == 0 && sgi[from].range == 0 && sgi[from].list[c]) &&
            own_group1[{1'b0, sgi[from].intid}] == sgi[from].group1)
          sgi_arrives[sgi[from].intid] = 1'b1;
    end

    gic_redistributor #(
        .NUMBER(c),
        .LAST  (c == NCPU - 1)
    ) u_redistributor (
        .clk,
        .rst_n,
        .write        (gicr_write),
        .read         (gicr_read),
        .read_data    (gicr_read_data[c]),
        .ppi_line     (own_ppi),
        .sgi          (sgi_arrives),
        .activate     (activate[c]),
        .deactivate   (deactivate[c]),
        .group_enabled,
        .would_forward(ready != 0),
        .awake        (awake[c]),
        .wake_request (wake_request[c]),
        .dpg          (dpg[c]),
        .ready        (own_ready),
        .group1       (own_group1),
        .prio         (own_prio)
    );

    always_comb begin
      ready  = {spi_ready[c], own_ready};
      group1 = {spi_group1, own_group1};
      prio   = {spi_prio, own_prio};
      for (int w = 0; w <= WORDS; w++)
        offered[w] = ready[w] & {32{awake[c]}} &
            ((group1[w] & {32{group_on[c][1]}}) | (~group1[w] & {32{group_on[c][0]}}));
    end

    gic_forward #(
        .WORDS(WORDS + 1)
    ) u_forward (
        .clk,
        .rst_n,
        .ready(offered),
        .group1,
        .prio,
        .forward
    );

    gic_cpu #(
        .NLR(NLR)
    ) u_cpu (
        .clk,
        .rst_n,
        .req        (sysreg[c]),
        .reply      (sysreg_reply[c]),
        .forward,
        .group_on   (group_on[c]),
        .activate   (activate[c]),
        .deactivate (deactivate[c]),
        .sgi        (sgi[c]),
        .irq        (irq[c]),
        .fiq        (fiq[c]),
        .virq       (virq[c]),
        .vfiq       (vfiq[c]),
        .maintenance(maintenance[c])
    );
  end

endmodule
