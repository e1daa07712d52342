# SPDX-License-Identifier: Apache-2.0
"""ESR_EL2 in words. Field positions come from regs/el2.def, the meanings of their values from
Arm DDI 0487, "ESR_EL2, Exception Syndrome Register (EL2)"."""

from __future__ import annotations

from bulkhead.decode.registers import RegisterTable

_CLASSES = {
    0x00: "unknown instruction",
    0x01: "trapped WFI or WFE",
    0x07: "FP or SIMD access while it is off",
    0x0E: "illegal execution state",
    0x15: "SVC",
    0x16: "HVC",
    0x17: "SMC",
    0x18: "trapped MSR, MRS or system instruction",
    0x20: "instruction abort from a lower exception level",
    0x21: "instruction abort at EL2",
    0x22: "misaligned PC",
    0x24: "data abort from a lower exception level",
    0x25: "data abort at EL2",
    0x26: "misaligned SP",
    0x2F: "SError",
    0x3C: "BRK instruction",
}
_ABORTS = (0x20, 0x21, 0x24, 0x25)
_DATA_ABORTS = (0x24, 0x25)
_FAULTS = {0: "address size fault", 1: "translation fault", 2: "access flag fault", 3: "permission fault"}
_OTHER_FAULTS = {0x10: "external abort", 0x21: "alignment fault", 0x30: "TLB conflict"}
_KINDS = ("synchronous", "IRQ", "FIQ", "SError")
_ORIGINS = ("EL2 with SP_EL0", "EL2", "a guest in AArch64", "a guest in AArch32")


def describe_vector(vector: int) -> str:
    """Row of the vector table in words."""
    if vector < 16:
        return f"{_KINDS[vector % 4]} exception from {_ORIGINS[vector // 4]}"
    return "EL2 found a state that cannot be (HV_BUG_ON)"


def describe_esr(esr: int, table: RegisterTable) -> str:
    exception_class = table.get("ESR_EL2", "EC", esr)
    words = [_CLASSES.get(exception_class, f"exception class {exception_class:#x}")]
    if exception_class in _DATA_ABORTS:
        words.append("write" if table.get("ESR_ABORT", "WnR", esr) else "read")
    if exception_class in _ABORTS:
        words.append(_fault(table.get("ESR_ABORT", "FSC", esr)))
        if table.get("ESR_ABORT", "S1PTW", esr):
            words.append("on a stage-1 walk")
        if table.get("ESR_ABORT", "FnV", esr):
            words.append("address not known")
    return ", ".join(words)


def has_address(esr: int, table: RegisterTable) -> bool:
    """Whether FAR_EL2 means something."""
    exception_class = table.get("ESR_EL2", "EC", esr)
    return exception_class == 0x22 or (exception_class in _ABORTS and not table.get("ESR_ABORT", "FnV", esr))


def _fault(status: int) -> str:
    if status < 16:
        return f"{_FAULTS[status >> 2]}, level {status & 3}"
    return _OTHER_FAULTS.get(status, f"fault status {status:#x}")
