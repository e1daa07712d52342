# SPDX-License-Identifier: Apache-2.0
"""One directed test a rule of the manual. They run on the RTL with the reference model beside it, and on the
model alone. docs/gic-model.md shows how to add one."""
