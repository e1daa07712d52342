# SPDX-License-Identifier: Apache-2.0
"""What an image is made of, as an SPDX 2.3 document (ISO/IEC 5962). Pure: facts in, JSON out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

IMAGE = "Image"
_NOTHING = "NOASSERTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`relation` is how the image stands to it; `id` is letters, digits, `.` and `-`."""

    id: str
    name: str
    version: str
    purpose: str  # of SPDX: APPLICATION, FIRMWARE, OPERATING-SYSTEM, ...
    relation: str  # CONTAINS, GENERATED_FROM or BUILD_TOOL_OF
    license: str = _NOTHING
    sha256: str = ""
    origin: str = _NOTHING  # a purl or a download address


def emit_spdx(name: str, build_id: str, image_sha256: str, parts: Sequence[Part], created: str) -> str:
    """`created` is a UTC time as SPDX writes it: 2026-01-31T12:00:00Z."""
    image = Part(
        id=IMAGE,
        name="bulkhead.img",
        version=build_id,
        purpose="FIRMWARE",
        relation="DESCRIBES",
        sha256=image_sha256,
    )
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"bulkhead {name}",
        "documentNamespace": f"https://spdx.org/spdxdocs/bulkhead-{_plain(name)}-{build_id}",
        "creationInfo": {"created": created, "creators": ["Tool: bulkhead"]},
        "packages": [_package(part) for part in (image, *parts)],
        "relationships": [_relationship(part) for part in (image, *parts)],
    }
    return json.dumps(document, indent=2) + "\n"


def _plain(name: str) -> str:
    """For an address."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)


def _package(part: Part) -> dict[str, Any]:
    package: dict[str, Any] = {
        "SPDXID": f"SPDXRef-{part.id}",
        "name": part.name,
        "versionInfo": part.version,
        "downloadLocation": _NOTHING,
        "filesAnalyzed": False,
        "licenseConcluded": _NOTHING,
        "licenseDeclared": part.license,
        "copyrightText": _NOTHING,
        "primaryPackagePurpose": part.purpose,
    }
    if part.sha256:
        package["checksums"] = [{"algorithm": "SHA256", "checksumValue": part.sha256}]
    if part.origin != _NOTHING:
        reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl"}
        package["externalRefs"] = [{**reference, "referenceLocator": part.origin}]
    return package


def _relationship(part: Part) -> dict[str, str]:
    this, image = f"SPDXRef-{part.id}", f"SPDXRef-{IMAGE}"
    ends = {"DESCRIBES": ("SPDXRef-DOCUMENT", image), "BUILD_TOOL_OF": (this, image)}
    first, second = ends.get(part.relation, (image, this))
    return {"spdxElementId": first, "relationshipType": part.relation, "relatedSpdxElement": second}
