// SPDX-License-Identifier: Apache-2.0
//
// The CPU interfaces of one CPU behind its system register port: which of them an MRS or MSR
// reaches, and what is UNDEFINED or trapped. One access a cycle, answered in that cycle.
module gic_cpu
  import gic_pkg::*;
  import gic_regs_pkg::*;
#(
    parameter int NLR = 4
) (
    input  logic                  clk,
    input  logic                  rst_n,
    input  sysreg_t               req,
    output sysreg_reply_t         reply,
    input  forward_t              forward,
    output logic           [ 1:0] group_on,
    output strobe_t               activate,
    output strobe_t               deactivate,
    output sgi_t                  sgi,
    output logic                  irq,
    output logic                  fiq,
    output logic                  virq,
    output logic                  vfiq,
    output logic                  maintenance
);

  logic known_p, known_v, allowed_p, allowed_v, trap;
  logic [63:0] data_p, data_v;
  strobe_t deactivate_p, deactivate_v;
  sysreg_t req_p, req_v;
  logic to_virtual;

  // ICC names at EL2 are physical, at EL1 virtual; ICH names are EL2's.
  assign to_virtual = req.el1 || !known_p;

  always_comb begin
    req_p = req;
    req_p.valid = req.valid && !req.el1;
    req_v = req;
    req_v.valid = req.valid && to_virtual;
  end

  gic_physical u_physical (
      .clk,
      .rst_n,
      .req       (req_p),
      .known     (known_p),
      .allowed   (allowed_p),
      .data      (data_p),
      .forward,
      .group_on,
      .activate,
      .deactivate(deactivate_p),
      .sgi,
      .irq,
      .fiq
  );

  gic_virtual #(
      .NLR(NLR)
  ) u_virtual (
      .clk,
      .rst_n,
      .req       (req_v),
      .known     (known_v),
      .allowed   (allowed_v),
      .trap,
      .data      (data_v),
      .deactivate(deactivate_v),
      .virq,
      .vfiq,
      .maintenance
  );

  always_comb begin
    deactivate = deactivate_p.valid ? deactivate_p : deactivate_v;
    reply = '0;
    if (to_virtual) begin
      reply.undef = !known_v || !allowed_v;
      reply.trap  = trap;
      reply.data  = data_v;
    end else begin
      reply.undef = !allowed_p;
      reply.data  = allowed_p && !req.write ? data_p : '0;
    end
  end

endmodule
