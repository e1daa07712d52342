# SPDX-License-Identifier: Apache-2.0
"""Manual entries of what is wrong with targets: where an image is to run."""

ENTRIES = """
BH-LAB-001: a targets.yaml has a mistake.

The place is the value that cannot be used. docs/hil.md lists the fields of each kind of target
(`qemu`, `serial`, `lab`) and what each may be.

BH-LAB-002: there is no target of that name.

`./bulkhead list` names the targets that are shipped; `--targets FILE` or BULKHEAD_TARGETS adds
your own.

BH-LAB-003: a board.yaml does not say how the board runs.

`./bulkhead run` and `hil` need its `qemu:` part, or a target of kind `serial` for real hardware.

BH-LAB-004: a place of a lab is a target for `hil` alone.

`./bulkhead hil --target NAME` (or `lab:board=BOARD`) reserves a place, runs the suites on it and gives it
back. For a person there are `./bulkhead lab reserve` and `./bulkhead lab console`; docs/hil.md, "A lab".

BH-LAB-005: a target is for another board than the system.

`board:` of the target must be the board that the configuration is for: an image runs on no other.

BH-LAB-006: a quarantine.yaml has a mistake.

It is a list of entries with the fields `test` (suite.Name Of The Test), `reason`, `owner` and `until`,
the last day on which a failure of that test does not fail the run.
"""
