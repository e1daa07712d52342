# SPDX-License-Identifier: Apache-2.0
"""Keywords: what the hypervisor recorded of itself, in a system that is built with CONFIG_TRACE."""

from __future__ import annotations

from robot.api import SkipExecution, logger
from robot.api.deco import keyword

from bulkhead.lab import tracing
from bulkhead.trace.record import read_rings
from bulkhead.trace.timeline import figures, names_of
from bulkhead_keywords.base import Keywords, image, out_folder, trace_path


class Traces(Keywords):
    @keyword("Keep Trace")
    def keep_trace(self, name: str = "kept") -> str:
        """Put the trace of the running target beside its console, as a page with a timeline; returns its
        figures. A failed test does this by itself.
        """
        self._require_trace()
        with self._blamed():
            path = trace_path(self._open, name)
            said = tracing.keep(self._open, path)
        link = path.with_suffix(".html").relative_to(out_folder()).as_posix()
        logger.info(f'<a href="{link}">{link}</a>', html=True)
        return said

    @keyword("Traced Shares")
    def traced_shares(self, pcpu: int = 0) -> dict[str, float]:
        """Of the time that the trace of a physical CPU covers, the share of each virtual CPU, and `idle`."""
        self._require_trace()
        with self._blamed():
            rings = read_rings(tracing.read_out(self._open))
        ring = next(ring for ring in rings if ring.pcpu == int(pcpu))
        return figures(ring, names_of(image().plan)).shares

    def _require_trace(self) -> None:
        if not tracing.has_trace(image()):
            raise SkipExecution(f"the system '{image().system}' has no trace (CONFIG_TRACE)")
