# SPDX-License-Identifier: Apache-2.0
"""A devicetree from its files: source (.dts) or compiled (.dtb), with the overlays applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bulkhead.diag import UserError, error, has_errors
from bulkhead.diag.paths import shown
from bulkhead.diag.span import Span
from bulkhead.dts.blob import is_blob, read_blob
from bulkhead.dts.overlay import apply_overlays
from bulkhead.dts.parse import parse
from bulkhead.dts.preprocess import preprocess
from bulkhead.dts.raw import RawTree
from bulkhead.dts.resolve import resolve
from bulkhead.dts.source import Source
from bulkhead.dts.tree import Tree
from bulkhead.dts.wellformed import wellformed

_UNREAD = ("BH-DTS-001", "BH-DTS-002")  # after these, names that are missing mean nothing


def read_tree(path: Path, overlays: Sequence[Path] = (), include_dirs: Sequence[Path] = ()) -> Tree:
    """The board's tree with the overlays applied in order; `Tree.remarks` says what is odd in it,
    errors included that do not keep it from being read (BH-DTS-003 to 007).

    Raises UserError with every mistake of file (BH-DTS-001), syntax (002), label or reference
    (005), node or property (006).
    """
    raw = RawTree()
    if is_blob(path):
        raw = read_blob(path)
    else:
        _add(raw, path, include_dirs, overlay=False)
        if raw.root is None and not raw.diags:
            raw.diags.append(error("BH-DTS-002", "there is no root node: `/ { ... };`", Span(shown(path))))
    for overlay in overlays:
        _add(raw, overlay, include_dirs, overlay=True)
    apply_overlays(raw)
    if any(d.code in _UNREAD for d in raw.diags):
        raise UserError(raw.diags)
    tree = resolve(raw, shown(path))
    if has_errors(raw.diags):
        raise UserError(raw.diags)
    return replace(tree, remarks=(*raw.diags, *wellformed(tree)))


def _add(raw: RawTree, path: Path, include_dirs: Sequence[Path], overlay: bool) -> None:
    if overlay and is_blob(path):
        text = "an overlay must be source text, not compiled"
        help = "`dtc -I dtb -O dts` shows what a compiled one says."
        raise UserError([error("BH-DTS-001", text, Span(shown(path)), help=help)])
    source = Source(path, preprocess(path, include_dirs), include_dirs)
    if "\0" in source.text:
        where = source.span(source.text.index("\0"))
        raise UserError([error("BH-DTS-002", "there is a NUL character in this text", where)])
    parse(source, raw, overlay)
