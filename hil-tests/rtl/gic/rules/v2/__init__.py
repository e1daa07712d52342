# SPDX-License-Identifier: Apache-2.0
"""One directed test a rule of IHI 0048, on GICv2."""
