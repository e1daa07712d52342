# SPDX-License-Identifier: Apache-2.0
"""One stream of operations for every player, and what differs between them."""
