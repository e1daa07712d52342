# SPDX-License-Identifier: Apache-2.0
"""Guests of others, got from Debian when they are asked for: never part of the checkout."""
