# SPDX-License-Identifier: Apache-2.0
"""Every runner there is, by name."""

from __future__ import annotations

from bulkhead.runners.base import Runner
from bulkhead.runners.commands import BoardRunner
from bulkhead.runners.qemu import QemuRunner

RUNNERS: dict[str, type[Runner]] = {runner.name: runner for runner in (QemuRunner, BoardRunner)}
