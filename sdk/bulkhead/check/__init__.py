# SPDX-License-Identifier: Apache-2.0
"""Rules over a finished plan: `check(plan)` in rules.py; one file per subject."""

from __future__ import annotations

from bulkhead.check.rules import check

__all__ = ["check"]
