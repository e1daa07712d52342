# SPDX-License-Identifier: Apache-2.0
"""The image as a FIT, U-Boot's own format: with its SHA-256, and signed where a key is given.

mkimage of u-boot-tools makes it. The private key is read by mkimage alone; nothing of it is copied anywhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bulkhead.diag.errors import BuildFailed, UserError
from bulkhead.diag.paths import shown
from bulkhead.lab.image import Image
from bulkhead.runners.hosttools import require

ITB = "bulkhead.itb"
NAME = "bulkhead"  # of the image and of its configuration: `bootm ADDRESS#bulkhead - FDT`
SIGNATURE = "sha256,rsa2048"
_SECONDS = 60.0


def source(base: int, build_id: str, key: str) -> str:
    """What mkimage reads (the format is in U-Boot's doc/usage/fit). `key` is the name of one, or ""."""
    signature = [
        "\t\t\tsignature-1 {",
        f'\t\t\t\talgo = "{SIGNATURE}";',
        f'\t\t\t\tkey-name-hint = "{key}";',
        '\t\t\t\tsign-images = "kernel";',
        "\t\t\t};",
    ]
    lines = [
        "/dts-v1/;",
        "/ {",
        f'\tdescription = "Bulkhead, build {build_id}";',
        "\t#address-cells = <1>;",
        "\timages {",
        f"\t\t{NAME} {{",
        f'\t\t\tdescription = "build {build_id}";',
        '\t\t\tdata = /incbin/("bulkhead.img");',
        '\t\t\ttype = "kernel";',
        '\t\t\tarch = "arm64";',
        '\t\t\tos = "linux";',
        '\t\t\tcompression = "none";',
        f"\t\t\tload = <{base:#x}>;",
        f"\t\t\tentry = <{base:#x}>;",
        '\t\t\thash-1 { algo = "sha256"; };',
        "\t\t};",
        "\t};",
        "\tconfigurations {",
        f'\t\tdefault = "{NAME}";',
        f"\t\t{NAME} {{",
        f'\t\t\tkernel = "{NAME}";',
        *(signature if key else []),
        "\t\t};",
        "\t};",
        "};",
    ]
    return "\n".join(lines) + "\n"


def make_fit(image: Image, out: Path, key: Path | None = None, trust: Path | None = None) -> Path:
    """Write `bulkhead.itb` into `out`. `key` is DIR/NAME.key with DIR/NAME.crt beside it; `trust` is a boot
    loader's devicetree, into which the public key goes as one that is required.

    Raises UserError where a file is not there, ToolMissing and BuildFailed.
    """
    if trust is not None and key is None:
        raise UserError(
            "BH-FLASH-019: --trust puts the public half of a key into a devicetree: name --key too"
        )
    for path in [key, key and key.with_suffix(".crt"), trust]:
        if path is not None and not path.is_file():
            raise UserError(f"BH-FLASH-019: {shown(path)} is not there")
    if key is not None and key.suffix != ".key":
        raise UserError(f"BH-FLASH-019: {shown(key)}: mkimage wants a key's file to be called NAME.key")
    mkimage = require("mkimage", "FIT images")
    require("dtc", "FIT images")
    made = out / ITB
    with tempfile.TemporaryDirectory(dir=out, prefix="fit-") as folder:
        work = Path(folder)
        shutil.copy(image.path, work / "bulkhead.img")
        base = int(image.plan["boxes"][0]["base"])
        (work / "bulkhead.its").write_text(
            source(base, image.build_id, key.stem if key else ""), encoding="ascii"
        )
        words = ["-f", "bulkhead.its"]
        if key is not None:
            words += ["-k", str(key.resolve().parent), "-r"]
        if trust is not None:
            shutil.copy(trust, work / "trust.dtb")
            words += ["-K", "trust.dtb"]
        done = subprocess.run(
            [mkimage, *words, ITB], cwd=work, capture_output=True, text=True, errors="replace",
            timeout=_SECONDS, env={**os.environ, "SOURCE_DATE_EPOCH": "0"}, check=False,
        )  # fmt: skip
        if done.returncode or not (work / ITB).is_file():
            raise BuildFailed(f"mkimage: {(done.stderr or done.stdout).strip()}")
        if trust is not None:
            shutil.copyfile(work / "trust.dtb", trust)
        (work / ITB).replace(made)
    return made
