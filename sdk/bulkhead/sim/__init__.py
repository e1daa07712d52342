# SPDX-License-Identifier: Apache-2.0
"""Hardware in simulation: the interrupt controller's RTL under cocotb, its report and its mutants."""
