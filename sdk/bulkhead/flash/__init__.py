# SPDX-License-Identifier: Apache-2.0
"""Bringing an image onto a board: through its boot loader, a card, or an owner's command."""
