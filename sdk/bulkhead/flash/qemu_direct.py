# SPDX-License-Identifier: Apache-2.0
"""`qemu`: no boot loader and nothing written; QEMU is given the image, and must boot its build."""

from __future__ import annotations

import shlex

from bulkhead.diag import UserError
from bulkhead.flash.method import FlashCaps, FlashMethod
from bulkhead.lab.session import Session, make_runner
from bulkhead.lab.targets import Target, read_targets, require_usable


class QemuDirect(FlashMethod):
    name = "qemu"
    what = "started in QEMU, without a boot loader, as far as its boot line"
    caps = FlashCaps(keeps=False)

    def steps(self) -> list[str]:
        runner = make_runner(self.job.root, self._target(), self.job.image, self.job.out)
        return [shlex.join(words) for words in runner.commands()]

    def flash(self) -> None:
        with Session.open(self.job.root, self._target(), self.job.image, self.job.out) as session:
            report = session.boot(self.job.seconds)
        self.job.say(f"build {report.build_id} runs")

    def _target(self) -> Target:
        """The first QEMU target that takes the image as it is. Raises UserError."""
        for target in read_targets(self.job.root).values():
            if target.kind == "qemu" and not target.firmware and target.transport == "socket":
                require_usable(self.job.root, target, self.job.image.board)
                return target
        raise UserError("hil-tests/targets.yaml has no QEMU target without a boot loader")
