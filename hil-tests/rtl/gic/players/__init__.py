# SPDX-License-Identifier: Apache-2.0
"""Players of the operation language: each does the same operations to another interrupt controller."""
