// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite with 64 data bits, one access of each direction at a time. AXI4-Lite has no size: a
// write's is in its strobes, a read's comes in ARSIZE beside the channel, so that a register can
// refuse a width; AxUSER says which CPU it is, where registers are banked. Arm IHI 0022, "AMBA
// AXI4-Lite". Reads and writes have no order among each other: a CPU waits for one to be answered.
module gic_axil
  import gic_pkg::*;
(
    input  logic        clk,
    input  logic        rst_n,
    input  logic        awvalid,
    output logic        awready,
    input  logic [23:0] awaddr,
    input  logic [ 2:0] awuser,
    input  logic        wvalid,
    output logic        wready,
    input  logic [63:0] wdata,
    input  logic [ 7:0] wstrb,
    output logic        bvalid,
    input  logic        bready,
    output logic [ 1:0] bresp,
    input  logic        arvalid,
    output logic        arready,
    input  logic [23:0] araddr,
    input  logic [ 1:0] arsize,
    input  logic [ 2:0] aruser,
    output logic        rvalid,
    input  logic        rready,
    output logic [63:0] rdata,
    output logic [ 1:0] rresp,
    // To the registers.
    output write_t      write,
    output read_t       read,
    output logic [ 2:0] write_cpu,
    output logic        read_valid,    // a read has its effect in this cycle
    output logic [ 2:0] read_cpu,
    input  logic        write_mapped,  // there is a frame at that address
    input  logic        read_mapped,
    input  logic [63:0] read_data
);

  localparam logic [1:0] OKAY = 2'b00, DECERR = 2'b11;

  logic        aw_held, w_held;
  logic [23:0] aw_addr;
  logic [ 2:0] aw_user;
  logic [63:0] w_data;
  logic [ 7:0] w_strb;

  assign awready = !aw_held;
  assign wready  = !w_held;
  assign arready = !rvalid;

  assign write_cpu  = aw_user;
  assign read_valid = arvalid && arready;
  assign read_cpu   = aruser;

  always_comb begin
    write.valid = aw_held && w_held && !bvalid;
    write.addr  = aw_addr;
    write.data  = w_data >> {aw_addr[2:0], 3'b0};
    unique case ($countones(w_strb))
      1: write.size = 2'd0;
      2: write.size = 2'd1;
      4: write.size = 2'd2;
      8: write.size = 2'd3;
      default: begin
        write.size  = 2'd0;
        write.valid = 1'b0;  // no access of the CPU makes such strobes
      end
    endcase
    unique case (write.size)
      2'd0: write.data &= 64'hff;
      2'd1: write.data &= 64'hffff;
      2'd2: write.data &= 64'hffff_ffff;
      default: ;
    endcase
    read.addr = araddr;
    read.size = arsize;
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      aw_held <= 1'b0;
      w_held  <= 1'b0;
      bvalid  <= 1'b0;
      rvalid  <= 1'b0;
      aw_addr <= '0;
      aw_user <= '0;
      w_data  <= '0;
      w_strb  <= '0;
      bresp   <= OKAY;
      rdata   <= '0;
      rresp   <= OKAY;
    end else begin
      if (awvalid && awready) begin
        aw_held <= 1'b1;
        aw_addr <= awaddr;
        aw_user <= awuser;
      end
      if (wvalid && wready) begin
        w_held <= 1'b1;
        w_data <= wdata;
        w_strb <= wstrb;
      end
      if (aw_held && w_held && !bvalid) begin
        aw_held <= 1'b0;
        w_held  <= 1'b0;
        bvalid  <= 1'b1;
        bresp   <= write_mapped ? OKAY : DECERR;
      end else if (bready) begin
        bvalid <= 1'b0;
      end
      if (arvalid && arready) begin
        rvalid <= 1'b1;
        rdata  <= read_data << {araddr[2:0], 3'b0};
        rresp  <= read_mapped ? OKAY : DECERR;
      end else if (rready) begin
        rvalid <= 1'b0;
      end
    end
  end

endmodule
