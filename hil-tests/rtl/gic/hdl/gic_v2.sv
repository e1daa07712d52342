// SPDX-License-Identifier: Apache-2.0
//
// GICv2, one security state: distributor, and for each CPU its interface, list registers and
// virtual interface. All is memory: GICD at 0 of the AXI port, GICC at 0x10000, GICH at 0x30000
// and GICV at 0x40000, as on QEMU's virt board; AxUSER says which CPU accesses and so whose banked
// registers are meant. The maintenance interrupt is PPI INTID 25. IHI 0048.
module gic_v2
  import gic_pkg::*;
  import gic_regs_pkg::*;
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
    input  logic          [      2:0] awuser,
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
    input  logic          [      2:0] aruser,
    output logic                      rvalid,
    input  logic                      rready,
    output logic          [     63:0] rdata,
    output logic          [      1:0] rresp,
    // Interrupt lines; bit n of a CPU's PPIs is INTID 16 + n
    input  logic          [ NSPI-1:0] spi,
    input  logic [NCPU-1:0][    15:0] ppi,
    output logic          [ NCPU-1:0] irq,
    output logic          [ NCPU-1:0] fiq,
    output logic          [ NCPU-1:0] virq,
    output logic          [ NCPU-1:0] vfiq,
    output logic          [ NCPU-1:0] maintenance
);

  localparam int WORDS = NSPI / 32;
  localparam int MAINTENANCE_PPI = 25 - 16;
  // Frames are told by the upper address bits, in pages of 4 KiB.
  localparam logic [11:0] GICD = 12'h000, GICC = 12'h010, GICH = 12'h030, GICV = 12'h040;

  write_t write, gicd_write;
  read_t read;
  logic [2:0] write_cpu, read_cpu;
  logic read_valid, write_mapped, read_mapped;
  logic [63:0] read_data;
  logic [31:0] gicd_read_data;
  logic [NCPU-1:0][31:0] gicc_data, gich_data, gicv_data;

  gic_axil u_axil (
      .clk,
      .rst_n,
      .awvalid,
      .awready,
      .awaddr,
      .awuser,
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
      .aruser,
      .rvalid,
      .rready,
      .rdata,
      .rresp,
      .write,
      .read,
      .write_cpu,
      .read_valid,
      .read_cpu,
      .write_mapped,
      .read_mapped,
      .read_data
  );

  // ---- which frame ----

  // GICC and GICV have a second page, of which GICC_DIR is the first register.
  function automatic logic in_frame(logic [11:0] page, logic [11:0] frame);
    return page == frame || ((frame == GICC || frame == GICV) && page == (frame | 12'h1));
  endfunction

  function automatic logic mapped(logic [11:0] page, logic [2:0] cpu);
    return {1'b0, cpu} < 4'(NCPU) &&
        (in_frame(page, GICD) || in_frame(page, GICC) || in_frame(page, GICH) || in_frame(page, GICV));
  endfunction

  logic [11:0] write_page, read_page;
  assign write_page = write.addr[23:12];
  assign read_page  = read.addr[23:12];

  always_comb begin
    write_mapped = mapped(write_page, write_cpu);
    read_mapped  = mapped(read_page, read_cpu);
    gicd_write   = write;
    gicd_write.valid = write.valid && write_mapped && in_frame(write_page, GICD);
    read_data = '0;
    if (read_mapped) begin
      if (in_frame(read_page, GICD)) read_data[31:0] = gicd_read_data;
      else if (read.size == WORD)
        for (int c = 0; c < NCPU; c++)
          if (read_cpu == 3'(c))
            read_data[31:0] = in_frame(read_page, GICC) ? gicc_data[c] :
                in_frame(read_page, GICH) ? gich_data[c] : gicv_data[c];
    end
  end

  // ---- distributor ----

  event_t [NCPU-1:0] activate, deactivate;
  logic [NCPU-1:0][WORDS:0][31:0] ready, group1;
  prio_t [NCPU-1:0][WORDS:0][31:0] prio;
  logic [NCPU-1:0][15:0][2:0] source;
  logic [NCPU-1:0][15:0] ppi_lines;

  always_comb begin
    ppi_lines = ppi;
    for (int c = 0; c < NCPU; c++) ppi_lines[c][MAINTENANCE_PPI] = maintenance[c];  // its own
  end

  gic2_distributor #(
      .NCPU(NCPU),
      .NSPI(NSPI)
  ) u_distributor (
      .clk,
      .rst_n,
      .write    (gicd_write),
      .write_cpu,
      .read,
      .read_cpu,
      .read_data(gicd_read_data),
      .spi,
      .ppi      (ppi_lines),
      .activate,
      .deactivate,
      .ready,
      .group1,
      .prio,
      .source
  );

  // ---- each CPU ----

  for (genvar c = 0; c < NCPU; c++) begin : g_cpu
    access_t gicc, gich, gicv;
    logic [WORDS:0][31:0] offered;
    forward_t forward;
    candidate_t offer;
    controls_t controls;
    event_t drop, dir, virtual_end;

    // Registers of the interfaces are words.
    function automatic access_t access_of(logic [11:0] frame);
      access_t a;
      a.read  = read_valid && read.size == WORD && read_cpu == 3'(c) && in_frame(read_page, frame);
      a.write = write.valid && write.size == WORD && write_cpu == 3'(c) && in_frame(write_page, frame);
      a.raddr = {3'b0, read.addr[12:0]};
      a.waddr = {3'b0, write.addr[12:0]};
      a.wdata = write.data[31:0];
      return a;
    endfunction

    always_comb begin
      gicc = access_of(GICC);
      gich = access_of(GICH);
      gicv = access_of(GICV);
      for (int w = 0; w <= WORDS; w++)
        offered[w] = ready[c][w] & ((group1[c][w] & {32{controls.group_on[1]}}) |
                                    (~group1[c][w] & {32{controls.group_on[0]}}));
      offer = '{
          valid: forward.valid,
          group1: forward.group1,
          prio: forward.prio,
          who: '{source: forward.intid < 16 ? source[c][forward.intid[3:0]] : 3'd0, intid: forward.intid}
      };
    end

    gic_forward #(
        .WORDS(WORDS + 1)
    ) u_forward (
        .clk,
        .rst_n,
        .ready (offered),
        .group1(group1[c]),
        .prio  (prio[c]),
        .forward
    );

    gic2_interface u_interface (
        .clk,
        .rst_n,
        .access      (gicc),
        .data        (gicc_data[c]),
        .on          (1'b1),
        .offer,
        .set_controls(1'b0),
        .new_controls('0),
        .set_ap      (1'b0),
        .new_ap      ('0),
        .controls,
        .ap          (),
        .irq         (irq[c]),
        .fiq         (fiq[c]),
        .ack         (activate[c]),
        .drop,
        .drop_alias  (),
        .dir,
        .running     (),
        .mask1       (),
        .mask0       ()
    );

    gic2_virtual #(
        .NLR(NLR)
    ) u_virtual (
        .clk,
        .rst_n,
        .gich,
        .gicv,
        .gich_data  (gich_data[c]),
        .gicv_data  (gicv_data[c]),
        .deactivate (virtual_end),
        .virq       (virq[c]),
        .vfiq       (vfiq[c]),
        .maintenance(maintenance[c])
    );

    always_comb begin
      deactivate[c] = virtual_end;
      if (dir.valid) deactivate[c] = dir;
      else if (drop.valid && !controls.eoi_mode) deactivate[c] = drop;
    end
  end

endmodule
