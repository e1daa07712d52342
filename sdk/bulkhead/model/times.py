# SPDX-License-Identifier: Apache-2.0
"""How times are written for people: microseconds, without zeros at the end."""

from __future__ import annotations


def us_number(ns: int) -> str:
    """1500 nanoseconds are "1.5"."""
    return f"{ns / 1000:.3f}".rstrip("0").rstrip(".")


def us(ns: int) -> str:
    """1500 nanoseconds are "1.5 us"."""
    return f"{us_number(ns)} us"
