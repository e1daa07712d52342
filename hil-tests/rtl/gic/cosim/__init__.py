# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's GIC driver and vGIC, unchanged, on a simulated interrupt controller."""
