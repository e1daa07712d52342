# SPDX-License-Identifier: Apache-2.0
"""bulkhead.spdx.json: what SPDX 2.3 demands, and the same bytes for the same image."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tiny_checkout import Checkout

from bulkhead.build import build
from bulkhead.diag import UserError
from bulkhead.emit.spdx import Part, emit_spdx


def test_the_document_has_what_the_standard_demands() -> None:
    """Clauses 6 and 7 of SPDX 2.3: mandatory fields, ids, and relationships that lead somewhere."""
    part = Part(id="Guest-a", name="a", version="1", purpose="FIRMWARE", relation="CONTAINS", sha256="0" * 64)
    tool = Part(id="Toolchain", name="zig", version="1", purpose="APPLICATION", relation="BUILD_TOOL_OF")
    made = json.loads(emit_spdx("qemu_virt/demo", "ab" * 8, "1" * 64, [part, tool], "1970-01-01T00:00:00Z"))
    conforms(made)
    ways = [
        (r["spdxElementId"], r["relationshipType"], r["relatedSpdxElement"]) for r in made["relationships"]
    ]
    assert ways == [
        ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image"),
        ("SPDXRef-Image", "CONTAINS", "SPDXRef-Guest-a"),
        ("SPDXRef-Toolchain", "BUILD_TOOL_OF", "SPDXRef-Image"),
    ]


def conforms(document: dict[str, object]) -> None:
    text = json.dumps(document)
    made = json.loads(text)
    assert (made["spdxVersion"], made["dataLicense"]) == ("SPDX-2.3", "CC0-1.0")
    assert made["SPDXID"] == "SPDXRef-DOCUMENT" and made["name"]
    assert re.fullmatch(r"https://[^\s#]+", made["documentNamespace"])
    created = made["creationInfo"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created["created"])
    assert all(re.match(r"(Tool|Person|Organization): ", c) for c in created["creators"])
    ids = [p["SPDXID"] for p in made["packages"]]
    assert len(set(ids)) == len(ids)
    for package in made["packages"]:
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", package["SPDXID"])
        assert package["name"] and package["downloadLocation"] and package["filesAnalyzed"] is False
        for checksum in package.get("checksums", ()):
            assert re.fullmatch(r"[0-9a-f]{64}", checksum["checksumValue"])
    for relationship in made["relationships"]:
        assert {relationship["spdxElementId"], relationship["relatedSpdxElement"]} <= {
            "SPDXRef-DOCUMENT",
            *ids,
        }


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_build_writes_one(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    folders = [checkout.configure(checkout.root / name) for name in ("build", "again")]
    ids = [build(checkout.root, folder).build_id for folder in folders]
    texts = [(folder / "bulkhead.spdx.json").read_text() for folder in folders]
    assert texts[0] == texts[1] and ids[0] == ids[1]
    made = json.loads(texts[0])
    conforms(made)
    names = {p["name"] for p in made["packages"]}
    assert {"bulkhead.img", "bulkhead hypervisor", "greeter", "blob.bin", "ziglang", "pyelftools"} <= names
    assert made["packages"][0]["versionInfo"] == ids[0]
    assert made["creationInfo"]["created"] == "1970-01-01T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert build(checkout.root, folders[0]).build_id == ids[0]
    made = json.loads((folders[0] / "bulkhead.spdx.json").read_text())
    assert made["creationInfo"]["created"] == "2023-11-14T22:13:20Z"


def test_a_bad_epoch_is_said(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UserError, match="SOURCE_DATE_EPOCH=yesterday: it takes seconds since 1970"):
        build(checkout.root, checkout.configure(checkout.root / "build"))
