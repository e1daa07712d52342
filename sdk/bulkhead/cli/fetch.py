# SPDX-License-Identifier: Apache-2.0
"""`bulkhead fetch`"""

from __future__ import annotations

import click

from bulkhead.cli.main import Context


@click.command(short_help="Get a guest of others from Debian: linux, u-boot.")
@click.argument("what", type=click.Choice(["linux", "u-boot"]))
@click.option("--again", is_flag=True, help="Look for newer packages though it is here already.")
@click.option("--kernel", metavar="PACKAGE", help="linux: another kernel package, such as linux-image-arm64.")
@click.pass_obj
def command(ctx: Context, what: str, again: bool, kernel: str | None) -> None:
    """Get a guest of others from Debian: linux or u-boot.

    The packages come by apt from the archive that this machine uses, with lists and a cache of their
    own: what is installed here does not change. The files go to Bulkhead's cache folder; a
    configuration names them fetched:linux/Image, fetched:linux/initrd and fetched:u-boot/u-boot.bin.
    """
    from bulkhead.diag import UserError
    from bulkhead.fetch.fetch import fetch

    if kernel and what != "linux":
        raise UserError(f"--kernel has no meaning for {what}")
    result = fetch(what, kernel=kernel, again=again, say=lambda text: click.echo(text, err=True))
    for file in result.files:
        click.echo(f"fetched:{what}/{file.name}  {file.stat().st_size / 1024:.1f} KiB  {file}")
    click.echo(f"{what}: {result.packages}{'' if result.new else ' (here already)'}")
