# SPDX-License-Identifier: Apache-2.0
"""A `SystemPlan` to everything that is generated from it. Pure functions: no file is touched."""
