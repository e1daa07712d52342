# SPDX-License-Identifier: Apache-2.0
"""Keywords: the target's life. Built, flashed, powered, reset; and what a suite needs of it."""

from __future__ import annotations

import re
from pathlib import Path

from robot.api import SkipExecution, logger
from robot.api.deco import keyword
from robot.utils import is_truthy

from bulkhead.lab import speed
from bulkhead.lab.selection import abilities
from bulkhead.lab.session import Session, Stage, StageError
from bulkhead_keywords.base import Keywords, build_folder, image, out_folder, root, target, variable


class Life(Keywords):
    @keyword("Boot Target")
    def boot_target(self, may_end: bool = False, until: str = "boot") -> str:
        """Flash and power the target with the built image and wait for the hypervisor's boot line.

        The build id in it must be the image's. Returns the build id. `until=running`: wait also until
        every partition
        runs. `may_end`: once all partitions have switched themselves off, and the board with them, what needs
        the board is skipped.
        """
        self.release_target()
        self._may_end = is_truthy(may_end)
        self._boots += 1
        name = re.sub(r"[^\w.-]", "_", f"{Path(variable('SUITE SOURCE')).stem}-{self._boots}")
        out = out_folder() / "consoles" / f"{variable('RUN') or ''}{name}"
        with self._blamed():
            session = Session.open(root(), target(), image(), out)
            self._session = self._heard = session
            session.console.speed = speed.measure()
            self._report = session.boot()
            if until == "running":
                self._wait_until_running()
        return self._report.build_id

    def _wait_until_running(self) -> None:
        wanted = {p["name"] for p in image().plan["partitions"] if p["autostart"]}
        while wanted:
            wanted.discard(self._open.wait(r"^(\S+): running$", "hv", 20.0).match[1])

    @keyword("Release Target")
    def release_target(self) -> None:
        """End the target and keep what its console said beside the log."""
        if self._session is not None:
            with self._blamed():
                self._session.close()
            console = self._session.console.transcript.path.with_suffix(".txt")
            name = console.relative_to(out_folder()).as_posix()
            logger.info(f'Console with timestamps: <a href="{name}">{name}</a>', html=True)
            self._session = None

    @keyword("Build Image")
    def build_image(self) -> str:
        """Build the build folder's configuration again, as `./bulkhead build` does; returns the build id.

        What goes wrong is a BUILD failure. A target that runs keeps the image it has until `Boot Target`.
        """
        from bulkhead.build import build
        from bulkhead.diag import SdkError, UserError, render_text

        with self._blamed():
            try:
                return build(root(), build_folder()).build_id
            except SdkError as problem:
                found = isinstance(problem, UserError) and problem.diags
                raise StageError(
                    Stage.BUILD, render_text(problem.diags) if found else str(problem)
                ) from problem

    @keyword("Reset Target")
    def reset_target(self) -> int:
        """Reset the whole board; returns the boot count that it then tells."""
        with self._blamed():
            self._report = self._open.reset()
        return self._report.count

    @keyword("Lose Power")
    def lose_power(self) -> None:
        """Cut the target's power in the middle of whatever it does. `Boot Target` switches it on again."""
        with self._blamed():
            self._open.running.lose_power()
        self.release_target()

    @keyword("Ask Identity")
    def ask_identity(self) -> str:
        """Ctrl-^ ?: returns the build id that the running hypervisor tells."""
        with self._blamed():
            return self._open.ask_identity().build_id

    @keyword("Expected Build Id")
    def expected_build_id(self) -> str:
        """The build id that stands in plan.json."""
        return image().build_id

    @keyword("Boot Count")
    def boot_count(self) -> int:
        """The boot count of the last boot line."""
        assert self._report is not None
        return self._report.count

    @keyword("Expected Partitions")
    def expected_partitions(self) -> list[str]:
        """The partitions' names, in plan order."""
        return image().partitions

    @keyword("Devices With Interrupts")
    def devices_with_interrupts(self) -> list[str]:
        """The names of the devices that have an SPI and an owner, the hypervisor included, and of one that
        has none.
        """
        plan = image().plan
        owned = {o["device"] for o in plan["owners"] if o["owner"]}
        names = [
            d["name"] for d in plan["board"]["devices"] if d["enabled"] and image().interrupts_of(d["name"])
        ]
        free = [name for name in names if name not in owned]
        return [name for name in names if name in owned] + free[:1]

    @keyword("Speed Factor")
    def speed_factor(self) -> float:
        """What deadlines are multiplied by: 1 on an idle host, more on a busy one. Measured by `Boot
        Target`.
        """
        return self._open.console.speed

    @keyword("Require Partitions")
    def require_partitions(self, *names: str) -> None:
        """Skip, saying why, where the system under test does not have these partitions."""
        missing = [name for name in names if name not in image().partitions]
        if missing:
            raise SkipExecution(f"the system '{image().system}' has no partition {', '.join(missing)}")

    @keyword("Require Ability")
    def require_ability(self, *names: str) -> None:
        """Skip, saying why, where the target or the image cannot do this; the tag `needs:NAME` does the
        same.
        """
        missing = sorted(set(names) - abilities(target(), image()))
        if missing:
            raise SkipExecution(
                f"the target '{target().name}' with '{image().system}' has no {', '.join(missing)}"
            )

    @keyword("Require Device Owner")
    def require_device_owner(self, device: str, owner: str) -> None:
        """Skip, saying why, where `device` (a word of its compatible) is not `owner`'s."""
        plan = image().plan
        names = {d["name"] for d in plan["board"]["devices"] if device in ",".join(d["compatible"])}
        if not any(o["device"] in names and o["owner"] == owner for o in plan["owners"]):
            raise SkipExecution(f"no device '{device}' belongs to '{owner}' in the system '{image().system}'")
