// SPDX-License-Identifier: Apache-2.0
//
// gic_v3 with a clock and a transactor. Python hands over a batch of operations in one packed
// value and flips `go`; the transactor carries them out as bus and system register accesses, waits
// each one's settling time, and flips `done`. That costs a fraction of what driving each channel
// from Python does. With `manual` set the AXI channels are Python's own. Layouts: ref/operation.py.
`timescale 1ns / 1ns
module tb_v3
  import gic_pkg::*;
#(
    parameter int NCPU  = 2,
    parameter int NSPI  = 64,
    parameter int NLR   = 4,
    parameter int BATCH = 32
) ();

  localparam int WORDS = NSPI / 32;

  typedef struct packed {
    logic        line_valid;
    logic        line_level;
    logic [3:0]  line_cpu;    // of a PPI
    logic [9:0]  line_intid;
    logic [2:0]  kind;
    logic [3:0]  cpu;
    logic        el1;
    logic [1:0]  size;
    logic [23:0] addr;        // or encoding
    logic [63:0] data;
    logic [7:0]  settle;      // cycles
  } op_t;
  localparam logic [2:0] TIME = 3'd0, READ = 3'd1, WRITE = 3'd2, MRS = 3'd3, MSR = 3'd4;

  typedef struct packed {
    logic [31:0] digest;
    logic [7:0]  wake, maintenance, vfiq, virq, fiq, irq;
    logic        undef;
    logic        trap;
    logic [1:0]  resp;
    logic [63:0] data;
  } result_t;

  // ---- Python's side ----
  logic rst_n  /*verilator public_flat_rw*/ = 1'b0;
  logic go  /*verilator public_flat_rw*/ = 1'b0;
  logic done  /*verilator public_flat_rw*/ = 1'b0;
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
  logic [31:0] cycles  /*verilator public_flat_rw*/ = '0;

  logic clk  /*verilator public_flat_rw*/ = 1'b0;
  always #5 clk = !clk;

  // ---- the design ----
  logic awvalid = 1'b0, wvalid = 1'b0, arvalid = 1'b0;
  logic [23:0] addr = '0;
  logic [1:0] arsize = '0;
  logic [63:0] wdata = '0;
  logic [7:0] wstrb = '0;
  sysreg_t [NCPU-1:0] sysreg = '0;
  sysreg_reply_t [NCPU-1:0] sysreg_reply;
  logic [NSPI-1:0] spi = '0;
  logic [NCPU-1:0][15:0] ppi = '0;
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

  // ---- a number that tells of all state that lines and accesses change: compared at every step ----
  logic [WORDS-1:0][3:0][31:0] spi_state;
  logic [NCPU-1:0][7:0][31:0] cpu_state;
  logic [NCPU-1:0][NLR-1:0][63:0] lr_state;
  logic [31:0] digest;

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

  function automatic logic [31:0] mix(logic [31:0] d, logic [31:0] word);
    return (d ^ word) * 32'h0100_0193;
  endfunction

  function automatic logic [31:0] digest_now();
    logic [31:0] d = 32'h811c_9dc5;
    for (int w = 0; w < WORDS; w++) for (int k = 0; k < 4; k++) d = mix(d, spi_state[w][k]);
    for (int c = 0; c < NCPU; c++) begin
      for (int k = 0; k < 8; k++) d = mix(d, cpu_state[c][k]);
      for (int n = 0; n < NLR; n++) d = mix(mix(d, lr_state[c][n][31:0]), lr_state[c][n][63:32]);
    end
    return d;
  endfunction

  // ---- the transactor ----
  op_t [BATCH-1:0] ops;
  result_t [BATCH-1:0] results = '0;
  assign ops = operations;
  assign replies = results;

  typedef enum logic [2:0] {
    IDLE,
    ISSUE,
    BUS,
    ANSWER,
    SETTLE
  } state_e;
  state_e state = IDLE;
  logic [7:0] at = '0;
  logic [7:0] left = '0;
  op_t op;
  result_t result = '0;

  localparam int LAST = $clog2(BATCH) - 1;
  assign op = ops[at[LAST:0]];

  always_ff @(posedge clk) begin
    cycles <= cycles + 1;
    unique case (state)
      IDLE: if (rst_n && go != done) begin
        at <= '0;
        state <= count == 0 ? IDLE : ISSUE;
        if (count == 0) done <= go;
      end
      ISSUE: begin
        result <= '0;
        if (op.line_valid) begin
          if (op.line_intid >= 32) spi[$clog2(NSPI)'(op.line_intid - 10'd32)] <= op.line_level;
          else ppi[$clog2(NCPU > 1 ? NCPU : 2)'(op.line_cpu)][op.line_intid[3:0]] <= op.line_level;
        end
        addr   <= op.addr;
        arsize <= op.size;
        wdata  <= op.data << {op.addr[2:0], 3'b0};
        wstrb  <= 8'((9'h1 << (4'h1 << op.size)) - 9'h1) << op.addr[2:0];
        left   <= op.settle;
        state  <= SETTLE;
        case (op.kind)
          READ: begin
            arvalid <= 1'b1;
            state   <= BUS;
          end
          WRITE: begin
            awvalid <= 1'b1;
            wvalid  <= 1'b1;
            state   <= BUS;
          end
          MRS, MSR: begin
            for (int c = 0; c < NCPU; c++)
              if (op.cpu == 4'(c))
                sysreg[c] <= '{
                    valid: 1'b1,
                    el1: op.el1,
                    write: op.kind == MSR,
                    encoding: op.addr[15:0],
                    data: op.data
                };
            state <= ANSWER;
          end
          default: ;
        endcase
      end
      BUS: begin
        if (arready) arvalid <= 1'b0;
        if (awready) awvalid <= 1'b0;
        if (wready) wvalid <= 1'b0;
        if (rvalid) begin
          result.data <= rdata >> {op.addr[2:0], 3'b0} & ~(~64'h0 << {8'(4'h1 << op.size), 3'b0});
          result.resp <= rresp;
          state <= SETTLE;
        end else if (bvalid) begin
          result.resp <= bresp;
          state <= SETTLE;
        end
      end
      ANSWER: begin
        for (int c = 0; c < NCPU; c++)
          if (op.cpu == 4'(c)) begin
            result.undef <= sysreg_reply[c].undef;
            result.trap  <= sysreg_reply[c].trap;
            result.data  <= sysreg_reply[c].data;
          end
        sysreg <= '0;
        state  <= SETTLE;
      end
      default:
      if (left != 0) left <= left - 1'b1;
      else begin
        result_t r;
        r = result;
        r.irq = 8'(irq);
        r.fiq = 8'(fiq);
        r.virq = 8'(virq);
        r.vfiq = 8'(vfiq);
        r.maintenance = 8'(maintenance);
        r.wake = 8'(wake_request);
        r.digest = digest_now();
        results[at[LAST:0]] <= r;
        at <= at + 1'b1;
        state <= ISSUE;
        if (at + 8'd1 == count) begin
          state <= IDLE;
          done  <= go;
        end
      end
    endcase
    if (!rst_n) begin
      spi <= '0;
      ppi <= '0;
      done <= go;
      state <= IDLE;
    end
  end

endmodule
