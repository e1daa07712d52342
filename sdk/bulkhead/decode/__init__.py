# SPDX-License-Identifier: Apache-2.0
"""What EL2 left behind, made readable: crash records, with the ELF's symbols and the plan."""
