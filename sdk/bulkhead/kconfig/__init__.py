# SPDX-License-Identifier: Apache-2.0
"""A thin layer over kconfiglib: values with their places, and findings where it is silent."""
