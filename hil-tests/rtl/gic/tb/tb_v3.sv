// SPDX-License-Identifier: Apache-2.0
//
// gic_v3 with a clock and a transactor. With `manual` set the AXI channels are Python's own.
`timescale 1ns / 1ns
module tb_v3
  import gic_pkg::*;
  import tb_pkg::*;
#(
    parameter int NCPU  = 2,
    parameter int NSPI  = 64,
    parameter int NLR   = 4,
    parameter int BATCH = 32
) ();

  localparam int WORDS = NSPI / 32;

  // ---- Python's side ----
  logic rst_n  /*verilator public_flat_rw*/ = 1'b0;
  logic go  /*verilator public_flat_rw*/ = 1'b0;
  logic done  /*verilator public_flat_rw*/;
  logic [7:0] count  /*verilator public_flat_rw*/ = '0;
  logic [BATCH*$bits(op_t)-1:0] operations  /*verilator public_flat_rw*/ = '0;
  logic [BATCH*$bits(result_t)-1:0] replies  /*verilator public_flat_rw*/;
  logic manual  /*verilator public_flat_rw*/ = 1'b0;
  logic m_awvalid  /*verilator public_flat_rw*/ = 1'b0;
  logic m_wvalid  /*verilator public_flat_rw*/ = 1'b0;
  logic m_bready  /*verilator public_flat_rw*/ = 1'b0;
  logic m_arvalid  /*verilator public_flat_rw*/ = 1'b0;
  logic m_rready  /*verilator public_flat_rw*/ = 1'b0;
  logic [23:0] m_addr  /*verilator public_flat_rw*/ = '0;
  logic [63:0] m_wdata  /*verilator public_flat_rw*/ = '0;
  logic [7:0] m_wstrb  /*verilator public_flat_rw*/ = '0;
  logic awready  /*verilator public_flat_rw*/, wready  /*verilator public_flat_rw*/;
  logic bvalid  /*verilator public_flat_rw*/, arready  /*verilator public_flat_rw*/;
  logic rvalid  /*verilator public_flat_rw*/;
  logic [63:0] rdata  /*verilator public_flat_rw*/;
  logic [1:0] bresp  /*verilator public_flat_rw*/, rresp  /*verilator public_flat_rw*/;
  logic [31:0] cycles  /*verilator public_flat_rw*/;

  logic clk  /*verilator public_flat_rw*/ = 1'b0;
  always #5 clk = !clk;

  // ---- the design ----
  logic awvalid, wvalid, arvalid, settled;
  logic [23:0] addr;
  logic [2:0] user;
  logic [1:0] arsize;
  logic [63:0] wdata;
  logic [7:0] wstrb;
  logic [31:0] digest;
  sysreg_t [NCPU-1:0] sysreg;
  sysreg_reply_t [NCPU-1:0] sysreg_reply;
  logic [NSPI-1:0] spi;
  logic [NCPU-1:0][15:0] ppi;
  logic [NCPU-1:0] irq, fiq, virq, vfiq, maintenance, wake_request;

  gic_v3 #(
      .NCPU(NCPU),
      .NSPI(NSPI),
      .NLR (NLR)
  ) dut (
      .clk,
      .rst_n,
      .awvalid(manual ? m_awvalid : awvalid),
      .awready,
      .awaddr (manual ? m_addr : addr),
      .wvalid (manual ? m_wvalid : wvalid),
      .wready,
      .wdata  (manual ? m_wdata : wdata),
      .wstrb  (manual ? m_wstrb : wstrb),
      .bvalid,
      .bready (manual ? m_bready : 1'b1),
      .bresp,
      .arvalid(manual ? m_arvalid : arvalid),
      .arready,
      .araddr (manual ? m_addr : addr),
      .arsize (manual ? 2'd2 : arsize),
      .rvalid,
      .rready (manual ? m_rready : 1'b1),
      .rdata,
      .rresp,
      .sysreg,
      .sysreg_reply,
      .spi,
      .ppi,
      .irq,
      .fiq,
      .virq,
      .vfiq,
      .maintenance,
      .wake_request
  );

  // ---- the digest of all state ----
  logic [WORDS-1:0][3:0][31:0] spi_state;
  logic [NCPU-1:0][7:0][31:0] cpu_state;
  logic [NCPU-1:0][NLR-1:0][63:0] lr_state;

  for (genvar w = 0; w < WORDS; w++) begin : g_spi
    assign spi_state[w] = {dut.u_distributor.group1[w], dut.u_distributor.active[w],
                           dut.u_distributor.pending[w], dut.u_distributor.enabled[w]};
  end
  for (genvar c = 0; c < NCPU; c++) begin : g_cpu
    assign cpu_state[c] = {
      dut.g_cpu[c].u_cpu.u_virtual.ap, dut.g_cpu[c].u_cpu.u_physical.ap,
      dut.g_cpu[c].u_redistributor.group1, dut.g_cpu[c].u_redistributor.active,
      dut.g_cpu[c].u_redistributor.pending, dut.g_cpu[c].u_redistributor.enabled};
    for (genvar n = 0; n < NLR; n++) begin : g_lr
      assign lr_state[c][n] = dut.g_cpu[c].u_cpu.u_virtual.from_lr(dut.g_cpu[c].u_cpu.u_virtual.lr[n]);
    end
  end

  function automatic logic [31:0] digest_now();
    logic [31:0] d = 32'h811c_9dc5;
    for (int w = 0; w < WORDS; w++) for (int k = 0; k < 4; k++) d = mix(d, spi_state[w][k]);
    for (int c = 0; c < NCPU; c++) begin
      for (int k = 0; k < 8; k++) d = mix(d, cpu_state[c][k]);
      for (int n = 0; n < NLR; n++) d = mix(mix(d, lr_state[c][n][31:0]), lr_state[c][n][63:32]);
    end
    return d;
  endfunction

  always_comb
    if (settled) digest = digest_now();
    else digest = '0;

  tb_transactor #(
      .NCPU (NCPU),
      .NSPI (NSPI),
      .BATCH(BATCH)
  ) u_transactor (
      .*
  );

endmodule
