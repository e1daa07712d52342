# SPDX-License-Identifier: Apache-2.0
"""Applies the fixes that findings bring along, through the same editor as `config set`."""

from __future__ import annotations

from collections.abc import Iterable

from bulkhead.diag import Diagnostic, UserError, has_errors
from bulkhead.kconfig.edit import find_symbol, set_symbol
from bulkhead.kconfig.load import Config


def apply_fixes(config: Config, diags: Iterable[Diagnostic], codes: Iterable[str]) -> list[str]:
    """Change the file for the findings with these codes; what was done, a sentence each.

    Raises UserError where a code has no finding with a safe fix, and where writing the file anew
    would lose lines that cannot be understood.
    """
    if has_errors(config.diags):
        raise UserError("the configuration has lines that would be lost; repair these first: `check`")
    found = list(diags)
    done: list[str] = []
    for code in codes:
        fixes = dict.fromkeys(fix for d in found if d.code == code for fix in d.fix)
        if not fixes:
            there = any(d.code == code for d in found)
            raise UserError(
                f"{code} has no fix that is safe to make alone; its help says what to do"
                if there
                else f"there is no finding {code} to fix"
            )
        done += [_apply(config, code, fix) for fix in fixes]
    config.engine.write_config(str(config.path))
    return done


def _apply(config: Config, code: str, fix: str) -> str:
    name, _, value = fix.partition("=")
    before = find_symbol(config.engine, name).str_value
    set_symbol(config.engine, name, value)
    return f"{code}: CONFIG_{name}={value} (was {before or 'not set'})"
