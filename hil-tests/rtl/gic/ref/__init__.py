# SPDX-License-Identifier: Apache-2.0
"""The interrupt controllers in plain Python, written from Arm IHI 0069 (GICv3) and IHI 0048 (GICv2).

It needs nothing but the SDK's register reader, so that host tests, benches and tools use it alike.
"""
