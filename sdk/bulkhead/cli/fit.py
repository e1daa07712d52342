# SPDX-License-Identifier: Apache-2.0
"""`bulkhead fit`"""

from __future__ import annotations

from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Write the image as a FIT for U-Boot, signed if a key is given.")
@click.option("--key", type=click.Path(path_type=Path), help="DIR/NAME.key, with DIR/NAME.crt beside it.")
@click.option(
    "--trust", type=click.Path(path_type=Path), help="A boot loader's .dtb that is to demand this key."
)
@click.pass_obj
def command(ctx: Context, key: Path | None, trust: Path | None) -> None:
    """Write bulkhead.itb beside bulkhead.img, with its SHA-256, and signed if a key is given.

    U-Boot boots it by `bootm ADDRESS#bulkhead - ${fdtcontroladdr}`.
    """
    from bulkhead.diag.paths import shown
    from bulkhead.flash.fit import make_fit
    from bulkhead.lab.image import read_image

    made = make_fit(read_image(ctx.build_dir), ctx.build_dir, key, trust)
    click.echo(f"{shown(made)}{f', signed by {key.stem}' if key else ''}")
