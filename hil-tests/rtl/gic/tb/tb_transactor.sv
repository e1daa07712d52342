// SPDX-License-Identifier: Apache-2.0
//
// What the benches of both top levels share. Python hands over a batch of operations in one packed
// value and flips `go`; the transactor carries them out as bus and system register accesses, waits
// each one's settling time, and flips `done`. That costs a fraction of what driving each channel
// from Python does. Layouts: ref/operation.py, bench/rtl.py.
`timescale 1ns / 1ns
package tb_pkg;
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

  // A number that tells of all state that lines and accesses change: compared at every step.
  function automatic logic [31:0] mix(logic [31:0] d, logic [31:0] word);
    return (d ^ word) * 32'h0100_0193;
  endfunction
endpackage

module tb_transactor
  import gic_pkg::*;
  import tb_pkg::*;
#(
    parameter int NCPU  = 2,
    parameter int NSPI  = 64,
    parameter int BATCH = 32
) (
    input  logic                             clk,
    input  logic                             rst_n,
    // Python's side
    input  logic                             go,
    output logic                             done,
    input  logic          [             7:0] count,
    input  op_t           [       BATCH-1:0] operations,
    output result_t       [       BATCH-1:0] replies,
    output logic          [            31:0] cycles,
    // AXI4-Lite, the CPU's number beside it
    output logic                             awvalid,
    output logic                             wvalid,
    output logic                             arvalid,
    output logic          [            23:0] addr,
    output logic          [             2:0] user,
    output logic          [             1:0] arsize,
    output logic          [            63:0] wdata,
    output logic          [             7:0] wstrb,
    input  logic                             awready,
    input  logic                             wready,
    input  logic                             arready,
    input  logic                             bvalid,
    input  logic          [             1:0] bresp,
    input  logic                             rvalid,
    input  logic          [             1:0] rresp,
    input  logic          [            63:0] rdata,
    // A system register port a CPU
    output sysreg_t       [        NCPU-1:0] sysreg,
    input  sysreg_reply_t [        NCPU-1:0] sysreg_reply,
    // Lines, and what is seen of the design
    output logic          [        NSPI-1:0] spi,
    output logic          [NCPU-1:0][  15:0] ppi,
    input  logic          [        NCPU-1:0] irq,
    input  logic          [        NCPU-1:0] fiq,
    input  logic          [        NCPU-1:0] virq,
    input  logic          [        NCPU-1:0] vfiq,
    input  logic          [        NCPU-1:0] maintenance,
    input  logic          [        NCPU-1:0] wake_request,
    output logic                             settled,  // an operation is about to be answered
    input  logic          [            31:0] digest    // of all state, while it is
);

  initial begin
    done    = 1'b0;
    replies = '0;
    cycles  = '0;
    awvalid = 1'b0;
    wvalid  = 1'b0;
    arvalid = 1'b0;
    addr    = '0;
    user    = '0;
    arsize  = '0;
    wdata   = '0;
    wstrb   = '0;
    sysreg  = '0;
    spi     = '0;
    ppi     = '0;
  end

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
  assign op = operations[at[LAST:0]];
  assign settled = state == SETTLE && left == 0;

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
        user   <= op.cpu[2:0];
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
      if (!settled) left <= left - 1'b1;
      else begin
        result_t r;
        r = result;
        r.irq = 8'(irq);
        r.fiq = 8'(fiq);
        r.virq = 8'(virq);
        r.vfiq = 8'(vfiq);
        r.maintenance = 8'(maintenance);
        r.wake = 8'(wake_request);
        r.digest = digest;
        replies[at[LAST:0]] <= r;
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
