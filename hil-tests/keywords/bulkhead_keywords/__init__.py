# SPDX-License-Identifier: Apache-2.0
"""The keywords of `BulkheadTarget`, one subject a file."""
