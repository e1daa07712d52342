# SPDX-License-Identifier: Apache-2.0
"""Robot keywords over `bulkhead.lab`: a target booted, listened to, typed to, disturbed, and judged.

They translate and nothing more. Every wait is for a text or its deadline. What fails before the first
test may begin is raised as LAB, FLASH or BOOT, so that it is never counted as a failed test.
"""

from __future__ import annotations

from robot.api.deco import library

from bulkhead_keywords.base import TestFailure
from bulkhead_keywords.faults import Faults
from bulkhead_keywords.life import Life
from bulkhead_keywords.partitions import Partitions
from bulkhead_keywords.talk import Talk
from bulkhead_keywords.traces import Traces

__all__ = ["BulkheadTarget", "TestFailure"]


@library(scope="SUITE", version="2", doc_format="TEXT", listener="SELF")
class BulkheadTarget(Life, Talk, Partitions, Faults, Traces):
    """One target per suite. `Boot Target` in the suite's set-up, `Release Target` in its tear-down.

    A *speaker* is a partition's name, or `hv` for the hypervisor. Patterns are Python regular
    expressions. Timeouts are
    those of an idle host: a busy one gets more, by the factor that `Boot Target` measures. A failed
    test's message
    ends with the last lines of every speaker, and with the decoded crash record if the hypervisor crashed.
    """
